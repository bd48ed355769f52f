package engine

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// maker makes inputs that are exact in float32.
type maker struct{ *rand.Rand }

func (m maker) fill(f func(i int) float64, shape ...int) *golden.Array {
	a := golden.NewArray(shape...)
	for i := range a.Data {
		a.Data[i] = float64(float32(f(i)))
	}
	return a
}

func (m maker) normal(shape ...int) *golden.Array {
	return m.fill(func(int) float64 { return m.NormFloat64() }, shape...)
}

func (m maker) around(mean, std float64, shape ...int) *golden.Array {
	return m.fill(func(int) float64 { return mean + std*m.NormFloat64() }, shape...)
}

// near returns a with relative noise.
func (m maker) near(a *golden.Array, noise float64) *golden.Array {
	return m.fill(func(i int) float64 { return a.Data[i] * (1 + noise*m.NormFloat64()) }, a.Shape...)
}

// unit returns a with unit rows.
func (m maker) unit(a *golden.Array) *golden.Array {
	d := a.Shape[len(a.Shape)-1]
	norms := make([]float64, len(a.Data)/d)
	for i, v := range a.Data {
		norms[i/d] = math.Hypot(norms[i/d], v)
	}
	return m.fill(func(i int) float64 { return a.Data[i] / norms[i/d] }, a.Shape...)
}

func identity(d int) *golden.Array {
	a := golden.NewArray(d, d)
	for i := range d {
		a.Data[i*d+i] = 1
	}
	return a
}

// clustered returns unit rows in bunches of the given spread.
func (m maker) clustered(k, d, bunches int, spread float64) *golden.Array {
	centers := m.unit(m.normal(bunches, d))
	return m.unit(m.fill(func(i int) float64 {
		return centers.Data[i/d%bunches*d+i%d] + spread*m.NormFloat64()/math.Sqrt(float64(d))
	}, k, d))
}

// constant returns a with the first column constant.
func (m maker) constant(a *golden.Array, v float64) *golden.Array {
	return m.fill(func(i int) float64 {
		if i%a.Shape[1] == 0 {
			return v
		}
		return a.Data[i]
	}, a.Shape...)
}

// oneHot returns rows with a single 1.
func (m maker) oneHot(k, c int) *golden.Array {
	a := golden.NewArray(k, c)
	for i := range k {
		a.Data[i*c+m.IntN(c)] = 1
	}
	return a
}

func (m maker) probabilities(k, c int, sharp float64) *golden.Array {
	x := m.normal(k, c)
	sums := make([]float64, k)
	for i, v := range x.Data {
		x.Data[i] = math.Exp(sharp * v)
		sums[i/c] += x.Data[i]
	}
	return m.fill(func(i int) float64 { return x.Data[i] / sums[i/c] }, k, c)
}

// inOrder walks over a map always in the same order: the maker's later numbers depend on
// it.
func inOrder[V any](all map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !yield(name, all[name]) {
				return
			}
		}
	}
}

type hardCase struct {
	name string
	in   map[string]*golden.Array
	a    golden.Attrs
	wrt  []any
	op   string
}

