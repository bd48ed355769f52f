package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"entrec/reference/engine"
	"entrec/reference/golden"
	"entrec/reference/naive"
	"entrec/reference/suite"
)

func newGolden() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "golden",
		Short: "Write, answer, check and show the golden suite",
		Long: `The golden suite is a folder of cases: operations with their inputs, outputs and
gradients as safetensors files. A backend is a command that answers questions:
CMD QUESTION ANSWER for a file, CMD QDIR ADIR for a folder.`,
		Example: "  entrec golden export suite\n  entrec golden check suite --exec ./backend.py --profile f64",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGoldenExport(), newGoldenAnswer(), newGoldenCheck(), newGoldenShow(), newGoldenDiff(), newGoldenInit())
	return cmd
}

func newGoldenExport() *cobra.Command {
	return &cobra.Command{
		Use:   "export DIR",
		Short: "Write the golden suite into a folder",
		Long: `Writes the cases and manifest.json: the same bytes on every processor. A folder
that holds anything else is refused (exit code 2).`,
		Example: "  entrec golden export suite",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := suite.Write(cmd.Context(), args[0])
			if errors.Is(err, suite.ErrNotOurs) {
				return err
			}
			return failed(err)
		},
	}
}

// builtIn returns a backend of this project and the precision of its answers.
func builtIn(name string) (golden.Backend, golden.Precision, error) {
	switch name {
	case "f64":
		return engine.Backend[float64](), golden.Double, nil
	case "f32":
		return engine.Backend[float32](), golden.Single, nil
	case "naive":
		return golden.BackendFunc(naive.Answer), golden.Double, nil
	}
	return nil, "", fmt.Errorf("--backend %q: expected f64, f32 or naive", name)
}
