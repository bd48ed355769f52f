package main

import (
	"math"

	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors/images"
	"github.com/gomlx/gomlx/pkg/ml/layers/activations"
)

// ops are the operations, each with its outputs by name.
var ops = map[string]func(q question) map[string]*Node{
	"matmul":            func(q question) map[string]*Node { return map[string]*Node{"c": Dot(q.in["a"], q.in["b"])} },
	"linear":            y(linear),
	"conv2d":            y(conv2d),
	"batch_norm":        y(batchNorm),
	"layer_norm":        y(layerNorm),
	"relu":              y(func(q question) *Node { return activations.Relu(q.in["x"]) }),
	"gelu":              y(gelu),
	"softmax":           y(func(q question) *Node { return Softmax(q.in["x"]) }),
	"log_softmax":       y(func(q question) *Node { return LogSoftmax(q.in["x"]) }),
	"logsumexp":         y(func(q question) *Node { return logSumExp(q.in["x"], 1) }),
	"normalize":         y(func(q question) *Node { return L2NormalizeWithEpsilon(q.in["x"], q.number("eps"), -1) }),
	"max_pool2d":        y(func(q question) *Node { return pool(q, MaxPool(q.in["x"])) }),
	"avg_pool2d":        y(func(q question) *Node { return pool(q, MeanPool(q.in["x"])) }),
	"global_avg_pool2d": y(func(q question) *Node { return ReduceMean(q.in["x"], 2, 3) }),
	"attention":         y(attention),

	"info_nce":     loss(infoNCE),
	"nt_xent":      loss(ntXent),
	"dcl":          loss(dcl),
	"moco":         loss(moco),
	"byol":         loss(byol),
	"alignment":    loss(alignment),
	"uniformity":   loss(uniformity),
	"barlow_twins": loss(barlowTwins),
	"vicreg":       loss(vicreg),

	"er_entropy_discrete":        named("entropy", entropyDiscrete),
	"er_reconstruction_discrete": named("reconstruction", reconstructionDiscrete),

	"ema_update": named("target", func(q question) *Node {
		m := q.number("momentum")
		return Add(MulScalar(q.in["target"], m), MulScalar(q.in["online"], 1-m))
	}),
	"rgb_to_grayscale":  y(grayscale),
	"solarize":          y(solarize),
	"adjust_brightness": y(func(q question) *Node { return ClipScalar(MulScalar(q.in["x"], q.number("factor")), 0, 1) }),
}

// forwardOnly are the operations whose gradients GoMLX does not have in pure Go, with the reason.
var forwardOnly = map[string]string{
	"conv2d":     "Reverse is not implemented in SimpleGo",
	"max_pool2d": "SelectAndScatterMax is not implemented in SimpleGo",
	"avg_pool2d": "Pad is not implemented in SimpleGo",
}

// named makes an operation of a function with one output.
func named(output string, f func(q question) *Node) func(q question) map[string]*Node {
	return func(q question) map[string]*Node { return map[string]*Node{output: f(q)} }
}

func y(f func(q question) *Node) func(q question) map[string]*Node    { return named("y", f) }
func loss(f func(q question) *Node) func(q question) map[string]*Node { return named("loss", f) }

func linear(q question) *Node {
	y := products(q.in["x"], q.in["weight"])
	if bias := q.in["bias"]; bias != nil {
		y = Add(y, InsertAxes(bias, 0))
	}
	return y
}

func conv2d(q question) *Node {
	p := q.whole("padding")
	y := Convolve(q.in["x"], q.in["weight"]).ChannelsAxis(images.ChannelsFirst).Strides(q.whole("stride")).PaddingPerDim([][2]int{{p, p}, {p, p}}).Done()
	if bias := q.in["bias"]; bias != nil {
		y = Add(y, Reshape(bias, 1, -1, 1, 1))
	}
	return y
}

