package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mqbench/mqbench/fixtures/container"
	"github.com/mqbench/mqbench/fixtures/container/images"
	"github.com/mqbench/mqbench/reports"
)

// selfName is the word for the image of the mqbench binary.
const selfName = "self"

func newImages() *cobra.Command {
	var o images.Options
	c := &cobra.Command{
		Use:   "images [NAME...]",
		Short: "make container images without a registry",
		Long: "Images makes the container images that need no registry: one of mqbench alone (self), and those of products that\n" +
			"Debian packages. What the engine has already is not made again. Without names it makes all of them.\n\n" +
			"The base is debian:trixie-slim where the engine has it or can pull it; else it is made by debootstrap, which\n" +
			"needs root.",
		Example: "  mqbench images list\n  mqbench images mosquitto self",
		RunE: func(c *cobra.Command, args []string) error {
			o.Progress = func(text string) { fmt.Fprintln(c.OutOrStdout(), text) }
			return makeImages(c.Context(), args, o)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return imageNames(), noFiles
		},
	}
	c.Flags().StringVar(&o.Mirror, "mirror", images.DefaultMirror, "Debian archive to take packages from")
	c.Flags().BoolVar(&o.Fresh, "fresh", false, "make images anew that are there, with the newest packages")
	c.AddCommand(&cobra.Command{
		Use: "list", Short: "list the images that can be made, and what the engine has of them", Args: wants("none", none),
		RunE: func(c *cobra.Command, _ []string) error { return listImages(c) },
	})
	return c
}

// imageNames are the images that can be made.
func imageNames() []string {
	names := []string{selfName}
	for _, i := range images.Catalogue() {
		names = append(names, i.Name)
	}
	return names
}

// makeImages makes the images with some names, or all.
func makeImages(ctx context.Context, names []string, o images.Options) (err error) {
	self := len(names) == 0 || slices.Contains(names, selfName)
	var list []images.Image
	for _, name := range names {
		if name == selfName {
			continue
		}
		i, err := images.Find(name)
		if err != nil {
			return fmt.Errorf("%w, or %s for mqbench itself", err, selfName)
		}
		list = append(list, i)
	}
	if len(names) == 0 {
		list = images.Catalogue()
	}
	engine, err := container.Connect(ctx)
	if err != nil {
		return exitError{exitEnvironment, err}
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if self {
		if err := makeSelf(ctx, engine, o); err != nil {
			return exitError{exitEnvironment, err}
		}
	}
	if err := engine.Build(ctx, list, o); err != nil {
		return exitError{exitEnvironment, err}
	}
	return nil
}

// makeSelf makes the image of this binary.
func makeSelf(ctx context.Context, engine container.Engine, o images.Options) error {
	made := false
	name, err := engine.MakeSelf(ctx, func(text string) {
		made = true
		o.Progress(text)
	})
	if err == nil && !made {
		o.Progress(name + ": cached, mqbench alone")
	}
	return err
}

// listImages prints the catalogue as the engine has it.
func listImages(c *cobra.Command) (err error) {
	engine, err := container.Connect(c.Context())
	if err != nil {
		return exitError{exitEnvironment, err}
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	states, err := engine.Images(c.Context())
	if err != nil {
		return exitError{exitEnvironment, err}
	}
	t := reports.Table{Header: []string{"image", "package", "suite", "in the engine", "MB"}, Text: []int{0, 1, 2, 3}}
	for _, s := range states {
		there, size := "no: mqbench images "+s.Name, ""
		if s.Present {
			there, size = s.Version, fmt.Sprintf("%.0f", float64(s.SizeBytes)/1e6)
			if !s.Current {
				there += ", made by another mqbench"
			}
		}
		t.Row(s.Name, s.Package, s.Suite, there, size)
	}
	return show(c.OutOrStdout(), &t)
}
