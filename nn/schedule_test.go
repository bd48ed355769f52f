package nn_test

import (
	"fmt"
	"math"
	"testing"

	"entrec/nn"

	"github.com/stretchr/testify/require"
)

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"the first step of a warm-up", nn.WarmupCosine(0, 4, 10), 0.25},
		{"the last", nn.WarmupCosine(3, 4, 10), 1},
		{"the step after it", nn.WarmupCosine(4, 4, 10), 1},
		{"half of the cosine", nn.WarmupCosine(7, 4, 10), 0.5},
		{"the end", nn.WarmupCosine(10, 4, 10), 0},
		{"beyond the end", nn.WarmupCosine(15, 4, 10), 0},
		{"no warm-up", nn.WarmupCosine(0, 0, 10), 1},
		{"nothing but warm-up", nn.WarmupCosine(9, 10, 10), 1},
		{"BYOL's momentum at first", nn.Cosine(0, 100, 0.99, 1), 0.99},
		{"a third on", nn.Cosine(100, 300, 0.99, 1), 1 - 0.01*(math.Cos(math.Pi/3)+1)/2},
		{"at the end", nn.Cosine(100, 100, 0.99, 1), 1},
		{"beyond", nn.Cosine(150, 100, 0.99, 1), 1},
		{"no steps at all", nn.Cosine(0, 0, 0.99, 1), 1},
		{"DINO's weight decay half-way", nn.Cosine(50, 100, 0.04, 0.4), 0.22},
		{"a temperature at first", nn.LinearWarmup(0, 30, 0.04, 0.07), 0.04},
		{"half-way", nn.LinearWarmup(15, 30, 0.04, 0.07), 0.055},
		{"warmed up", nn.LinearWarmup(30, 30, 0.04, 0.07), 0.07},
		{"long after", nn.LinearWarmup(300, 30, 0.04, 0.07), 0.07},
		{"no warm-up at all", nn.LinearWarmup(0, 0, 0.04, 0.07), 0.07},
	} {
		// A cosine and a few operations on numbers up to 1.
		require.LessOrEqual(t, math.Abs(c.got-c.want), 1e-15, c.name)
	}
}

func ExampleWarmupCosine() {
	for step := range 6 {
		fmt.Printf("%.2f ", nn.WarmupCosine(step, 2, 6))
	}
	// Output: 0.50 1.00 1.00 0.85 0.50 0.15
}
