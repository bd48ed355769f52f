package pictures

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"entrec/tensor"
)

// The start of the iteration by which principal directions are found: a few more than are
// asked for, as often as they settle.
const (
	directions = 8
	rounds     = 30
	startSeed  = 0
)

// principal returns the rows of x (n, d), scaled to unit length, in the plane of their two
// principal directions, those of the most variance, and the parts of it that lie in each.
// Of both directions that is the one to which the rows lean. Directions are found by
// subspace iteration from a fixed start. It is nil where some rows are not finite.
func principal[T tensor.Float](x *tensor.Tensor[T]) *Map {
	rows, total := centered(x)
	if rows == nil {
		return nil
	}
	n, d := rows.Dims()
	k := min(directions, d, n)
	basis := mat.NewDense(d, k, nil)
	rng := rand.New(rand.NewPCG(startSeed, startSeed))
	for i := range d {
		for j := range k {
			basis.Set(i, j, rng.NormFloat64())
		}
	}
	var along, next mat.Dense
	for range rounds {
		orthonormalize(basis)
		along.Mul(rows, basis)
		next.Mul(rows.T(), &along)
		basis.Copy(&next)
	}
	orthonormalize(basis)
	along.Mul(rows, basis)
	var gram mat.SymDense
	gram.SymOuterK(1/float64(n), along.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, true) {
		return nil
	}
	var vectors, coordinates mat.Dense
	eigen.VectorsTo(&vectors)
	coordinates.Mul(&along, &vectors)
	values := eigen.Values(nil) // the smallest first
	m := &Map{X: make([]int, n), Y: make([]int, n)}
	var axes [2][]float64
	for a := range axes {
		axes[a] = make([]float64, n)
		if at := k - 1 - a; at >= 0 {
			mat.Col(axes[a], at, &coordinates)
			if total > 0 {
				m.Shares[a] = max(0, values[at]) / total
			}
		}
		orient(axes[a])
	}
	largest := 1e-12
	for i := range n {
		largest = max(largest, math.Abs(axes[0][i]), math.Abs(axes[1][i]))
	}
	for i := range n {
		m.X[i], m.Y[i] = int(math.Round(1000*axes[0][i]/largest)), int(math.Round(1000*axes[1][i]/largest))
	}
	return m
}

// centered returns the rows at unit length without their mean, and their variance; nil where
// some are not finite.
func centered[T tensor.Float](x *tensor.Tensor[T]) (rows *mat.Dense, variance float64) {
	n, d := x.Dim(0), x.Dim(1)
	values, mean := make([]float64, n*d), make([]float64, d)
	for i, v := range tensor.Contiguous(x).Data() {
		values[i] = float64(v)
	}
	for i := range n {
		row, sum := values[i*d:(i+1)*d], 0.0
		for _, v := range row {
			sum += v * v
		}
		if sum-sum != 0 {
			return nil, 0
		}
		for j := range row {
			row[j] /= max(math.Sqrt(sum), 1e-12)
			mean[j] += row[j] / float64(n)
		}
	}
	for i := range values {
		values[i] -= mean[i%d]
		variance += values[i] * values[i] / float64(n)
	}
	return mat.NewDense(n, d, values), variance
}

// orthonormalize makes the columns of b orthonormal; what is left of one that depends on
// those before it is zero.
func orthonormalize(b *mat.Dense) {
	d, k := b.Dims()
	column := func(j int) []float64 { return mat.Col(nil, j, b) }
	for j := range k {
		v := column(j)
		for range 2 { // the second time for what rounding has left
			for i := range j {
				u, dot := column(i), 0.0
				for p := range d {
					dot += u[p] * v[p]
				}
				for p := range d {
					v[p] -= dot * u[p]
				}
			}
		}
		norm := 0.0
		for _, x := range v {
			norm += x * x
		}
		norm = math.Sqrt(norm)
		for p := range d {
			if norm > 1e-150 {
				b.Set(p, j, v[p]/norm)
			} else {
				b.Set(p, j, 0)
			}
		}
	}
}

// orient turns an axis so that its longer tail is ahead.
func orient(axis []float64) {
	sum := 0.0
	for _, v := range axis {
		sum += v * v * v
	}
	if sum < 0 {
		for i := range axis {
			axis[i] = -axis[i]
		}
	}
}
