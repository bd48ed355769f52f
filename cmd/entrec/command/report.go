package command

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"entrec/mvssl/data"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// printSummary prints a run's figures at its end.
func printSummary(w io.Writer, out string, s train.Summary) {
	fmt.Fprintf(w, "%s on %s: %s of width %d, %d parameters, %s\n", s.Method, s.Data, s.Encoder, s.Width, s.Params, s.Precision)
	row := func(name, unit string, v *float64, scale float64) {
		if v != nil {
			fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-24s %9.3f %s", name, *v*scale, unit), " "))
		}
	}
	if s.EvalSplit == data.Validation && s.KNN != nil {
		fmt.Fprintln(w, "  accuracies are of the images held out")
	}
	row("kNN accuracy, untrained", "%", s.KNNUntrained, 100)
	row("kNN accuracy, trained", "%", s.KNN, 100)
	row("linear accuracy", "%", s.Linear, 100)
	row("linear accuracy, bag", fmt.Sprintf("%% of %d crops", s.Bag), s.LinearBag, 100)
	row("online probe's accuracy", "%", s.ProbeOnline, 100)
	row("entropy", "nats", s.Entropy, 1)
	row("entropy, nearest", "nats (estimate)", s.EntropyKNN, 1)
	row("entropy, log-det", "nats (upper bound)", s.EntropyLogDet, 1)
	row("reconstruction", "nats", s.Reconstruction, 1)
	row("MI, ER bound", "nats", s.MIER, 1)
	row("MI, InfoNCE bound", "nats", s.MIInfoNCE, 1)
	row("alignment", "", s.Alignment, 1)
	row("uniformity", "", s.Uniformity, 1)
	row("effective rank", "", s.EffectiveRank, 1)
	row("speed", "images/s", s.ImagesPerSecond, 1)
	fmt.Fprintf(w, "  %-24s %9.1f s\n", "wall time", s.WallSeconds)
	fmt.Fprintf(w, "  params sha256 %s\n", s.ParamsSHA256)
	fmt.Fprintf(w, "  written to %s\n", out+string(os.PathSeparator))
}

// printTrends prints how a run's figures went, from before training to its end.
func printTrends(w io.Writer, h *runs.History) {
	if len(h.Epochs) < 2 {
		return
	}
	fmt.Fprintf(w, "over training, epochs 0 to %d\n", h.Epochs[len(h.Epochs)-1].Epoch)
	width := min(len(h.Epochs), sparkWidth)
	row := func(name, unit string, of func(e train.EpochMetrics) *float64, scale float64) {
		var values []float64
		for _, e := range h.Epochs {
			if v := of(e); v != nil {
				values = append(values, scale**v)
			}
		}
		if len(values) < 2 {
			return
		}
		fmt.Fprintf(w, "  %-24s %9.3f %*s %9.3f %s\n", name, values[0], width, sparkline(values), values[len(values)-1], unit)
	}
	unit := ""
	if h.Summary != nil && h.Summary.Nats {
		unit = "nats"
	}
	row("loss (from epoch 1 on)", unit, func(e train.EpochMetrics) *float64 { return e.Loss }, 1)
	row("entropy", "nats", func(e train.EpochMetrics) *float64 { return &e.Entropy }, 1)
	row("reconstruction", "nats", func(e train.EpochMetrics) *float64 { return &e.Reconstruction }, 1)
	row("MI, ER bound", "nats", func(e train.EpochMetrics) *float64 { return &e.MIER }, 1)
	row("entropy of W", "nats", func(e train.EpochMetrics) *float64 { return e.EntropyW }, 1)
	row("reconstruction of W", "nats", func(e train.EpochMetrics) *float64 { return e.ReconstructionW }, 1)
	row("MI with W, ER bound", "nats", func(e train.EpochMetrics) *float64 { return e.MIERW }, 1)
	row("kNN accuracy, quick", "%", func(e train.EpochMetrics) *float64 { return e.QuickKNN }, 100)
}

// sparkWidth is how many characters a sparkline has at most.
const sparkWidth = 40

// sparkline draws values from their lowest to their highest as bars of eight
// heights; more than sparkWidth are thinned out, the last one kept.
func sparkline(values []float64) string {
	const bars = "▁▂▃▄▅▆▇█"
	heights := []rune(bars)
	n := min(len(values), sparkWidth)
	picked := make([]float64, n)
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range picked {
		picked[i] = values[(i+1)*len(values)/n-1]
		lo, hi = min(lo, picked[i]), max(hi, picked[i])
	}
	var line strings.Builder
	for _, v := range picked {
		level := 0
		if hi > lo {
			level = int(math.Round((v - lo) / (hi - lo) * float64(len(heights)-1)))
		}
		line.WriteRune(heights[level])
	}
	return line.String()
}
