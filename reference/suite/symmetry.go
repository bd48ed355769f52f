package suite

import (
	"fmt"
	"slices"
	"strings"

	"entrec/reference/golden"
)

// symmetries are, by operation, the axes that can be permuted together without
// changing the answer but for the same permutation: "z10 z20" are axis 0 of z1 and
// of z2, behind the bar those of outputs. Permuting them changes the order of
// summation and nothing else.
var symmetries = map[string][]string{
	"matmul":     {"a1 b0", "a0 | c0", "b1 | c1"},
	"logdet":     {"x0 x1"},
	"linear":     {"x1 weight1", "x0 | y0", "weight0 bias0 | y1"},
	"conv2d":     {"x1 weight1", "x0 | y0", "weight0 bias0 | y1"},
	"batch_norm": {"x0 | y0"},
	"layer_norm": {"x1 weight0 bias0 | y1", "x0 | y0"},
	"softmax":    {"x1 | y1"}, "log_softmax": {"x1 | y1"}, "logsumexp": {"x1"}, "normalize": {"x1 | y1"},
	"attention":         {"q3 k3", "k2 v2", "q2 | y2"},
	"global_avg_pool2d": {"x2", "x3"},

	"info_nce": pairs, "nt_xent": pairs, "dcl": pairs, "dhel": pairs, "alignment": pairs, "barlow_twins": pairs, "vicreg": pairs,
	"corinfomax":               {"z10 z20", "z11 z21 r10 r11 r20 r21 | r10 r11 r20 r21"},
	"er_reconstruction_sphere": pairs,
	"sigreg":                   {"z0", "slices1", "z1 slices0"},
	"mmcr":                     {"z0", "z1", "z2"},
	"koleo":                    {"z1"}, // the first of ties is a matter of rows' order
	"tico":                     {"z10 z20"},
	"uniformity":               {"z0", "z1"}, "er_entropy_sphere": {"z0", "z1"},
	"dim_jsd": globalLocal, "dim_nce": globalLocal, "dim_dv": globalLocal,
	"mi_dv": scored, "mi_mine": scored, "mi_nwj": scored, "mi_js": scored, "mi_smile": scored, "mi_infonce": scored, "mi_club": scored,
	"mi_tuba": {"scores0 scores1 log_baseline0"}, "mi_interpolated": {"scores0 scores1 log_baseline0"},
	"amdim":                      {"r10 r50", "r51", "r11 r52"},
	"cpc":                        {"prediction0 positive0", "prediction1 target1"},
	"moco":                       {"query0 key0", "queue0", "query1 key1 queue1"},
	"er_entropy_discrete":        {"p0", "p1"},
	"er_discrete":                {"logits10 logits20", "logits11 logits21"},
	"er_reconstruction_discrete": {"p10 p20", "p11 p21"},
	"byol":                       {"prediction0 target0", "prediction1 target1"},
	"dino":                       {"student1 teacher1", "student2 teacher2 center0 | center0"},
	"sinkhorn":                   {"scores0 | q0", "scores1 | q1"},
	"swapped_prediction":         {"scores10 scores20", "scores11 scores21"},
	"lars_step":                  {"param0 grad0 buffer0 | param0 buffer0"},
	"adjust_contrast":            {"x2 | y2", "x3 | y3"},
}

var globalLocal = []string{"global0 local0", "local1", "global1 local2"}

var scored = []string{"scores0 scores1"}

var pairs = []string{"z10 z20", "z11 z21"}

// Permuted returns cases that are c with some axes permuted, one for each of its
// operation's symmetries. Each draw, counted from 0, permutes them in another way.
func Permuted(c *golden.Case, draw int) []*golden.Case {
	var all []*golden.Case
	for _, symmetry := range symmetries[c.Op] {
		ins, outs, _ := strings.Cut(symmetry, " | ")
		name := fmt.Sprintf("%s permuted %s", c.Name, symmetry)
		if draw > 0 {
			name += fmt.Sprintf(", %d", draw)
		}
		s := newSource(name)
		var order []int
		permute := func(axes string, kinds ...map[string]*golden.Array) []map[string]*golden.Array {
			permuted := make([]map[string]*golden.Array, len(kinds))
			for i, arrays := range kinds {
				permuted[i] = map[string]*golden.Array{}
				for name, a := range arrays {
					permuted[i][name] = a
				}
				for _, field := range strings.Fields(axes) {
					name, axis := field[:len(field)-1], int(field[len(field)-1]-'0')
					a := permuted[i][name]
					if a == nil {
						continue // its gradient is not asked for
					}
					if order == nil {
						order = s.permutation(a.Shape[axis])
					}
					permuted[i][name] = permuteAxis(a, axis, order)
				}
			}
			return permuted
		}
		p := *c
		p.Name = name
		in := permute(ins, c.In, c.Grad)
		out := permute(outs, c.CT, c.Out)
		p.In, p.Grad, p.CT, p.Out = in[0], in[1], out[0], out[1]
		all = append(all, &p)
	}
	return all
}

// permuteAxis returns a with the slice order[i] of an axis in place i.
func permuteAxis(a *golden.Array, axis int, order []int) *golden.Array {
	inner := 1
	for _, d := range a.Shape[axis+1:] {
		inner *= d
	}
	p := golden.FromSlice(slices.Clone(a.Data), a.Shape...)
	block := inner * a.Shape[axis]
	for base := 0; base < len(a.Data); base += block {
		for i, from := range order {
			copy(p.Data[base+i*inner:base+(i+1)*inner], a.Data[base+from*inner:base+(from+1)*inner])
		}
	}
	return p
}
