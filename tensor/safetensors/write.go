package safetensors

import (
	"fmt"

	lib "github.com/nlpodyssey/safetensors"

	"entrec/internal/files"
)

// Marshal returns the bytes of a file with the given content: metadata sorted,
// tensors sorted by alignment and name, so that the same content is the same
// bytes. It errors on a dtype that the format does not have, a shape that does not
// fit its data, or a name that stands twice.
func Marshal(metadata map[string]string, tensors []Tensor) ([]byte, error) {
	views := make(map[string]raw, len(tensors))
	for _, t := range tensors {
		dtype, err := lib.ParseDType(t.DType)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		v := raw{dtype: dtype, shape: make([]uint64, len(t.Shape)), data: t.Data}
		size := dtype.Size()
		for i, d := range t.Shape {
			v.shape[i] = uint64(d)
			size *= uint64(d)
		}
		if size != uint64(len(t.Data)) {
			return nil, fmt.Errorf("tensor %q: %s%v has %d bytes, not %d", t.Name, t.DType, t.Shape, size, len(t.Data))
		}
		if _, twice := views[t.Name]; twice {
			return nil, fmt.Errorf("tensor %q stands twice", t.Name)
		}
		views[t.Name] = v
	}
	return lib.Serialize(views, metadata)
}

// raw is a tensor as the library wants it. The library's own constructor refuses
// scalars.
type raw struct {
	dtype lib.DType
	shape []uint64
	data  []byte
}

func (r raw) DType() lib.DType { return r.dtype }
func (r raw) Shape() []uint64  { return r.shape }
func (r raw) Data() []byte     { return r.data }
func (r raw) DataLen() uint64  { return uint64(len(r.data)) }

// Write writes a file with the given content, wholly or not at all.
func Write(path string, metadata map[string]string, tensors []Tensor) error {
	content, err := Marshal(metadata, tensors)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return files.Write(path, content)
}
