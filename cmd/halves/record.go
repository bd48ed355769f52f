package main

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// record is what the three experiments have found.
type record struct {
	Data       string   `json:"data"`
	Train      int      `json:"train"` // images
	Test       int      `json:"test"`
	K          int      `json:"k"`
	Steps      int      `json:"steps"`
	Invertible []*run   `json:"invertible"`
	Critics    []*run   `json:"critics"`
	Dependent  []*draws `json:"dependent"`
}

// markdown returns a table for each experiment.
func (r *record) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**invertible encoders**: nats of test images, linear accuracy in %%, after so many steps; k = %d\n\n| |", r.K)
	for _, p := range r.Invertible[0].Points {
		fmt.Fprintf(&b, " %d |", p.Steps)
	}
	fmt.Fprintf(&b, "\n|%s\n", strings.Repeat(" --- |", len(r.Invertible[0].Points)+1))
	for _, group := range seeds(r.Invertible) {
		fmt.Fprintf(&b, "| %s %s |", group[0].Estimator, group[0].Critic)
		for i := range group[0].Points {
			fmt.Fprintf(&b, " %s |", told(group, i))
		}
		fmt.Fprintln(&b)
	}
	fmt.Fprintf(&b, "\n**critics**: the same of free encoders, after %d steps\n\n| | nats, %% |\n| --- | --- |\n", r.Steps)
	for _, group := range seeds(r.Critics) {
		fmt.Fprintf(&b, "| %s %s | %s |\n", group[0].Estimator, group[0].Critic, told(group, len(group[0].Points)-1))
	}
	fmt.Fprint(&b, "\n**dependent pairs**: nats, ± the standard error\n\n| | truth | independent | dependent |\n| --- | --- | --- | --- |\n")
	for _, d := range r.Dependent {
		fmt.Fprintf(&b, "| %s separable | %.3f | %.3f ± %.3f | %.3f ± %.3f |\n", d.Estimator, d.Truth, d.Independent.Value, d.Independent.Error, d.Dependent.Value, d.Dependent.Error)
	}
	return b.String()
}

// seeds returns runs that differ in the seed alone together, in the order of the first.
func seeds(runs []*run) (groups [][]*run) {
	at := map[string]int{}
	for _, r := range runs {
		name := r.Estimator + " " + string(r.Critic)
		if _, seen := at[name]; !seen {
			at[name] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[name]] = append(groups[at[name]], r)
	}
	return groups
}

// told are the bound and the accuracy at a point, means over the seeds.
func told(group []*run, at int) string {
	var bound, linear []float64
	for _, r := range group {
		bound, linear = append(bound, r.Points[at].Bound), append(linear, 100*r.Points[at].Linear)
	}
	return fmt.Sprintf("%s, %s", spread(bound, 2), spread(linear, 1))
}

// spread is a mean and, of several, its standard error, with so many digits.
func spread(values []float64, digits int) string {
	m, deviation := stat.MeanStdDev(values, nil)
	if len(values) == 1 {
		return fmt.Sprintf("%.*f", digits, m)
	}
	return fmt.Sprintf("%.*f ± %.*f", digits, m, digits, deviation/math.Sqrt(float64(len(values))))
}
