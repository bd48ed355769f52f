package sweep

import (
	"fmt"
	"strings"

	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// Column is what a table shows of a run that has ended.
type Column struct {
	Name    string // in sweep files
	Alias   string // its name in summary.json, where that is another
	Heading string
	Percent bool // shown in percent
	Digits  int  // behind the point
	value   func(h *runs.History) *float64
	// classes are those of which it is the accuracy; nil where it is none whose classes are kept.
	classes func(p *train.Predictions) train.Classes
}

// Columns are all columns that there are.
var Columns = []Column{
	{"knn_untrained", "knn_top1_untrained", "kNN, untrained", true, 1, func(h *runs.History) *float64 { return h.Summary.KNNUntrained }, nil},
	{"knn", "knn_top1", "kNN", true, 1, func(h *runs.History) *float64 { return h.Summary.KNN }, func(p *train.Predictions) train.Classes { return p.KNN }},
	{"linear", "linear_top1", "linear probe", true, 1, func(h *runs.History) *float64 { return h.Summary.Linear }, func(p *train.Predictions) train.Classes { return p.Linear }},
	{"linear_bag", "linear_top1_bag", "linear probe, bag", true, 1, func(h *runs.History) *float64 { return h.Summary.LinearBag }, nil},
	{"probe_online", "", "online probe", true, 1, func(h *runs.History) *float64 { return h.Summary.ProbeOnline }, nil},
	{"loss", "", "loss", false, 3, func(h *runs.History) *float64 { return h.Summary.Loss }, nil},
	{"entropy", "", "entropy of Z", false, 1, func(h *runs.History) *float64 { return h.Summary.Entropy }, nil},
	{"entropy_knn", "", "entropy of Z (kNN)", false, 1, func(h *runs.History) *float64 { return h.Summary.EntropyKNN }, nil},
	{"entropy_logdet", "", "entropy of Z ≤ (log det)", false, 1, func(h *runs.History) *float64 { return h.Summary.EntropyLogDet }, nil},
	{"entropy_w", "", "entropy of W", false, 2, entropyW, nil},
	{"reconstruction", "", "reconstruction", false, 1, func(h *runs.History) *float64 { return h.Summary.Reconstruction }, nil},
	{"mi_er", "", "MI ≥ (ER)", false, 2, func(h *runs.History) *float64 { return h.Summary.MIER }, nil},
	{"mi_infonce", "", "MI ≥ (InfoNCE)", false, 2, func(h *runs.History) *float64 { return h.Summary.MIInfoNCE }, nil},
	{"alignment", "", "alignment", false, 3, func(h *runs.History) *float64 { return h.Summary.Alignment }, nil},
	{"uniformity", "", "uniformity", false, 3, func(h *runs.History) *float64 { return h.Summary.Uniformity }, nil},
	{"rank", "effective_rank", "effective rank", false, 0, func(h *runs.History) *float64 { return h.Summary.EffectiveRank }, nil},
	{"minutes", "", "minutes", false, 1, minutes, nil},
}

// entropyW is that of the last epoch with diagnostics.
func entropyW(h *runs.History) *float64 {
	if len(h.Epochs) == 0 {
		return nil
	}
	return h.Epochs[len(h.Epochs)-1].EntropyW
}

func minutes(h *runs.History) *float64 {
	m := h.Summary.WallSeconds / 60
	return &m
}

// defaultColumns are those of a file that names none.
var defaultColumns = []string{"knn", "linear", "entropy", "reconstruction", "mi_er", "rank"}

// defaultPrimary is the column that rows are compared by.
const defaultPrimary = "linear"

// columnOf returns a column by its name, or by that in summary.json.
func columnOf(name string) (Column, error) {
	var names []string
	for _, c := range Columns {
		if name == c.Name || c.Alias != "" && name == c.Alias {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return Column{}, fmt.Errorf("found %q, expected one of %s", name, strings.Join(names, ", "))
}

// shown writes a value of the column, of which half is half an interval or nil.
func (c Column) shown(value float64, half *float64) string {
	if c.Percent {
		value *= 100
	}
	text := fmt.Sprintf("%.*f", c.Digits, value)
	if half == nil {
		return text
	}
	h := *half
	if c.Percent {
		h *= 100
	}
	return fmt.Sprintf("%s ± %.*f", text, c.Digits, h)
}

// span writes an interval of the column.
func (c Column) span(i *Interval) string {
	if i == nil {
		return "–"
	}
	return c.shown(i.Low, nil) + " to " + c.shown(i.High, nil)
}
