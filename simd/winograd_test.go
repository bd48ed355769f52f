package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// transform is one of Winograd's: from rows of tiles to others.
type transform[T Float] struct {
	name       string
	to, from   tileRows
	run, plain func(dst []T, ld int, src []T, from, tiles, c int)
}

// tileRows is what a row of tiles takes of a slice: rows of step columns a tile and
// halo more.
type tileRows struct{ rows, step, halo int }

func (r tileRows) columns(tiles, c int) int { return (r.step*tiles + r.halo) * c }

// size returns the length of rows that are ld apart, and no more.
func (r tileRows) size(tiles, c, ld int) int { return (r.rows-1)*ld + r.columns(tiles, c) }

func transforms[T Float]() []transform[T] {
	planes, pixels := tileRows{16, 1, 0}, tileRows{2, 2, 0}
	output := func(f func([]T, int, []T, int, int, int, Update), update Update) func([]T, int, []T, int, int, int) {
		return func(dst []T, ld int, src []T, from, tiles, c int) { f(dst, ld, src, from, tiles, c, update) }
	}
	return []transform[T]{
		{"Input", planes, tileRows{4, 2, 2}, WinogradInput[T], plainWinogradInput[T]},
		{"Output", pixels, planes, output(WinogradOutput[T], Overwrite), output(plainWinogradOutput[T], Overwrite)},
		{"OutputAdd", pixels, planes, output(WinogradOutput[T], Accumulate), output(plainWinogradOutput[T], Accumulate)},
		{"Grad", planes, pixels, WinogradGrad[T], plainWinogradGrad[T]},
	}
}

// compare holds f against its plain twin, where rows are gap further apart than need
// be, and looks for writes outside them.
func (f *transform[T]) compare(t *testing.T, tiles, c, gap int, value func(k, i int) T) {
	columns, fromLD := f.to.columns(tiles, c), f.from.columns(tiles, c)+gap
	ld := columns + gap
	src := make([]T, f.from.size(tiles, c, fromLD))
	for i := range src {
		src[i] = value(0, i)
	}
	whole, dst := guarded[T](f.to.size(tiles, c, ld))
	for i := range dst {
		dst[i] = value(1, i)
	}
	plain := append([]T{}, dst...)
	f.run(dst, ld, src, fromLD, tiles, c)
	f.plain(plain, ld, src, fromLD, tiles, c)
	for i, v := range dst {
		want := plain[i]
		if i%max(ld, 1) >= columns {
			want = value(1, i)
		}
		if !same(v, want) || !same(plain[i], want) {
			t.Fatalf("%s, %d tiles of %d, gap %d: %g at %d, plain Go %g", f.name, tiles, c, gap, v, i, plain[i])
		}
	}
	for i, v := range whole {
		require.True(t, v == guard || i >= 40 && i < 40+len(dst), "wrote beside dst")
	}
}

func TestWinogradAgainstPlain(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("f32", testWinograd[float32])
		t.Run("f64", testWinograd[float64])
	})
}

func testWinograd[T Float](t *testing.T) {
	number, special := numbers[T](3), specials[T]()
	rng := rand.New(rand.NewPCG(9, 9))
	mixed := func(k, i int) T {
		if (i+k)%13 == 0 {
			return special[(i/13+k)%len(special)]
		}
		return number(k, i)
	}
	for _, f := range transforms[T]() {
		for _, c := range []int{8, 16, 24, 128} {
			for _, tiles := range []int{0, 1, 2, 5} {
				for _, gap := range []int{0, rng.IntN(20), 2 * c} {
					f.compare(t, tiles, c, gap, number)
					f.compare(t, tiles, c, gap, mixed)
				}
			}
		}
	}
}

func FuzzWinograd(f *testing.F) {
	f.Add([]byte("numbers of four or of eight bytes each"), uint8(3), uint8(2), uint8(5))
	f.Fuzz(func(t *testing.T, data []byte, tiles, eights, gap uint8) {
		if len(data) < 8 {
			return
		}
		for _, l := range Levels()[1:] {
			restore := Force(l)
			fuzzWinograd[float32](t, data, int(tiles)%6, 8+8*(int(eights)%5), int(gap))
			fuzzWinograd[float64](t, data, int(tiles)%6, 8+8*(int(eights)%5), int(gap))
			restore()
		}
	})
}

func fuzzWinograd[T Float](t *testing.T, data []byte, tiles, c, gap int) {
	pool := numbersIn[T](data)
	for _, f := range transforms[T]() {
		f.compare(t, tiles, c, gap, func(k, i int) T { return pool[(i+k*(1+len(pool)/3))%len(pool)] })
	}
}

// TestWinogradConvolves: on whole numbers so small that nothing is rounded, the
// transforms give what the sums of a 3×3 convolution by channel and of its weight's
// gradient give. Multiples of 4 stay whole under G·w·Gᵀ and Gᵀ·v·G.
func TestWinogradConvolves(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("f32", testWinogradConvolves[float32])
		t.Run("f64", testWinogradConvolves[float64])
	})
}

