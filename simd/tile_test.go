package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTilesAgainstPlain: with products and sums that are exact, fused or not, every
// level has the bits of the plain twin, special values included.
func TestTilesAgainstPlain(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("f32", testTiles[float32])
		t.Run("f64", testTiles[float64])
	})
}

func testTiles[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 400 {
		tileRound[T](t, rng)
	}
}

// small returns n small integers, now and then something special.
func small[T Float](rng *rand.Rand, n int, specials bool) []T {
	special := []T{0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), T(math.SmallestNonzeroFloat32)}
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.IntN(17) - 8)
		if specials && rng.IntN(40) == 0 {
			x[i] = special[rng.IntN(len(special))]
		}
	}
	return x
}

// tileRound compares one random product of each kind with its plain twin, and
// looks for writes outside it.
func tileRound[T Float](t *testing.T, rng *rand.Rand) {
	mr := MR[T]()
	rows, cols := rng.IntN(3*mr), 1+rng.IntN(NR[T]())
	width := PanelWidth[T](cols)
	specials := rng.IntN(3) == 0
	length, accumulate := rng.IntN(11), rng.IntN(2) == 0
	segs := make([]int, rng.IntN(5))
	for i := range segs {
		segs[i] = rng.IntN(50)
	}
	from := make([]int, (rows+mr-1)/mr*mr)
	for i := range from {
		from[i] = rng.IntN(50)
	}
	to := make([]int, rows)
	place := rng.Perm(rows + 3)
	gap := rng.IntN(4)
	for i := range to {
		to[i] = place[i] * (cols + gap)
	}
	a := small[T](rng, 100+length, specials)
	b := small[T](rng, len(segs)*length*width+rng.IntN(2)*rng.IntN(500), specials) // and something behind it

	r := RowTiles[T]{A: a, From: from, Segs: segs, Length: length, B: b, To: to, Cols: cols, Accumulate: accumulate, Prefetch: rng.IntN(2) * rng.IntN(1<<20)}
	twin := r
	compareTiles(t, rng, (rows+3)*(cols+gap), specials, to, cols, func(c, plain []T) {
		r.C, twin.C = c, plain
		TileRows(&r)
		plainRows(&twin)
	})

	stride, ldb, ldc := rng.IntN(4), width+rng.IntN(4), cols+gap
	panel := rng.IntN(20)
	c := ColumnTiles[T]{
		A: small[T](rng, 50+length*stride+rows/mr*panel+mr+panel, specials), Panel: panel, Segs: segs, Length: length, Stride: stride,
		B: small[T](rng, len(segs)*length*ldb+width, specials), LDB: ldb, LDC: ldc, Rows: rows, Cols: cols, Accumulate: accumulate,
		Next: make([]T, rng.IntN(500)),
	}
	other := c
	for i := range to {
		to[i] = i * ldc
	}
	compareTiles(t, rng, rows*ldc, specials, to, cols, func(dst, plain []T) {
		c.C, other.C = dst, plain
		TileColumns(&c)
		plainColumns(&other)
	})
}

// compareTiles calls f with a guarded destination of n elements and a copy of it.
func compareTiles[T Float](t *testing.T, rng *rand.Rand, n int, specials bool, to []int, cols int, f func(c, plain []T)) {
	whole, c := guarded[T](n)
	start := small[T](rng, n, specials)
	copy(c, start)
	plain := append([]T{}, start...)
	f(c, plain)
	inside := make([]bool, n)
	for _, at := range to {
		for j := range cols {
			inside[at+j] = true
		}
	}
	for i, got := range c {
		want := plain[i]
		require.True(t, got == want || (got != got && want != want), "element %d: %v, expected %v", i, got, want)
		if !inside[i] {
			require.True(t, math.Float64bits(float64(got)) == math.Float64bits(float64(start[i])), "wrote between rows, at %d", i)
		}
	}
	for i, v := range whole {
		if i < 40 || i >= 40+n {
			require.True(t, v == guard, "wrote outside, at %d of %d", i-40, n)
		}
	}
}

func TestTilesRefuse(t *testing.T) {
	n, mr := NR[float32](), MR[float32]()
	rows := func() *RowTiles[float32] {
		return &RowTiles[float32]{A: make([]float32, 10), From: make([]int, mr), Segs: []int{0}, Length: 4,
			B: make([]float32, 4*n), C: make([]float32, mr*n), To: []int{0, n, 2 * n}, Cols: n}
	}
	columns := func() *ColumnTiles[float32] {
		return &ColumnTiles[float32]{A: make([]float32, 3*mr+mr), Segs: []int{0}, Length: 4, Stride: mr,
			B: make([]float32, 4*n), LDB: n, C: make([]float32, mr*n), LDC: n, Rows: mr, Cols: n}
	}
	require.NotPanics(t, func() { TileRows(rows()); TileColumns(columns()) })
	for name, spoil := range map[string]func(*RowTiles[float32], *ColumnTiles[float32]){
		"rows":    func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.From, q.Rows = p.From[:1], -1 },
		"a":       func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.A, q.A = p.A[:3], q.A[:len(q.A)-1] },
		"offset":  func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.From[1], q.Segs = -1, []int{-1} },
		"to":      func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.To[1], q.LDC = -1, n+1 },
		"b":       func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.B, q.B = p.B[:len(p.B)-1], q.B[:len(q.B)-1] },
		"c":       func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.C, q.C = p.C[:n], q.C[:n] },
		"cols":    func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.Cols, q.Cols = n+1, 0 },
		"length":  func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.Length, q.Length = -1, 5 },
		"segment": func(p *RowTiles[float32], q *ColumnTiles[float32]) { p.Segs, q.Segs = []int{7}, []int{1} },
	} {
		t.Run(name, func(t *testing.T) {
			p, q := rows(), columns()
			spoil(p, q)
			require.Panics(t, func() { TileRows(p) })
			require.Panics(t, func() { TileColumns(q) })
		})
	}
}

