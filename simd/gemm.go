package simd

import (
	"math"
	"sync"
	"unsafe"

	"entrec/internal/message"
)

// How a product is cut into blocks, after Goto and van de Geijn (2008) and BLIS
// (Van Zee and van de Geijn, 2015):
//
//   - at most kBlock or kBlockAVX2 terms of the sums at a time, so that a panel of B
//     stays in a near cache. Between blocks of terms the sums are stored in C, which
//     costs more than reading B from the second-level cache: rows of C whose distance is
//     a power of two evict each other, and A, from the caches;
//   - rowBlock rows of A, or half as many in double precision;
//   - columnBlock columns of B, where Gemm packs it itself.
const (
	kBlock      = 384
	kBlockAVX2  = 1024 // measured: docs/notebook/matrix-products.md
	rowBlock    = 288
	columnBlock = 2048
)

// rowBlockOf returns how many rows of A a block has, a multiple of every MR.
func rowBlockOf[T Float]() int { return rowBlock * 4 / int(unsafe.Sizeof(T(0))) }

// When A is read without packing it. Packing pays only where A is read often, which is
// once for each panel of B. A that is not transposed is read in place where a row of B
// has up to directBytes; one that is transposed, where it has up to asideBytes and the
// rows of A lie at most asideStride bytes apart. Rows further apart, most of all by
// powers of two, evict each other from the first-level cache.
const (
	directBytes = 512
	asideBytes  = 1024
	asideStride = 1024
)

// kLength returns how many terms a block has: k is cut into equal parts of at most
// kBlock or kBlockAVX2, but for rounding up to 4.
func kLength(k int) int {
	most := kBlock
	if level == AVX2 {
		most = kBlockAVX2
	}
	parts := (k + most - 1) / most
	return min(k, ((k+parts-1)/parts+3)/4*4)
}

// checkMatrix panics unless x holds op(x), rows×cols, with leading dimension ld.
func checkMatrix[T Float](name string, trans Transpose, rows, cols int, x []T, ld int) {
	if trans == Trans {
		rows, cols = cols, rows
	}
	if rows < 0 || cols < 0 || ld < cols || (cols > 0 && rows > rowsIn(len(x), cols, ld)) {
		panic(message.Sprintf("%s: %d×%d with leading dimension %d does not fit %d elements", name, rows, cols, ld, len(x)))
	}
}

// rowsIn returns how many rows of cols elements, ld ≥ 0 apart, n elements hold. It
// divides, since a product of sizes from a caller may overflow.
func rowsIn(n, cols, ld int) int {
	switch {
	case cols > n:
		return 0
	case ld == 0:
		return math.MaxInt
	}
	return (n-cols)/ld + 1
}

// Transpose says whether a matrix is transposed before it is multiplied.
type Transpose bool

// The values of Transpose.
const (
	NoTrans Transpose = false
	Trans   Transpose = true
)

// Update says what becomes of the old values of a result.
type Update bool

// The values of Update.
const (
	Overwrite  Update = false // they do not matter, not even NaN
	Accumulate Update = true  // the new values are added to them
)

// GemmPacked stores op(a)·b in c, or adds it to c, as update says:
//
//	c[i·ldc + j] (+)= Σ_l op(a)[i, l] · b[l, j],  i < m, j < n, l < k
//
// for row-major a and b that [PackB] packed. op transposes where transA is [Trans]: a
// then is k×m. Rows of a and c are lda and ldc apart.
//
// Each element is summed in equal blocks of at most 384 terms, 1024 with AVX2,
// ascending: its bits depend on the level and k alone (FIXED), not on how a caller
// cuts c into blocks.
// One thread. It panics where the slices are too short.
func GemmPacked[T Float](transA Transpose, m, n, k int, a []T, lda int, b []T, c []T, ldc int, update Update) {
	checkMatrix("simd.GemmPacked", transA, m, k, a, lda)
	checkMatrix("simd.GemmPacked", NoTrans, m, n, c, ldc)
	if width := packedWidth[T](n); k > rowsIn(len(b), width, width) {
		panic(message.Sprintf("simd.GemmPacked: %d packed elements for %d×%d", len(b), k, n))
	}
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		clearRows(m, n, c, ldc, update)
		return
	}
	length := kLength(k)
	for l := 0; l < k; l += length {
		p := block[T]{m: m, n: n, k: min(length, k-l), lda: lda, b: b, height: k, first: l, c: c, ldc: ldc, accumulate: update == Accumulate || l > 0}
		p.multiply(transA, op(a, transA, lda, 0, l))
	}
}

// Gemm stores op(a)·op(b) in c, or adds it to c, as [GemmPacked] does, for a
// row-major b that is not packed: k×n, or n×k where transB is [Trans].
func Gemm[T Float](transA, transB Transpose, m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, update Update) {
	checkMatrix("simd.Gemm", transA, m, k, a, lda)
	checkMatrix("simd.Gemm", transB, k, n, b, ldb)
	checkMatrix("simd.Gemm", NoTrans, m, n, c, ldc)
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		clearRows(m, n, c, ldc, update)
		return
	}
	length := kLength(k)
	packed := borrow[T](PackedSize[T](length, min(n, columnBlock)))
	defer giveBack(packed)
	for l := 0; l < k; l += length {
		p := block[T]{m: m, k: min(length, k-l), lda: lda, b: *packed, ldc: ldc, accumulate: update == Accumulate || l > 0}
		p.height = p.k
		for j := 0; j < n; j += columnBlock {
			p.n, p.c = min(columnBlock, n-j), c[j:]
			PackB(*packed, transB, p.k, p.n, op(b, transB, ldb, l, j), ldb)
			p.multiply(transA, op(a, transA, lda, 0, l))
		}
	}
}

