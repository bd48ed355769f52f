package tensor

import "entrec/simd"

// rowTasks is into about how many tasks the rows of a matrix product are cut, and
// taskRows how many rows a task has at most: few enough to share the work evenly,
// long enough to use what is in cache. The bits do not depend on either.
const (
	rowTasks = 16
	taskRows = 192
)

// MatMulTo stores op(a)·op(b) in dst, or adds it where accumulate; op transposes
// the last two axes where its flag is set.
//
//	c[…, i, j] = Σ_k op(a)[…, i, k] · op(b)[…, k, j]
//
// With more than two axes, the leading ones are a batch and must be equal in all
// three. dst must be row-major and must not overlap a or b. k runs in ascending
// blocks, the same for any thread count.
func MatMulTo[T Float](dst, a, b *Tensor[T], transA, transB, accumulate bool) {
	const op = "tensor.MatMulTo"
	r := len(a.shape)
	if r < 2 || len(b.shape) != r || len(dst.shape) != r || !dst.IsContiguous() {
		Refuse(op, "equal ranks of at least 2 and a row-major destination are needed", dst.shape, a.shape, b.shape)
	}
	m, k := a.shape[r-2], a.shape[r-1]
	if transA {
		m, k = k, m
	}
	kb, n := b.shape[r-2], b.shape[r-1]
	if transB {
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
		Parallel(batch, func(i int) {
			simd.Gemm(transA, transB, m, n, k, ad[i*m*k:(i+1)*m*k], lda, bd[i*k*n:(i+1)*k*n], ldb,
				cd[i*m*n:(i+1)*m*n], n, accumulate)
		})
		return
	}
	pool := Scratch[T]()
	packed := pool.Get(simd.PackedSize[T](k, n))
	defer pool.Put(packed)
	packParallel(packed, transB, k, n, bd, ldb)
	mr := simd.MR[T]()
	perTask := min(taskRows, (m/rowTasks+mr)/mr*mr)
	Parallel((m+perTask-1)/perTask, func(i int) {
		lo := i * perTask
		rows := min(perTask, m-lo)
		at := lo * lda
		if transA {
			at = lo
		}
		simd.GemmPacked(transA, rows, n, k, ad[min(at, len(ad)):], lda, packed, cd[lo*n:], n, accumulate)
	})
}

// packParallel is simd.PackB with a task for each panel.
func packParallel[T Float](packed []T, trans bool, k, n int, b []T, ldb int) {
	nr := simd.NR[T]()
	Parallel((n+nr-1)/nr, func(p int) {
		lo := p * nr
		at := lo
		if trans {
			at = lo * ldb
		}
		simd.PackB(packed[lo*k:], trans, k, min(nr, n-lo), b[min(at, len(b)):], ldb)
	})
}
