package objective

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl/special"
	"entrec/tensor"
)

// evaluate returns the loss and its gradients in the precision of T.
func evaluate[T Float](f func(in []*autograd.Var[T]) *autograd.Var[T], in tensors) (loss T, grads [][]T) {
	tape := autograd.NewTape[T]()
	leaves := make([]*autograd.Var[T], len(in))
	for i, x := range in {
		leaves[i] = tape.Leaf(tensor.Convert[T](x))
	}
	y := f(leaves)
	tape.Backward(y)
	for _, v := range leaves {
		grads = append(grads, tensor.Contiguous(v.Grad).Data())
	}
	return y.Value.Item(), grads
}

// twoViews are the losses of two views (k, d) in both precisions.
func twoViews[T Float]() map[string]func(in []*autograd.Var[T]) *autograd.Var[T] {
	return map[string]func(in []*autograd.Var[T]) *autograd.Var[T]{
		"info_nce":    func(in []*autograd.Var[T]) *autograd.Var[T] { return InfoNCE(in[0], in[1], 0.1) },
		"nt_xent":     func(in []*autograd.Var[T]) *autograd.Var[T] { return NTXent(in[0], in[1], 0.1) },
		"er_discrete": func(in []*autograd.Var[T]) *autograd.Var[T] { return ERDiscrete(in[0], in[1], 0.5, 1).Loss },
		"dhel":        func(in []*autograd.Var[T]) *autograd.Var[T] { return DHEL(in[0], in[1], 0.1) },
		"dcl":         func(in []*autograd.Var[T]) *autograd.Var[T] { return DCL(in[0], in[1], 0.1) },
		"amdim":       func(in []*autograd.Var[T]) *autograd.Var[T] { return AMDIM(in[0], places(in[1]), 2, 0.5) },
		"cpc": func(in []*autograd.Var[T]) *autograd.Var[T] {
			positive := make([]int, in[0].Value.Dim(0))
			for i := range positive {
				positive[i] = i
			}
			return CPC(in[0], in[1], positive)
		},
		"dim_jsd": func(in []*autograd.Var[T]) *autograd.Var[T] { return DIMJSD(in[0], places(in[1])) },
		"dim_nce": func(in []*autograd.Var[T]) *autograd.Var[T] { return DIMNCE(in[0], places(in[1])) },
		"dim_dv":  func(in []*autograd.Var[T]) *autograd.Var[T] { return DIMDV(in[0], places(in[1])) },
		"tico": func(in []*autograd.Var[T]) *autograd.Var[T] {
			d := in[0].Value.Dim(1)
			loss, _ := TiCo(in[0], in[1], tensor.New[T](d, d), TiCoConfig{0.9, 8})
			return loss
		},
		"entropy_plane": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return autograd.Add(EntropyPlane(in[0], 2, Include), EntropyPlane(in[1], 2, Exclude))
		},
		"entropy_gaussian": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return autograd.Add(EntropyGaussian(in[0], 0.2), EntropyGaussian(in[1], 0.2))
		},
		"reconstruction_plane": func(in []*autograd.Var[T]) *autograd.Var[T] { return ReconstructionPlane(in[0], in[1], 2) },
		"koleo": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return autograd.Add(KoLeo(in[0], 1e-8), KoLeo(in[1], 1e-8))
		},
		"sigreg": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return autograd.Add(SIGReg(in[0], in[1].Value.Transpose(), 17), SIGReg(in[1], in[0].Value.Transpose(), 17))
		},
		"mmcr": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return MMCR(autograd.Reshape(autograd.Concat(0, in...), 2, in[0].Value.Dim(0), in[0].Value.Dim(1)))
		},
		"coding rate": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return autograd.Add(CodingRate(in[0], 0.2), CodingRate(in[1], 0.3))
		},
		"imax": func(in []*autograd.Var[T]) *autograd.Var[T] { return IMAX(in[0], in[1], 0.2) },
		"corinfomax": func(in []*autograd.Var[T]) *autograd.Var[T] {
			zeros := tensor.New[T](in[0].Value.Dim(1), in[0].Value.Dim(1))
			return CorInfoMax(in[0], in[1], zeros, zeros, CorInfoMaxConfig{Decay: 0.5, Eps: 0.1, Weight: 2}).Loss
		},
		"moco": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return MoCo(in[0], in[1].Value, in[1].Value, 0.1)
		},
		"alignment": func(in []*autograd.Var[T]) *autograd.Var[T] { return Alignment(in[0], in[1], 1) },
		"uniformity": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return autograd.Add(Uniformity(in[0], 2), Uniformity(in[1], 2))
		},
		"er": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return ER(in[0], in[1], ERConfig{EntropyConfig: EntropyConfig{Kappa: 5}, EntropyWeight: 1}).Loss
		},
		"er, the other choices": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return ER(in[0], in[1], ERConfig{EntropyConfig: EntropyConfig{Kappa: 500, Reduction: Expectation, Normalizer: Official, Self: Exclude}, EntropyWeight: 0.5}).Loss
		},
		"byol": func(in []*autograd.Var[T]) *autograd.Var[T] { return BYOL(in[0], in[1].Value) },
		"dino": func(in []*autograd.Var[T]) *autograd.Var[T] {
			k, c := in[0].Value.Dim(0), in[0].Value.Dim(1)
			both := autograd.Reshape(autograd.Concat(0, in[0], in[1]), 2, k, c)
			return DINO(both, both.Value, tensor.New[T](c), DINOConfig{0.1, 0.05})
		},
		"swapped prediction": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return SwappedPrediction(in[0], in[1], SwappedPredictionConfig{0.1, 0.05, 3})
		},
		"barlow_twins": func(in []*autograd.Var[T]) *autograd.Var[T] { return BarlowTwins(in[0], in[1], 0.005, 1e-5) },
		"vicreg": func(in []*autograd.Var[T]) *autograd.Var[T] {
			return VICReg(in[0], in[1], VICRegConfig{25, 25, 1, 1e-4})
		},
		"discrete": func(in []*autograd.Var[T]) *autograd.Var[T] {
			p, q := autograd.Softmax(in[0]), autograd.Softmax(in[1])
			return autograd.Sub(ReconstructionDiscrete(p, q, 1e-7), EntropyDiscrete(p, Expectation, 1e-7))
		},
	}
}

