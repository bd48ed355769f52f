package naive_test

import (
	"fmt"

	"entrec/reference/golden"
	"entrec/reference/naive"
)

func ExampleAnswer() {
	answer, err := naive.Answer(&golden.Case{
		Op:    "softmax",
		Attrs: golden.Attrs{"wrt": []any{"x"}},
		In:    map[string]*golden.Array{"x": golden.FromSlice([]float64{0, 0, 0, 0}, 2, 2)},
		CT:    map[string]*golden.Array{"y": golden.FromSlice([]float64{1, 0, 0, 3}, 2, 2)},
	})
	fmt.Println(err)
	fmt.Println(answer.Out["y"].Data)
	fmt.Println(answer.Grad["x"].Data)

	_, err = naive.Answer(&golden.Case{Op: "uniformity", Attrs: golden.Attrs{"t": 2.0},
		In: map[string]*golden.Array{"z": golden.FromSlice([]float64{1, 0}, 1, 2)}})
	fmt.Println(err)
	// Output:
	// <nil>
	// [0.5 0.5 0.5 0.5]
	// [0.25 -0.25 -0.75 0.75]
	// uniformity: found k = 1 rows, expected at least 2
}

// The loss of a batch whose rows are all equal is log k: nothing tells the positive from
// the others.
func ExampleInfoNCE() {
	z := [][]float64{{3, 4}, {3, 4}, {3, 4}}
	fmt.Printf("%.6f\n", naive.InfoNCE(z, z, 0.1))
	// Output: 1.098612
}

// The entropy of the mean of one-hot rows counts how they spread over the classes.
func ExampleEntropyDiscrete() {
	p := [][]float64{{1, 0, 0, 0}, {0, 1, 0, 0}}
	fmt.Printf("%.6f\n", naive.EntropyDiscrete(naive.MeanRow(p), 0))
	// Output: 0.693147
}
