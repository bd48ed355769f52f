package tensor

import (
	"entrec/internal/memory"
	"entrec/internal/parallel"
	"entrec/simd"
)

// Where threads share a matrix product, its rows are cut into equal tasks of at most
// taskRows rows, a multiple of rowTasks tasks for each thread: enough tasks for an even
// share, few enough that reading all of b in each costs little. The bits do not depend
// on how rows are cut.
const (
	rowTasks = 4
	taskRows = 288
)

// Transpose says whether a matrix is transposed before it is multiplied.
type Transpose = simd.Transpose

// The values of Transpose.
const (
	NoTrans = simd.NoTrans
	Trans   = simd.Trans
)

// MatMulTo stores op(a)·op(b) in dst; op transposes the last two axes where its
// Transpose is [Trans].
//
//	c[…, i, j] = Σ_k op(a)[…, i, k] · op(b)[…, k, j]
//
// With more than two axes, the leading ones are a batch and must be equal in all
// three. dst must be row-major and must not overlap a or b. k runs in ascending
// blocks, the same for any thread count.
func MatMulTo[T Float](dst, a, b *Tensor[T], transA, transB Transpose) {
	const op = "tensor.MatMulTo"
	r := len(a.shape)
	if r < 2 || len(b.shape) != r || len(dst.shape) != r || !dst.IsContiguous() {
		Refuse(op, "equal ranks of at least 2 and a row-major destination are needed", dst.shape, a.shape, b.shape)
	}
	m, k := a.shape[r-2], a.shape[r-1]
	if transA == Trans {
		m, k = k, m
	}
	kb, n := b.shape[r-2], b.shape[r-1]
	if transB == Trans {
		kb, n = n, kb
	}
	batch := Size(a.shape[:r-2])
	if k != kb || dst.shape[r-2] != m || dst.shape[r-1] != n ||
		!sameShape(a.shape[:r-2], b.shape[:r-2]) || !sameShape(a.shape[:r-2], dst.shape[:r-2]) {
		Refuse(op, "inner lengths or batches differ", dst.shape, a.shape, b.shape)
	}
	if batch == 0 || m == 0 || n == 0 {
		return
	}
	ad, bd, cd := Contiguous(a).data, Contiguous(b).data, dst.data
	lda, ldb := a.shape[r-1], b.shape[r-1]
	if batch > 1 {
		parallel.For(batch, func(i int) {
			simd.Gemm(transA, transB, m, n, k, ad[i*m*k:(i+1)*m*k], lda, bd[i*k*n:(i+1)*k*n], ldb, cd[i*m*n:(i+1)*m*n], n, simd.Overwrite)
		})
		return
	}
	pool := memory.Scratch[T]()
	packed := pool.Get(simd.PackedSize[T](k, n))
	defer pool.Put(packed)
	PackB(packed, transB, k, n, bd, ldb)
	tiles := (m + simd.MR[T]() - 1) / simd.MR[T]()
	tasks := 1
	if share := rowTasks * parallel.Threads(); parallel.Threads() > 1 {
		tasks = min(tiles, (m+share*taskRows-1)/(share*taskRows)*share)
	}
	parallel.For(tasks, func(i int) {
		lo, hi := i*tiles/tasks*simd.MR[T](), min((i+1)*tiles/tasks*simd.MR[T](), m)
		at := lo * lda
		if transA == Trans {
			at = lo
		}
		simd.GemmPacked(transA, hi-lo, n, k, ad[min(at, len(ad)):], lda, packed, cd[lo*n:], n, simd.Overwrite)
	})
}

// A task of PackB packs packRows rows of packPanels panels. Where b is not transposed,
// it takes packLines rows at a time, so that it reads b along its rows.
const (
	packRows   = 256
	packPanels = 4
	packLines  = 32
)

// PackB is [simd.PackB] on all threads.
func PackB[T Float](packed []T, trans Transpose, k, n int, b []T, ldb int) {
	nr, lines := simd.NR[T](), packLines
	if trans == Trans {
		lines = packRows
	}
	groups := (n + packPanels*nr - 1) / (packPanels * nr)
	parallel.For(groups*((k+packRows-1)/packRows), func(i int) {
		first, top := i%groups*packPanels*nr, i/groups*packRows
		for r := top; r < min(top+packRows, k); r += lines {
			rows := min(lines, k-r)
			for j := first; j < min(first+packPanels*nr, n); j += nr {
				cols := min(nr, n-j)
				at := r*ldb + j
				if trans == Trans {
					at = j*ldb + r
				}
				simd.PackB(packed[j*k+r*simd.PanelWidth[T](cols):], trans, rows, cols, b[at:], ldb)
			}
		}
	})
}
