package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"entrec/mvssl/runs"
)

// table is runs of one kind: rows that differ in the method and some flags, each
// trained from several seeds.
type table struct {
	flags   []string // of all its runs
	seeds   int
	heading string // of the rows' settings, empty where there are none
	columns []column
	rows    []row
}

type row struct {
	method  string
	setting string
	flags   []string
}

// folder returns the name of a row's run from a seed, as in byol-batch-16-0.
func (r row) folder(seed int) string {
	parts := []string{r.method}
	for _, f := range r.flags {
		parts = append(parts, strings.TrimLeft(f, "-"))
	}
	return strings.Join(append(parts, fmt.Sprint(seed)), "-")
}

// column is what a table shows of a run that has ended: the mean over the seeds, times scale.
type column struct {
	name  string
	value func(h *runs.History) *float64
	scale float64
	form  string
}

var (
	untrained      = column{"kNN, untrained", func(h *runs.History) *float64 { return h.Summary.KNNUntrained }, 100, "%.1f"}
	trained        = column{"kNN", func(h *runs.History) *float64 { return h.Summary.KNN }, 100, "%.1f"}
	linear         = column{"linear probe", func(h *runs.History) *float64 { return h.Summary.Linear }, 100, "%.1f"}
	bag            = column{"linear probe, bag", func(h *runs.History) *float64 { return h.Summary.LinearBag }, 100, "%.1f"}
	entropy        = column{"entropy of Z", func(h *runs.History) *float64 { return h.Summary.Entropy }, 1, "%.1f"}
	reconstruction = column{"reconstruction", func(h *runs.History) *float64 { return h.Summary.Reconstruction }, 1, "%.1f"}
	bound          = column{"MI ≥ (ER)", func(h *runs.History) *float64 { return h.Summary.MIER }, 1, "%.2f"}
	entropyW       = column{"entropy of W", func(h *runs.History) *float64 { return h.Epochs[len(h.Epochs)-1].EntropyW }, 1, "%.2f"}
	rank           = column{"effective rank", func(h *runs.History) *float64 { return h.Summary.EffectiveRank }, 1, "%.0f"}
	minutes        = column{"minutes", func(h *runs.History) *float64 { return &h.Summary.WallSeconds }, 1. / 60, "%.1f"}
)

var tables = map[string]table{
	"short": {
		flags:   []string{"--subset", "8000", "--width", "8", "--batch", "64", "--epochs", "8"},
		seeds:   2,
		columns: []column{untrained, trained, linear, bag, entropy, reconstruction, bound, entropyW, rank, minutes},
		rows: append(plain("simclr", "simclr-er", "cmc", "cpc", "dim", "amdim", "dcl", "dhel", "moco", "align-uniform", "koleo", "tico", "deepcluster", "swav", "er-discrete", "byol", "byol-er", "simsiam",
			"dino", "dino-er", "barlow-twins", "vicreg", "infomax", "corinfomax", "lejepa", "mmcr", "er"),
			row{method: "emp-ssl", flags: []string{"--epochs", "2"}}), // as many views as in 8 epochs of two
	},
	"long": {
		flags:   []string{"--encoder", "resnet18", "--width", "8", "--batch", "64", "--epochs", "20"},
		seeds:   1,
		columns: []column{untrained, trained, linear, entropy, reconstruction, bound, entropyW, minutes},
		rows:    plain("simclr", "simclr-er", "byol", "byol-er", "dino", "dino-er"),
	},
	// Nothing but the batch or the target's momentum changes, as in the paper; the
	// default momentum of byol and byol-er would change with the number of steps, and so
	// with the batch.
	"claim": {
		flags:   []string{"--subset", "4000", "--encoder", "resnet18", "--width", "8", "--epochs", "8"},
		seeds:   3,
		heading: "setting",
		columns: []column{trained, linear, entropy, entropyW, rank},
		rows: slices.Concat(
			settle([]string{"simclr", "simclr-er"}, batches("256"), batches("16")),
			settle([]string{"byol", "byol-er"}, batches("256", "--ema", "0.9"), batches("16", "--ema", "0.9")),
			settle([]string{"dino", "dino-er"}, batches("256"), batches("16")),
			settle([]string{"byol", "byol-er", "dino", "dino-er"}, momenta("0.996"), momenta("0.5"))),
	},
	// All kinds of entropy in both spaces, on training images held out. In each space a
	// Gaussian and a von Mises-Fisher density have the same gradients, so there is one row
	// for both.
	"er": {
		flags:   []string{"--subset", "4000", "--holdout", "0.1", "--encoder", "resnet18", "--width", "8", "--batch", "64", "--epochs", "6"},
		seeds:   1,
		heading: "setting",
		columns: []column{untrained, trained, linear, entropy, reconstruction, rank, minutes},
		rows: settle([]string{"er"}, grid("sphere", "kde"), grid("sphere", "kde", "--er-self", "exclude"), grid("sphere", "knn"), grid("sphere", "logdet"),
			grid("plane", "kde"), grid("plane", "knn"), grid("plane", "logdet"), grid("plane", "sigreg")),
	},
}

// grid returns a point of er's grid.
func grid(space, entropy string, flags ...string) row {
	return row{setting: strings.Join(append([]string{space, entropy}, flags...), " "), flags: append([]string{"--space", space, "--entropy", entropy}, flags...)}
}

// batches and momenta are the settings of the paper's claim.
func batches(n string, flags ...string) row {
	return row{setting: "batch " + n, flags: append([]string{"--batch", n}, flags...)}
}

func momenta(m string) row {
	return row{setting: "batch 64, EMA " + m, flags: []string{"--batch", "64", "--ema", m}}
}

// plain returns rows of methods by their own defaults.
func plain(methods ...string) []row {
	var rows []row
	for _, m := range methods {
		rows = append(rows, row{method: m})
	}
	return rows
}

// settle returns each method in each setting.
func settle(methods []string, settings ...row) []row {
	var rows []row
	for _, m := range methods {
		for _, s := range settings {
			s.method = m
			rows = append(rows, s)
		}
	}
	return rows
}

// write writes the table in Markdown, each figure the mean over the seeds ± their
// standard deviation. Of runs that have not ended, read returns nil; rows say
// how many have where some have not.
func (t table) write(w io.Writer, read func(r row, seed int) *runs.History) error {
	var b strings.Builder
	head := []string{"method"}
	if t.heading != "" {
		head = append(head, t.heading)
	}
	for _, c := range t.columns {
		head = append(head, c.name)
	}
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	b.WriteString(strings.Repeat("| --- ", len(head)) + "|\n")
	for _, r := range t.rows {
		var runs []*runs.History
		for seed := range t.seeds {
			if h := read(r, seed); h != nil {
				runs = append(runs, h)
			}
		}
		cells := []string{r.method}
		if len(runs) < t.seeds {
			cells[0] += fmt.Sprintf(" (%d of %d)", len(runs), t.seeds)
		}
		if t.heading != "" {
			cells = append(cells, r.setting)
		}
		for _, c := range t.columns {
			cells = append(cells, c.cell(runs))
		}
		line(cells)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell returns the column's cell for runs that differ in the seed.
func (c column) cell(runs []*runs.History) string {
	var values []float64
	for _, h := range runs {
		if v := c.value(h); v != nil {
			values = append(values, *v*c.scale)
		}
	}
	n := float64(len(values))
	if n == 0 {
		return "–"
	}
	mean, squares := 0.0, 0.0
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	text := fmt.Sprintf(c.form, mean)
	if n > 1 {
		text += " ± " + fmt.Sprintf(c.form, math.Sqrt(squares/(n-1)))
	}
	return text
}
