package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"entrec/internal/parallel"
	"entrec/mvssl/special"
	"entrec/tensor"
)

// nearestDistance is the least distance that [EntropyKNN] tells from none: rounding of
// float32 leaves as much between rows that are one.
const nearestDistance = 1e-7

// EntropyKNN returns the nearest-neighbor estimate of the entropy, in nats, of the
// density on the unit sphere of which the unit rows of z (n, d) are samples:
//
//	ψ(n) + γ + mean_i log A(ρ_i)
//
// with ψ the digamma function, γ Euler's constant, ρ_i the distance of row i from its
// nearest other row, and A(ρ) the area of the sphere within that distance of a point
// (Kozachenko and Leonenko, 1987, with the sphere's caps in place of balls). Its mean is
// right where the density is constant over such a cap. Distances below 10⁻⁷ count as
// that. The second result is false for fewer than two rows, and on the sphere of d = 1,
// which is two points.
func EntropyKNN(z *tensor.Tensor[float64]) (nats float64, ok bool) {
	n, d := z.Dim(0), z.Dim(1)
	if n < 2 || d < 2 {
		return 0, false
	}
	x := tensor.Contiguous(z).Data()
	logs := make([]float64, n)
	parallel.For(n, func(i int) {
		least := math.Inf(1)
		for j := range n {
			if j != i {
				least = min(least, squaredDistance(x[i*d:(i+1)*d], x[j*d:(j+1)*d]))
			}
		}
		logs[i] = logCapArea(d, max(math.Sqrt(least), nearestDistance))
	})
	return mathext.Digamma(float64(n)) - mathext.Digamma(1) + floats.Sum(logs)/float64(n), true
}

func squaredDistance(x, y []float64) (sum float64) {
	for i, v := range x {
		difference := v - y[i]
		sum += float64(difference * difference)
	}
	return sum
}

// logCapArea returns the log of the area of the unit sphere in d dimensions within
// distance rho of one of its points, rho in (0, 2]. With s = ρ²(1 − ρ²/4), the squared
// sine of the cap's angle, a cap of at most half the sphere has the part ½·I_s((d−1)/2, ½)
// of it, with the regularized incomplete beta function (Li, 2011).
func logCapArea(d int, rho float64) float64 {
	all := -special.LogVMFNormalizer(d, 0)
	a, s := float64(d-1)/2, math.Min(1, rho*rho*(1-rho*rho/4))
	half := logBetaIncomplete(a, s) - math.Ln2
	if rho*rho <= 2 {
		return all + half
	}
	return all + math.Log1p(-math.Exp(half))
}

// logBetaIncomplete returns log I_x(a, ½), by its power series where I_x itself could
// be too small for a float64:
//
//	I_x(a, ½) = x^a / (a·B(a, ½)) · Σ_n (½)_n/n! · a/(a+n) · x^n
func logBetaIncomplete(a, x float64) float64 {
	if x > (a+1)/(a+2.5) {
		return math.Log(mathext.RegIncBeta(a, 0.5, x))
	}
	sum, term := 0.0, 1.0
	for n := 0.0; term*a/(a+n) > 1e-17*sum; n++ {
		sum += term * a / (a + n)
		term *= x * (n + 0.5) / (n + 1)
	}
	return a*math.Log(x) - math.Log(a) - mathext.Lbeta(a, 0.5) + math.Log(sum)
}

// EntropyLogDet returns an upper bound of the entropy, in nats, of the density on the
// unit sphere of which the unit rows of z (n, d) are samples: the largest that their mean
// μ and covariance Σ allow by this argument. Stretch each Z by a length R of its own, as
// long as a standard normal vector (E[R²] = d). Of Y = R·Z the covariance
// C = dΣ + (d − E[R]²)μμᵀ is known, no density of covariance C has more entropy than the
// normal one, and H(Y) = H(Z) + H(R) + (d−1)·E[log R], so
//
//	H(Z) ≤ ½ log det C + d/2·log π + log 2 − log Γ(d/2)
//
// with equality where Z is uniform. The log-determinant of a sample is too small by what
// that of a normal sample is too small by on average (Anderson, 2003, section 7.5), which
// is added; what remains is chance. Eigenvalues of C below 10⁻¹⁴ count as that: see
// [EntropyKNN]. The second result is false where there are no more rows than columns, and
// where some are not finite.
func EntropyLogDet(z *tensor.Tensor[float64]) (nats float64, ok bool) {
	n, d := z.Dim(0), z.Dim(1)
	if n <= d || !finite(tensor.Contiguous(z).Data()) {
		return 0, false
	}
	mean, covariance := moments(z)
	half := float64(d) / 2
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	length := math.Sqrt2 * math.Exp(lg(half+0.5)-lg(half)) // E[R]
	var c mat.SymDense
	c.ScaleSym(float64(d), covariance)
	c.SymRankOne(&c, float64(d)-length*length, mean)
	var eigen mat.EigenSym
	if !eigen.Factorize(&c, false) {
		return 0, false
	}
	logDet := 0.0
	for i, v := range eigen.Values(nil) {
		logDet += math.Log(max(v, nearestDistance*nearestDistance))
		logDet -= mathext.Digamma(float64(n-1-i)/2) - math.Log(float64(n)/2)
	}
	return logDet/2 + half*math.Log(math.Pi) + math.Ln2 - lg(half), true
}

// moments returns the mean of the rows of z (n, d) and their covariance over n.
func moments(z *tensor.Tensor[float64]) (mean *mat.VecDense, covariance *mat.SymDense) {
	x, m := centered(z)
	n, d := x.Dims()
	var s mat.SymDense
	s.SymOuterK(1/float64(n), x.T())
	return mat.NewVecDense(d, m), &s
}

// centered returns the rows of z (n, d) less their mean, and that.
func centered(z *tensor.Tensor[float64]) (x *mat.Dense, mean []float64) {
	n, d := z.Dim(0), z.Dim(1)
	x, mean = mat.NewDense(n, d, tensor.Contiguous(z).Clone().Data()), make([]float64, d)
	for i := range n {
		floats.AddScaled(mean, 1/float64(n), x.RawRowView(i))
	}
	for i := range n {
		floats.Sub(x.RawRowView(i), mean)
	}
	return x, mean
}

// Spectrum returns the eigenvalues of the covariance of the rows of z (n, d), over n,
// the largest first: min(n, d) of them, the others being 0. Of unit rows they sum to 1
// less the squared length of the mean. It is nil where some rows are not finite.
func Spectrum(z *tensor.Tensor[float64]) []float64 {
	x, _ := centered(z)
	if !finite(x.RawMatrix().Data) {
		return nil
	}
	var gram mat.SymDense // of the rows or of the columns: beyond zeros, of the same eigenvalues
	if n, d := x.Dims(); n < d {
		gram.SymOuterK(1/float64(n), x)
	} else {
		gram.SymOuterK(1/float64(n), x.T())
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, false) {
		return nil
	}
	values := eigen.Values(nil)
	slices.Reverse(values)
	for i, v := range values {
		values[i] = max(v, 0) // but for rounding none is below
	}
	return values
}

// finite reports whether no value is NaN or infinite, on which decompositions panic.
func finite(values []float64) bool {
	for _, v := range values {
		if v-v != 0 {
			return false
		}
	}
	return true
}
