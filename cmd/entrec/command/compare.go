package command

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

func newCompare() *cobra.Command {
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare RUN...",
		Short: "Print and plot runs side by side",
		Long: `Print the summaries of runs that have ended as a table, and draw their losses,
accuracies, and entropies against reconstructions into loss.svg, knn.svg and
bound.svg in the folder --out.`,
		Example: "  entrec compare runs/simclr runs/simclr-er --out runs/compared",
		Args:    cobra.MinimumNArgs(1),

		ValidArgsFunction: completeRun,
	}
	cmd.Flags().StringVar(&out, "out", filepath.Join("runs", "compare"), "folder for the plots; empty for none")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var histories []*runs.History
		for _, dir := range args {
			h, err := runs.ReadHistory(dir)
			if err != nil {
				return failed(err)
			}
			if h.Summary == nil {
				return failed(fmt.Errorf("%s has no summary.json: the run has not ended; entrec train --out %s --resume goes on", dir, dir))
			}
			histories = append(histories, h)
		}
		var plots []string
		if out != "" {
			err := os.MkdirAll(out, 0o755)
			if err == nil {
				plots, err = writePlots(out, histories)
			}
			if err != nil {
				return failed(err)
			}
		}
		if asJSON {
			res := comparison{Plots: plots}
			for i, h := range histories {
				res.Runs = append(res.Runs, comparedRun{args[i], h.Summary})
			}
			return printJSON(cmd, res)
		}
		if err := printComparison(cmd.OutOrStdout(), histories); err != nil {
			return failed(err)
		}
		if len(plots) > 0 {
			fmt.Fprintf(cmd.OutOrStdout(), "plots: %s\n", strings.Join(plots, ", "))
		}
		return nil
	}
	return cmd
}

// comparison is what compare --json prints.
type comparison struct {
	Runs  []comparedRun `json:"runs"`
	Plots []string      `json:"plots"`
}

type comparedRun struct {
	Run string `json:"run"`
	*train.Summary
}

func printComparison(w io.Writer, histories []*runs.History) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "untrained\tkNN\tlinear\tentropy\treconstr.\tMI (ER)\tInfoNCE\tunif.\trank\tentropy of W\tloss\tsteps\tbatch\timages/s\tseconds\tmethod\t  run")
	value := func(v *float64, scale float64, decimals int) string {
		if v == nil {
			return "-"
		}
		return fmt.Sprintf("%.*f", decimals, *v*scale)
	}
	for _, h := range histories {
		s := h.Summary
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%.1f\t%s\t  %s\n",
			value(s.KNNUntrained, 100, 1), value(s.KNN, 100, 1), value(s.Linear, 100, 1),
			value(s.Entropy, 1, 2), value(s.Reconstruction, 1, 2), value(s.MIER, 1, 3), value(s.MIInfoNCE, 1, 3),
			value(s.Uniformity, 1, 2), value(s.EffectiveRank, 1, 1), value(entropyW(h), 1, 2), value(s.Loss, 1, 3),
			s.Steps, s.Batch, value(s.ImagesPerSecond, 1, 0), s.WallSeconds, s.Method, h.Dir)
	}
	return t.Flush()
}

// entropyW returns the entropy of W after a run's last epoch, nil where there is none.
func entropyW(h *runs.History) *float64 {
	if len(h.Epochs) == 0 {
		return nil
	}
	return h.Epochs[len(h.Epochs)-1].EntropyW
}