// places makes two places of each row of z (k, d), the row and its half.
func places[T Float](z *autograd.Var[T]) *autograd.Var[T] {
	k, d := z.Value.Dim(0), z.Value.Dim(1)
	return autograd.Reshape(autograd.Concat(1, z, autograd.Scale(z, 0.5)), k, 2, d)
}

// constantSecond are the losses that take their second view for a constant.
var constantSecond = []string{"moco", "byol"}

// TestThreads demands the same bits whatever the number of threads.
func TestThreads(t *testing.T) {
	defer tensor.SetThreads(tensor.Threads())
	testThreads[float32](t)
	testThreads[float64](t)
}

func testThreads[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	in := tensors{unit(rng, 300, 20), unit(rng, 300, 20)}
	for name, f := range twoViews[T]() {
		inputs := in
		if slices.Contains(constantSecond, name) {
			inputs, f = in[:1], func(v []*autograd.Var[T]) *autograd.Var[T] {
				return twoViews[T]()[name]([]*autograd.Var[T]{v[0], {Value: tensor.Convert[T](in[1])}})
			}
		}
		tensor.SetThreads(1)
		loss, grads := evaluate(f, inputs)
		for _, n := range []int{2, 3} {
			tensor.SetThreads(n)
			l, g := evaluate(f, inputs)
			require.Equal(t, loss, l, "%s with %d threads", name, n)
			require.Equal(t, grads, g, "%s with %d threads", name, n)
		}
	}
}

