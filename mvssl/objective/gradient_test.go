package objective

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/tensor"
)

type (
	vars    = []*autograd.Var[float64]
	tensors = []*tensor.Tensor[float64]
)

// normal returns standard normal values that are exact in float32.
func normal(rng *rand.Rand, shape ...int) *tensor.Tensor[float64] {
	x := tensor.New[float64](shape...)
	for i := range x.Data() {
		x.Data()[i] = float64(float32(rng.NormFloat64()))
	}
	return x
}

// unit returns random unit rows.
func unit(rng *rand.Rand, k, d int) *tensor.Tensor[float64] {
	x := normal(rng, k, d)
	for i := range k {
		row := x.Data()[i*d : (i+1)*d]
		unitRow(row, row)
	}
	return x
}

// probabilities returns random distributions as rows.
func probabilities(rng *rand.Rand, k, c int) *tensor.Tensor[float64] {
	x := normal(rng, k, c)
	for i := range k {
		softmax(x.Data()[i*c : (i+1)*c])
	}
	return x
}

// gradientCases are the objectives as functions of their differentiable inputs.
func gradientCases(rng *rand.Rand) map[string]struct {
	f  func(in vars) *autograd.Var[float64]
	in tensors
} {
	type c = struct {
		f  func(in vars) *autograd.Var[float64]
		in tensors
	}
	duplicates := unit(rng, 6, 3)
	copy(duplicates.Data()[3:6], duplicates.Data()[:3])
	teacher, center := normal(rng, 2, 4, 5), normal(rng, 5)
	target, key, queue := normal(rng, 4, 3), normal(rng, 4, 3), normal(rng, 7, 3)
	lopsided, directions := normal(rng, 3, 3), normal(rng, 3, 4)
	covariance := tensor.FromSlice([]float64{2, 0.5, 0, 0.5, 1, 0.25, 0, 0.25, 1}, 3, 3)
	all := map[string]c{
		"info_nce":              {func(in vars) *autograd.Var[float64] { return InfoNCE(in[0], in[1], 0.3) }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"er_discrete":           {func(in vars) *autograd.Var[float64] { return ERDiscrete(in[0], in[1], 0.3, 1).Loss }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"er_discrete, weighted": {func(in vars) *autograd.Var[float64] { return ERDiscrete(in[0], in[1], 2, 0.5).Loss }, tensors{normal(rng, 1, 4), normal(rng, 1, 4)}},
		"dhel":                  {func(in vars) *autograd.Var[float64] { return DHEL(in[0], in[1], 0.3) }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"dhel of two":           {func(in vars) *autograd.Var[float64] { return DHEL(in[0], in[1], 0.3) }, tensors{normal(rng, 2, 3), normal(rng, 2, 3)}},
		"dcl":                   {func(in vars) *autograd.Var[float64] { return DCL(in[0], in[1], 0.3) }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"amdim":                 {func(in vars) *autograd.Var[float64] { return AMDIM(in[0], in[1], 2, 0.5) }, tensors{normal(rng, 4, 3), normal(rng, 4, 5, 3)}},
		"dim_jsd":               {func(in vars) *autograd.Var[float64] { return DIMJSD(in[0], in[1]) }, tensors{normal(rng, 4, 3), normal(rng, 4, 5, 3)}},
		"dim_nce":               {func(in vars) *autograd.Var[float64] { return DIMNCE(in[0], in[1]) }, tensors{normal(rng, 4, 3), normal(rng, 4, 5, 3)}},
		"dim_dv":                {func(in vars) *autograd.Var[float64] { return DIMDV(in[0], in[1]) }, tensors{normal(rng, 4, 3), normal(rng, 4, 5, 3)}},
		"cpc":                   {func(in vars) *autograd.Var[float64] { return CPC(in[0], in[1], []int{3, 0, 3, 5}) }, tensors{normal(rng, 4, 3), normal(rng, 6, 3)}},
		"cpc of one target":     {func(in vars) *autograd.Var[float64] { return CPC(in[0], in[1], []int{0, 0}) }, tensors{normal(rng, 2, 3), normal(rng, 1, 3)}},
		"dcl of two":            {func(in vars) *autograd.Var[float64] { return DCL(in[0], in[1], 0.3) }, tensors{normal(rng, 2, 3), normal(rng, 2, 3)}},
		"tico": {func(in vars) *autograd.Var[float64] {
			loss, _ := TiCo(in[0], in[1], lopsided, TiCoConfig{0.7, 3})
			return loss
		}, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"entropy_plane":             {func(in vars) *autograd.Var[float64] { return EntropyPlane(in[0], 2, Include) }, tensors{normal(rng, 6, 3)}},
		"entropy_plane of others":   {func(in vars) *autograd.Var[float64] { return EntropyPlane(in[0], 2, Exclude) }, tensors{normal(rng, 6, 3)}},
		"entropy_plane of two":      {func(in vars) *autograd.Var[float64] { return EntropyPlane(in[0], 2, Exclude) }, tensors{normal(rng, 2, 1)}},
		"entropy_plane, duplicates": {func(in vars) *autograd.Var[float64] { return EntropyPlane(in[0], 2, Exclude) }, tensors{duplicates}},
		"entropy_nearest":           {func(in vars) *autograd.Var[float64] { return EntropyNearest(in[0], 2) }, tensors{unit(rng, 7, 3)}},
		"entropy_gaussian":          {func(in vars) *autograd.Var[float64] { return EntropyGaussian(in[0], 0.2) }, tensors{normal(rng, 2, 4)}},
		"reconstruction_plane":      {func(in vars) *autograd.Var[float64] { return ReconstructionPlane(in[0], in[1], 2) }, tensors{normal(rng, 4, 3), normal(rng, 4, 3)}},
		"koleo":                     {func(in vars) *autograd.Var[float64] { return KoLeo(in[0], 1e-8) }, tensors{unit(rng, 7, 3)}},
		"sigreg":                    {func(in vars) *autograd.Var[float64] { return SIGReg(in[0], directions, 17) }, tensors{normal(rng, 6, 3)}},
		"sigreg of one":             {func(in vars) *autograd.Var[float64] { return SIGReg(in[0], directions, 2) }, tensors{normal(rng, 1, 3)}},
		"mmcr":                      {func(in vars) *autograd.Var[float64] { return MMCR(in[0]) }, tensors{normal(rng, 2, 5, 3)}},
		"mmcr, wide":                {func(in vars) *autograd.Var[float64] { return MMCR(in[0]) }, tensors{normal(rng, 3, 4, 9)}},
		"mmcr of one":               {func(in vars) *autograd.Var[float64] { return MMCR(in[0]) }, tensors{normal(rng, 2, 1, 3)}},
		"koleo of two":              {func(in vars) *autograd.Var[float64] { return KoLeo(in[0], 0.1) }, tensors{unit(rng, 2, 3)}},
		"coding rate":               {func(in vars) *autograd.Var[float64] { return CodingRate(in[0], 0.2) }, tensors{normal(rng, 5, 3)}},
		"coding rate, k < d":        {func(in vars) *autograd.Var[float64] { return CodingRate(in[0], 0.2) }, tensors{normal(rng, 2, 4)}},
		"imax":                      {func(in vars) *autograd.Var[float64] { return IMAX(in[0], in[1], 0.3) }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"corinfomax": {func(in vars) *autograd.Var[float64] {
			return CorInfoMax(in[0], in[1], covariance, covariance, CorInfoMaxConfig{Decay: 0.3, Eps: 0.1, Weight: 2}).Loss
		}, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"corinfomax of one row": {func(in vars) *autograd.Var[float64] {
			return CorInfoMax(in[0], in[1], covariance, covariance, CorInfoMaxConfig{Decay: 0.3, Eps: 0.1, Weight: 2}).Loss
		}, tensors{normal(rng, 1, 3), normal(rng, 1, 3)}},
		"nt_xent":                   {func(in vars) *autograd.Var[float64] { return NTXent(in[0], in[1], 0.3) }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"moco":                      {func(in vars) *autograd.Var[float64] { return MoCo(in[0], key, queue, 0.3) }, tensors{normal(rng, 4, 3)}},
		"alignment":                 {func(in vars) *autograd.Var[float64] { return Alignment(in[0], in[1], 1) }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"alignment squared":         {func(in vars) *autograd.Var[float64] { return Alignment(in[0], in[1], 2) }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"uniformity":                {func(in vars) *autograd.Var[float64] { return Uniformity(in[0], 2) }, tensors{unit(rng, 6, 3)}},
		"uniformity off the sphere": {func(in vars) *autograd.Var[float64] { return Uniformity(in[0], 0.5) }, tensors{normal(rng, 6, 3)}},
		"uniformity of duplicates":  {func(in vars) *autograd.Var[float64] { return Uniformity(in[0], 2) }, tensors{duplicates}},
		"reconstruction":            {func(in vars) *autograd.Var[float64] { return ReconstructionSphere(in[0], in[1], 5, Exact) }, tensors{unit(rng, 5, 3), unit(rng, 5, 3)}},
		"er": {func(in vars) *autograd.Var[float64] {
			return ER(in[0], in[1], ERConfig{EntropyConfig: EntropyConfig{Kappa: 5}, EntropyWeight: 0.7}).Loss
		}, tensors{unit(rng, 5, 3), unit(rng, 5, 3)}},
		"byol": {func(in vars) *autograd.Var[float64] { return BYOL(in[0], target) }, tensors{normal(rng, 4, 3)}},
		"dino": {func(in vars) *autograd.Var[float64] {
			return DINO(in[0], teacher, center, DINOConfig{StudentTemperature: 0.5, TeacherTemperature: 0.2})
		}, tensors{normal(rng, 3, 4, 5)}},
		"barlow_twins": {func(in vars) *autograd.Var[float64] { return BarlowTwins(in[0], in[1], 0.1, 1e-2) }, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"vicreg": {func(in vars) *autograd.Var[float64] {
			return VICReg(in[0], in[1], VICRegConfig{Sim: 2, Std: 3, Cov: 1, Eps: 1e-2})
		}, tensors{normal(rng, 5, 3), normal(rng, 5, 3)}},
		"reconstruction discrete": {func(in vars) *autograd.Var[float64] { return ReconstructionDiscrete(in[0], in[1], 1e-2) },
			tensors{probabilities(rng, 4, 3), probabilities(rng, 4, 3)}},
	}
	for _, r := range []Reduction{Average, Expectation} {
		all[fmt.Sprintf("discrete %v", r)] = c{func(in vars) *autograd.Var[float64] { return EntropyDiscrete(in[0], r, 1e-2) }, tensors{probabilities(rng, 4, 3)}}
		for _, self := range []Self{Include, Exclude} {
			for name, z := range map[string]*tensor.Tensor[float64]{"": unit(rng, 6, 3), " duplicates": duplicates, " off the sphere": normal(rng, 6, 3)} {
				all[fmt.Sprintf("entropy %v %v%s", r, self, name)] = c{func(in vars) *autograd.Var[float64] {
					return EntropySphere(in[0], EntropyConfig{Kappa: 4, Reduction: r, Self: self})
				}, tensors{z.Clone()}}
			}
		}
	}
	return all
}

// TestGradients holds every objective's gradient against central differences.
func TestGradients(t *testing.T) {
	for name, c := range gradientCases(rand.New(rand.NewPCG(3, 5))) {
		_, err := autograd.GradCheck(func(_ *autograd.Tape[float64], in vars) vars { return vars{c.f(in)} }, 1e-7, c.in...)
		require.NoError(t, err, name)
	}
}

// TestSwappedPredictionGradient holds the gradient against differences of the loss
// with the codes held fixed.
func TestSwappedPredictionGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	cfg := SwappedPredictionConfig{Temperature: 0.5, Epsilon: 0.4, Iterations: 3}
	s1, s2 := normal(rng, 5, 4), normal(rng, 5, 4)
	q1, q2 := sinkhorn(s1, cfg.Epsilon, cfg.Iterations), sinkhorn(s2, cfg.Epsilon, cfg.Iterations)
	fixed := func(in vars) *autograd.Var[float64] { return predictCodes(in, [][]float64{q2, q1}, cfg.Temperature) }
	_, err := autograd.GradCheck(func(_ *autograd.Tape[float64], in vars) vars { return vars{fixed(in)} }, 1e-8, s1, s2)
	require.NoError(t, err)
	tape := autograd.NewTape[float64]()
	a, b := tape.Leaf(s1), tape.Leaf(s2)
	tape.Backward(SwappedPrediction(a, b, cfg))
	c, d := tape.Leaf(s1), tape.Leaf(s2)
	tape.Backward(fixed(vars{c, d}))
	require.Equal(t, c.Grad.Data(), a.Grad.Data())
	require.Equal(t, d.Grad.Data(), b.Grad.Data())
}

func TestSinkhorn(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	for _, scale := range []float64{1, 1e4} {
		scores := normal(rng, 12, 4)
		for i := range scores.Data() {
			scores.Data()[i] *= scale
		}
		q := Sinkhorn(scores, 0.5*scale, 200)
		for i := range 12 {
			require.InDelta(t, 1, sum(q.Data()[i*4:(i+1)*4]), 1e-12)
		}
		for _, m := range columnMeans(q) {
			require.InDelta(t, 0.25, m, 1e-9)
		}
	}
	// Scores whose exponentials neither float holds, in rows far from each other.
	q := Sinkhorn(tensor.FromSlice([]float32{1e4, -1e4, -1e5, -2e5}, 2, 2), 0.05, 3)
	for _, v := range q.Data() {
		require.False(t, math.IsNaN(float64(v)))
	}
}
