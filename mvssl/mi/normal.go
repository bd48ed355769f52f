package mi

import (
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/mvssl/objective"
)

// rho is the correlation of the one-dimensional tasks.
const rho = 0.75

// Correlated returns normal variables in d dimensions each, of which the first paired
// coordinates have the correlation ρ with their like and all others are independent:
//
//	I = −(paired/2)·log(1 − ρ²)
func Correlated(name string, d, paired int, rho float64) Task {
	noise := math.Sqrt(1 - rho*rho)
	return Task{
		Name: name, Doc: fmt.Sprintf("normal in %d dimensions, %d of them with a correlation of %.4g", d, paired, rho), X: d, Y: d,
		MI: -float64(paired) / 2 * math.Log1p(-rho*rho), Entropy: known(objective.EntropyOfNormal(d)),
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			for i := range d {
				a, b := rng.NormFloat64(), rng.NormFloat64()
				if i < paired {
					b = rho*a + noise*b
				}
				x, y = append(x, a), append(y, b)
			}
			return x, y
		}),
	}
}

// Dense returns normal variables in d dimensions each, any two of the 2·d coordinates with
// the correlation ρ. With D_n = (1 − ρ)^{n−1}·(1 + (n−1)·ρ), the determinant of n of them,
//
//	I = log D_d − ½·log D_2d
func Dense(d int, rho float64) Task {
	logDet := func(n int) float64 {
		return float64(n-1)*math.Log1p(-rho) + math.Log1p(float64(n-1)*rho)
	}
	common, own := math.Sqrt(rho), math.Sqrt(1-rho)
	return Task{
		Name: fmt.Sprintf("dense-%d", d), Doc: fmt.Sprintf("normal in %d dimensions, any two with a correlation of %.4g", d, rho), X: d, Y: d,
		MI: logDet(d) - logDet(2*d)/2, Entropy: known(objective.EntropyOfNormal(d) + logDet(d)/2),
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			shared := common * rng.NormFloat64()
			for range d {
				x = append(x, shared+own*rng.NormFloat64())
				y = append(y, shared+own*rng.NormFloat64())
			}
			return x, y
		}),
	}
}

// pairs is two correlated coordinates of d, as in the benchmark of Czyż et al. (2023).
func pairs(d int) Task { return Correlated(fmt.Sprintf("pairs-%d", d), d, 2, 0.8) }

func multinormal() (list []Task) {
	for _, d := range []int{2, 3, 5, 25, 50} {
		list = append(list, Dense(d, 0.5))
	}
	for _, d := range []int{2, 3, 5, 25} {
		list = append(list, pairs(d))
	}
	return list
}

// staircase are the steps of Poole et al. (2019) and of Song and Ermon (2020): 20 correlated
// coordinates with 2 to 10 nats, and the same with a cubed Y.
func staircase() (list []Task) {
	const d = 20
	for _, mi := range []float64{2, 4, 6, 8, 10} {
		list = append(list, Correlated(fmt.Sprintf("steps-%g", mi), d, d, math.Sqrt(-math.Expm1(-2*mi/d))))
	}
	for _, t := range list {
		cubed := t.Map("cubed-", "Y cubed", nil, func(v float64) float64 { return v * v * v })
		// The entropy grows by E[log 3y²] a coordinate, and E[log y²] = −γ − log 2.
		cubed.Entropy = known(*t.Entropy + d*(math.Log(3)-eulerGamma-math.Ln2))
		list = append(list, cubed)
	}
	return list
}

// eulerGamma is −ψ(1).
const eulerGamma = 0.57721566490153286