// TestInvariances: no loss changes with the order of the samples, and those of
// cosines and distances not with a rotation.
func TestInvariances(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const k, d = 150, 6
	in := tensors{unit(rng, k, d), unit(rng, k, d)}
	order := rng.Perm(k)
	rotation := orthogonal(rng, d)
	rotationInvariant := []string{"tico", "koleo", "cpc", "mmcr", "info_nce", "nt_xent", "moco", "alignment", "uniformity", "er", "er, the other choices", "byol"}
	for name, f := range twoViews[float64]() {
		value := func(in tensors) float64 {
			return f(vars{{Value: in[0]}, {Value: in[1]}}).Value.Item()
		}
		want := value(in)
		bound := 1e-12 * max(1, math.Abs(want)) // rounding of some 10³ terms
		require.InDelta(t, want, value(tensors{tensor.Gather(in[0], order), tensor.Gather(in[1], order)}), bound, name)
		if slices.Contains(rotationInvariant, name) {
			rotated := tensors{}
			for _, x := range in {
				y := tensor.New[float64](k, d)
				tensor.MatMulTo(y, x, rotation, tensor.NoTrans, tensor.NoTrans)
				rotated = append(rotated, y)
			}
			// At κ = 500 the rounding of a product weighs 500 times.
			require.InDelta(t, want, value(rotated), 1e3*bound, name)
		}
	}
}

// orthogonal returns a random rotation or reflection, by Gram and Schmidt.
func orthogonal(rng *rand.Rand, d int) *tensor.Tensor[float64] {
	q := normal(rng, d, d)
	for i := range d {
		row := q.Data()[i*d : (i+1)*d]
		for range 2 {
			for j := range i {
				before := q.Data()[j*d : (j+1)*d]
				along := dot(row, before)
				for l := range row {
					row[l] -= along * before[l]
				}
			}
		}
		unitRow(row, row)
	}
	return q
}

// TestInfoNCEBound: log k − InfoNCE never exceeds log k, and comes near where the
// views agree and samples differ.
func TestInfoNCEBound(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, k := range []int{1, 2, 50} {
		for _, temperature := range []float64{1e-3, 0.1, 100} {
			z := unit(rng, k, 64)
			for i, other := range []*tensor.Tensor[float64]{z, unit(rng, k, 64)} {
				loss := InfoNCE(&autograd.Var[float64]{Value: z}, &autograd.Var[float64]{Value: other}, temperature).Value.Item()
				require.GreaterOrEqual(t, loss, 0.0)
				if i == 0 && temperature < 0.01 {
					require.Less(t, loss, 1e-9)
				}
			}
		}
	}
}

// TestOneSample: with one sample there are no negatives and nothing to learn.
func TestOneSample(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for _, name := range []string{"info_nce", "nt_xent"} {
		loss, grads := evaluate(twoViews[float32]()[name], tensors{normal(rng, 1, 3), normal(rng, 1, 3)})
		require.Zero(t, loss, name)
		for _, g := range slices.Concat(grads...) {
			require.Zero(t, g, name)
		}
	}
}

// TestEntropyNormalizer reads log C_d(κ) off the entropy of a single unit row,
// −κ − log C_d(κ), and holds it against values at 50 digits.
func TestEntropyNormalizer(t *testing.T) {
	text, err := os.ReadFile("../special/testdata/vmf.json")
	require.NoError(t, err)
	var points []struct {
		D     int     `json:"d"`
		Kappa float64 `json:"kappa"`
		LogC  string  `json:"log_c"`
	}
	require.NoError(t, json.Unmarshal(text, &points))
	tried := 0
	for _, p := range points {
		if p.D > 2048 || p.Kappa < 0.01 || p.Kappa > 1000 {
			continue
		}
		want, err := strconv.ParseFloat(p.LogC, 64)
		require.NoError(t, err)
		z := tensor.New[float64](1, p.D)
		z.Data()[p.D/2] = 1
		h := EntropySphere(&autograd.Var[float64]{Value: z}, EntropyConfig{Kappa: p.Kappa}).Value.Item()
		require.InDelta(t, want, -h-p.Kappa, 1e-10*max(1, math.Abs(want)), "d=%d kappa=%v", p.D, p.Kappa)
		tried++
	}
	require.Greater(t, tried, 20)
}

// TestNormalizersShareGradients: the official file's constant is another, but it is
// a constant.
func TestNormalizersShareGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 3))
	z := unit(rng, 9, 64)
	var losses []float64
	var grads [][]float64
	for _, n := range []Normalizer{Exact, Official} {
		l, g := evaluate(func(in vars) *autograd.Var[float64] {
			return EntropySphere(in[0], EntropyConfig{Kappa: 10, Normalizer: n})
		}, tensors{z})
		losses, grads = append(losses, l), append(grads, g[0])
	}
	require.InDelta(t, 11.3, losses[1]-losses[0], 0.05) // at d = 64 and κ = 10
	require.Equal(t, grads[0], grads[1])
}

