package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"entrec/reference"
	"entrec/reference/engine"
)

func newGolden() *cobra.Command {
	golden := &cobra.Command{
		Use:   "golden",
		Short: "Answer and check the golden suite, which other backends are held against",
		Long: `The golden suite is a folder of cases: operations with their inputs, outputs and
gradients as safetensors files. A backend is a command that answers questions:
CMD QUESTION ANSWER for a file, CMD QDIR ADIR for a folder.`,
		Example: "  entrec golden answer question.safetensors answer.safetensors",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	golden.AddCommand(newGoldenAnswer())
	return golden
}

// builtIn returns a backend of this project, and whether its answers are float32.
func builtIn(name string) (b reference.Backend, single bool, err error) {
	switch name {
	case "f64":
		return engine.Backend[float64](), false, nil
	case "f32":
		return engine.Backend[float32](), true, nil
	}
	return nil, false, fmt.Errorf("--backend %q: expected f64 or f32", name)
}
