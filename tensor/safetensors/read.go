package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"entrec/internal/files"
)

// MaxBytes bounds the files that [Read] takes: far more than any that is written here.
const MaxBytes = 16 << 30

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

// Read reads a regular file of at most [MaxBytes]. Its data are read once its header has
// said that it has as many. Errors are those of the file system, or a *FormatError.
func Read(path string) (*File, error) {
	file, size, err := files.Open(path, MaxBytes)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head := make([]byte, min(size, 8))
	if _, err := io.ReadFull(file, head); err != nil {
		return nil, cut(path, err)
	}
	length, err := headerLength(path, head, uint64(size))
	if err != nil {
		return nil, err
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(file, header); err != nil {
		return nil, cut(path, err)
	}
	rest := uint64(size) - 8 - length
	metadata, entries, err := parseHeader(path, header, rest)
	if err != nil {
		return nil, err
	}
	data, err := readData(file, rest)
	if err != nil {
		return nil, cut(path, err)
	}
	return assemble(path, metadata, entries, data)
}

// readData reads n bytes. The buffer grows with what is read, since a sparse file claims
// bytes that nobody wrote, and may claim more than memory can address.
func readData(r io.Reader, n uint64) ([]byte, error) {
	if n > math.MaxInt {
		return nil, fmt.Errorf("found %d bytes of data, expected at most %d", n, math.MaxInt)
	}
	const first = 1 << 26
	data := make([]byte, 0, min(n, first))
	for uint64(len(data)) < n {
		if len(data) == cap(data) {
			data = slices.Grow(data, int(min(uint64(len(data)), n-uint64(len(data)))))
		}
		part := data[len(data):min(uint64(cap(data)), n)]
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, err
		}
		data = data[:len(data)+len(part)]
	}
	return data, nil
}

// cut words the end of a file that was longer before.
func cut(path string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{path, "end", "fewer bytes than before", "a file that nobody writes to"}
	}
	return err
}

// Parse reads the content of a file, whose name serves for errors only. The
// tensors' data are parts of content. It is as strict as the format's own reader, and
// where that is lenient stricter: it refuses text before the header's brace, and after
// it anything but spaces; a header beyond 100 MB or the file's end; names that stand
// twice; fields of a tensor beside its three; data that overlap or leave gaps; and
// shapes whose size is not that of their data. It allocates no more than 32 bytes for each
// of content, and some kilobytes.
func Parse(name string, content []byte) (*File, error) {
	length, err := headerLength(name, content, uint64(len(content)))
	if err != nil {
		return nil, err
	}
	data := content[8+length:]
	metadata, entries, err := parseHeader(name, content[8:8+length], uint64(len(data)))
	if err != nil {
		return nil, err
	}
	return assemble(name, metadata, entries, data)
}

// headerLength returns the length of the header of a file of so many bytes, which begins
// with head.
func headerLength(name string, head []byte, size uint64) (uint64, error) {
	if len(head) < 8 {
		return 0, &FormatError{name, "byte 0", fmt.Sprintf("%d bytes", len(head)), "a header length of 8 bytes"}
	}
	length := binary.LittleEndian.Uint64(head)
	if rest := size - 8; length > rest {
		return 0, &FormatError{name, "byte 0", fmt.Sprintf("a header of %d bytes", length), fmt.Sprintf("at most the %d bytes that follow", rest)}
	}
	if length > maxHeaderBytes {
		return 0, &FormatError{name, "byte 0", fmt.Sprintf("a header of %d bytes", length), fmt.Sprintf("at most %d", maxHeaderBytes)}
	}
	return length, nil
}

// assemble gives the tensors their data.
func assemble(name string, metadata map[string]string, entries []entry, data []byte) (*File, error) {
	f := &File{Metadata: metadata, Tensors: make([]Tensor, len(entries))}
	for i, e := range entries {
		shape := make([]int, len(e.shape))
		for i, d := range e.shape {
			if d > math.MaxInt {
				return nil, &FormatError{name, fmt.Sprintf("tensor %q", e.name), fmt.Sprintf("length %d", d), "one that fits an int"}
			}
			shape[i] = int(d)
		}
		f.Tensors[i] = Tensor{Name: e.name, DType: e.dtype.String(), Shape: shape, Data: data[e.begin:e.end:e.end]}
	}
	slices.SortFunc(f.Tensors, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	return f, nil
}