// TestDHELIsER: DHEL is the ER objective without the self term and with the entropy
// weighted 2, but for a constant.
func TestDHELIsER(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const k, d, temperature = 12, 7, 0.2
	in := tensors{normal(rng, k, d), normal(rng, k, d)}
	dhel, dhelGrads := evaluate(func(in []*autograd.Var[float64]) *autograd.Var[float64] { return DHEL(in[0], in[1], temperature) }, in)
	cfg := ERConfig{EntropyConfig: EntropyConfig{Kappa: 1 / temperature, Self: Exclude}, EntropyWeight: 2}
	er, erGrads := evaluate(func(in []*autograd.Var[float64]) *autograd.Var[float64] {
		return ER(autograd.Normalize(in[0], normalizeEps), autograd.Normalize(in[1], normalizeEps), cfg).Loss
	}, in)
	// −R holds −log C, −2·H holds 2·log C − 2·log(k−1).
	require.InDelta(t, er, dhel+special.LogVMFNormalizer(d, 1/temperature)-2*math.Log(k-1), 1e-12)
	for i := range dhelGrads {
		require.InDeltaSlice(t, erGrads[i], dhelGrads[i], 1e-15)
	}
}

// TestDIMAgrees: with one place each image, the InfoNCE of Deep InfoMax is that of scores
// that are not normalized; and an image's other places are no negatives: moving them
// changes what they have as positives alone.
func TestDIMAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const k, p, u = 6, 3, 4
	dim := func(in []*autograd.Var[float64]) *autograd.Var[float64] { return DIMNCE(in[0], in[1]) }
	global, local := unit(rng, k, u), unit(rng, k, u)
	want, _ := evaluate(func(in []*autograd.Var[float64]) *autograd.Var[float64] { return InfoNCE(in[0], in[1], 1) }, tensors{global, local})
	got, _ := evaluate(dim, tensors{global, local.Reshape(k, 1, u)})
	require.InDelta(t, want, got, 1e-14)

	// AMDIM without its clip and penalty, of r1 times the root, is the same.
	got, _ = evaluate(func(in []*autograd.Var[float64]) *autograd.Var[float64] {
		return AMDIM(autograd.Scale(in[0], math.Sqrt(u)), in[1], 1e6, 0)
	}, tensors{global, local.Reshape(k, 1, u)})
	require.InDelta(t, want, got, 1e-10)

	// Of images whose global features are 0 all scores are 0, so that only image 0's
	// scores with its own places count: −u + log(e^u + (k−1)·p) each.
	one, places := tensor.New[float64](k, u), normal(rng, k, p, u)
	one.Data()[0] = 1
	for m := 1; m < k; m++ {
		for q := range p {
			places.Data()[(m*p+q)*u] = 0
		}
	}
	want = (k - 1) * p * math.Log(1+(k-1)*p)
	for q := range p {
		s := places.Data()[q*u]
		want += math.Log(math.Exp(s)+(k-1)*p) - s
	}
	got, _ = evaluate(dim, tensors{one, places})
	require.InDelta(t, want/(k*p), got, 1e-13)
}

// TestInfomaxOfGaussians: what IMAX says of a large sample is near the closed form, and
// the coding rate of orthogonal rows is d/2·log(1 + 1/eps) of a batch of d.
func TestInfomaxOfGaussians(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 4))
	const k, noise = 20000, 0.5
	z1, z2 := normal(rng, k, 2), normal(rng, k, 2)
	for i := range z1.Data() {
		signal := rng.NormFloat64()
		z1.Data()[i], z2.Data()[i] = signal+noise*z1.Data()[i], signal+noise*z2.Data()[i]
	}
	tape := autograd.NewTape[float64]()
	// By column ½·log( (4 + 2·noise²)/(2·noise²) ).
	require.InDelta(t, math.Log((4+2*noise*noise)/(2*noise*noise)), IMAX(tape.Constant(z1), tape.Constant(z2), 0).Value.Item(), 0.05)
	eye := tensor.New[float64](3, 3)
	for i := range 3 {
		eye.Set(1, i, i)
	}
	require.InDelta(t, 1.5*math.Log(1+1/0.2), CodingRate(tape.Constant(eye), 0.2).Value.Item(), 1e-12)
	// Twice as many rows as columns: the most is ½·r·log(1 + d/(r·eps)) with r = min(k, d).
	rate := CodingRate(tape.Constant(tensor.Concat(0, eye, eye)), 0.2).Value.Item()
	require.InDelta(t, 1.5*math.Log(1+1/0.2), rate, 1e-12)
	for range 9 {
		z := autograd.Normalize(tape.Constant(normal(rng, 6, 3)), 0)
		require.Less(t, CodingRate(z, 0.2).Value.Item(), rate)
	}
}