// clearRows stores in the m×n matrix c, or adds to it, sums without terms.
func clearRows[T Float](m, n int, c []T, ldc int, update Update) {
	if update == Accumulate {
		return
	}
	for i := range m {
		clear(c[i*ldc : i*ldc+n])
	}
}

// op returns the matrix from row i and column j of op(x).
func op[T Float](x []T, trans Transpose, ld, i, j int) []T {
	if trans == Trans {
		i, j = j, i
	}
	return x[i*ld+j:]
}

// block is the product for a block of terms, of an m×k and a k×n matrix. The second is
// the rows from first on of packed panels of the given height.
type block[T Float] struct {
	m, n, k, lda  int
	b             []T
	height, first int
	c             []T
	ldc           int
	accumulate    bool
}

// multiply multiplies op(a), m×k. Whether it packs does not change the bits.
func (p *block[T]) multiply(transA Transpose, a []T) {
	size, mr, from := int(unsafe.Sizeof(T(0))), MR[T](), 0
	switch {
	case transA == NoTrans && p.n*size <= directBytes:
		p.direct(a)
		return
	case transA == Trans && p.n*size <= asideBytes && p.lda*size <= asideStride:
		from = p.m / mr * mr // a tile reads all of its rows, and there may be no more
		p.columns(&ColumnTiles[T]{A: a, Panel: mr, Stride: p.lda, Rows: from}, 0)
	}
	if from == p.m {
		return
	}
	rows := min(rowBlockOf[T](), (p.m-from+mr-1)/mr*mr)
	packed := borrow[T](rows * p.k)
	defer giveBack(packed)
	tiles := ColumnTiles[T]{A: *packed, Panel: mr * p.k, Stride: mr}
	for i := from; i < p.m; i += rows {
		tiles.Rows = min(rows, p.m-i)
		for r := 0; r < tiles.Rows; r += mr {
			panel, n := (*packed)[r*p.k:(r+mr)*p.k], min(mr, tiles.Rows-r)
			if transA == Trans {
				packColumns(panel, mr, a[i+r:], p.lda, n, p.k)
			} else {
				packRows(panel, mr, a[(i+r)*p.lda:], p.lda, n, p.k)
			}
		}
		p.columns(&tiles, i)
	}
}

// columns multiplies tiles.Rows rows of A, from row i of C on, by all panels of B.
func (p *block[T]) columns(tiles *ColumnTiles[T], i int) {
	segs := [1]int{}
	tiles.Segs, tiles.Length, tiles.LDC, tiles.Accumulate = segs[:], p.k, p.ldc, p.accumulate
	for j := 0; j < p.n; j += NR[T]() {
		tiles.Cols = min(NR[T](), p.n-j)
		tiles.B, tiles.LDB = p.panel(j, tiles.Cols)
		tiles.C = p.c[i*p.ldc+j:]
		tiles.Next = nil
		if next := j + NR[T](); next < p.n {
			panel, width := p.panel(next, p.n-next)
			tiles.Next = panel[:p.k*width]
		}
		TileColumns(tiles)
	}
}

// direct multiplies a, whose rows are read where they lie.
func (p *block[T]) direct(a []T) {
	var from, to [rowBlock]int
	most := min(rowBlockOf[T](), p.m)
	for r := range most {
		from[r], to[r] = r*p.lda, r*p.ldc
	}
	mr := MR[T]()
	segs := [1]int{}
	tiles := RowTiles[T]{Segs: segs[:], Length: p.k, Accumulate: p.accumulate}
	for i := 0; i < p.m; i += most {
		rows := min(most, p.m-i)
		whole := (rows + mr - 1) / mr * mr
		clear(from[rows:whole]) // there is no such row: the first is read
		tiles.From, tiles.A, tiles.To = from[:whole], a[i*p.lda:], to[:rows]
		for j := 0; j < p.n; j += NR[T]() {
			tiles.Cols = min(NR[T](), p.n-j)
			tiles.B, _ = p.panel(j, tiles.Cols)
			tiles.C = p.c[i*p.ldc+j:]
			tiles.Prefetch = 0 // from the second panel on A is in cache
			if j == 0 {
				tiles.Prefetch = mr * p.lda
			}
			TileRows(&tiles)
		}
	}
}

// panel returns the panel from column j on, and its width.
func (p *block[T]) panel(j, cols int) ([]T, int) {
	width := PanelWidth[T](cols)
	return p.b[j*p.height+p.first*width:], width
}

// scratch keeps the buffers of packed blocks between calls.
var scratch32, scratch64 sync.Pool

func scratch[T Float]() *sync.Pool {
	if unsafe.Sizeof(T(0)) == 4 {
		return &scratch32
	}
	return &scratch64
}

// borrow returns a buffer of at least n elements with unspecified content.
func borrow[T Float](n int) *[]T {
	if p, _ := scratch[T]().Get().(*[]T); p != nil && len(*p) >= n {
		return p
	}
	buf := make([]T, n)
	return &buf
}

func giveBack[T Float](p *[]T) { scratch[T]().Put(p) }
