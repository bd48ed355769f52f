package runs

import (
	"fmt"
	"strings"

	"entrec/tensor/safetensors"
)

// npyKinds are NumPy's names of dtypes.
var npyKinds = map[string]string{"F32": "<f4", "F64": "<f8", "I64": "<i8"}

// npy returns a tensor in NumPy's format.
func npy(t safetensors.Tensor) []byte {
	return append(npyHeader(npyKinds[t.DType], t.Shape), t.Data...)
}

// npyHeader returns what stands before the data of an array in NumPy's format, version
// 1.0: magic, version, the length of the header, and the header, a Python literal padded so
// that the data begin at a multiple of 64 bytes (numpy.lib.format).
func npyHeader(kind string, dims []int) []byte {
	shape := ""
	for _, d := range dims {
		shape += fmt.Sprintf("%d, ", d)
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, strings.TrimSuffix(shape, " "))
	const before = 6 + 2 + 2
	header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
	return append(append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8)), header...)
}

// npyWords returns an array of words of one length, that of the longest, in UTF-32 and
// padded with zeros, as NumPy keeps them.
func npyWords(words []string) []byte {
	longest := 1
	for _, w := range words {
		longest = max(longest, len([]rune(w)))
	}
	out := npyHeader(fmt.Sprintf("<U%d", longest), []int{len(words)})
	for _, w := range words {
		row := make([]byte, 4*longest)
		for i, r := range []rune(w) {
			row[4*i], row[4*i+1], row[4*i+2] = byte(r), byte(r>>8), byte(r>>16)
		}
		out = append(out, row...)
	}
	return out
}
