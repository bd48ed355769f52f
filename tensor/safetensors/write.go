package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	lib "github.com/nlpodyssey/safetensors"
)

// Marshal returns the bytes of a file with the given content: metadata sorted,
// tensors sorted by alignment and name, so that the same content is the same
// bytes. It errors on a dtype that the format does not have, a shape that does not
// fit its data, or a name that stands twice.
func Marshal(metadata map[string]string, tensors []Tensor) ([]byte, error) {
	ordered, err := order(whole(tensors))
	if err != nil {
		return nil, err
	}
	content := header(metadata, ordered)
	size := len(content)
	for _, t := range ordered {
		size += len(t.Data)
	}
	content = slices.Grow(content, size-len(content))
	for _, t := range ordered {
		content = append(content, t.Data...)
	}
	return content, nil
}

// placed is a tensor that is to stand in a file. Its data are Data or, where fill is not
// nil, the size bytes that this writes.
type placed struct {
	Tensor
	size int
	fill func(w io.Writer) error
}

// whole returns tensors whose data are there.
func whole(tensors []Tensor) []placed {
	all := make([]placed, len(tensors))
	for i, t := range tensors {
		all[i] = placed{Tensor: t, size: len(t.Data)}
	}
	return all
}

// order returns tensors in the order of their data in a file.
func order(tensors []placed) ([]placed, error) {
	alignment := map[string]lib.DType{}
	seen := map[string]bool{}
	for _, t := range tensors {
		dtype, err := lib.ParseDType(t.DType)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		alignment[t.DType] = dtype
		size := dtype.Size()
		for _, d := range t.Shape {
			size *= uint64(d)
		}
		if size != uint64(t.size) {
			return nil, fmt.Errorf("tensor %q: %s%v has %d bytes, not %d", t.Name, t.DType, t.Shape, size, t.size)
		}
		if seen[t.Name] || t.Name == metadataKey {
			return nil, fmt.Errorf("tensor %q stands twice", t.Name)
		}
		seen[t.Name] = true
	}
	return slices.SortedFunc(slices.Values(tensors), func(a, b placed) int {
		return cmp.Or(cmp.Compare(alignment[b.DType], alignment[a.DType]), cmp.Compare(a.Name, b.Name))
	}), nil
}

// header returns what stands in a file before the data of tensors that are in order.
func header(metadata map[string]string, ordered []placed) []byte {
	type info struct {
		DType   string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	object := map[string]any{}
	if len(metadata) > 0 {
		object[metadataKey] = metadata
	}
	at := 0
	for _, t := range ordered {
		object[t.Name] = info{t.DType, append([]int{}, t.Shape...), [2]int{at, at + t.size}}
		at += t.size
	}
	text, err := json.Marshal(object)
	if err != nil {
		panic(err) // words and numbers
	}
	for len(text)%8 != 0 { // so that the data are aligned
		text = append(text, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
}