// TestCorInfoMaxForgets: with decay 0 the covariance is the batch's own, by k, and of the
// past as much stays as decay says.
func TestCorInfoMaxForgets(t *testing.T) {
	tape := autograd.NewTape[float64]()
	z := tape.Constant(tensor.FromSlice([]float64{1, 5, 3, 5}, 2, 2))
	eye := tensor.FromSlice([]float64{1, 0, 0, 1}, 2, 2)
	require.Equal(t, []float64{1, 0, 0, 0}, CorInfoMax(z, z, eye, eye, CorInfoMaxConfig{Eps: 1}).R1.Data())
	p := CorInfoMax(z, z, eye, eye, CorInfoMaxConfig{Decay: 0.25, Eps: 1, Weight: 9})
	require.Equal(t, []float64{1, 0, 0, 0.25}, p.R2.Data())
	require.InDelta(t, -(math.Log(2)+math.Log(1.25))/2*2, p.Loss.Value.Item(), 1e-12)
	require.True(t, math.IsNaN(CorInfoMax(z, z, eye, eye, CorInfoMaxConfig{}).Loss.Value.Item()), "a singular covariance")
}

// TestRefusals: shapes that cannot be.
func TestRefusals(t *testing.T) {
	v := func(shape ...int) *autograd.Var[float64] {
		return &autograd.Var[float64]{Value: tensor.New[float64](shape...)}
	}
	x := func(shape ...int) *tensor.Tensor[float64] { return tensor.New[float64](shape...) }
	rng := rand.New(rand.NewPCG(1, 1))
	for name, f := range map[string]func(){
		"unequal rows":        func() { InfoNCE(v(3, 2), v(2, 2), 1) },
		"unequal widths":      func() { NTXent(v(3, 2), v(3, 3), 1) },
		"no rows":             func() { InfoNCE(v(0, 2), v(0, 2), 1) },
		"a vector":            func() { Alignment(v(3), v(3), 2) },
		"queue's width":       func() { MoCo(v(3, 2), x(3, 2), x(4, 3), 1) },
		"key's rows":          func() { MoCo(v(3, 2), x(2, 2), x(4, 2), 1) },
		"an empty queue":      func() { MoCo(v(3, 2), x(3, 2), x(0, 2), 1) },
		"one row":             func() { Uniformity(v(1, 2), 2) },
		"no negative":         func() { DCL(v(1, 2), v(1, 2), 1) },
		"one image":           func() { DIMJSD(v(1, 2), v(1, 3, 2)) },
		"widths of scales":    func() { AMDIM(v(3, 2), v(3, 1, 3), 20, 0.05) },
		"no place":            func() { DIMNCE(v(3, 2), v(3, 0, 2)) },
		"images of places":    func() { DIMDV(v(3, 2), v(4, 1, 2)) },
		"widths of places":    func() { DIMDV(v(3, 2), v(3, 1, 3)) },
		"places as a matrix":  func() { DIMNCE(v(3, 2), v(3, 2)) },
		"a moment's shape":    func() { TiCo(v(3, 2), v(3, 2), x(2, 3), TiCoConfig{0.9, 8}) },
		"no plane's neighbor": func() { EntropyPlane(v(1, 2), 1, Exclude) },
		"no nearest":          func() { EntropyNearest(v(1, 2), 2) },
		"no neighbor":         func() { KoLeo(v(1, 2), 1e-8) },
		"slices' rows":        func() { SIGReg(v(3, 2), x(3, 2), 17) },
		"one knot":            func() { SIGReg(v(3, 2), x(2, 2), 1) },
		"two axes":            func() { MMCR(v(3, 2)) },
		"one row of DHEL":     func() { DHEL(v(1, 2), v(1, 2), 1) },
		"one row, excluded":   func() { EntropySphere(v(1, 2), EntropyConfig{Kappa: 1, Self: Exclude}) },
		"no sphere":           func() { EntropySphere(v(3, 1), EntropyConfig{Kappa: 1}) },
		"no sphere either":    func() { ReconstructionSphere(v(3, 1), v(3, 1), 1, Exact) },
		"target's shape":      func() { BYOL(v(3, 2), x(2, 2)) },
		"no pair":             func() { DINO(v(1, 3, 2), x(1, 3, 2), x(2), DINOConfig{1, 1}) },
		"center's length":     func() { DINO(v(2, 3, 2), x(2, 3, 2), x(3), DINOConfig{1, 1}) },
		"center alone":        func() { DINOCenter(x(3), x(2, 3, 2), 0.9) },
		"teacher's samples":   func() { DINO(v(2, 3, 2), x(2, 4, 2), x(2), DINOConfig{1, 1}) },
		"scores (k)":          func() { Sinkhorn(x(3), 1, 3) },
		"scores' shapes":      func() { SwappedPrediction(v(3, 2), v(3, 3), SwappedPredictionConfig{1, 1, 3}) },
		"one row of Barlow":   func() { BarlowTwins(v(1, 2), v(1, 2), 1, 1) },
		"one row of VICReg":   func() { VICReg(v(1, 2), v(1, 2), VICRegConfig{}) },
		"p (c)":               func() { EntropyDiscrete(v(3), Average, 1) },
		"p1, p2":              func() { ReconstructionDiscrete(v(3, 2), v(2, 3), 1) },
		"too many clusters":   func() { _, _, _ = KMeans(context.Background(), rng, x(3, 2), 4, 1) },
		"no clusters":         func() { _, _, _ = SphericalKMeans(context.Background(), rng, x(3, 2), 0, 1) },
		"nothing to cluster":  func() { _, _, _ = KMeans(context.Background(), rng, x(0, 2), 1, 1) },
		"covariance's width": func() {
			CorInfoMax(v(3, 2), v(3, 2), x(2, 2), x(3, 3), CorInfoMaxConfig{})
		},
		"a difference of one": func() { IMAX(v(1, 2), v(1, 2), 1) },
		"a rate of nothing":   func() { CodingRate(v(0, 2), 1) },
	} {
		var shape *tensor.ShapeError
		require.ErrorAs(t, tensor.Catch(f), &shape, name)
	}
}

