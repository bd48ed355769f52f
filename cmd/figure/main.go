// Command figure draws the figures of the documentation and of papers, in the format that
// the file's name ends in: svg, pdf, png, eps, tex, jpg or tiff.
//
//	go run ./cmd/figure plane RUN... --out docs/figures/run.svg
//	go run ./cmd/figure sphere --out docs/figures/bounds.svg
//	go run ./cmd/layers growth --json > growth.json
//	go run ./cmd/figure growth growth.json --out docs/figures/growth.svg
//	go run ./cmd/figure mi docs/results/mi/bench.json --out docs/figures/mi.svg
//	go run ./cmd/figure paper docs/sweeps/paper-*.json --out docs/figures/paper.svg
//
// Beside plane, runs have the figures bounds, loss, accuracy and spectrum.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if newCommand().Execute() != nil {
		os.Exit(1) // cobra has said why
	}
}

// newCommand returns the command with a subcommand for each figure.
func newCommand() *cobra.Command {
	var out string
	root := &cobra.Command{
		Use:               "figure",
		Short:             "Draw figures of the documentation and of papers",
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&out, "out", "", "the file; its name ends in the format: .svg, .pdf, .png, …")
	cobra.CheckErr(root.MarkPersistentFlagRequired("out"))
	root.AddCommand(&cobra.Command{
		Use:   "sphere",
		Short: "InfoNCE and ER of pairs on the sphere whose mutual information is known; prints the numbers, too",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := measureBounds(cmd.Context(), cmd.OutOrStdout(), samples)
			if err != nil {
				return err
			}
			return drawBounds(out, all)
		},
	}, &cobra.Command{
		Use:   "growth FILE",
		Short: "How costs grow with sizes, from what cmd/layers growth --json has printed into FILE",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			g, err := readGrowth(args[0])
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return g.draw(out)
		},
	}, newPaperCommand(&out), newMICommand(&out))
	for _, k := range kinds {
		root.AddCommand(k.command(&out))
	}
	return root
}

// newPaperCommand returns the subcommand of the paper's Figure 2 in miniature.
func newPaperCommand(out *string) *cobra.Command {
	var results string
	c := &cobra.Command{
		Use:   "paper SWEEP.json...",
		Short: "The ER paper's Figure 2 in miniature: entropy, reconstruction and accuracy by epochs",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := readPaper(cmd.OutOrStdout(), results, args)
			if err != nil {
				return err
			}
			return drawPaper(*out, p)
		},
	}
	c.Flags().StringVar(&results, "results", "docs/results", "the folder with the results of the sweeps, each in a folder of its name")
	return c
}