// hardCases are inputs at the edges of what the operations are defined for.
func hardCases() (all []hardCase) {
	m := maker{rand.New(rand.NewPCG(5, 6))}
	type in = map[string]*golden.Array
	type attrs = golden.Attrs
	add := func(op, name string, inputs in, a attrs, wrt ...any) {
		all = append(all, hardCase{name, inputs, a, wrt, op})
	}
	// Networks.
	add("matmul", "long sums", in{"a": m.normal(3, 3000), "b": m.normal(3000, 4)}, attrs{}, "a", "b")
	for _, spread := range []int{0, 3, 9} {
		x := golden.NewArray(6, 6)
		for i := range x.Data { // diagonally dominant, scaled by rows and columns
			x.Data[i] = math.Ldexp(0.125, -spread*(i/6+i%6))
			if i%7 == 0 {
				x.Data[i] *= 10
			}
		}
		add("logdet", fmt.Sprint("graded ", spread), in{"x": x}, attrs{}, "x")
	}
	add("linear", "large", in{"x": m.around(100, 1, 9, 300), "weight": m.normal(5, 300), "bias": m.normal(5)}, attrs{}, "x", "weight", "bias")
	add("conv2d", "stride over kernel", in{"x": m.normal(2, 3, 9, 8), "weight": m.normal(4, 3, 2, 2)}, attrs{"stride": 3., "padding": 1.}, "x", "weight")
	for _, eps := range []float64{1e-5, 1e-12} {
		add("batch_norm", fmt.Sprint("far from zero ", eps), in{"x": m.around(1000, 0.1, 16, 5)}, attrs{"eps": eps}, "x")
		add("batch_norm", fmt.Sprint("constant column ", eps), in{"x": m.constant(m.normal(16, 5), 3.3), "weight": m.normal(5), "bias": m.normal(5)}, attrs{"eps": eps}, "x", "weight", "bias")
		add("layer_norm", fmt.Sprint("far from zero ", eps), in{"x": m.around(1000, 0.1, 16, 50)}, attrs{"eps": eps}, "x")
		add("layer_norm", fmt.Sprint("constant row ", eps), in{"x": m.fill(func(int) float64 { return 3.3 }, 2, 7)}, attrs{"eps": eps}, "x")
	}
	add("batch_norm", "images", in{"x": m.around(10, 0.5, 3, 4, 5, 6), "weight": m.normal(4)}, attrs{"eps": 1e-5}, "x", "weight")
	for _, a := range []string{"none", "tanh"} {
		add("gelu", a, in{"x": m.fill(func(i int) float64 { return float64(i)/8 - 12 }, 193)}, attrs{"approximate": a}, "x")
		add("gelu", a+" below zero", in{"x": m.fill(func(i int) float64 { return float64(i)/8 - 8 }, 60)}, attrs{"approximate": a}, "x")
	}
	for _, op := range []string{"softmax", "log_softmax", "logsumexp"} {
		for _, s := range []float64{1e-3, 1, 100, 1e4, 1e30} {
			add(op, fmt.Sprint("scale ", s), in{"x": m.around(0, s, 4, 33)}, attrs{}, "x")
		}
		add(op, "equal", in{"x": m.fill(func(int) float64 { return 88 }, 3, 5)}, attrs{}, "x")
		add(op, "one column", in{"x": m.normal(3, 1)}, attrs{}, "x")
		add(op, "many columns", in{"x": m.normal(2, 5000)}, attrs{}, "x")
	}
	for _, s := range []float64{1e-25, 1e-15, 1, 1e25} {
		add("normalize", fmt.Sprint("scale ", s), in{"x": m.around(0, s, 4, 20)}, attrs{"eps": 1e-12}, "x")
	}
	add("normalize", "zero row", in{"x": m.fill(func(i int) float64 { return float64(i / 3) }, 3, 3)}, attrs{"eps": 1e-12}, "x")
	add("attention", "large", in{"q": m.around(0, 10, 1, 2, 7, 16), "k": m.around(0, 10, 1, 2, 7, 16), "v": m.normal(1, 2, 7, 16)}, attrs{}, "q", "k", "v")
	add("attention", "long", in{"q": m.normal(1, 1, 200, 8), "k": m.normal(1, 1, 200, 8), "v": m.normal(1, 1, 200, 8)}, attrs{}, "q", "k", "v")
	add("attention", "one", in{"q": m.normal(1, 1, 1, 1), "k": m.normal(1, 1, 1, 1), "v": m.normal(1, 1, 1, 1)}, attrs{}, "v")
	// Contrast.
	for _, tau := range []float64{0.01, 0.05, 0.5, 10} {
		a := attrs{"temperature": tau}
		for name, z := range inOrder(map[string][2]*golden.Array{
			"random": {m.normal(20, 16), m.normal(20, 16)}, "two": {m.normal(2, 3), m.normal(2, 3)},
			"line": {m.normal(6, 1), m.normal(6, 1)}, "large norms": {m.around(0, 1e12, 8, 5), m.around(0, 1e12, 8, 5)},
			"small norms": {m.around(0, 1e-9, 8, 5), m.around(0, 1e-9, 8, 5)}, "bunches": {m.clustered(40, 16, 5, 0.1), m.clustered(40, 16, 5, 0.1)}, "collapsed": {m.clustered(20, 16, 1, 0.3), m.clustered(20, 16, 1, 0.3)},
		}) {
			add("info_nce", fmt.Sprint(name, " ", tau), in{"z1": z[0], "z2": z[1]}, a, "z1", "z2")
			add("nt_xent", fmt.Sprint(name, " ", tau), in{"z1": z[0], "z2": z[1]}, a, "z1", "z2")
			add("dcl", fmt.Sprint(name, " ", tau), in{"z1": z[0], "z2": z[1]}, a, "z1", "z2")
			add("dhel", fmt.Sprint(name, " ", tau), in{"z1": z[0], "z2": z[1]}, a, "z1", "z2")
			add("moco", fmt.Sprint(name, " ", tau), in{"query": z[0], "key": z[1], "queue": m.normal(9, z[0].Shape[1])}, a, "query")
			for _, noise := range []float64{0.1, 1e-2} {
				z2 := m.near(z[0], noise)
				add("info_nce", fmt.Sprint(name, " aligned ", noise, " ", tau), in{"z1": z[0], "z2": z2}, a, "z1", "z2")
				add("nt_xent", fmt.Sprint(name, " aligned ", noise, " ", tau), in{"z1": z[0], "z2": z2}, a, "z1", "z2")
				add("dcl", fmt.Sprint(name, " aligned ", noise, " ", tau), in{"z1": z[0], "z2": z2}, a, "z1", "z2")
				add("dhel", fmt.Sprint(name, " aligned ", noise, " ", tau), in{"z1": z[0], "z2": z2}, a, "z1", "z2")
				add("moco", fmt.Sprint(name, " aligned ", noise, " ", tau), in{"query": z[0], "key": z2, "queue": m.normal(9, z[0].Shape[1])}, a, "query")
			}
		}
		z := m.normal(9, 6)
		copy(z.Data[6:12], z.Data[:6])
		copy(z.Data[30:36], z.Data[:6])
		// Not z against itself: its gradient is nothing but rounding.
		add("info_nce", fmt.Sprint("duplicates ", tau), in{"z1": z, "z2": m.near(z, 0.1)}, a, "z1", "z2")
		add("nt_xent", fmt.Sprint("duplicates ", tau), in{"z1": z, "z2": m.near(z, 0.1)}, a, "z1", "z2")
		add("moco", fmt.Sprint("duplicates ", tau), in{"query": z, "key": m.near(z, 0.1), "queue": z}, a, "query")
	}
	many := [2]*golden.Array{m.normal(530, 8), m.normal(530, 8)} // more than one tile of columns
	for _, op := range []string{"info_nce", "nt_xent", "dcl", "dhel"} {
		add(op, "many", in{"z1": many[0], "z2": many[1]}, attrs{"temperature": 0.05}, "z1", "z2")
	}
	add("moco", "many", in{"query": many[0], "key": many[1], "queue": m.normal(530, 8)}, attrs{"temperature": 0.05}, "query")
	add("info_nce", "one", in{"z1": m.normal(1, 3), "z2": m.normal(1, 3)}, attrs{"temperature": 0.1}, "z1", "z2")
	add("nt_xent", "one", in{"z1": m.normal(1, 3), "z2": m.normal(1, 3)}, attrs{"temperature": 0.1}, "z1", "z2")
	// Entropy and reconstruction.
	duplicates := m.unit(m.normal(8, 5))
	copy(duplicates.Data[5:10], duplicates.Data[:5])
	copy(duplicates.Data[20:25], duplicates.Data[:5])
	rows := map[string]*golden.Array{
		"two": m.unit(m.normal(2, 2)), "random": m.unit(m.normal(30, 8)), "wide": m.unit(m.normal(12, 600)), "circle": m.unit(m.normal(25, 2)),
		"bunches": m.clustered(40, 8, 5, 0.1), "tight bunches": m.clustered(40, 8, 5, 3e-3), "collapsed": m.clustered(12, 8, 1, 0.01),
		"duplicates": duplicates, "one": m.unit(m.normal(1, 4)),
	}
	for _, r := range []string{"average", "expectation"} {
		add("er_entropy_sphere", "many "+r, in{"z": m.unit(m.normal(600, 8))}, attrs{"kappa": 20., "reduction": r, "normalizer": "exact"}, "z")
	}
	for name, z := range inOrder(rows) {
		for _, kappa := range []float64{1e-3, 0.5, 5, 10, 50, 300, 1e3, 1e4, 1e5} {
			for _, self := range []string{"include", "exclude"} {
				for _, r := range []string{"average", "expectation"} {
					if name != "one" || self == "include" {
						add("er_entropy_sphere", fmt.Sprint(name, " ", kappa, " ", self, " ", r), in{"z": z},
							attrs{"kappa": kappa, "reduction": r, "normalizer": "exact", "self": self}, "z")
					}
				}
			}
			add("er_reconstruction_sphere", fmt.Sprint(name, " ", kappa), in{"z1": z, "z2": m.unit(m.near(z, 0.05))}, attrs{"kappa": kappa, "normalizer": "exact"}, "z1", "z2")
		}
		for _, t := range []float64{0.1, 2, 50, 1e3} {
			if name != "one" && !(name == "duplicates" && t > 10) { // where only pairs at distance 0 count
				add("uniformity", fmt.Sprint(name, " ", t), in{"z": z}, attrs{"t": t}, "z")
			}
		}
		for _, alpha := range []float64{0.5, 1, 2, 3} {
			for _, noise := range []float64{1e-3, 0.1} {
				add("alignment", fmt.Sprint(name, " ", alpha, noise), in{"z1": z, "z2": m.unit(m.near(z, noise))}, attrs{"alpha": alpha}, "z1", "z2")
			}
		}
	}
	add("vmf_log_normalizer", "", in{"kappa": m.fill(func(i int) float64 { return math.Pow(10, float64(i)/2-3) }, 17)}, attrs{"d": 128.}, "kappa")
	for name, p := range inOrder(map[string][2]*golden.Array{
		"flat": {m.probabilities(6, 5, 0.1), m.probabilities(6, 5, 0.1)}, "sharp": {m.probabilities(6, 5, 10), m.probabilities(6, 5, 10)},
		"one-hot": {m.oneHot(6, 5), m.oneHot(6, 5)}, "single class": {m.oneHot(4, 1), m.oneHot(4, 1)}, "many": {m.probabilities(3, 2000, 1), m.probabilities(3, 2000, 1)},
	}) {
		for _, eps := range []float64{1e-3, 1e-7, 1e-12} {
			for _, r := range []string{"average", "expectation"} {
				add("er_entropy_discrete", fmt.Sprint(name, " ", eps, " ", r), in{"p": p[0]}, attrs{"reduction": r, "eps": eps}, "p")
			}
			add("er_reconstruction_discrete", fmt.Sprint(name, " ", eps), in{"p1": p[0], "p2": p[1]}, attrs{"eps": eps}, "p1", "p2")
			add("er_reconstruction_discrete", fmt.Sprint(name, " same ", eps), in{"p1": p[0], "p2": p[0]}, attrs{"eps": eps}, "p1", "p2")
		}
	}
	for _, op := range []string{"dim_jsd", "dim_nce", "dim_dv"} {
		for _, size := range []float64{1e-2, 1, 10} {
			for name, shape := range inOrder(map[string][3]int{"some": {6, 4, 8}, "two": {2, 1, 3}, "one unit": {4, 3, 1}, "many": {40, 16, 12}}) {
				k, p, u := shape[0], shape[1], shape[2]
				add(op, fmt.Sprint(name, " ", size), in{"global": m.around(0, size, k, u), "local": m.normal(k, p, u)}, attrs{}, "global", "local")
			}
		}
	}
	for _, tau := range []float64{0.05, 1, 20} {
		for name, shape := range inOrder(map[string][2]int{"some": {6, 5}, "one": {1, 4}, "single class": {4, 1}, "many": {3, 2000}, "tall": {300, 7}}) {
			x := m.normal(shape[0], shape[1])
			a := attrs{"temperature": tau}
			add("er_discrete", fmt.Sprint(name, " ", tau), in{"logits1": x, "logits2": m.normal(shape[0], shape[1])}, a, "logits1", "logits2")
			add("er_discrete", fmt.Sprint(name, " near ", tau), in{"logits1": x, "logits2": m.near(x, 0.1)}, a, "logits1", "logits2")
		}
	}
	// Distillation and clustering.
	for _, noise := range []float64{1, 1e-2, 1e-4} {
		z := m.normal(6, 12)
		add("byol", fmt.Sprint(noise), in{"prediction": z, "target": m.near(z, noise)}, attrs{}, "prediction")
	}
	add("byol", "line", in{"prediction": m.normal(6, 1), "target": m.normal(6, 1)}, attrs{}, "prediction")
	for _, scale := range []float64{1, 30, 1e4} {
		for _, tau := range []float64{0.01, 0.04, 1} {
			add("dino", fmt.Sprint(scale, " ", tau), in{"student": m.around(0, scale, 4, 5, 9), "teacher": m.around(0, scale, 2, 5, 9), "center": m.around(0, scale, 9)},
				attrs{"student_temperature": 0.1, "teacher_temperature": tau, "center_momentum": 0.9}, "student")
		}
		for _, eps := range []float64{0.01, 0.05, 1} {
			a := attrs{"temperature": 0.1, "epsilon": eps, "iterations": 3.}
			add("swapped_prediction", fmt.Sprint(scale, " ", eps), in{"scores1": m.around(0, scale, 7, 5), "scores2": m.around(0, scale, 7, 5)}, a, "scores1", "scores2")
			scores, a := in{"scores": m.around(0, scale, 7, 5)}, attrs{"epsilon": eps, "iterations": 3.}
			if scale/eps <= 100 { // sharper codes are one-hot, of gradient 0
				add("sinkhorn", fmt.Sprint(scale, " ", eps), scores, a, "scores")
			} else {
				add("sinkhorn", fmt.Sprint(scale, " ", eps), scores, a)
			}
		}
	}
	add("dino", "single class", in{"student": m.normal(2, 3, 1), "teacher": m.normal(2, 3, 1), "center": m.normal(1)}, attrs{"student_temperature": 0.1, "teacher_temperature": 0.04, "center_momentum": 0.9}, "student")
	// Redundancy.
	for name, z := range inOrder(map[string][2]*golden.Array{
		"random": {m.normal(20, 7), m.normal(20, 7)}, "two": {m.normal(2, 3), m.normal(2, 3)}, "line": {m.normal(9, 1), m.normal(9, 1)}, "wide": {m.normal(8, 100), m.normal(8, 100)},
		"constant column": {m.constant(m.normal(20, 7), 1.7), m.constant(m.normal(20, 7), 1.7)}, "far from zero": {m.around(100, 0.5, 20, 7), m.around(100, 0.5, 20, 7)},
		"small": {m.around(0, 1e-4, 20, 7), m.around(0, 1e-4, 20, 7)},
	}) {
		for _, same := range []float64{0, 0.1, 1e-3, -1} {
			z2 := z[1]
			if same > 0 {
				z2 = m.near(z[0], same)
			} else if same < 0 {
				z2 = z[0]
			}
			for _, lambda := range []float64{0.005, 1} {
				add("barlow_twins", fmt.Sprint(name, " ", same, " ", lambda), in{"z1": z[0], "z2": z2}, attrs{"lambda": lambda, "eps": 1e-5}, "z1", "z2")
			}
			add("vicreg", fmt.Sprint(name, " ", same), in{"z1": z[0], "z2": z2}, attrs{"sim": 25., "std": 25., "cov": 1., "eps": 1e-4}, "z1", "z2")
			add("vicreg", fmt.Sprint(name, " cov ", same), in{"z1": z[0], "z2": z2}, attrs{"sim": 0., "std": 0., "cov": 1., "eps": 1e-4}, "z1", "z2")
		}
	}
	// Channels enough for Winograd's algorithm, which takes differences of neighbors.
	for _, mean := range []float64{0, 100} {
		add("conv2d", fmt.Sprint("32 channels about ", mean), in{"x": m.around(mean, 1, 2, 32, 4, 6), "weight": m.normal(48, 32, 3, 3), "bias": m.normal(48)},
			attrs{"stride": 1., "padding": 1.}, "x", "weight", "bias")
	}
	// Normalizations of which little is left.
	for _, n := range []int{2, 3, 8, 9} {
		add("batch_norm", fmt.Sprint(n, " rows"), in{"x": m.normal(n, 5), "weight": m.normal(5)}, attrs{"eps": 1e-5}, "x", "weight")
		add("batch_norm", fmt.Sprint(n, " rows far from zero"), in{"x": m.around(100, 0.01, n, 5), "weight": m.normal(5)}, attrs{"eps": 1e-5}, "x", "weight")
	}
	add("batch_norm", "two wide rows", in{"x": m.around(0, 30, 2, 5), "weight": m.normal(5)}, attrs{"eps": 1e-5}, "x", "weight")
	outlier := m.normal(5000, 2)
	outlier.Data[0], outlier.Data[1] = 1000, -3000
	add("batch_norm", "first row an outlier", in{"x": outlier}, attrs{"eps": 1e-5}, "x")
	for _, std := range []float64{1e-3, 1, 30} {
		add("layer_norm", fmt.Sprint("two columns ", std), in{"x": m.around(0, std, 1, 2), "weight": m.normal(2)}, attrs{"eps": 1e-5}, "x", "weight")
	}
	add("ema_update", "zero target", in{"target": m.around(0, 0, 9), "online": m.normal(9)}, attrs{"momentum": 0.9999}, "target", "online")
	// Nearest neighbors, and a second moment.
	for _, name := range []string{"two", "random", "wide", "bunches", "tight bunches", "duplicates"} {
		z := rows[name]
		for _, eps := range []float64{1e-8, 1e-2} {
			add("koleo", fmt.Sprint(name, " ", eps), in{"z": z}, attrs{"eps": eps}, "z")
		}
		for _, noise := range []float64{1, 0.1, 1e-2} {
			d := z.Shape[1]
			add("tico", fmt.Sprint(name, " ", noise), in{"z1": z, "z2": m.near(z, noise), "c": m.normal(d, d)}, attrs{"momentum": 0.9, "rho": 8.}, "z1", "z2")
		}
	}
	for _, scale := range []float64{1e-2, 1, 30} {
		for _, n := range []int{1, 6, 300} {
			add("sigreg", fmt.Sprint(n, " ", scale), in{"z": m.around(0, scale, n, 5), "slices": m.normal(5, 9)}, attrs{"knots": 17.}, "z")
		}
	}
	for _, noise := range []float64{1, 1e-2} {
		for _, k := range []int{2, 12, 40} {
			z := m.normal(k, 9)
			both := golden.FromSlice(slices.Concat(z.Data, m.near(z, noise).Data), 2, k, 9)
			add("mmcr", fmt.Sprint(k, " ", noise), in{"z": both}, attrs{}, "z")
		}
	}
	add("tico", "small", in{"z1": m.around(0, 1e-9, 8, 5), "z2": m.around(0, 1e-9, 8, 5), "c": m.normal(5, 5)}, attrs{"momentum": 0.9, "rho": 8.}, "z1", "z2")
	for _, clip := range []float64{2, 20} {
		for name, shape := range inOrder(map[string][3]int{"some": {6, 4, 8}, "two": {2, 1, 3}, "one unit": {4, 3, 1}, "many": {40, 16, 12}}) {
			k, p, u := shape[0], shape[1], shape[2]
			add("amdim", fmt.Sprint(name, " ", clip), in{"r1": m.normal(k, u), "r5": m.normal(k, p, u)}, attrs{"clip": clip, "weight": 0.05}, "r1", "r5")
		}
	}
	for _, size := range []float64{1e-3, 1, 10} {
		for name, shape := range inOrder(map[string][3]int{"some": {6, 9, 8}, "two": {2, 2, 3}, "one unit": {4, 3, 1}, "many": {150, 530, 12}}) {
			n, places, u := shape[0], shape[1], shape[2]
			positive := m.fill(func(i int) float64 { return float64(i * 7 % places) }, n)
			add("cpc", fmt.Sprint(name, " ", size), in{"prediction": m.around(0, size, n, u), "target": m.normal(places, u), "positive": positive}, attrs{}, "prediction", "target")
		}
	}
	for _, decay := range []float64{0, 0.01, 0.9} {
		a := attrs{"decay": decay, "eps": 1e-2, "weight": 250.}
		add("corinfomax", fmt.Sprint("wide ", decay), in{"z1": m.normal(4, 6), "z2": m.normal(4, 6), "r1": identity(6), "r2": identity(6)}, a, "z1", "z2")
		add("corinfomax", fmt.Sprint("far from 0 ", decay), in{"z1": m.around(10, 1, 9, 3), "z2": m.around(10, 1, 9, 3), "r1": identity(3), "r2": identity(3)}, a, "z1", "z2")
	}
	return all
}

