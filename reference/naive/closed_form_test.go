package naive

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func ticoLoss(z1, z2, c [][]float64, momentum, rho float64) float64 {
	loss, _ := TiCo(z1, z2, c, momentum, rho)
	return loss
}

func identity(k int) [][]float64 {
	z := newRows(k, k)
	for i := range z {
		z[i][i] = 1
	}
	return z
}

// TestClosedForms holds what can be worked out on paper.
func TestClosedForms(t *testing.T) {
	const k, tau = 5, 0.1
	eye, one := identity(k), [][]float64{{0.6, 0.8}}
	same := func(row []float64, n int) (rows [][]float64) {
		for range n {
			rows = append(rows, row)
		}
		return rows
	}
	uniform := same([]float64{0.25, 0.25, 0.25, 0.25}, 3)
	zeros, ones := same([]float64{0, 0}, 4), same([]float64{1, 1}, 4)
	signs := [][]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}}
	gray := func(v float64) float64 { return 0.2989*v + 0.587*v + 0.114*v }
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"info_nce of orthonormal rows", InfoNCE(eye, eye, tau), math.Log1p((k - 1) * math.Exp(-1/tau))},
		{"info_nce of equal rows", InfoNCE(same(one[0], 7), same(one[0], 7), tau), math.Log(7)},
		{"info_nce, certain beyond float64's 1+x", InfoNCE(eye, eye, 0.01), (k - 1) * math.Exp(-100)},
		{"nt_xent of orthonormal rows", NTXent(eye, eye, tau), math.Log1p((2*k - 2) * math.Exp(-1/tau))},
		{"nt_xent of one sample", NTXent(one, one, tau), 0},
		{"dcl of orthonormal rows", DCL(eye, eye, tau), math.Log(2*k-2) - 1/tau},
		{"dcl of equal rows", DCL(same(one[0], 7), same(one[0], 7), tau), math.Log(12)},
		{"dhel of orthonormal rows", DHEL(eye, eye, tau), 2*math.Log(k-1) - 1/tau},
		{"dhel of equal rows", DHEL(same(one[0], 7), same(one[0], 7), tau), 2*math.Log(6) + 1/tau},
		{"koleo of opposite points", KoLeo([][]float64{{0.6, 0.8}, {-0.6, -0.8}}, 0), -math.Ln2},
		{"koleo of orthonormal rows", KoLeo(eye, 0.5), -math.Log(math.Sqrt2 + 0.5)},
		{"koleo of equal rows", KoLeo(same(one[0], 7), 1e-8), -math.Log(1e-8)},
		{"tico of orthonormal rows", ticoLoss(eye, eye, newRows(k, k), 0, 3), 3. / k},
		{"tico of a fixed moment", ticoLoss(one, one, [][]float64{{1, 0}, {0, 0}}, 1, 3), 3 * 0.36},
		{"sigreg of a point, two knots", SIGReg(zeros, identity(2), 2), 4 * 3 * math.Exp(-4.5) * math.Pow(1-math.Exp(-4.5), 2)},
		{"mmcr of orthonormal rows", MMCR([][][]float64{eye, eye}), -k},
		{"mmcr of equal rows", MMCR([][][]float64{same(one[0], 9)}), -3},
		{"mmcr of views at right angles", MMCR([][][]float64{eye[:1], eye[1:2]}), -math.Sqrt(0.5)},
		{"er_discrete of a class each", ERDiscrete(logits(eye, eye, 1e-4), logits(eye, eye, 1e-4), 1), -math.Log(k)},
		{"er_discrete of uniform rows", ERDiscrete(newRows(3, 8), newRows(3, 8), 0.1), 0},
		{"corinfomax of equal views", CorInfoMax(zeros, zeros, [][]float64{{2, 0}, {0, 1}}, [][]float64{{1, 0}, {0, 1}}, 1, 9), -math.Log(24) / 2},
		{"corinfomax of opposite views", CorInfoMax(ones, zeros, [][]float64{{1, 0}, {0, 1}}, [][]float64{{1, 0}, {0, 1}}, 0, 9), 9},
		{"logdet of the identity", LogDet(eye), 0},
		{"logdet of a determinant of 4", LogDet([][]float64{{4, 2}, {2, 2}}), 2 * math.Ln2},
		{"logdet beyond float64's determinant", LogDet([][]float64{{1e200, 0}, {0, 1e180}}), 380 * math.Ln10},
		{"dim_jsd of scores that are 0", DIMJSD(newRows(3, 2), newBlocks(3, 4, 2)), 0},
		{"dim_jsd of orthonormal features", DIMJSD(eye, fold(eye, k, 1)), math.Log1p(1/math.E) - math.Ln2},
		{"dim_nce of scores that are 0", DIMNCE(newRows(3, 2), newBlocks(3, 4, 2)), math.Log(9)},
		{"dim_nce of orthonormal features", DIMNCE(eye, fold(eye, k, 1)), math.Log1p((k - 1) / math.E)},
		{"dim_dv of scores that are 0", DIMDV(newRows(3, 2), newBlocks(3, 4, 2)), 0},
		{"dim_dv of orthonormal features", DIMDV(eye, fold(eye, k, 1)), -1},
		{"amdim of scores that are 0", AMDIM(newRows(3, 2), newBlocks(3, 4, 2), 20, 0.05), math.Log(9)},
		{"amdim of equal features", AMDIM(same([]float64{2, 2}, 3), [][][]float64{same([]float64{1, 1}, 2), same([]float64{1, 1}, 2), same([]float64{1, 1}, 2)}, 20, 0.5), math.Log(5) + 4},
		{"cpc of scores that are 0", CPC(newRows(3, 2), newRows(5, 2), []int{4, 0, 4}), math.Log(5)},
		{"cpc of orthonormal features", CPC(eye, eye, []int{0, 1, 2, 3, 4, 5, 6, 7}[:len(eye)]), math.Log1p((k - 1) / math.E)},
		{"moco of orthogonal negatives", MoCo(eye[:1], eye[:1], eye[1:], tau), math.Log1p((k - 1) * math.Exp(-1/tau))},
		{"entropy of one point", EntropyAverage(LogDensities(one, 3, logNormalizer("exact", 2, 3), IncludeSelf)), -3 - logNormalizer("exact", 2, 3)},
		{"entropy, others only", EntropyExpectation(LogDensities(eye, 3, 0, ExcludeSelf)), 0},
		{"reconstruction of equal views", ReconstructionSphere(eye, eye, 3, 0.5), -3.5},
		{"discrete entropy of the uniform", EntropyDiscrete(MeanRow(uniform), 0), math.Log(4)},
		{"discrete entropy of a one-hot", EntropyDiscrete([]float64{0, 1, 0}, 0), 0},
		{"discrete reconstruction of one-hots", ReconstructionDiscrete(eye, eye, 0), 0},
		{"byol of equal rows", BYOL(one, one), 0},
		{"byol of opposite rows", BYOL(one, [][]float64{{-0.6, -0.8}}), 4},
		{"byol of a zero row", BYOL(zeros, ones), 2},
		{"dino of uniform heads", DINO(newBlocks(3, 2, 8), newBlocks(2, 2, 8), make([]float64, 8), 0.1, 0.04), math.Log(8)},
		{"swapped prediction of uniform heads", SwappedPrediction(newRows(3, 8), newRows(3, 8), 0.1, 0.05, 3), math.Log(8)},
		{"alignment of opposite points", Alignment(one, [][]float64{{-0.6, -0.8}}, 3), 8},
		{"uniformity of equal rows", Uniformity(same(one[0], 4), 2), 0},
		{"uniformity of orthonormal rows", Uniformity(eye, 2), -4},
		{"barlow_twins of white columns", BarlowTwins(signs, signs, 0.3, 0), 0},
		{"barlow_twins of one column twice", BarlowTwins(
			[][]float64{{1, 1}, {-1, -1}}, [][]float64{{1, 1}, {-1, -1}}, 0.3, 0), 2 * 0.3},
		{"vicreg of a collapse", VICReg(ones, ones, VICRegWeights{25, 25, 1, 1e-4}), 25 * (1 - 0.01)},
		{"vicreg of a shift", VICReg(zeros, ones, VICRegWeights{2, 0, 0, 1e-4}), 2},
		{"gelu at 0", GELU([]float64{0})[0], 0},
		{"gelu below", GELU([]float64{-3})[0], -3 * math.Erfc(3/math.Sqrt2) / 2},
		{"log of the largest softmax", LogSoftmax([][]float64{{0, -50}})[0][0], -math.Exp(-50)},
		{"logsumexp of -Inf", LogSumExp([][]float64{{math.Inf(-1), math.Inf(-1)}})[0], math.Inf(-1)},
		{"contrast of gray", AdjustContrast([][][][]float64{{{{0.5}}, {{0.5}}, {{0.5}}}}, 0)[0][1][0][0], gray(0.5)},
	} {
		// The values are worked out in float64 too, the cosines to some 1e-16, so 1e-14 of
		// the value, and 1e-15 of where terms of size 1 cancel to 0.
		ok := c.got == c.want || math.Abs(c.got-c.want) <= 1e-14*math.Abs(c.want) || c.want == 0 && math.Abs(c.got) <= 1e-15
		require.True(t, ok, "%s: found %v, expected %v", c.name, c.got, c.want)
	}
}

