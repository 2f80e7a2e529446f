package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/fixtures/packets"
)

// newPackets is the hidden command that rules the packets of a broker from inside the broker's network.
func newPackets() *cobra.Command {
	var probe bool
	c := &cobra.Command{
		Use:    "packets [RULES]",
		Short:  "make these the packet rules of the network that this process is in",
		Long:   "packets takes a JSON array of rules, as an argument or from its input; an empty array takes all rules away.",
		Hidden: true,
		Args:   wants("the rules at most", func(n int) bool { return n <= 1 }),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if probe {
				err = packets.Probe()
			} else {
				err = applyPackets(c.InOrStdin(), args)
			}
			if err != nil {
				return exitError{1, err}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&probe, "probe", false, "change nothing and tell what the kernel lacks for rules that delay packets")
	return c
}

func applyPackets(in io.Reader, args []string) error {
	if len(args) == 1 {
		in = strings.NewReader(args[0])
	}
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	var rules []packets.Rule
	if err := d.Decode(&rules); err != nil {
		return fmt.Errorf("read packet rules: %w", err)
	}
	return packets.Apply(rules)
}
