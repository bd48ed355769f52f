package simd_test

import (
	"fmt"
	"math"

	"entrec/simd"
)

func ExampleAdd() {
	x := []float32{1, 2, 3}
	simd.Add(x, x, []float32{10, 20, 30}) // in place
	fmt.Println(x)
	// Output: [11 22 33]
}

// A million times 0.1, in float32: a running sum is off by a percent.
func ExampleSum() {
	x := make([]float32, 1_000_000)
	running := float32(0)
	for i := range x {
		x[i] = 0.1
		running += x[i]
	}
	fmt.Println(simd.Sum(x), running)
	// Output: 99999.945 100958.34
}

func ExampleMax() {
	fmt.Println(simd.Max([]float64{3, 5, 4}), simd.Max([]float64{3, math.NaN(), 4}), simd.Max[float64](nil))
	// Output: 5 NaN -Inf
}

func ExampleExp() {
	y := make([]float64, 3)
	simd.Exp(y, []float64{0, 1, math.Inf(-1)})
	fmt.Printf("%.4f\n", y)
	// Output: [1.0000 2.7183 0.0000]
}

// The logarithm of e^1000 + e^1001, neither of which float64 can hold.
func ExampleLogSumExp() {
	fmt.Printf("%.4f\n", simd.LogSumExp([]float64{1000, 1001}))
	// Output: 1001.3133
}

func ExampleSoftmax() {
	y := make([]float64, 4)
	simd.Softmax(y, []float64{1000, 1001, 1002, math.Inf(-1)})
	fmt.Printf("%.4f\n", y)
	// Output: [0.0900 0.2447 0.6652 0.0000]
}

func ExampleGELU() {
	y := make([]float64, 5)
	simd.GELU(y, []float64{-2, -1, 0, 1, 2})
	fmt.Printf("%.4f\n", y)
	// Output: [-0.0455 -0.1587 0.0000 0.8413 1.9545]
}

// Batch norm of three rows and two columns is made of the loops on columns.
func ExampleColMoments() {
	x := []float64{
		1, 10,
		2, 20,
		3, 30,
	}
	sum, square := make([]float64, 2), make([]float64, 2)
	simd.ColMoments(sum, square, x, []float64{0, 0})
	scale, shift := make([]float64, 2), make([]float64, 2)
	for j := range sum {
		mean := sum[j] / 3
		scale[j] = 1 / math.Sqrt(square[j]/3-mean*mean)
		shift[j] = -mean * scale[j]
	}
	simd.RowAffine(x, x, scale, shift)
	fmt.Printf("%.3f\n", x)
	// Output: [-1.225 -1.225 0.000 0.000 1.225 1.225]
}

func ExampleSGD() {
	param, grad, buf := []float64{1, 2}, []float64{10, -10}, []float64{0, 0}
	for range 2 {
		simd.SGD(param, grad, buf, 0.01, 0.9, 0, 1)
	}
	fmt.Printf("%.2f %.1f\n", param, buf)
	// Output: [0.71 2.29] [19.0 -19.0]
}

func ExampleForce() {
	defer simd.Force(simd.Generic)()
	fmt.Println(simd.Current())
	// Output: generic
}
