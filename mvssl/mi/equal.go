package mi

import (
	"encoding/binary"
	"math"
)

// withEqual counts the rows that at least so many others are equal to.
func withEqual(rows [][]float64, others int) (n int) {
	count := map[string]int{}
	for _, row := range rows {
		count[bytesOf(row)]++
	}
	for _, equal := range count {
		if equal > others {
			n += equal
		}
	}
	return n
}

// bytesOf are the same of rows that are equal, and of no others.
func bytesOf(row []float64) string {
	out := make([]byte, 0, 8*len(row))
	for _, v := range row {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v+0)) // −0 is 0
	}
	return string(out)
}
