// Command winograd writes the transforms of Winograd's convolution:
// simd/winograd_amd64.s.
//
// Each has a tile and a vector of channels in registers at a time. One kernel, of
// 32-byte vectors, serves AVX2 and AVX-512: there is about one addition for each load
// or store, so loads and stores, and the caches behind them, bound the transforms.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// bytes is the size of a vector.
const bytes = 32

// kind describes an element type.
type kind struct {
	name        string
	load, store func(...Op)
	add, sub    func(...Op)
	xor, shift  func(...Op)
	sign        U8 // place of the sign bit
}

var kinds = []kind{
	{"F32", VMOVUPS, VMOVUPS, VADDPS, VSUBPS, VXORPS, VPSLLD, 31},
	{"F64", VMOVUPD, VMOVUPD, VADDPD, VSUBPD, VXORPD, VPSLLQ, 63},
}

func main() {
	ConstraintExpr("amd64,!purego")
	for _, k := range kinds {
		k.input()
		k.output("", false)
		k.output("Add", true)
		k.grad()
	}
	Generate()
}

func (k kind) fetch(m Mem) VecVirtual              { v := YMM(); k.load(m, v); return v }
func (k kind) plus(x VecVirtual, y Op) VecVirtual  { v := YMM(); k.add(y, x, v); return v }
func (k kind) minus(x VecVirtual, y Op) VecVirtual { v := YMM(); k.sub(y, x, v); return v }

// begin starts a function, and says that it is a plain twin.
func (k kind) begin(name, twin string) string {
	label := "winograd" + name + k.name + "AVX2"
	TEXT(label, NOSPLIT, "func(dst, src *byte, plane, width, tiles, c int)")
	Doc(label+" is "+twin+",", "for tiles > 0; plane, width and c are in bytes.")
	Pragma("noescape")
	return label
}

// grid is a matrix of vectors, up to four in a row.
type grid struct {
	rows        []GPVirtual // where they begin
	step, step3 GPVirtual   // between the columns, and three times that
}

// newGrid makes a grid of rows that begin at parameter base, ld apart.
func newGrid(base string, rows int, ld, step GPVirtual, columns int) *grid {
	g := &grid{rows: []GPVirtual{Load(Param(base), GP64()).(GPVirtual)}, step: step}
	for i := 1; i < rows; i++ {
		r := GP64()
		LEAQ(Mem{Base: g.rows[i-1], Index: ld, Scale: 1}, r)
		g.rows = append(g.rows, r)
	}
	if columns == 4 {
		g.step3 = GP64()
		LEAQ(Mem{Base: step, Index: step, Scale: 2}, g.step3)
	}
	return g
}

// planes returns the 4×4 planes from parameter base on.
func planes(base string) *grid {
	plane, four := Load(Param("plane"), GP64()).(GPVirtual), GP64()
	MOVQ(plane, four)
	SHLQ(U8(2), four)
	return newGrid(base, 4, four, plane, 4)
}

// image returns n×n pixels from parameter base on.
func image(base string, n int) *grid {
	width, c := Load(Param("width"), GP64()).(GPVirtual), Load(Param("c"), GP64()).(GPVirtual)
	return newGrid(base, n, width, c, n)
}

func (g *grid) at(i, j int) Mem {
	switch j {
	case 0:
		return Mem{Base: g.rows[i]}
	case 3:
		return Mem{Base: g.rows[i], Index: g.step3, Scale: 1}
	}
	return Mem{Base: g.rows[i], Index: g.step, Scale: uint8(j)}
}

// loop does body for each vector of channels of each tile. Tiles are c apart in the
// planes and 2c in the image.
func loop(label string, planes, image *grid, body func()) {
	tiles, left := Load(Param("tiles"), GP64()), GP64()
	Label(label + "_tile")
	MOVQ(image.step, left)
	Label(label + "_vector")
	body()
	for _, g := range []*grid{planes, image} {
		for _, r := range g.rows {
			ADDQ(U8(bytes), r)
		}
	}
	SUBQ(U8(bytes), left)
	JNZ(LabelRef(label + "_vector"))
	for _, r := range image.rows {
		ADDQ(image.step, r)
	}
	DECQ(tiles)
	JNZ(LabelRef(label + "_tile"))
	VZEROUPPER()
	RET()
}

// input needs all registers, and so loads each pixel once: the two middle rows are
// kept, and the others used as they come.
func (k kind) input() {
	label := k.begin("Input", "plainWinogradInput")
	to, from := planes("dst"), image("src", 4)
	loop(label, to, from, func() {
		var d1, d2 [4]VecVirtual
		for j := range 4 {
			d1[j], d2[j] = k.fetch(from.at(1, j)), k.fetch(from.at(2, j))
		}
		for i, row := range []func(j int) VecVirtual{
			func(j int) VecVirtual { return k.minus(k.fetch(from.at(0, j)), d2[j]) },
			func(j int) VecVirtual { return k.plus(d1[j], d2[j]) },
			func(j int) VecVirtual { return k.minus(d2[j], d1[j]) },
			func(j int) VecVirtual { return k.minus(d1[j], from.at(3, j)) },
		} {
			u := [4]VecVirtual{row(0), row(1), row(2), row(3)}
			k.store(k.minus(u[0], u[2]), to.at(i, 0))
			k.store(k.plus(u[1], u[2]), to.at(i, 1))
			k.store(k.minus(u[2], u[1]), to.at(i, 2))
			k.store(k.minus(u[1], u[3]), to.at(i, 3))
		}
	})
}

func (k kind) output(name string, accumulate bool) {
	label := k.begin("Output"+name, fmt.Sprintf("plainWinogradOutput with accumulate = %v", accumulate))
	to, from := image("dst", 2), planes("src")
	loop(label, from, to, func() {
		var u [2][4]VecVirtual
		for j := range 4 {
			m1, m2 := k.fetch(from.at(1, j)), k.fetch(from.at(2, j))
			u[0][j] = k.plus(k.plus(m1, from.at(0, j)), m2)
			u[1][j] = k.minus(k.minus(m1, m2), from.at(3, j))
		}
		for i, u := range u {
			for j, y := range []VecVirtual{k.plus(k.plus(u[0], u[1]), u[2]), k.minus(k.minus(u[1], u[2]), u[3])} {
				if accumulate {
					y = k.plus(y, to.at(i, j))
				}
				k.store(y, to.at(i, j))
			}
		}
	})
}

func (k kind) grad() {
	label := k.begin("Grad", "plainWinogradGrad")
	to, from := planes("dst"), image("src", 2)
	sign := YMM()
	VPCMPEQD(sign, sign, sign)
	k.shift(k.sign, sign, sign)
	negative := func(x VecVirtual) VecVirtual { v := YMM(); k.xor(x, sign, v); return v }
	loop(label, to, from, func() {
		var u [4][2]VecVirtual
		for j := range 2 {
			g0, g1 := k.fetch(from.at(0, j)), k.fetch(from.at(1, j))
			u[0][j], u[1][j], u[2][j], u[3][j] = g0, k.plus(g0, g1), k.minus(g0, g1), negative(g1)
		}
		for i, u := range u {
			k.store(u[0], to.at(i, 0))
			k.store(k.plus(u[0], u[1]), to.at(i, 1))
			k.store(k.minus(u[0], u[1]), to.at(i, 2))
			k.store(negative(u[1]), to.at(i, 3))
		}
	})
}
