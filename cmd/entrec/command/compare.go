package command

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
		for _, figure := range train.Figures {
			if out == "" {
				break
			}
			if err := spare("--out", filepath.Join(out, figure), nil, args...); err != nil {
				return err
			}
		}
		var histories []*runs.History
		for _, dir := range args {
			h, err := runs.ReadHistory(dir)
			if err != nil {
				return failed(err)
			}
			if h.Warning != "" {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", shown(h.Warning))
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
			fmt.Fprintf(cmd.OutOrStdout(), "\nplots:\n  %s\n", strings.Join(plots, "\n  "))
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

// measure is a row of the table of runs.
type measure struct {
	name     string
	of       func(h *runs.History) *float64
	scale    float64
	decimals int
}

// measures are the rows of the table of runs.
func measures(lossUnit string) []measure {
	loss := "loss"
	if lossUnit != "" {
		loss += ", " + lossUnit
	}
	count := func(n int) *float64 { v := float64(n); return &v }
	return []measure{
		{"kNN, untrained, %", func(h *runs.History) *float64 { return h.Summary.KNNUntrained }, 100, 1},
		{"kNN, %", func(h *runs.History) *float64 { return h.Summary.KNN }, 100, 1},
		{"linear, %", func(h *runs.History) *float64 { return h.Summary.Linear }, 100, 1},
		{"linear, bag, %", func(h *runs.History) *float64 { return h.Summary.LinearBag }, 100, 1},
		{"entropy, nats", func(h *runs.History) *float64 { return h.Summary.Entropy }, 1, 2},
		{"  nearest neighbors", func(h *runs.History) *float64 { return h.Summary.EntropyKNN }, 1, 2},
		{"  log-determinant", func(h *runs.History) *float64 { return h.Summary.EntropyLogDet }, 1, 2},
		{"reconstruction, nats", func(h *runs.History) *float64 { return h.Summary.Reconstruction }, 1, 2},
		{"MI, ER bound, nats", func(h *runs.History) *float64 { return h.Summary.MIER }, 1, 3},
		{"MI, InfoNCE, nats", func(h *runs.History) *float64 { return h.Summary.MIInfoNCE }, 1, 3},
		{"uniformity", func(h *runs.History) *float64 { return h.Summary.Uniformity }, 1, 2},
		{"effective rank", func(h *runs.History) *float64 { return h.Summary.EffectiveRank }, 1, 1},
		{"entropy of W, nats", entropyW, 1, 2},
		{loss, func(h *runs.History) *float64 { return h.Summary.Loss }, 1, 3},
		{"steps", func(h *runs.History) *float64 { return count(h.Summary.Steps) }, 1, 0},
		{"batch", func(h *runs.History) *float64 { return count(h.Summary.Batch) }, 1, 0},
		{"images/s", func(h *runs.History) *float64 { return h.Summary.ImagesPerSecond }, 1, 0},
		{"seconds", func(h *runs.History) *float64 { return &h.Summary.WallSeconds }, 1, 1},
	}
}

// Columns of the table of runs: of the measures' names, and of each run's numbers.
const (
	measureWidth = 20
	runWidth     = 12
)

// printComparison prints the runs as columns, as many beside each other as a terminal
// has room for. Each has a number, by which its folder is listed first.
func printComparison(w io.Writer, histories []*runs.History) error {
	var b strings.Builder
	for i, h := range histories {
		fmt.Fprintf(&b, "%d  %s: %s\n", i+1, h.Dir, h.Summary.Method)
	}
	first := 1
	for block := range slices.Chunk(histories, (helpWidth-measureWidth)/runWidth) {
		fmt.Fprintf(&b, "\n%-*s", measureWidth, "run")
		for i := range block {
			fmt.Fprintf(&b, "%*d", runWidth, first+i)
		}
		b.WriteByte('\n')
		first += len(block)
		for _, m := range measures(lossUnit(histories)) {
			fmt.Fprintf(&b, "%-*s", measureWidth, m.name)
			for _, h := range block {
				text := "-"
				if v := m.of(h); v != nil {
					text = fmt.Sprintf("%.*f", m.decimals, *v*m.scale)
				}
				fmt.Fprintf(&b, "%*s", runWidth, text)
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// entropyW returns the entropy of W after a run's last epoch, nil where there is none.
func entropyW(h *runs.History) *float64 {
	if len(h.Epochs) == 0 {
		return nil
	}
	return h.Epochs[len(h.Epochs)-1].EntropyW
}
