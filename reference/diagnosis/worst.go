package diagnosis

import (
	"cmp"
	"math"
	"slices"

	"entrec/reference/golden"
)

// Element is one of a tensor that is off.
type Element struct {
	Index           []int
	Found, Expected float64
	Off             float64 // |found − expected|; infinite where only one of both is a number
	Units           float64 // that in units of what is allowed there
}

// Worst returns the n elements of a tensor of an answer to c that are off by the most of what
// they may be, the worst first; none where the tensor is missing or of another shape.
func Worst(c *golden.Case, a *golden.Answer, tensor string, tolerance golden.Tolerance, n int) []Element {
	want, got := c.Tensor(tensor), answered(a, tensor)
	if want == nil || got == nil || !slices.Equal(want.Shape, got.Shape) {
		return nil
	}
	all := make([]int, len(want.Data))
	off, units := make([]float64, len(want.Data)), make([]float64, len(want.Data))
	limit := tolerance.Limit(want)
	for i, e := range want.Data {
		all[i] = i
		if v := got.Data[i]; !within(v, e, 0) {
			if off[i] = math.Abs(v - e); off[i] != off[i] || math.IsInf(e, 0) {
				off[i] = math.Inf(1)
			}
		}
		units[i] = golden.Deviation{Error: off[i], Limit: tolerance.Allowed(e, limit)}.Units()
	}
	slices.SortStableFunc(all, func(i, j int) int { return cmp.Or(cmp.Compare(units[j], units[i]), cmp.Compare(off[j], off[i])) })
	var worst []Element
	for _, i := range all[:min(n, len(all))] {
		index := make([]int, len(want.Shape))
		rest := i
		for axis := len(index) - 1; axis >= 0; axis-- {
			index[axis] = rest % want.Shape[axis]
			rest /= want.Shape[axis]
		}
		worst = append(worst, Element{index, got.Data[i], want.Data[i], off[i], units[i]})
	}
	return worst
}
