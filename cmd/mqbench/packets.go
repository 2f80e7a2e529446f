package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/fixtures/packets"
)

const packetsLong = `packets takes a JSON array of rules, as an argument or from its input; an empty array takes all rules away.

With --follow, every line of its input is an array that takes the place of the one before, until the input ends; the
rules then stay. It prints "ready", and for each line "ok" or "error: …".`

// newPackets is the hidden command that rules the packets of a broker from inside the broker's network.
func newPackets() *cobra.Command {
	var probe, follow bool
	c := &cobra.Command{
		Use:    "packets [RULES]",
		Short:  "make these the packet rules of the network that this process is in",
		Long:   packetsLong,
		Hidden: true,
		Args:   wants("the rules at most", func(n int) bool { return n <= 1 }),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			switch {
			case probe:
				err = packets.Probe()
			case follow:
				err = followPackets(c.InOrStdin(), c.OutOrStdout())
			case len(args) == 1:
				err = applyPackets(strings.NewReader(args[0]))
			default:
				err = applyPackets(c.InOrStdin())
			}
			if err != nil {
				return exitError{1, err}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&probe, "probe", false, "change nothing and tell what the kernel lacks for rules that delay packets")
	c.Flags().BoolVar(&follow, "follow", false, "apply one array of rules for each line of input")
	c.MarkFlagsMutuallyExclusive("probe", "follow")
	return c
}

// applyPackets applies the rules that it reads.
func applyPackets(in io.Reader) error {
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	var rules []packets.Rule
	if err := d.Decode(&rules); err != nil {
		return fmt.Errorf("read packet rules: %w", err)
	}
	return packets.Apply(rules)
}

// followPackets applies the rules of each line and answers it with one.
func followPackets(in io.Reader, out io.Writer) error {
	if _, err := fmt.Fprintln(out, "ready"); err != nil {
		return err
	}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read packet rules: %w", err)
		}
		answer := "ok"
		if err := applyPackets(bytes.NewReader(line)); err != nil {
			answer = "error: " + strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return err
		}
	}
}
