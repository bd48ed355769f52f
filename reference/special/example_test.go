package special_test

import (
	"fmt"
	"math"

	"entrec/reference/special"
)

func ExampleLogBesselI() {
	fmt.Printf("%.12f\n", special.LogBesselI(0, 1))     // I_0(1) = 1.266065877752…
	fmt.Printf("%.12f\n", special.LogBesselI(499, 10))  // I itself is 10^-783
	fmt.Printf("%.12f\n", special.LogBesselI(0.5, 1e5)) // I itself is 10^43427
	// Output:
	// 0.235914358507
	// -1801.956334551796
	// 99993.324598734311
}

// Without concentration the density is uniform: minus the log of the circle's length, of
// the sphere's area. With d = 3 it is κ/(4π·sinh κ).
func ExampleLogVMFNormalizer() {
	fmt.Printf("%.12f %.12f\n", special.LogVMFNormalizer(2, 0), -math.Log(2*math.Pi))
	fmt.Printf("%.12f %.12f\n", special.LogVMFNormalizer(3, 2), math.Log(2/(4*math.Pi*math.Sinh(2))))
	// Output:
	// -1.837877066409 -1.837877066409
	// -3.126244439024 -3.126244439024
}

// The official file's value is right while I is far above 10⁻⁷, and far off below.
func ExampleLogVMFNormalizerOfficial() {
	for _, d := range []int{16, 64, 128, 256, 1000} {
		fmt.Printf("d = %4d: %10.4f, official %10.4f\n", d,
			special.LogVMFNormalizer(d, 10), special.LogVMFNormalizerOfficial(d, 10))
	}
	// Output:
	// d =   16:    -4.0573, official    -4.0573
	// d =   64:    39.9954, official    28.6862
	// d =  128:   126.6640, official    43.5568
	// d =  256:   344.1397, official    73.2981
	// d = 1000:  2032.0078, official   246.1695
}

// The mean of samples of the density, in units of the radius: 0 without concentration.
func ExampleMeanResultantLength() {
	for _, kappa := range []float64{0, 1, 10, 100} {
		fmt.Printf("%.6f\n", special.MeanResultantLength(128, kappa))
	}
	// Output:
	// 0.000000
	// 0.007812
	// 0.077661
	// 0.548329
}
