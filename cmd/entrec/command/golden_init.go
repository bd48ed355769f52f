package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/reference/scaffold"
)

func newGoldenInit() *cobra.Command {
	var lang string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Write the beginning of a backend of the golden suite",
		Long: `Writes a backend into a new folder: a program that answers files, folders and a
server's questions, has one operation, and needs its language's standard library
alone; ops.json, which says what operations take, and by which it refuses
questions; and a file for continuous integration.`,
		Example: "  entrec golden init --lang python mybackend",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(scaffold.Languages(), lang) {
				return fmt.Errorf("--lang: found %q, expected one of %s", lang, strings.Join(scaffold.Languages(), ", "))
			}
			err := scaffold.Write(args[0], lang)
			switch {
			case errors.Is(err, scaffold.ErrNotEmpty):
				return err
			case err != nil:
				return failed(err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s; in it: entrec golden check --exec '%s' --ops relu\n", shown(args[0]), scaffold.Command(lang))
			return err
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "python", "language: "+strings.Join(scaffold.Languages(), ", "))
	complete(cmd, "lang", scaffold.Languages())
	return cmd
}