// TestTilesRefuseHugeSizes: no size is so large that the checks overflow and let it
// pass, and a stride that is never taken may have any size.
func TestTilesRefuseHugeSizes(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		n, mr := NR[float32](), MR[float32]()
		huge := []int{1 << 59, 1 << 60, 1 << 61, 1 << 62, math.MaxInt}
		for _, size := range huge {
			for name, spoil := range map[string]func(*ColumnTiles[float32]){
				"rows":           func(p *ColumnTiles[float32]) { p.Rows = size },
				"ldc":            func(p *ColumnTiles[float32]) { p.LDC = size },
				"ldb":            func(p *ColumnTiles[float32]) { p.LDB = size },
				"stride":         func(p *ColumnTiles[float32]) { p.Stride = size },
				"panel":          func(p *ColumnTiles[float32]) { p.Panel = size },
				"segment":        func(p *ColumnTiles[float32]) { p.Segs[1] = size },
				"length":         func(p *ColumnTiles[float32]) { p.Length = size },
				"length, stride": func(p *ColumnTiles[float32]) { p.Length, p.Stride = size, 0 },
				"length, ldb":    func(p *ColumnTiles[float32]) { p.Length, p.LDB = size, 0 },
			} {
				p := columnTiles(5 * mr)
				spoil(p)
				require.Panics(t, func() { TileColumns(p) }, "%s %d", name, size)
			}
			for name, spoil := range map[string]func(*RowTiles[float32]){
				"from":          func(p *RowTiles[float32]) { p.From[1] = size },
				"to":            func(p *RowTiles[float32]) { p.To[1] = size },
				"segment":       func(p *RowTiles[float32]) { p.Segs[1] = size },
				"from, segment": func(p *RowTiles[float32]) { p.From[1], p.Segs[1] = size, size },
				"negative":      func(p *RowTiles[float32]) { p.From[1], p.Segs[1] = math.MinInt, math.MinInt },
				"length":        func(p *RowTiles[float32]) { p.Length = size },
			} {
				p := &RowTiles[float32]{A: make([]float32, 10), From: make([]int, mr), Segs: []int{0, 1}, Length: 4,
					B: make([]float32, 8*n), C: make([]float32, 2*n), To: []int{0, n}, Cols: n}
				TileRows(p)
				spoil(p)
				require.Panics(t, func() { TileRows(p) }, "%s %d", name, size)
			}
			p := columnTiles(1)
			p.Segs, p.Length, p.Panel, p.LDC, p.LDB, p.Stride = p.Segs[:1], 1, size, size, size, size
			TileColumns(p)
			require.Equal(t, float32(1), p.C[0])
		}
	})
}

// columnTiles returns work for TileColumns, all ones, whose slices are no longer than
// it takes.
func columnTiles(rows int) *ColumnTiles[float32] {
	n, mr := NR[float32](), MR[float32]()
	ones := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = 1
		}
		return x
	}
	panels := (rows + mr - 1) / mr
	return &ColumnTiles[float32]{A: ones(8 * mr * panels), Panel: 8 * mr, Segs: []int{0, 4 * mr}, Length: 4, Stride: mr,
		B: ones(8 * n), LDB: n, C: ones(rows * n), LDC: n, Rows: rows, Cols: n}
}

// TestPackB holds packing, at every level, against reading the matrix by element.
func TestPackB(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("f32", testPackB[float32])
		t.Run("f64", testPackB[float64])
	})
}

func testPackB[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		packRound[T](t, rng)
	}
}

// packRound packs one random matrix, and looks for writes outside the panels.
func packRound[T Float](t *testing.T, rng *rand.Rand) {
	nr := NR[T]()
	k, n, trans := rng.IntN(20), rng.IntN(3*nr), Transpose(rng.IntN(2) == 0)
	ld := n + rng.IntN(3)
	rows, cols := k, n
	if trans {
		ld, rows, cols = k+rng.IntN(3), n, k
	}
	b := random[T](rng, max(0, (rows-1)*ld+cols))
	whole, dst := guarded[T](PackedSize[T](k, n))
	PackB(dst, trans, k, n, b, ld)
	for j := 0; j < n; j += nr {
		width := PanelWidth[T](min(nr, n-j))
		for i := range k {
			for c := range width {
				var want T
				if j+c < n && trans == Trans {
					want = b[(j+c)*ld+i]
				} else if j+c < n {
					want = b[i*ld+j+c]
				}
				require.True(t, dst[j*k+i*width+c] == want, "%d×%d trans %v: row %d, column %d", k, n, trans, i, j+c)
			}
		}
	}
	for i, v := range whole {
		if i < 40 || i >= len(whole)-40 {
			require.True(t, v == guard, "wrote outside")
		}
	}
}

func FuzzPackB(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		for _, l := range Levels() {
			restore := Force(l)
			packRound[float32](t, rand.New(rand.NewPCG(seed, 0)))
			packRound[float64](t, rand.New(rand.NewPCG(seed, 1)))
			restore()
		}
	})
}

func FuzzTiles(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		for _, l := range Levels() {
			restore := Force(l)
			tileRound[float32](t, rand.New(rand.NewPCG(seed, 0)))
			tileRound[float64](t, rand.New(rand.NewPCG(seed, 1)))
			restore()
		}
	})
}
