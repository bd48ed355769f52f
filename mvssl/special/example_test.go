package special_test

import (
	"fmt"
	"math"

	"entrec/mvssl/special"
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

// How many nats the official file's log C_d(κ) is too low, where d goes down and κ across.
func ExampleLogVMFNormalizerOfficial_off() {
	kappas := []float64{1, 5, 10, 20, 50, 100}
	fmt.Print("     κ ")
	for _, kappa := range kappas {
		fmt.Printf("%9.0f", kappa)
	}
	fmt.Println()
	for _, d := range []int{16, 32, 64, 128, 256, 512, 1000, 2048} {
		fmt.Printf("d %4d ", d)
		for _, kappa := range kappas {
			off := special.LogVMFNormalizer(d, kappa) - special.LogVMFNormalizerOfficial(d, kappa)
			fmt.Printf("%9.2f", math.Abs(off))
		}
		fmt.Println()
	}
	// Output:
	//      κ         1        5       10       20       50      100
	// d   16      0.06     0.00     0.00     0.00     0.00     0.00
	// d   32     22.16     0.09     0.00     0.00     0.00     0.00
	// d   64     83.45    33.37    11.31     0.00     0.00     0.00
	// d  128    228.56   127.07    83.11    38.28     0.00     0.00
	// d  256    563.46   359.02   270.84   182.23    61.84     0.00
	// d  512   1322.35   911.92   735.09   558.04   322.35   138.44
	// d 1000   2934.88  2131.76  1785.84  1439.81   981.53   631.92
	// d 2048   6764.25  5117.79  4408.68  3699.52  2761.64  2050.72
}
