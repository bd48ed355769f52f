package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entrec/internal/chart"
	"entrec/internal/files"
	"entrec/mvssl"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// compareFlags are the flags of compare.
type compareFlags struct {
	out                 string
	json, csv, markdown bool
	seeds               bool
}

func newCompare() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare RUN...",
		Short: "Print and plot runs side by side",
		Long: `Print the figures of runs as a table, of those that have not ended as their last
epoch left them, and draw their losses, accuracies, and entropies against
reconstructions into loss.svg, knn.svg and bound.svg in the folder --out.`,
		Example: "  entrec compare runs/simclr runs/simclr-er --out figures\n  entrec compare runs/* --seeds --markdown",
		Args:    cobra.MinimumNArgs(1),

		ValidArgsFunction: completeRun,
	}
	fs := cmd.Flags()
	fs.StringVar(&f.out, "out", "compared", "folder for the plots; empty for none")
	fs.BoolVar(&f.seeds, "seeds", false, "take runs that differ in the seed alone as one: their mean ± half of its 95 % interval")
	fs.BoolVar(&f.json, "json", false, "print one JSON object")
	fs.BoolVar(&f.csv, "csv", false, "print CSV: a line for each run, or for runs that --seeds takes as one")
	fs.BoolVar(&f.markdown, "markdown", false, "print a table in Markdown")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return f.compare(cmd, args) }
	return cmd
}

func (f *compareFlags) compare(cmd *cobra.Command, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	for _, figure := range train.Figures {
		if f.out == "" {
			break
		}
		if err := spare("--out", filepath.Join(f.out, figure), isPlot, args...); err != nil {
			return err
		}
	}
	folders, err := runFolders(cmd, args)
	if err != nil {
		return err
	}
	var histories []*runs.History
	var list []comparedRun
	for _, dir := range folders {
		h, err := runs.ReadHistory(dir)
		if h != nil && errors.Is(err, os.ErrNotExist) {
			h.Warning, err = err.Error(), nil
		}
		if err != nil {
			return failed(err)
		}
		if h.Warning != "" {
			fmt.Fprintln(cmd.ErrOrStderr(), "warning:", shown(h.Warning))
		}
		histories = append(histories, h)
	}
	if f.seeds {
		histories = f.counted(cmd, histories)
	}
	for _, h := range histories {
		ended := h.Summary != nil
		if !ended {
			h.Summary = soFar(h)
		}
		list = append(list, comparedRun{h.Dir, ended, h.Summary})
	}
	var plots []string
	if f.out != "" {
		err := os.MkdirAll(f.out, 0o755)
		if err == nil {
			plots, err = writePlots(f.out, histories)
		}
		if err != nil {
			return failed(err)
		}
	}
	columns := compared(histories, list, f.seeds)
	switch w := cmd.OutOrStdout(); {
	case f.json:
		return printJSON(cmd, comparison{Runs: list, Plots: plots})
	case f.csv:
		return failed(writeCSV(w, columns))
	case f.markdown:
		return failed(writeMarkdown(w, columns, measures(lossUnit(histories))))
	default:
		err = printComparison(w, columns, measures(lossUnit(histories)))
	}
	if err == nil && len(plots) > 0 {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nplots:\n  %s\n", strings.Join(plots, "\n  "))
	}
	return failed(err)
}

// check reports flags that do not go together.
func (f *compareFlags) check() error {
	var asked []string
	for _, form := range []struct {
		name string
		set  bool
	}{{"--json", f.json}, {"--csv", f.csv}, {"--markdown", f.markdown}} {
		if form.set {
			asked = append(asked, form.name)
		}
	}
	if len(asked) > 1 {
		return fmt.Errorf("%s: found beside %s, expected one of --json, --csv, --markdown", asked[len(asked)-1], asked[0])
	}
	if f.json && f.seeds {
		return errors.New("--seeds: found beside --json, which has a run each, expected --csv, --markdown or neither")
	}
	return nil
}

// isPlot tells a file that compare wrote.
func isPlot(path string) bool {
	const most = 1 << 30 // bytes, more than any has
	text, err := files.Read(path, most)
	return err == nil && chart.Is(text)
}

