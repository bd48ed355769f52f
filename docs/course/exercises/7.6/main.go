// Exercise 7.6 of the course: both normalizers.
package main

import (
	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "er_reconstruction_sphere",
		Inputs: map[string]string{"z1": "k d", "z2": "k d"},
		Attrs:  map[string][]string{"kappa": nil, "normalizer": {"exact", "official"}},
		Least:  map[string]int{"d": 2},
		Output: "reconstruction",
	}, reconstruction)
}

// reconstruction returns mean_i( −κ·⟨z1_i, z2_i⟩ − log C_d(κ) ) of unit rows, where log C_d(κ) is
// (d/2−1)·log κ − d/2·log 2π − log I_{d/2−1}(κ) if the normalizer is "exact", and has log(I + 1e-7) for
// log I if it is "official"; and the gradients of ct·reconstruction where q.CT, one
// number, is not nil. Yours to write.
func reconstruction(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	z1, z2 := q.In["z1"], q.In["z2"] // row by row: z_ij is z.Data[i*d+j]
	return golden.Scalar(q.Number["kappa"]), map[string]*golden.Array{"z1": golden.NewArray(z1.Shape...), "z2": golden.NewArray(z2.Shape...)}
}
