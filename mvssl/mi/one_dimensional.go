package mi

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// AdditiveNoise returns X uniform on [0, 1) and Y = X plus noise that is uniform on
// [−ε, ε):
//
//	I = ε − log 2ε where ε ≤ ½,  1/(4ε) where it is more
func AdditiveNoise(epsilon float64) Task {
	mi := epsilon - math.Log(2*epsilon)
	if epsilon > 0.5 {
		mi = 1 / (4 * epsilon)
	}
	return Task{
		Name: fmt.Sprintf("additive-%g", epsilon), Doc: fmt.Sprintf("uniform, and the same with uniform noise up to %g", epsilon), X: 1, Y: 1, MI: mi,
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			v := rng.Float64()
			return []float64{v}, []float64{v + epsilon*(2*rng.Float64()-1)}
		}),
	}
}

// oneDimensional are the tasks of one dimension of Czyż et al. (2023).
func oneDimensional() []Task {
	normal := Correlated("normal", 1, 1, rho)
	uniform := normal.Map("uniform-", "made uniform", normalCDF, normalCDF)
	student := Student(1, 1)
	return []Task{
		normal, uniform, AdditiveNoise(0.1), AdditiveNoise(0.75),
		uniform.Map("bimodal-", "each with two modes", mixtureQuantile(0.3, 0, 5), mixtureQuantile(0.5, -1, 3)).named("bimodal-normal"),
		normal.Map("wiggly-", "bent in waves", wigglyX, wigglyY),
		normal.Map("half-cube-", "raised to 3/2", halfCube, halfCube),
		student, student.Map("asinh-", "through asinh", math.Asinh, math.Asinh),
		SwissRoll(uniform),
	}
}
