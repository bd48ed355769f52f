package diagnosis

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// numbers are n numbers of either sign without a pattern.
func numbers(n, seed int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Sin(float64(3*i*i+7*i+seed)) + 0.25
	}
	return x
}

// question has an output and two gradients of a shape.
func question(shape ...int) *golden.Case {
	n := 1
	for _, d := range shape {
		n *= d
	}
	of := func(seed int) *golden.Array { return golden.FromSlice(numbers(n, seed), shape...) }
	return &golden.Case{
		Op: "op", Attrs: golden.Attrs{"temperature": 0.07, "kind": "any"},
		In:   map[string]*golden.Array{"x": of(1), "z": golden.NewArray(35, 11)},
		Out:  map[string]*golden.Array{"y": of(2)},
		Grad: map[string]*golden.Array{"x": of(3), "w": of(4)},
	}
}

// changed answers a question with its output changed, element by element.
func changed(c *golden.Case, f func(i int, v float64) float64) *golden.Answer {
	y := golden.FromSlice(slices.Clone(c.Out["y"].Data), c.Out["y"].Shape...)
	for i, v := range y.Data {
		y.Data[i] = f(i, v)
	}
	return &golden.Answer{Out: map[string]*golden.Array{"y": y}, Grad: c.Grad}
}

func TestTensor(t *testing.T) {
	tolerance := golden.Tolerance{Rtol: 1e-6}
	for name, tc := range map[string]struct {
		shape []int
		f     func(c *golden.Case, i int, v float64) float64
		want  string
	}{
		"right":       {[]int{4, 3}, func(_ *golden.Case, _ int, v float64) float64 { return v }, ""},
		"one":         {[]int{4, 3}, func(_ *golden.Case, i int, v float64) float64 { return v + float64(i%12/11) + float64(1/(i+1)) }, "2 of 12 elements are off"},
		"zeros":       {[]int{4, 3}, func(*golden.Case, int, float64) float64 { return 0 }, "12 of 12 elements are off, all are 0"},
		"NaN":         {[]int{4, 3}, func(_ *golden.Case, i int, v float64) float64 { return v + math.Inf(1)*float64(i/11)*0 }, "12 of 12 elements are off, 12 are NaN"},
		"batch":       {[]int{4, 3}, func(_ *golden.Case, _ int, v float64) float64 { return 35 * v }, "12 of 12 elements are off, found/expected = 35 everywhere: off by the batch size, or what the first axis of z is?"},
		"mean":        {[]int{4, 3}, func(_ *golden.Case, _ int, v float64) float64 { return v / 35 }, "12 of 12 elements are off, found/expected = 0.0285714 everywhere: off by the batch size, or what the first axis of z is?"},
		"temperature": {[]int{4, 3}, func(_ *golden.Case, _ int, v float64) float64 { return v / 0.07 }, "12 of 12 elements are off, found/expected = 14.2857 everywhere: off by temperature?"},
		"twice":       {[]int{4, 3}, func(_ *golden.Case, _ int, v float64) float64 { return -2 * v }, "12 of 12 elements are off, found/expected = -2 everywhere: off by the sign and a factor 2?"},
		"ratio":       {[]int{4, 3}, func(_ *golden.Case, _ int, v float64) float64 { return 1.7 * v }, "12 of 12 elements are off, found/expected = 1.7 everywhere"},
		"negated":     {[]int{4, 3}, func(_ *golden.Case, _ int, v float64) float64 { return -v }, "12 of 12 elements are off, negated"},
		"shifted":     {[]int{4, 3}, func(_ *golden.Case, _ int, v float64) float64 { return v - 1.5 }, "12 of 12 elements are off, found − expected = -1.5 everywhere"},
		"scalar":      {nil, func(_ *golden.Case, _ int, v float64) float64 { return 1.7 * v }, ""},
		"scalar sum":  {nil, func(_ *golden.Case, _ int, v float64) float64 { return 35 * v }, "found/expected = 35: off by the batch size, or what the first axis of z is?"},
		"exchanged":   {[]int{4, 3}, func(c *golden.Case, i int, _ float64) float64 { return c.Out["z"].Data[i] }, "12 of 12 elements are off, it is what out/z should be"},
		"transposed":  {[]int{3, 3}, func(c *golden.Case, i int, _ float64) float64 { return c.Out["y"].Data[i%3*3+i/3] }, "6 of 9 elements are off, transposed"},
		"reversed":    {[]int{4, 3}, func(c *golden.Case, i int, _ float64) float64 { return c.Out["y"].Data[i/3*3+2-i%3] }, "8 of 12 elements are off, reversed along axis 1"},
		"turned":      {[]int{2, 4, 5}, func(c *golden.Case, i int, _ float64) float64 { return c.Out["y"].Data[i/20*20+19-i%20] }, "40 of 40 elements are off, reversed along the last two axes"},
		"diagonal":    {[]int{4, 4}, func(_ *golden.Case, i int, v float64) float64 { return v + float64(1*b(i%4 == i/4)*(i+1)) }, "4 of 16 elements are off, only on the diagonal"},
		"others":      {[]int{4, 4}, func(_ *golden.Case, i int, v float64) float64 { return v + float64(b(i%4 != i/4)*(i+1)) }, "12 of 16 elements are off, all but the diagonal"},
		"row":         {[]int{4, 3}, func(_ *golden.Case, i int, v float64) float64 { return v + float64(b(i/3 == 2)*(i+1)) }, "3 of 12 elements are off, only at index 2 of axis 0, which has 4"},
		"tile":        {[]int{40, 3}, func(_ *golden.Case, i int, v float64) float64 { return v + float64(b(i/3 >= 32)*(i+1)) }, "24 of 120 elements are off, only from index 32 on of axis 0, which has 40"},
		"border": {[]int{2, 4, 5}, func(_ *golden.Case, i int, v float64) float64 {
			return v + float64(b(i%5 == 0 || i%5 == 4 || i/5%4 == 0 || i/5%4 == 3)*(i+1))
		}, "28 of 40 elements are off, only at the border of the last two axes"},
		"negative": {[]int{4, 3}, func(c *golden.Case, i int, v float64) float64 { return v + float64(b(c.In["x"].Data[i] < 0)*(i+1)) }, "only where in/x is below 0"},
	} {
		t.Run(name, func(t *testing.T) {
			c := question(tc.shape...)
			if name == "exchanged" {
				c.Out["z"] = golden.FromSlice(numbers(12, 9), 4, 3)
			}
			a := changed(c, func(i int, v float64) float64 { return tc.f(c, i, v) })
			found := Tensor(c, a, "out/y", tolerance)
			if name == "negative" {
				require.Contains(t, found, tc.want)
				return
			}
			require.Equal(t, tc.want, found)
		})
	}
}

