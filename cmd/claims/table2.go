package main

import (
	"fmt"
	"strings"

	"entrec/mvssl/sweep"
)

// model is a row of the paper's Table 2, or one of ours that the paper does not have.
type model struct {
	name  string
	label string // of its rows in sweep files, without the batch
	drop  string // the name of its drop in sweep files
	// What its cells are judged by, of a twin: the names of the comparisons.
	cost, batch, ema string
	paper            [3]string // accuracy and drops, percent
}

var models = []model{
	{name: "DINO", label: "dino tuned", drop: "dino's drop", paper: [3]string{"75.59", "6.76", "8.25"}},
	{"DINO + ER", "dino-er tuned", "dino-er's drop", "dino-er − dino tuned batch=64", "DINO, batch: D", "DINO, EMA: D", [3]string{"73.39", "2.35", "0.92"}},
	{name: "BYOL", label: "byol tuned", drop: "byol's drop", paper: [3]string{"73.42", "23.65", "2.63"}},
	{"BYOL + ER, κ 5", "byol-er tuned", "byol-er's drop", "byol-er − byol tuned batch=64", "BYOL, batch: D", "BYOL, EMA: D", [3]string{}},
	{name: "BYOL + ER, κ 10", label: "byol-er kappa=10", drop: "byol-er's drop, kappa 10", paper: [3]string{"71.94", "2.35", "0.41"}},
	{name: "SimCLR", label: "simclr tuned", drop: "simclr's drop", paper: [3]string{"70.23", "2.17", ""}},
	{"SimCLR + ER, κ 5", "simclr-er tuned", "simclr-er's drop", "simclr-er − simclr tuned batch=64", "SimCLR, batch: D", "", [3]string{}},
	{name: "SimCLR + ER, κ 10", label: "simclr-er kappa=10", drop: "simclr-er's drop, kappa 10", paper: [3]string{"70.86", "1.01", ""}},
}

// table2 is the paper's Table 2 in miniature, beside its own figures. The cells of a twin
// have the verdict on what the claim says of them.
func (e experiment) table2() string {
	judged := map[string]string{}
	for _, c := range e.claims() {
		judged[c.is.Name] = c.verdict
	}
	var b strings.Builder
	head(&b, "model", "accuracy at batch 64", "paper, at 4096", "drop at batch 8", "paper, at 512", "drop at EMA 0.8", "paper")
	for _, m := range models {
		s, rushed := e.batch, e.ema.comparison
		if strings.HasPrefix(m.label, "simclr") { // has no target
			s, rushed = e.simclr, stage{}.comparison
		}
		cell := func(e *sweep.Estimate, claim string) string {
			if e == nil || judged[claim] == "" {
				return points(e)
			}
			return points(e) + ": " + judged[claim]
		}
		row(&b, m.name, cell(s.cell(m.label+" batch=64", "linear"), m.cost), m.paper[0],
			cell(s.comparison(m.drop).Difference, m.batch), m.paper[1], cell(rushed(m.drop).Difference, m.ema), m.paper[2])
	}
	return b.String()
}

// points writes an accuracy or a difference of accuracies in percent, with half of its
// interval and the number of seeds.
func points(e *sweep.Estimate) string {
	switch {
	case e == nil:
		return ""
	case e.Half == nil:
		return fmt.Sprintf("%.1f (n 1)", 100*e.Mean)
	}
	return fmt.Sprintf("%.1f ± %.1f (n %d)", 100*e.Mean, 100**e.Half, e.N)
}

// head writes the first two lines of a table.
func head(b *strings.Builder, cells ...string) {
	row(b, cells...)
	b.WriteString(strings.Repeat("| --- ", len(cells)) + "|\n")
}

// row writes a line of a table; cells without text are dashes.
func row(b *strings.Builder, cells ...string) {
	for i, c := range cells {
		if c == "" {
			cells[i] = "–"
		}
	}
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}
