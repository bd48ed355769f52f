package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"entrec/docs/course/things"
	"entrec/internal/chart"
	"entrec/mvssl/eval"
	"entrec/tensor"
)

// crowd draws features of made-up things: their class is a place on a circle in the first
// two of 16 numbers, and the others are something else, of a size.
type crowd struct {
	rng      *rand.Rand
	nuisance float64
}

// draw returns k features and their classes.
func (c crowd) draw(k int) (*tensor.Tensor[float64], []int) {
	const d, noise = 16, 0.3
	x, labels := tensor.New[float64](k, d), make([]int, k)
	for i := range labels {
		labels[i] = c.rng.IntN(things.Classes)
		sin, cos := math.Sincos(2 * math.Pi * float64(labels[i]) / things.Classes)
		row := x.Data()[i*d : (i+1)*d]
		for j := range row {
			row[j] = c.nuisance * c.rng.NormFloat64()
		}
		row[0], row[1] = cos+noise*c.rng.NormFloat64(), sin+noise*c.rng.NormFloat64()
	}
	return x, labels
}

// judged returns the accuracies, in percent, of nearest neighbors and of a linear probe that
// learn from each of some numbers of labels.
func judged(nuisance float64, numbers []int) (near, linear []float64) {
	ctx := context.Background()
	c := crowd{rand.New(rand.NewPCG(1, 1)), nuisance}
	bank, labels := c.draw(numbers[0])
	queries, truth := c.draw(1000)
	for _, n := range numbers {
		k, err := eval.KNN(ctx, bank.Slice(0, 0, n), labels[:n], queries, truth, eval.KNNConfig{K: 10, Temperature: 0.1})
		if err != nil {
			panic(err) // of a context that is never done
		}
		l, _, err := eval.Linear(ctx, bank.Slice(0, 0, n), labels[:n], queries, truth)
		if err != nil {
			panic(err)
		}
		near, linear = append(near, 100*k), append(linear, 100*l)
	}
	return near, linear
}

// judges has nearest neighbors and a linear probe judge the same features, with many labels
// and with few.
func judges(w io.Writer) {
	numbers := []int{1000, 100, 20}
	fmt.Fprintf(w, "%9s", "labels")
	for _, n := range numbers {
		fmt.Fprintf(w, "%16d", n)
	}
	fmt.Fprintf(w, "\n%9s", "nuisance")
	for range numbers {
		fmt.Fprintf(w, "%8s%8s", "kNN", "linear")
	}
	fmt.Fprintln(w)
	for _, nuisance := range []float64{0.1, 0.3, 1, 3} {
		near, linear := judged(nuisance, numbers)
		fmt.Fprintf(w, "%9.1f", nuisance)
		for i := range numbers {
			fmt.Fprintf(w, "%8.0f%8.0f", near[i], linear[i])
		}
		fmt.Fprintln(w)
	}
}

// judgesFigure draws the accuracies against the size of the nuisance.
func judgesFigure() *chart.Chart {
	lines := []chart.Line{{Name: "linear, 1000 labels"}, {Name: "kNN, 1000 labels"}, {Name: "linear, 20 labels"}, {Name: "kNN, 20 labels"}}
	for _, nuisance := range []float64{0.1, 0.5, 1, 1.5, 2, 3} {
		near, linear := judged(nuisance, []int{1000, 20})
		for i, v := range []float64{linear[0], near[0], linear[1], near[1]} {
			lines[i].Points = append(lines[i].Points, chart.Point{X: nuisance, Y: v})
		}
	}
	return &chart.Chart{Title: "The same features, judged twice", X: "size of the nuisance", Y: "accuracy, %", Lines: lines}
}
