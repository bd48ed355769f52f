package simd

import "entrec/internal/message"

//go:generate sh -c "cd _asm && go run ./vec -family columns -out ../columns_amd64.s -stubs ../columns_stub_amd64.go -pkg simd"

// The functions of this file work on row-major matrices without gaps. Slices with one
// entry for each column give the number of columns. Batch norm is made of these
// functions. Sums go down the columns, row after row. Products are rounded before they
// are added. dst may be one of the other matrices. All panic where the lengths do not
// fit.

// ColSum adds to sum[j] the sum of column j of x. EXACT.
func ColSum[T Float](sum, x []T) {
	if rowsOf("ColSum", len(sum), len(x)) > 0 {
		colSum(sum, x)
	}
}

func colSumPlain[T Float](sum, x []T) {
	for ; len(x) > 0; x = x[len(sum):] {
		for j := range sum {
			sum[j] += x[j]
		}
	}
}

// ColMoments adds to sum[j] and sq[j] the sums of x − shift[j] and of its square,
// over column j of x. EXACT.
func ColMoments[T Float](sum, sq, x, shift []T) {
	sameLength("ColMoments", len(sum), len(sq), len(shift))
	if rowsOf("ColMoments", len(sum), len(x)) > 0 {
		colMoments(sum, sq, x, shift)
	}
}

func colMomentsPlain[T Float](sum, sq, x, shift []T) {
	for ; len(x) > 0; x = x[len(sum):] {
		for j := range sum {
			d := x[j] - shift[j]
			sum[j] += d
			sq[j] += T(d * d)
		}
	}
}

// ColDots adds to sum[j] and dot[j] the sums of g and of g·(x − shift[j]) over
// column j. EXACT.
func ColDots[T Float](sum, dot, g, x, shift []T) {
	sameLength("ColDots", len(sum), len(dot), len(shift))
	sameLength("ColDots", len(g), len(x))
	if rowsOf("ColDots", len(sum), len(g)) > 0 {
		colDots(sum, dot, g, x, shift)
	}
}

func colDotsPlain[T Float](sum, dot, g, x, shift []T) {
	for i := 0; i < len(g); i += len(sum) {
		for j := range sum {
			sum[j] += g[i+j]
			dot[j] += T(g[i+j] * (x[i+j] - shift[j]))
		}
	}
}

// RowAffine stores x·scale[j] + shift[j] in dst. EXACT.
func RowAffine[T Float](dst, x, scale, shift []T) {
	sameLength("RowAffine", len(scale), len(shift))
	sameLength("RowAffine", len(dst), len(x))
	if rowsOf("RowAffine", len(scale), len(x)) > 0 {
		rowAffine(dst, x, scale, shift)
	}
}

func rowAffinePlain[T Float](dst, x, scale, shift []T) {
	for i := 0; i < len(x); i += len(scale) {
		for j := range scale {
			dst[i+j] = T(x[i+j]*scale[j]) + shift[j]
		}
	}
}

// RowAffineReLU stores max(x·scale[j] + shift[j], 0) in dst. EXACT.
func RowAffineReLU[T Float](dst, x, scale, shift []T) {
	sameLength("RowAffineReLU", len(scale), len(shift))
	sameLength("RowAffineReLU", len(dst), len(x))
	if rowsOf("RowAffineReLU", len(scale), len(x)) > 0 {
		rowAffineReLU(dst, x, scale, shift)
	}
}

func rowAffineReLUPlain[T Float](dst, x, scale, shift []T) {
	rowAffinePlain(dst, x, scale, shift)
	reluPlain(dst, dst)
}

// RowAffineAddReLU stores max(x·scale[j] + shift[j] + res, 0) in dst. EXACT.
func RowAffineAddReLU[T Float](dst, x, scale, shift, res []T) {
	sameLength("RowAffineAddReLU", len(scale), len(shift))
	sameLength("RowAffineAddReLU", len(dst), len(x), len(res))
	if rowsOf("RowAffineAddReLU", len(scale), len(x)) > 0 {
		rowAffineAddReLU(dst, x, scale, shift, res)
	}
}

func rowAffineAddReLUPlain[T Float](dst, x, scale, shift, res []T) {
	for i := 0; i < len(x); i += len(scale) {
		for j := range scale {
			dst[i+j] = T(x[i+j]*scale[j]) + shift[j] + res[i+j]
		}
	}
	reluPlain(dst, dst)
}

// RowAffine2 stores g·a[j] + x·b[j] + c[j] in dst. EXACT.
func RowAffine2[T Float](dst, g, x, a, b, c []T) {
	sameLength("RowAffine2", len(a), len(b), len(c))
	sameLength("RowAffine2", len(dst), len(g), len(x))
	if rowsOf("RowAffine2", len(a), len(x)) > 0 {
		rowAffine2(dst, g, x, a, b, c)
	}
}

func rowAffine2Plain[T Float](dst, g, x, a, b, c []T) {
	for i := 0; i < len(x); i += len(a) {
		for j := range a {
			dst[i+j] = T(g[i+j]*a[j]) + T(x[i+j]*b[j]) + c[j]
		}
	}
}

// rowsOf returns how many rows of the given number of columns n elements are.
func rowsOf(name string, columns, n int) int {
	switch {
	case n == 0:
		return 0
	case columns == 0 || n%columns != 0:
		panic(message.Sprintf("simd.%s: %d elements are no rows of %d", name, n, columns))
	}
	return n / columns
}
