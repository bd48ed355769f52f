package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"os"
	"slices"
	"strings"

	lib "github.com/nlpodyssey/safetensors"
)

// FormatError says that a file is not a sound safetensors file.
type FormatError struct {
	File            string
	Place           string // where in the file: "byte 0", "tensor \"x\""
	Found, Expected string
}

// Error is one line: file, place, found, expected.
func (e *FormatError) Error() string {
	return fmt.Sprintf("%s: %s: found %s, expected %s", e.File, e.Place, e.Found, e.Expected)
}

// Tensor is a named tensor in raw form.
type Tensor struct {
	Name  string
	DType string // F32, F64, I64, …, as in the format
	Shape []int  // empty for a scalar
	Data  []byte // little-endian, row-major
}

// File is the content of a safetensors file.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor // sorted by name
}

// Tensor returns the tensor of that name.
func (f *File) Tensor(name string) (Tensor, bool) {
	i, ok := slices.BinarySearchFunc(f.Tensors, name, func(t Tensor, name string) int { return strings.Compare(t.Name, name) })
	if !ok {
		return Tensor{}, false
	}
	return f.Tensors[i], true
}

// Read reads a file. Errors are those of the file system, or a *FormatError.
func Read(path string) (*File, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, content)
}

// Parse reads the content of a file, whose name serves for errors only. The
// tensors' data are parts of content. It refuses headers that reach beyond the
// file or name a tensor twice, data that overlap or leave gaps, and shapes whose
// size is not that of their data.
func Parse(name string, content []byte) (*File, error) {
	if len(content) < 8 {
		return nil, &FormatError{name, "byte 0", fmt.Sprintf("%d bytes", len(content)), "a header length of 8 bytes"}
	}
	length, rest := binary.LittleEndian.Uint64(content), uint64(len(content)-8)
	if length > rest {
		return nil, &FormatError{name, "byte 0", fmt.Sprintf("a header of %d bytes", length), fmt.Sprintf("at most the %d bytes that follow", rest)}
	}
	header := content[8 : 8+length]
	if twice, err := repeatedKey(header); err != nil {
		return nil, &FormatError{name, "byte 8", "a header that is not JSON (" + oneLine(err) + ")", "a JSON object"}
	} else if twice != "" {
		return nil, &FormatError{name, "byte 8", fmt.Sprintf("%q twice", twice), "each name once"}
	}
	st, err := lib.Deserialize(content)
	if err != nil {
		if wrong := misfit(name, header, rest-length); wrong != nil {
			return nil, wrong
		}
		return nil, &FormatError{name, "header", oneLine(err), fmt.Sprintf("tensors that fill the %d bytes of data, one after another", rest-length)}
	}
	_, meta, err := lib.ReadMetadata(content)
	if err != nil {
		return nil, &FormatError{name, "header", oneLine(err), "metadata of strings"}
	}
	f := &File{Metadata: meta.Metadata()}
	for _, t := range st.Tensors() {
		shape := make([]int, len(t.TensorView.Shape()))
		for i, d := range t.TensorView.Shape() {
			if shape[i] = int(d); shape[i] < 0 {
				return nil, &FormatError{name, fmt.Sprintf("tensor %q", t.Name), fmt.Sprintf("length %d", d), "one that fits an int"}
			}
		}
		f.Tensors = append(f.Tensors, Tensor{Name: t.Name, DType: t.TensorView.DType().String(), Shape: shape, Data: t.TensorView.Data()})
	}
	slices.SortFunc(f.Tensors, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	return f, nil
}

// misfit tells the commonest faults of a header apart: it names the tensor whose data
// are not what its shape takes, or says how much is cut off or too much. It returns
// nil where it is something else.
func misfit(name string, header []byte, length uint64) *FormatError {
	var tensors map[string]json.RawMessage
	if json.Unmarshal(header, &tensors) != nil {
		return nil
	}
	delete(tensors, "__metadata__")
	end := uint64(0)
	for _, tensor := range slices.Sorted(maps.Keys(tensors)) {
		var t struct {
			DType   string
			Shape   []uint64
			Offsets [2]uint64 `json:"data_offsets"`
		}
		if json.Unmarshal(tensors[tensor], &t) != nil {
			return nil
		}
		dtype, err := lib.ParseDType(t.DType)
		if err != nil {
			return nil
		}
		end = max(end, t.Offsets[1])
		high, size := uint64(0), dtype.Size()
		for _, d := range t.Shape {
			if high == 0 {
				high, size = bits.Mul64(size, d)
			}
		}
		if found := t.Offsets[1] - t.Offsets[0]; high != 0 || found != size {
			return &FormatError{name, fmt.Sprintf("tensor %q", tensor), fmt.Sprintf("%d bytes", int64(found)), fmt.Sprintf("those of %s of shape %v", dtype, t.Shape)}
		}
	}
	if end != length {
		return &FormatError{name, "end", fmt.Sprintf("%d bytes of data", length), fmt.Sprintf("the %d of the header's tensors", end)}
	}
	return nil
}

// repeatedKey returns a key that stands twice in the outermost object of a JSON
// text, which encoding/json would pass over in silence.
func repeatedKey(text []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if open, err := dec.Token(); err != nil {
		return "", err
	} else if open != json.Delim('{') {
		return "", fmt.Errorf("it begins with %v", open)
	}
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return "", err
		}
		k := key.(string) // the decoder refuses other keys
		if seen[k] {
			return k, nil
		}
		seen[k] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return "", err
		}
	}
	_, err := dec.Token()
	return "", err
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