// b is 1 where something holds.
func b(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

// TestShapes: of a tensor of another shape, whether its elements are right.
func TestShapes(t *testing.T) {
	c := question(4, 3)
	of := func(f func(i int) float64, shape ...int) string {
		y := golden.NewArray(shape...)
		for i := range y.Data {
			y.Data[i] = f(i)
		}
		return Tensor(c, &golden.Answer{Out: map[string]*golden.Array{"y": y}}, "out/y", golden.Tolerance{Rtol: 1e-6})
	}
	right := c.Out["y"].Data
	require.Equal(t, "transposed", of(func(i int) float64 { return right[i%4*3+i/4] }, 3, 4))
	require.Equal(t, "the elements are right", of(func(i int) float64 { return right[i] }, 12))
	require.Equal(t, "", of(func(i int) float64 { return right[i] }, 11))
	require.Equal(t, "", of(func(i int) float64 { return 1 }, 3, 4))
	require.Equal(t, "", Tensor(c, &golden.Answer{}, "out/y", golden.Tolerance{}))
}

// TestSmallElements: what is off by its own size alone is told by what it is.
func TestSmallElements(t *testing.T) {
	y := golden.FromSlice([]float64{1, 0.5, 1e-8, 2e-9}, 4)
	c := &golden.Case{Op: "softmax", Out: map[string]*golden.Array{"y": y}}
	a := &golden.Answer{Out: map[string]*golden.Array{"y": golden.FromSlice([]float64{1, 0.5, 0, 0}, 4)}}
	tolerance := golden.Tolerance{Rtol: 1e-6, Elements: &golden.Elements{Relative: 1e-6}}
	require.Equal(t, "2 of 4 elements are off by their own size, only where what is expected is below 1e-7", Tensor(c, a, "out/y", tolerance))
	require.Equal(t, []int{2}, Worst(c, a, "out/y", tolerance, 1)[0].Index)
}

func TestWorst(t *testing.T) {
	c := question(2, 3)
	a := changed(c, func(i int, v float64) float64 {
		switch i {
		case 1:
			return v + 1
		case 4:
			return math.NaN()
		case 5:
			return v - 2
		}
		return v
	})
	worst := Worst(c, a, "out/y", golden.Tolerance{Rtol: 1e-6}, 3)
	require.Equal(t, [][]int{{1, 1}, {1, 2}, {0, 1}}, [][]int{worst[0].Index, worst[1].Index, worst[2].Index})
	require.InDelta(t, 2, worst[1].Off, 1e-12)
	require.True(t, math.IsInf(worst[0].Off, 1))
	require.Len(t, Worst(c, a, "out/y", golden.Tolerance{}, 10), 6)
	require.Empty(t, Worst(c, &golden.Answer{}, "out/y", golden.Tolerance{}, 10))
}
