package runs

import (
	"fmt"
	"strings"

	"entrec/tensor/safetensors"
)

// npy returns a tensor in NumPy's format, version 1.0: magic, version, the length
// of the header, and the header, a Python literal padded so that the data begin at a
// multiple of 64 bytes (numpy.lib.format).
func npy(t safetensors.Tensor) []byte {
	kind := map[string]string{"F32": "<f4", "F64": "<f8", "I64": "<i8"}[t.DType]
	shape := ""
	for _, d := range t.Shape {
		shape += fmt.Sprintf("%d, ", d)
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, strings.TrimSuffix(shape, " "))
	const before = 6 + 2 + 2
	header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	return append(append(out, header...), t.Data...)
}
