package main

import (
	"fmt"

	"asm/arm"
)

// transpose stores four rows of n elements as columns of dst, a square of them at a
// time, or half of one in double precision.
func transpose(w *arm.Writer, k arm.Kind) {
	w.Function(fmt.Sprintf("transpose%sNEON", k.Name), "(dst, src *byte, dstStride, srcStride, n int)", 40,
		"is plainTranspose for 4 rows; strides are in bytes.")
	const dst, stride, n, row = 0, 2, 4, 5 // the rows' registers follow each other
	for i, parameter := range []string{"dst", "src", "dstStride", "srcStride", "n"} {
		w.Op("MOVD %s+%d(FP), R%d", parameter, 8*i, i)
	}
	w.Op("MOVD R1, R%d", row)
	for i := 1; i < 4; i++ {
		w.Op("ADD R3, R%d, R%d", row+i-1, row+i)
	}
	w.Op("SUBS $%d, R%d, R%d", k.Lanes(), n, n)
	w.Jump("BLT", "rest")
	w.Here("square")
	for i := range 4 {
		w.Op("FMOVQ.P 16(R%d), F%d", row+i, i)
	}
	pair := func(instruction, arrangement string, a, b, to int) {
		w.Op("%s V%d.%s, V%d.%s, V%d.%s", instruction, b, arrangement, a, arrangement, to, arrangement)
	}
	if k.Size == 4 {
		pair("VTRN1", "S4", 0, 1, 4)
		pair("VTRN2", "S4", 0, 1, 5)
		pair("VTRN1", "S4", 2, 3, 6)
		pair("VTRN2", "S4", 2, 3, 7)
		pair("VZIP1", "D2", 4, 6, 16)
		pair("VZIP1", "D2", 5, 7, 17)
		pair("VZIP2", "D2", 4, 6, 18)
		pair("VZIP2", "D2", 5, 7, 19)
		for i := range 4 {
			w.Stores(16+i, 1, dst)
			w.Op("ADD R%d, R%d, R%d", stride, dst, dst)
		}
	} else {
		for i, zip := range []string{"VZIP1", "VZIP2"} {
			pair(zip, "D2", 0, 1, 16+2*i)
			pair(zip, "D2", 2, 3, 17+2*i)
		}
		for i := range 2 {
			w.Stores(16+2*i, 2, dst)
			w.Op("ADD R%d, R%d, R%d", stride, dst, dst)
		}
	}
	w.Op("SUBS $%d, R%d, R%d", k.Lanes(), n, n)
	w.Jump("BGE", "square")
	w.Here("rest")
	w.Op("ADDS $%d, R%d, R%d", k.Lanes(), n, n)
	w.Jump("BEQ", "done")
	w.Here("single")
	for i := range 4 {
		w.Op("%s.P %d(R%d), F%d", k.Move, k.Size, row+i, i)
		w.Op("%s F%d, %d(R%d)", k.Move, i, i*k.Size, dst)
	}
	w.Op("ADD R%d, R%d, R%d", stride, dst, dst)
	w.Op("SUBS $1, R%d, R%d", n, n)
	w.Jump("BNE", "single")
	w.Here("done")
	w.Op("RET")
}

// copyRows copies n rows of so many vectors, n > 0, which then lie side by side.
func copyRows(w *arm.Writer, vectors int) {
	w.Function(fmt.Sprintf("copyRowsNEONx%d", vectors), "(dst, src *byte, srcStride, n int)", 32,
		fmt.Sprintf("copies n rows of %d bytes, srcStride apart, without gaps.", 16*vectors))
	for i, parameter := range []string{"dst", "src", "srcStride", "n"} {
		w.Op("MOVD %s+%d(FP), R%d", parameter, 8*i, i)
	}
	w.Here("row")
	w.Loads(0, vectors, 1, 0)
	w.Op("ADD R2, R1, R1")
	w.Stores(0, vectors, 0)
	w.Op("ADD $%d, R0, R0", 16*vectors)
	w.Op("SUBS $1, R3, R3")
	w.Jump("BNE", "row")
	w.Op("RET")
}