func batchNorm(q question) *Node {
	x := q.in["x"]
	axes, channels := []int{0}, []int{1, x.Shape().Dim(1)}
	if x.Rank() == 4 {
		axes, channels = []int{0, 2, 3}, []int{1, x.Shape().Dim(1), 1, 1}
	}
	y := standardized(x, q.number("eps"), axes...)
	if weight := q.in["weight"]; weight != nil {
		y = Mul(y, Reshape(weight, channels...))
	}
	if bias := q.in["bias"]; bias != nil {
		y = Add(y, Reshape(bias, channels...))
	}
	return y
}

func layerNorm(q question) *Node {
	y := standardized(q.in["x"], q.number("eps"), 1)
	if weight := q.in["weight"]; weight != nil {
		y = Mul(y, InsertAxes(weight, 0))
	}
	if bias := q.in["bias"]; bias != nil {
		y = Add(y, InsertAxes(bias, 0))
	}
	return y
}

func gelu(q question) *Node {
	if approximate, _ := q.Attrs.Choice("approximate", "none", "tanh"); approximate == "tanh" {
		return activations.GeluApproximate(q.in["x"])
	}
	return activations.Gelu(q.in["x"])
}

func pool(q question, b *PoolBuilder) *Node {
	p := q.whole("padding")
	return b.ChannelsAxis(images.ChannelsFirst).Window(q.whole("kernel")).Strides(q.whole("stride")).PaddingPerDim([][2]int{{p, p}, {p, p}}).Done()
}

func attention(q question) *Node {
	queries, keys := q.in["q"], q.in["k"]
	scores := DivScalar(Einsum("bhqd,bhkd->bhqk", queries, keys), math.Sqrt(float64(queries.Shape().Dim(3))))
	return Einsum("bhqk,bhkd->bhqd", Softmax(scores), q.in["v"])
}

func infoNCE(q question) *Node {
	s := DivScalar(products(L2Normalize(q.in["z1"], 1), L2Normalize(q.in["z2"], 1)), q.number("temperature"))
	return Neg(ReduceAllMean(diagonal(LogSoftmax(s))))
}

// views returns the scores between all rows of both views, and where they are of a row with itself,
// and with its partner.
func views(q question) (s, self, partner *Node) {
	k := q.in["z1"].Shape().Dim(0)
	z := L2Normalize(Concatenate([]*Node{q.in["z1"], q.in["z2"]}, 0), 1)
	self = identity(z, 2*k)
	partner = Concatenate([]*Node{Slice(self, AxisRange(k)), Slice(self, AxisRange(0, k))}, 0)
	return DivScalar(products(z, z), q.number("temperature")), self, partner
}

func ntXent(q question) *Node {
	s, self, partner := views(q)
	return ReduceAllMean(Sub(without(s, self), ReduceSum(Mul(s, partner), 1)))
}

func dcl(q question) *Node {
	s, self, partner := views(q)
	return ReduceAllMean(Sub(without(s, Add(self, partner)), ReduceSum(Mul(s, partner), 1)))
}

func moco(q question) *Node {
	query := L2Normalize(q.in["query"], 1)
	positive := DivScalar(rows(query, L2Normalize(q.in["key"], 1)), q.number("temperature"))
	negatives := DivScalar(products(query, L2Normalize(q.in["queue"], 1)), q.number("temperature"))
	return ReduceAllMean(Sub(logSumExp(Concatenate([]*Node{InsertAxes(positive, -1), negatives}, 1), 1), positive))
}

func byol(q question) *Node {
	return AddScalar(MulScalar(ReduceAllMean(CosineSimilarity(q.in["prediction"], q.in["target"], -1)), -2), 2)
}

func alignment(q question) *Node {
	return ReduceAllMean(PowScalar(L2Norm(Sub(q.in["z1"], q.in["z2"]), 1), q.number("alpha")))
}

func uniformity(q question) *Node {
	z := q.in["z"]
	k := z.Shape().Dim(0)
	d := Sub(InsertAxes(z, 1), InsertAxes(z, 0))
	s := MulScalar(ReduceSum(Square(d), 2), -q.number("t"))
	s = Add(s, MulScalar(identity(z, k), -1e30))
	return AddScalar(Reshape(logSumExp(Reshape(s, 1, k*k), 1)), -math.Log(float64(k*(k-1))))
}

