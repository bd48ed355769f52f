package main

import (
	"fmt"

	"asm/arm"
)

// The transforms of Winograd's convolution have a tile and a vector of channels in
// registers at a time: 16 registers for what is loaded, and as many for what is made of
// it. See _asm/winograd for the formulas' order.

// General registers.
const (
	regPlane  = 2
	regWidth  = 3
	regTiles  = 4
	regPixel  = 5
	regPlanes = 6  // four rows of planes
	regStep   = 10 // one, two and three planes
	regBytes  = 22 // that are left of the channels
)

var (
	imageRows  = [4]int{13, 14, 15, 19}
	imageSteps = [4]int{0, regPixel, 20, 21} // none, and one, two and three pixels
	planeRows  = [4]int{regPlanes, regPlanes + 1, regPlanes + 2, regPlanes + 3}
	planeSteps = [4]int{0, regStep, regStep + 1, regStep + 2}
)

// grid is a matrix of vectors in memory.
type grid struct {
	rows, steps [4]int // registers
}

var (
	image  = grid{imageRows, imageSteps}
	planes = grid{planeRows, planeSteps}
)

// transform is one kernel in the making.
type transform struct {
	*arm.Writer
	arm.Kind
	side int // of the part of the image
}

func (t *transform) load(v int, g grid, i, j int) {
	if j == 0 {
		t.Op("FMOVQ (R%d), F%d", g.rows[i], v)
		return
	}
	t.LoadAt(v, g.rows[i], g.steps[j])
}

func (t *transform) store(v int, g grid, i, j int) {
	if j == 0 {
		t.Op("FMOVQ F%d, (R%d)", v, g.rows[i])
		return
	}
	t.StoreAt(v, g.rows[i], g.steps[j])
}

func (t *transform) plus(d, a, b int)  { t.Do(arm.Fadd, t.Kind, d, a, b) }
func (t *transform) minus(d, a, b int) { t.Do(arm.Fsub, t.Kind, d, a, b) }

// write writes the function around body, which does a vector of channels of a tile.
// Tiles are c apart in the planes and 2c in the image.
func (t *transform) write(name, twin string, toImage bool, body func()) {
	t.Function("winograd"+name+t.Name+"NEON", "(dst, src *byte, plane, width, tiles, c int)", 48,
		fmt.Sprintf("is %s,\n// for tiles > 0; plane, width and c are in bytes.", twin))
	toPlanes, toPixels := planes.rows[0], image.rows[0]
	to, from := toPlanes, toPixels
	if toImage {
		to, from = toPixels, toPlanes
	}
	for _, p := range []struct {
		name string
		reg  int
	}{{"dst", to}, {"src", from}, {"plane", regPlane}, {"width", regWidth}, {"tiles", regTiles}, {"c", regPixel}} {
		offset := map[string]int{"dst": 0, "src": 8, "plane": 16, "width": 24, "tiles": 32, "c": 40}[p.name]
		t.Op("MOVD %s+%d(FP), R%d", p.name, offset, p.reg)
	}
	for i := 1; i < 4; i++ {
		t.Op("ADD R%d<<2, R%d, R%d", regPlane, planes.rows[i-1], planes.rows[i])
	}
	for i := 1; i < t.side; i++ {
		t.Op("ADD R%d, R%d, R%d", regWidth, image.rows[i-1], image.rows[i])
	}
	t.Op("MOVD R%d, R%d", regPlane, planes.steps[1])
	for j := 2; j < 4; j++ {
		t.Op("ADD R%d, R%d, R%d", regPlane, planes.steps[j-1], planes.steps[j])
		t.Op("ADD R%d, R%d, R%d", regPixel, image.steps[j-1], image.steps[j])
	}
	t.Here("tile")
	t.Op("MOVD R%d, R%d", regPixel, regBytes)
	t.Here("vector")
	body()
	for _, r := range append(planes.rows[:], image.rows[:t.side]...) {
		t.Op("ADD $16, R%d, R%d", r, r)
	}
	t.Op("SUBS $16, R%d, R%d", regBytes, regBytes)
	t.Jump("BNE", "vector")
	for _, r := range image.rows[:t.side] {
		t.Op("ADD R%d, R%d, R%d", regPixel, r, r)
	}
	t.Op("SUBS $1, R%d, R%d", regTiles, regTiles)
	t.Jump("BNE", "tile")
	t.Op("RET")
}

// loaded and made are the numbers of the registers of a matrix of four columns.
func loaded(i, j int) int { return 4*i + j }
func made(i, j int) int   { return 16 + 4*i + j }

func (t *transform) input() {
	t.side = 4
	t.write("Input", "plainWinogradInput", false, func() {
		for j := range 4 {
			for i := range 4 {
				t.load(loaded(i, j), image, i, j)
			}
			t.minus(made(0, j), loaded(0, j), loaded(2, j))
			t.plus(made(1, j), loaded(1, j), loaded(2, j))
			t.minus(made(2, j), loaded(2, j), loaded(1, j))
			t.minus(made(3, j), loaded(1, j), loaded(3, j))
		}
		for i := range 4 {
			t.minus(loaded(i, 0), made(i, 0), made(i, 2))
			t.plus(loaded(i, 1), made(i, 1), made(i, 2))
			t.minus(loaded(i, 2), made(i, 2), made(i, 1))
			t.minus(loaded(i, 3), made(i, 1), made(i, 3))
			for j := range 4 {
				t.store(loaded(i, j), planes, i, j)
			}
		}
	})
}

// sums sets y0 to a + b + c and y1 to b − c − d.
func (t *transform) sums(y0, y1, a, b, c, d int) {
	t.plus(y0, a, b)
	t.plus(y0, y0, c)
	t.minus(y1, b, c)
	t.minus(y1, y1, d)
}

func (t *transform) output(name string, accumulate bool) {
	t.side = 2
	t.write("Output"+name, fmt.Sprintf("plainWinogradOutput with accumulate = %v", accumulate), true, func() {
		for j := range 4 {
			for i := range 4 {
				t.load(loaded(i, j), planes, i, j)
			}
			t.sums(made(0, j), made(1, j), loaded(0, j), loaded(1, j), loaded(2, j), loaded(3, j))
		}
		for i := range 2 {
			t.sums(loaded(i, 0), loaded(i, 1), made(i, 0), made(i, 1), made(i, 2), made(i, 3))
			for j := range 2 {
				if accumulate {
					t.load(loaded(i, 2+j), image, i, j)
					t.plus(loaded(i, j), loaded(i, j), loaded(i, 2+j))
				}
				t.store(loaded(i, j), image, i, j)
			}
		}
	})
}

func (t *transform) grad() {
	t.side = 2
	negative := func(d, a int) { t.Do(arm.Fneg, t.Kind, d, a, 0) }
	t.write("Grad", "plainWinogradGrad", false, func() {
		for j := range 2 {
			g0, g1 := made(0, j), loaded(0, j)
			t.load(g0, image, 0, j)
			t.load(g1, image, 1, j)
			t.plus(made(1, j), g0, g1)
			t.minus(made(2, j), g0, g1)
			negative(made(3, j), g1)
		}
		for i := range 4 {
			t.plus(loaded(i, 1), made(i, 0), made(i, 1))
			t.minus(loaded(i, 2), made(i, 0), made(i, 1))
			negative(loaded(i, 3), made(i, 1))
			t.store(made(i, 0), planes, i, 0)
			for j := 1; j < 4; j++ {
				t.store(loaded(i, j), planes, i, j)
			}
		}
	})
}