// TestStreams demands that memory stay far below that of a matrix of similarities.
func TestStreams(t *testing.T) {
	const k, d = 1500, 8
	rng := rand.New(rand.NewPCG(6, 6))
	in := tensors{unit(rng, k, d), unit(rng, k, d)}
	for _, name := range []string{"info_nce", "nt_xent", "er", "uniformity"} {
		f := twoViews[float32]()[name]
		used := allocated(func() { evaluate(f, in) })
		require.Less(t, used, uint64(k*k*4/2), name)
	}
}

func TestChoices(t *testing.T) {
	type choices struct {
		Reduction  Reduction
		Normalizer Normalizer
		Self       Self
	}
	want := choices{Expectation, Official, Exclude}
	text, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `{"Reduction":"expectation","Normalizer":"official","Self":"exclude"}`, string(text))
	var got choices
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, want, got)
	require.ErrorContains(t, json.Unmarshal([]byte(`{"Self":"both"}`), &got), `found "both", expected include or exclude`)
	require.Equal(t, "average exact include", fmt.Sprint(Average, " ", Exact, " ", Include))
}

// TestEveryLossIsTested keeps the lists of this file and of the gradients' in step.
func TestEveryLossIsTested(t *testing.T) {
	names := slices.Collect(maps.Keys(gradientCases(rand.New(rand.NewPCG(1, 1)))))
	for name := range twoViews[float64]() {
		if !slices.Contains([]string{"er, the other choices", "swapped prediction", "discrete"}, name) {
			require.Contains(t, names, name)
		}
	}
}