func barlowTwins(q question) *Node {
	z1, z2, eps := q.in["z1"], q.in["z2"], q.number("eps")
	k, d := z1.Shape().Dim(0), z1.Shape().Dim(1)
	c := DivScalar(Einsum("ki,kj->ij", standardized(z1, eps, 0), standardized(z2, eps, 0)), float64(k))
	one := identity(z1, d)
	on := ReduceAllSum(Square(OneMinus(diagonal(c))))
	off := ReduceAllSum(Square(Mul(c, OneMinus(one))))
	return Add(on, MulScalar(off, q.number("lambda")))
}

func vicreg(q question) *Node {
	z1, z2 := q.in["z1"], q.in["z2"]
	k, d := float64(z1.Shape().Dim(0)), z1.Shape().Dim(1)
	total := MulScalar(ReduceAllMean(Square(Sub(z1, z2))), q.number("sim"))
	for _, z := range []*Node{z1, z2} {
		centered := Sub(z, ReduceAndKeep(z, ReduceMean, 0))
		sigma := Sqrt(AddScalar(DivScalar(ReduceSum(Square(centered), 0), k-1), q.number("eps")))
		total = Add(total, MulScalar(ReduceAllMean(activations.Relu(OneMinus(sigma))), q.number("std")/2))
		cov := Mul(DivScalar(Einsum("ki,kj->ij", centered, centered), k-1), OneMinus(identity(z, d)))
		total = Add(total, MulScalar(ReduceAllSum(Square(cov)), q.number("cov")/float64(d)))
	}
	return total
}

func entropyDiscrete(q question) *Node {
	mean := ReduceMean(q.in["p"], 0)
	logs := Log(AddScalar(mean, q.number("eps")))
	if reduction, _ := q.Attrs.Choice("reduction", "average", "expectation"); reduction == "average" {
		return Neg(ReduceAllMean(logs))
	}
	return Neg(ReduceAllSum(Mul(mean, logs)))
}

func reconstructionDiscrete(q question) *Node {
	p1, p2, eps := q.in["p1"], q.in["p2"], q.number("eps")
	both := Add(Mul(p1, Log(AddScalar(p2, eps))), Mul(p2, Log(AddScalar(p1, eps))))
	return MulScalar(ReduceAllMean(ReduceSum(both, 1)), -0.5)
}

func grayscale(q question) *Node {
	x := q.in["x"]
	weights := Const(x.Graph(), []float32{0.2989, 0.587, 0.114})
	return BroadcastToShape(InsertAxes(Einsum("nchw,c->nhw", x, weights), 1), x.Shape())
}

func solarize(q question) *Node {
	x := q.in["x"]
	return Where(GreaterOrEqual(x, ConstAs(x, q.number("threshold"))), OneMinus(x), x)
}

// What operations are made of.

// standardized subtracts the mean over the axes and divides by the deviation.
func standardized(x *Node, eps float64, axes ...int) *Node {
	centered := Sub(x, ReduceAndKeep(x, ReduceMean, axes...))
	return Div(centered, Sqrt(AddScalar(ReduceAndKeep(Square(centered), ReduceMean, axes...), eps)))
}

// products are those of all rows of two matrices.
func products(a, b *Node) *Node { return Einsum("id,jd->ij", a, b) }

// rows are the products of rows with those of the same place.
func rows(a, b *Node) *Node { return ReduceSum(Mul(a, b), 1) }

// identity is a matrix in the graph and of the type of like.
func identity(like *Node, n int) *Node { return ConvertDType(Diagonal(like.Graph(), n), like.DType()) }

func diagonal(s *Node) *Node { return ReduceSum(Mul(s, identity(s, s.Shape().Dim(0))), 1) }

// logSumExp is over an axis of a matrix.
func logSumExp(x *Node, axis int) *Node {
	top := StopGradient(ReduceAndKeep(x, ReduceMax, axis))
	return Add(Log(ReduceSum(Exp(Sub(x, top)), axis)), Squeeze(top, axis))
}

// without is logSumExp by row of what mask has 0.
func without(s, mask *Node) *Node { return logSumExp(Add(s, MulScalar(mask, -1e30)), 1) }
