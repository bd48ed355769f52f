package simd

import "entrec/internal/message"

//go:generate sh -c "cd _asm && go run ./winograd -out ../winograd_amd64.s -stubs ../winograd_stub_amd64.go -pkg simd"

// WinogradInput transforms a row of image tiles, 4×4 pixels d that begin 2 pixels
// apart, for the convolution F(2×2, 3×3) of Lavin and Gray (Fast Algorithms for
// Convolutional Neural Networks, 2016, section 4.1): for i, j < 4, t < tiles, k < c
//
//	d[i, j] = src[i·width + (2t + j)·c + k]
//	dst[(4i + j)·plane + t·c + k] = (Bᵀ·d·B)[i, j]
//
// With w a weight of 3×3, ⊙ the product by element and
//
//	     1  0 −1  0        1  0  0
//	Bᵀ = 0  1  1  0    G = ½  ½  ½    Aᵀ = 1  1  1  0
//	     0 −1  1  0        ½ −½  ½         0  1 −1 −1
//	     0  1  0 −1        0  0  1
//
// the 2×2 outputs of a tile are Aᵀ·(G·w·Gᵀ ⊙ Bᵀ·d·B)·A, and from the gradient g of
// these w receives Gᵀ·(A·g·Aᵀ ⊙ Bᵀ·d·B)·G.
//
// EXACT: the matrix on the left is applied first. c is a multiple of 8, and the
// planes do not overlap. It panics where that is not so or the slices are too short.
//
// Planes a multiple of 4 KiB apart share a few lines of the first-level cache, which
// makes all three transforms several times slower; make them 64 bytes longer.
func WinogradInput[T Float](dst []T, plane int, src []T, width, tiles, c int) {
	checkWinograd("simd.WinogradInput", len(dst), plane, len(src), 4, width, tiles, c, false)
	if level == Generic || tiles == 0 {
		plainWinogradInput(dst, plane, src, width, tiles, c)
		return
	}
	asmWinogradInput(dst, plane, src, width, tiles, c)
}

// WinogradOutput computes the pixels from the sums m of the products of what
// [WinogradInput] made: for i, j < 4 and p, q < 2, with Aᵀ as there,
//
//	m[i, j] = src[(4i + j)·plane + t·c + k]
//	dst[p·width + (2t + q)·c + k] (+)= (Aᵀ·m·A)[p, q]
//
// EXACT: the matrix on the left is applied first, dst is added last. c is a multiple of
// 8, and the rows of dst do not overlap. It panics where that is not so or the slices
// are too short.
func WinogradOutput[T Float](dst []T, width int, src []T, plane, tiles, c int, update Update) {
	checkWinograd("simd.WinogradOutput", len(src), plane, len(dst), 2, width, tiles, c, true)
	if level == Generic || tiles == 0 {
		plainWinogradOutput(dst, width, src, plane, tiles, c, update)
		return
	}
	asmWinogradOutput(dst, width, src, plane, tiles, c, update)
}

// WinogradGrad transforms the gradient of the pixels that [WinogradOutput] computes:
// for p, q < 2 and i, j < 4
//
//	g[p, q] = src[p·width + (2t + q)·c + k]
//	dst[(4i + j)·plane + t·c + k] = (A·g·Aᵀ)[i, j]
//
// EXACT, and checked, like [WinogradInput].
func WinogradGrad[T Float](dst []T, plane int, src []T, width, tiles, c int) {
	checkWinograd("simd.WinogradGrad", len(dst), plane, len(src), 2, width, tiles, c, false)
	if level == Generic || tiles == 0 {
		plainWinogradGrad(dst, plane, src, width, tiles, c)
		return
	}
	asmWinogradGrad(dst, plane, src, width, tiles, c)
}

// checkWinograd panics unless the slices, planes and image elements long, hold tiles
// of 4×4 and of side×side, and what is written does not overlap: its bits would
// depend on the order.
func checkWinograd(name string, planes, plane, image, side, width, tiles, c int, toImage bool) {
	if c <= 0 || c%8 != 0 || tiles < 0 || plane < 0 || width < 0 {
		panic(message.Sprintf("%s: %d tiles of %d channels, planes %d and rows %d apart; channels come in eights", name, tiles, c, plane, width))
	}
	if tiles == 0 {
		return
	}
	// Products of sizes that fit the image do not overflow.
	fits := c <= image/side && tiles <= rowsIn(image, side*c, 2*c)
	if fits {
		n, row := tiles*c, (2*(tiles-1)+side)*c
		fits = rowsIn(planes, n, plane) >= 16 && rowsIn(image, row, width) >= side
		if toImage {
			fits = fits && width >= row
		} else {
			fits = fits && plane >= n
		}
	}
	if !fits {
		panic(message.Sprintf("%s: %d tiles of %d channels do not fit 16 planes %d apart in %d elements and %d rows %d apart in %d",
			name, tiles, c, plane, planes, side, width, image))
	}
}

// plainWinogradInput is WinogradInput in plain Go.
func plainWinogradInput[T Float](dst []T, plane int, src []T, width, tiles, c int) {
	for at := range tiles * c {
		var u [4][4]T
		for j := range 4 {
			d := src[at+(at/c+j)*c:]
			u[0][j], u[1][j], u[2][j], u[3][j] = winogradB(d[0], d[width], d[2*width], d[3*width])
		}
		for i, u := range u {
			v := dst[4*i*plane+at:]
			v[0], v[plane], v[2*plane], v[3*plane] = winogradB(u[0], u[1], u[2], u[3])
		}
	}
}

// plainWinogradOutput is WinogradOutput in plain Go.
func plainWinogradOutput[T Float](dst []T, width int, src []T, plane, tiles, c int, update Update) {
	for at := range tiles * c {
		var u [2][4]T
		for j := range 4 {
			m := src[j*plane+at:]
			u[0][j], u[1][j] = winogradA(m[0], m[4*plane], m[8*plane], m[12*plane])
		}
		for i, u := range u {
			y := dst[i*width+at+at/c*c:]
			y0, y1 := winogradA(u[0], u[1], u[2], u[3])
			if update == Accumulate {
				y0, y1 = y0+y[0], y1+y[c]
			}
			y[0], y[c] = y0, y1
		}
	}
}

// plainWinogradGrad is WinogradGrad in plain Go.
func plainWinogradGrad[T Float](dst []T, plane int, src []T, width, tiles, c int) {
	for at := range tiles * c {
		var u [4][2]T
		for j := range 2 {
			g := src[at+(at/c+j)*c:]
			u[0][j], u[1][j], u[2][j], u[3][j] = winogradAT(g[0], g[width])
		}
		for i, u := range u {
			v := dst[4*i*plane+at:]
			v[0], v[plane], v[2*plane], v[3*plane] = winogradAT(u[0], u[1])
		}
	}
}

// winogradB, winogradA and winogradAT multiply by Bᵀ, Aᵀ and A.
func winogradB[T Float](a, b, c, d T) (_, _, _, _ T) { return a - c, b + c, c - b, b - d }
func winogradA[T Float](a, b, c, d T) (_, _ T)       { return a + b + c, b - c - d }
func winogradAT[T Float](a, b T) (_, _, _, _ T)      { return a, a + b, a - b, -b }