func testWinogradConvolves[T Float](t *testing.T) {
	const tiles, c = 3, 16
	const plane, width, row = tiles * c, (2*tiles + 2) * c, 2 * tiles * c
	g := [4][3]T{{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}
	rng := rand.New(rand.NewPCG(10, 10))
	fours := func(n int) []T {
		x := small[T](rng, n, false)
		Scale(x, x, 4)
		return x
	}
	d, w, grad := fours(4*width), fours(9*c), fours(2*row)
	v, m, a := make([]T, 16*plane), make([]T, 16*plane), make([]T, 16*plane)
	WinogradInput(v, plane, d, width, tiles, c)
	WinogradGrad(a, plane, grad, row, tiles, c)
	dw, wantDW := make([]T, 9*c), make([]T, 9*c)
	for p := range 9 * c { // weight [p/3c, p/c mod 3] of channel p mod c
		for at := range 16 * plane { // element [i, j] of a tile
			i, j := at/plane/4, at/plane%4
			if k := p % c; at%c == k {
				f := g[i][p/c/3] * g[j][p/c%3]
				m[at] += f * w[p] * v[at]
				dw[p] += f * a[at] * v[at]
			}
		}
	}
	y, want := make([]T, 2*row), make([]T, 2*row)
	WinogradOutput(y, row, m, plane, tiles, c, Overwrite)
	for p := range 9 * c {
		for at := range 2 * row {
			if x := at % row; x%c == p%c {
				pixel := d[(at/row+p/c/3)*width+x+p/c%3*c]
				want[at] += pixel * w[p]
				wantDW[p] += pixel * grad[at]
			}
		}
	}
	require.Equal(t, want, y)
	require.Equal(t, wantDW, dw)
}

func TestWinogradRefuses(t *testing.T) {
	type call struct{ to, ld, from, fromLD, tiles, c int }
	atEachLevel(t, func(t *testing.T) {
		for _, f := range transforms[float32]() {
			run := func(spoil func(*call)) func() {
				const tiles, c = 3, 8
				p := call{ld: f.to.columns(tiles, c), fromLD: f.from.columns(tiles, c), tiles: tiles, c: c}
				p.to, p.from = f.to.size(tiles, c, p.ld), f.from.size(tiles, c, p.fromLD)
				spoil(&p)
				return func() { f.run(make([]float32, p.to), p.ld, make([]float32, p.from), p.fromLD, p.tiles, p.c) }
			}
			require.NotPanics(t, run(func(*call) {}))
			require.NotPanics(t, run(func(p *call) { p.tiles, p.to, p.from, p.ld, p.fromLD = 0, 1, 1, 0, math.MaxInt }))
			for name, spoil := range map[string]func(*call){
				"dst":          func(p *call) { p.to-- },
				"src":          func(p *call) { p.from-- },
				"empty dst":    func(p *call) { p.to = 0 },
				"empty src":    func(p *call) { p.from = 0 },
				"overlap":      func(p *call) { p.ld-- },
				"no channels":  func(p *call) { p.c = 0 },
				"c below 0":    func(p *call) { p.c = -8 },
				"four":         func(p *call) { p.c = 4 },
				"four, none":   func(p *call) { p.c, p.tiles = 4, 0 },
				"twelve":       func(p *call) { p.c, p.tiles = 12, 1 },
				"tiles":        func(p *call) { p.tiles++ },
				"tiles below":  func(p *call) { p.tiles = -1 },
				"ld below":     func(p *call) { p.ld = -1 },
				"fromLD below": func(p *call) { p.fromLD = -1 },
			} {
				require.Panics(t, run(spoil), "%s: %s", f.name, name)
			}
			for _, size := range []int{1 << 58, 1 << 59, 1 << 60, 1 << 61, 1 << 62, math.MaxInt &^ 7} {
				for i, spoil := range []func(*call){
					func(p *call) { p.ld = size }, func(p *call) { p.fromLD = size },
					func(p *call) { p.tiles = size }, func(p *call) { p.c = size },
					func(p *call) { p.c, p.tiles = size, size },
				} {
					require.Panics(t, run(spoil), "%s: %d, %d", f.name, i, size)
				}
			}
		}
	})
}

// BenchmarkWinograd transforms rows of 256/c tiles, whose slices take at most 28 KB in
// float32. Rows and planes have gaps, lest they share lines of the cache. GB/s counts
// each slice once.
func BenchmarkWinograd(b *testing.B) {
	for _, l := range Levels() {
		for _, c := range []int{16, 128} {
			for _, f := range transforms[float32]() {
				b.Run(fmt.Sprintf("f32/%s/%d/%v", f.name, c, l), func(b *testing.B) { f.benchmark(b, l, 256/c, c) })
			}
			for _, f := range transforms[float64]() {
				b.Run(fmt.Sprintf("f64/%s/%d/%v", f.name, c, l), func(b *testing.B) { f.benchmark(b, l, 256/c, c) })
			}
		}
	}
}

func (f *transform[T]) benchmark(b *testing.B, l Level, tiles, c int) {
	defer Force(l)()
	ld, fromLD := f.to.columns(tiles, c)+16, f.from.columns(tiles, c)+16
	dst, src := make([]T, f.to.size(tiles, c, ld)), make([]T, f.from.size(tiles, c, fromLD))
	for b.Loop() {
		f.run(dst, ld, src, fromLD, tiles, c)
	}
	reportBytes[T](b, len(dst)+len(src))
}
