// Command lab runs the small experiments of the course:
//
//	go run ./docs/course/lab ceiling
//	go run ./docs/course/lab ceiling --out docs/course/figures/ceiling.svg
//
// Each takes seconds, and prints the numbers that stand in the text, or draws a figure.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"entrec/internal/chart"
)

// experiments are by the names that the course calls them by.
var experiments = map[string]func(w io.Writer){
	"views":      views,
	"gradients":  gradients,
	"learning":   learning,
	"bound":      bound,
	"ceiling":    ceiling,
	"critic":     critic,
	"parts":      parts,
	"forces":     forces,
	"judges":     judges,
	"chances":    chances,
	"rounding":   rounding,
	"planted":    planted,
	"roof":       roof,
	"loops":      loops,
	"photos":     photos,
	"entropies":  entropies,
	"widths":     widths,
	"normalizer": normalizer,
	"published":  published,
	"balance":    balance,
	"clusters":   clusters,
	"distill":    distill,
	"slowly":     slowly,
	"power":      power,
}

// figures are of experiments that have one.
var figures = map[string]func() *chart.Chart{
	"views":      viewsFigure,
	"learning":   learningFigure,
	"bound":      boundFigure,
	"ceiling":    ceilingFigure,
	"parts":      partsFigure,
	"judges":     judgesFigure,
	"rounding":   roundingFigure,
	"roof":       roofFigure,
	"widths":     widthsFigure,
	"normalizer": normalizerFigure,
	"clusters":   clustersFigure,
	"distill":    distillFigure,
	"power":      powerFigure,
}

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(2)
	}
}

// run runs the experiment that the arguments name, or draws its figure.
func run(w io.Writer, args []string) error {
	if len(args) == 3 && args[1] == "--out" {
		figure, ok := figures[args[0]]
		if !ok {
			return fmt.Errorf("found %q, expected one of %s, which have a figure", args[0], names(figures))
		}
		return os.WriteFile(args[2], figure().SVG(), 0o644)
	}
	if len(args) != 1 {
		return fmt.Errorf("found %d arguments, expected one of %s", len(args), names(experiments))
	}
	experiment, ok := experiments[args[0]]
	if !ok {
		return fmt.Errorf("found %q, expected one of %s", args[0], names(experiments))
	}
	experiment(w)
	return nil
}

// names lists names.
func names[V any](of map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(of)), ", ")
}
