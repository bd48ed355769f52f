// A solution of exercise 13.6 of the course: the log of a sum in one pass.
package main

import (
	"math"

	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "logsumexp",
		Inputs: map[string]string{"x": "n d"},
		Output: "y",
	}, logSumExp)
}

// logSumExp returns log Σ e^x of each row, and the gradient of Σ ct·y where q.CT, (n), is not nil.
func logSumExp(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	x := q.In["x"]
	n, d := x.Shape[0], x.Shape[1]
	y, g := golden.NewArray(n), golden.NewArray(n, d)
	for i := range n {
		largest, sum := math.Inf(-1), 0.0 // Σ e^{x − largest}
		for _, v := range x.Data[i*d : (i+1)*d] {
			if v > largest {
				sum = sum*math.Exp(largest-v) + 1
				largest = v
			} else {
				sum += math.Exp(v - largest)
			}
		}
		y.Data[i] = largest + math.Log(sum)
		for j := i * d; j < (i+1)*d && q.CT != nil && len(q.CT.Data) == n; j++ {
			g.Data[j] = q.CT.Data[i] * math.Exp(x.Data[j]-y.Data[i])
		}
	}
	return y, map[string]*golden.Array{"x": g}
}