// cold is the temperature at which the logits of unit rows reach 100, which float32
// holds to 4·10⁻⁶: probabilities err by a few times as much, and gradients, which are
// their differences, by more.
const cold, coldBound = 0.01, 1e-4

// looser are the cases that are ill-conditioned in float32, with what the error is
// from: the largest relative to the tensor's largest element.
var looser = map[string]float64{
	// What is left where the gradients of duplicate rows cancel.
	"info_nce duplicates 0.05": 1e-4,
	// Differences of rows 10⁻³ apart.
	"uniformity tight bunches 50": 1e-4, "uniformity tight bunches 1000": 1e-4,
	// The logarithm of a mean of 1 − 10⁻⁵.
	"uniformity collapsed 0.1": 5e-4, "uniformity collapsed 2": 5e-4,
}

// TestPrecision holds float32 against float64, element by element relative to the
// largest of the tensor. What is too small for float32 may become 0.
func TestPrecision(t *testing.T) {
	worst := map[string]float64{}
	rng := maker{rand.New(rand.NewPCG(1, 2))}
	for _, c := range hardCases() {
		name := c.op + " " + c.name
		question := &golden.Case{Op: c.op, Attrs: c.a, In: c.in}
		exact, err := Backend[float64]().Answer(question)
		require.NoError(t, err, name)
		question.CT = map[string]*golden.Array{}
		for _, out := range slices.Sorted(maps.Keys(exact.Out)) {
			question.CT[out] = rng.normal(exact.Out[out].Shape...)
		}
		question.Attrs = maps.Clone(c.a)
		question.Attrs["wrt"] = c.wrt
		exact, err = Backend[float64]().Answer(question)
		require.NoError(t, err, name)
		single, err := Backend[float32]().Answer(question)
		require.NoError(t, err, name)
		bound := max(2e-5, looser[name])
		if c.a["temperature"] == cold {
			bound = coldBound
		}
		for _, kind := range [][2]map[string]*golden.Array{{single.Out, exact.Out}, {single.Grad, exact.Grad}} {
			for what, want := range kind[1] {
				largest := 0.0
				for _, v := range want.Data {
					require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s: %s holds %v", name, what, v)
					largest = max(largest, math.Abs(v))
				}
				for i, v := range want.Data {
					d := math.Abs(kind[0][what].Data[i] - v)
					require.False(t, !(d <= bound*largest+0x1p-126), "%s: %s element %d is off by %.3g of %.3g", name, what, i, d, largest)
					if d > 0x1p-126 && looser[name] == 0 {
						worst[c.op] = max(worst[c.op], d/largest)
					}
				}
			}
		}
	}
	for op, w := range worst {
		t.Logf("%-26s %.2g", op, w)
	}
}