// TestHueByThirds turns red to green, green to blue and blue to red.
func TestHueByThirds(t *testing.T) {
	x := [][][][]float64{{{{0.9, 0.2}}, {{0.1, 0.3}}, {{0.4, 0.7}}}}
	y := AdjustHue(x, 1.0/3)
	for c := range 3 {
		for j := range 2 {
			require.InDelta(t, x[0][c][0][j], y[0][(c+1)%3][0][j], 1e-15)
		}
	}
}

// TestSinkhornConverges demands the totals that the codes converge to.
func TestSinkhornConverges(t *testing.T) {
	scores := rowsOf(source{rand.New(rand.NewPCG(5, 6))}.normal(6, 4))
	q := Sinkhorn(scores, 0.5, 200)
	for _, row := range q {
		require.InDelta(t, 1, row[0]+row[1]+row[2]+row[3], 1e-14)
	}
	for _, total := range columnTotals(q) {
		require.InDelta(t, 6.0/4, total, 1e-12)
	}
}

// TestResizeByHalf demands the mean of two pixels along each axis, and with
// antialiasing of four, weighted 1, 3, 3, 1.
func TestResizeByHalf(t *testing.T) {
	require.Equal(t, [][]float64{{0.5, 0.5, 0, 0}, {0, 0, 0.5, 0.5}}, bilinear(4, 2))
	middle := antialiased(6, 3)[1]
	require.InDeltaSlice(t, []float64{0, 0.125, 0.375, 0.375, 0.125, 0}, middle, 1e-15)
}

// TestFlatSpots demands finite gradients where the slope of a root is infinite.
func TestFlatSpots(t *testing.T) {
	z := [][]float64{{0.6, 0.8}, {1, 0}}
	g1, g2 := AlignmentGrad(z, [][]float64{{0.6, 0.8}, {0, 1}}, 0.5, 1)
	require.Equal(t, []float64{0, 0}, g1[0])
	require.Equal(t, []float64{0, 0}, g2[0])
	require.NotZero(t, g1[1][0])
	o := AdamW{Step: 1, LR: 0.1, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8}
	zero := []float64{0}
	_, ggrad, _, gv := o.UpdateGrad(zero, zero, zero, zero, []float64{1}, zero, zero)
	require.False(t, math.IsNaN(ggrad[0]) || math.IsInf(ggrad[0], 0) || math.IsNaN(gv[0]))
}