// counted returns the runs without those that repeat another, configuration and seed, and
// tells of these.
func (f *compareFlags) counted(cmd *cobra.Command, histories []*runs.History) (counted []*runs.History) {
	for i, at := range runs.Repeats(histories) {
		if at == i {
			counted = append(counted, histories[i])
			continue
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s has the configuration and the seed of %s, and is not counted\n", shown(histories[i].Dir), shown(histories[at].Dir))
	}
	return counted
}

// soFar returns what a run that has not ended would say of itself: the figures of its last
// epoch, and none that are measured at the end.
func soFar(h *runs.History) *train.Summary {
	c := h.Config
	row, err := mvssl.Find(c.Model.Method)
	s := &train.Summary{
		Method: c.Model.Method, Data: c.Data, DataSHA256: c.DataSHA256, Encoder: c.Model.Encoder.Name, Width: c.Model.Encoder.Width,
		Precision: c.Precision, Seed: c.Seed, Epochs: c.Epochs, Batch: c.Batch, EvalSplit: c.EvalSplit(), Nats: err == nil && row.Nats,
	}
	if n := len(h.Steps); n > 0 {
		s.Steps = h.Steps[n-1].Step
	}
	if n := len(h.Epochs); n > 0 {
		e := h.Epochs[n-1]
		s.Steps = max(s.Steps, e.Step)
		s.Loss, s.Entropy, s.EntropyKNN, s.EntropyLogDet, s.Reconstruction = e.Loss, &e.Entropy, e.EntropyKNN, e.EntropyLogDet, &e.Reconstruction
		s.MIER, s.MIInfoNCE, s.Alignment, s.Uniformity, s.EffectiveRank, s.ProbeOnline = &e.MIER, &e.MIInfoNCE, &e.Alignment, &e.Uniformity, &e.EffectiveRank, e.ProbeOnline
	}
	return s
}

// comparison is what compare --json prints.
type comparison struct {
	Runs  []comparedRun `json:"runs"`
	Plots []string      `json:"plots"`
}

type comparedRun struct {
	Run   string `json:"run"`
	Ended bool   `json:"ended"`
	*train.Summary
}

// measure is a row of the table of runs.
type measure struct {
	key      string // in CSV
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
		{"knn_top1_untrained", "kNN, untrained, %", func(h *runs.History) *float64 { return h.Summary.KNNUntrained }, 100, 1},
		{"knn_top1_quick", "kNN, quick, %", quickKNN, 100, 1},
		{"knn_top1", "kNN, %", func(h *runs.History) *float64 { return h.Summary.KNN }, 100, 1},
		{"linear_top1", "linear, %", func(h *runs.History) *float64 { return h.Summary.Linear }, 100, 1},
		{"linear_top1_bag", "linear, bag, %", func(h *runs.History) *float64 { return h.Summary.LinearBag }, 100, 1},
		{"entropy", "entropy, nats", func(h *runs.History) *float64 { return h.Summary.Entropy }, 1, 2},
		{"entropy_knn", "  nearest neighbors", func(h *runs.History) *float64 { return h.Summary.EntropyKNN }, 1, 2},
		{"entropy_logdet", "  log-determinant", func(h *runs.History) *float64 { return h.Summary.EntropyLogDet }, 1, 2},
		{"reconstruction", "reconstruction, nats", func(h *runs.History) *float64 { return h.Summary.Reconstruction }, 1, 2},
		{"mi_er", "MI, ER bound, nats", func(h *runs.History) *float64 { return h.Summary.MIER }, 1, 3},
		{"mi_infonce", "MI, InfoNCE, nats", func(h *runs.History) *float64 { return h.Summary.MIInfoNCE }, 1, 3},
		{"uniformity", "uniformity", func(h *runs.History) *float64 { return h.Summary.Uniformity }, 1, 2},
		{"effective_rank", "effective rank", func(h *runs.History) *float64 { return h.Summary.EffectiveRank }, 1, 1},
		{"entropy_w", "entropy of W, nats", entropyW, 1, 2},
		{"loss", loss, func(h *runs.History) *float64 { return h.Summary.Loss }, 1, 3},
		{"steps", "steps", func(h *runs.History) *float64 { return count(h.Summary.Steps) }, 1, 0},
		{"batch", "batch", func(h *runs.History) *float64 { return count(h.Summary.Batch) }, 1, 0},
		{"images_per_second", "images/s", func(h *runs.History) *float64 { return h.Summary.ImagesPerSecond }, 1, 0},
		{"wall_seconds", "seconds", wallSeconds, 1, 1},
	}
}

// entropyW returns the entropy of W after a run's last epoch, nil where there is none.
func entropyW(h *runs.History) *float64 {
	if len(h.Epochs) == 0 {
		return nil
	}
	return h.Epochs[len(h.Epochs)-1].EntropyW
}

// quickKNN returns the accuracy of the quick kNN after a run's last epoch, nil where there
// is none, or a better one.
func quickKNN(h *runs.History) *float64 {
	if len(h.Epochs) == 0 || h.Summary.KNN != nil {
		return nil
	}
	return h.Epochs[len(h.Epochs)-1].QuickKNN
}

// wallSeconds returns how long a run took, nil where it has not ended.
func wallSeconds(h *runs.History) *float64 {
	if h.Summary.WallSeconds == 0 {
		return nil
	}
	return &h.Summary.WallSeconds
}
