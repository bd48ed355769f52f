package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"entrec/mvssl"
)

// kind is a figure of runs.
type kind struct {
	name, short string
	draw        func(file string, list []*cohort) error
}

// kinds are the figures that any runs have.
var kinds = []kind{
	{"plane", "The plane of entropy and reconstruction: trajectories over lines of equal information", drawPlane},
	{"bounds", "Both lower bounds on the mutual information of two views, under the ceiling log k", drawInformation},
	{"loss", "Losses over epochs, those of each method in a panel of its own", drawLoss},
	{"accuracy", "Accuracy of nearest neighbors and of probes, beside the untrained encoder's", drawAccuracy},
	{"spectrum", "Eigenvalues of the projections' covariance, trained and untrained", drawSpectrum},
}

// command returns the subcommand of a kind.
func (k kind) command(out *string) *cobra.Command {
	return &cobra.Command{
		Use:   k.name + " RUN...",
		Short: k.short,
		Long:  k.short + ". Runs that differ in their seeds alone are one curve, the mean, in a band from the least to the most.",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := readStories(cmd.ErrOrStderr(), args)
			if err != nil {
				return err
			}
			list, err := cohorts(all)
			if err != nil {
				return err
			}
			return k.draw(*out, list)
		},
	}
}

// overEpochs returns a pane of a number of the lines about epochs; false where none has it.
func overEpochs(list []*cohort, title, unit, name string, factor float64) (p pane, ok bool) {
	p = pane{title: title, unit: unit, x: "epoch"}
	for i, c := range list {
		if t := c.overEpochs(name, factor); !t.empty() {
			p.curves = append(p.curves, named{name: label(list, c), look: i, trace: t})
		}
	}
	return p, len(p.curves) > 0
}

// drawInformation draws both bounds, on one scale.
func drawInformation(file string, list []*cohort) error {
	var panes []pane
	least, most := math.Inf(1), math.Inf(-1)
	for _, b := range [][2]string{{"mi_er", "ER: entropy + reconstruction"}, {"mi_infonce", "InfoNCE"}} {
		p, ok := overEpochs(list, b[1], "nats, at least", b[0], 1)
		if !ok {
			continue
		}
		for _, k := range heldOut(list) {
			p.levels = append(p.levels, level{math.Log(float64(k)), fmt.Sprintf("log k, k = %d", k)})
		}
		_, y := p.extents()
		least, most = min(least, y.low), max(most, y.high)
		panes = append(panes, p)
	}
	if len(panes) == 0 {
		return errNothing("bound", list)
	}
	for i := range panes {
		panes[i].shown = []float64{least, most}
	}
	return drawPanes(file, panes, 2, seeds(list))
}

// drawLoss draws losses: those of different methods have no scale in common.
func drawLoss(file string, list []*cohort) error {
	var panes []pane
	var methods []string
	for i, c := range list {
		method := c.runs[0].Config.Model.Method
		t := c.overSteps("loss")
		if t.empty() {
			continue
		}
		at := slices.Index(methods, method)
		if at < 0 {
			at = len(methods)
			unit := "no unit"
			if row, err := mvssl.Find(method); err == nil && row.Nats {
				unit = "nats"
			}
			methods = append(methods, method)
			panes = append(panes, pane{title: "Loss of " + method, unit: unit, x: "epoch"})
		}
		panes[at].curves = append(panes[at].curves, named{name: label(list, c), look: i, trace: t})
	}
	if len(panes) == 0 {
		return errNothing("loss", list)
	}
	for i := range panes { // whose title says whose curve it is
		if len(panes[i].curves) == 1 && len(panes) > 1 {
			panes[i].curves[0].name = ""
		}
	}
	return drawPanes(file, panes, min(3, len(panes)), seeds(list))
}

// drawAccuracy draws accuracies in training and, as diamonds, those at the end.
func drawAccuracy(file string, list []*cohort) error {
	var panes []pane
	notes := seeds(list)
	diamonds := false
	for _, a := range []struct {
		title, name string
		end         func(s *story) *float64
	}{
		{"Nearest neighbors", "knn_top1_quick", func(s *story) *float64 { return s.Summary.KNN }},
		{"Linear probe", "probe_online", func(s *story) *float64 { return s.Summary.Linear }},
	} {
		p, _ := overEpochs(list, a.title, "accuracy, %", a.name, 100)
		for i, c := range list {
			if e, ok := atEnd(c, i, a.end); ok {
				p.ends = append(p.ends, e)
				diamonds = true
				if !slices.ContainsFunc(p.curves, func(n named) bool { return n.look == i }) {
					p.curves = append(p.curves, named{name: label(list, c), look: i, trace: e.trace()})
				}
			}
		}
		if v := untrained(list, a.name, 100); !math.IsNaN(v) {
			p.levels = []level{{v, "untrained"}}
		}
		if len(p.curves) > 0 {
			panes = append(panes, p)
		}
	}
	if len(panes) == 0 {
		return errNothing("accuracy", list)
	}
	notes = append(notes, "curves: a part of the images, in training")
	if diamonds {
		notes = append(notes, "diamonds: all of them, at the end")
	}
	return drawPanes(file, panes, 2, notes)
}

// atEnd returns what came of a cohort's runs that have ended, at their last epoch.
func atEnd(c *cohort, look int, of func(s *story) *float64) (e end, ok bool) {
	var values []float64
	for _, s := range c.runs {
		if s.Summary == nil || of(s) == nil {
			continue
		}
		values = append(values, 100**of(s))
		e.x = max(e.x, float64(s.Summary.Steps)/float64(max(1, s.Config.StepsPerEpoch())))
	}
	if len(values) == 0 {
		return e, false
	}
	var t trace
	t.add(e.x, values)
	return end{look, e.x, t.mean[0], t.least[0], t.most[0]}, !t.empty()
}

// trace returns the end as a curve of one point.
func (e end) trace() trace {
	return trace{[]float64{e.x}, []float64{e.mean}, []float64{e.least}, []float64{e.most}}
}

// drawSpectrum draws the last spectrum of each cohort, and the first where it is of the
// untrained encoder.
func drawSpectrum(file string, list []*cohort) error {
	p := pane{title: "Spectrum of the projections' covariance", unit: "variance", x: "eigenvalue, the largest first", logX: true, logY: true}
	var notes []string
	final := 0
	for i, c := range list {
		t := c.spectrum(func(epochs []int) (int, bool) {
			if len(epochs) == 0 {
				return 0, false
			}
			final = epochs[len(epochs)-1]
			return final, true
		})
		if t.empty() {
			continue
		}
		name := label(list, c)
		if name == "" {
			name = fmt.Sprintf("epoch %d", final)
		}
		p.curves = append(p.curves, named{name: name, look: i, trace: t})
	}
	if len(p.curves) == 0 {
		return errNothing("spectrum", list)
	}
	for i, c := range list {
		t := c.spectrum(func(epochs []int) (int, bool) { return 0, len(epochs) > 1 && epochs[0] == 0 })
		if t.empty() {
			continue
		}
		name := ""
		if len(list) == 1 {
			name = "untrained"
		} else if len(notes) == 0 {
			notes = append(notes, "faint: untrained")
		}
		p.curves = append([]named{{name: name, look: i, trace: t, faint: true}}, p.curves...)
	}
	return drawPanes(file, []pane{p}, 1, append(seeds(list), notes...))
}
