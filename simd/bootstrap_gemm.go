package simd

// Stand-in for engineer GEMM's files so that others compile: GEMM deletes this file.

func MR[T Float]() int { return 4 }
func NR[T Float]() int { return 8 }

type TileArgs[T Float] struct {
	A              []T
	Rows, Segs     []int
	Length, Stride int
	B              []T
	LDB            int
	C              []T
	LDC            int
	Cols           int
	Accumulate     bool
}

func Tile[T Float](p *TileArgs[T]) {
	for i := range 4 {
		var acc [8]T
		k := 0
		for _, s := range p.Segs {
			for l := range p.Length {
				a := p.A[p.Rows[i]+s+l*p.Stride]
				b := p.B[k*p.LDB:]
				for j := range p.Cols {
					acc[j] += a * b[j]
				}
				k++
			}
		}
		for j := range p.Cols {
			if p.Accumulate {
				p.C[i*p.LDC+j] += acc[j]
			} else {
				p.C[i*p.LDC+j] = acc[j]
			}
		}
	}
}
func PackedSize[T Float](k, n int) int { return (n + 7) / 8 * 8 * k }
func PackB[T Float](dst []T, trans bool, k, n int, b []T, ldb int) {
	for j := 0; j < n; j += 8 {
		for l := range k {
			for c := range 8 {
				v := T(0)
				if j+c < n {
					if trans {
						v = b[(j+c)*ldb+l]
					} else {
						v = b[l*ldb+j+c]
					}
				}
				dst[j*k+l*8+c] = v
			}
		}
	}
}
func GemmPacked[T Float](transA bool, m, n, k int, a []T, lda int, bp []T, c []T, ldc int, accumulate bool) {
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		if !accumulate {
			clear(row)
		}
		for l := range k {
			var v T
			if transA {
				v = a[l*lda+i]
			} else {
				v = a[i*lda+l]
			}
			for j := 0; j < n; j += 8 {
				b := bp[j*k+l*8:]
				for x := range min(8, n-j) {
					row[j+x] += v * b[x]
				}
			}
		}
	}
}
func Gemm[T Float](transA, transB bool, m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, accumulate bool) {
	bp := make([]T, PackedSize[T](k, n))
	PackB(bp, transB, k, n, b, ldb)
	GemmPacked(transA, m, n, k, a, lda, bp, c, ldc, accumulate)
}
