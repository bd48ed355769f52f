package rows

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"codeberg.org/sbinet/npyio/npy"

	"entrec/internal/files"
	"entrec/tensor/safetensors"
)

// readNpy reads the one array that a file of NumPy's is; it has no name.
func readNpy(path, key string) (a array, err error) {
	if key != "" {
		return a, fmt.Errorf("%s: found a file of one array without a name, expected no name %q for it", path, key)
	}
	content, err := files.Read(path, MaxFile)
	if err != nil {
		return a, err
	}
	return parseNpy(path, content)
}

// readNpz reads an array of NumPy's zip of them.
func readNpz(path, key string) (a array, err error) {
	f, size, err := files.Open(path, MaxFile)
	if err != nil {
		return a, err
	}
	defer f.Close()
	z, err := zip.NewReader(f, size)
	if err != nil {
		return a, fmt.Errorf("%s: found %w, expected a zip of NumPy arrays", path, err)
	}
	axes, members := map[string]int{}, map[string]*zip.File{}
	for _, m := range z.File {
		name, ok := strings.CutSuffix(m.Name, ".npy")
		if !ok {
			continue
		}
		if members[name] != nil {
			return a, fmt.Errorf("%s: found the array %q twice, expected each once", path, name)
		}
		h, err := memberHeader(path, m)
		if err != nil {
			return a, err
		}
		axes[name], members[name] = len(h.Descr.Shape), m
	}
	if key, err = choose(path, key, axes); err != nil {
		return a, err
	}
	content, err := readMember(path, members[key], MaxFile)
	if err != nil {
		return a, err
	}
	return parseNpy(path+"#"+key, content)
}

// memberHeader reads the header of an array in a zip.
func memberHeader(path string, m *zip.File) (npy.Header, error) {
	content, err := readMember(path, m, maxHeader+12)
	if err != nil {
		return npy.Header{}, err
	}
	h, _, err := header(content)
	if err != nil {
		return h, fmt.Errorf("%s#%s: %w", path, m.Name, err)
	}
	return h, nil
}

// readMember reads at most so many bytes of a member of a zip.
func readMember(path string, m *zip.File, most int64) ([]byte, error) {
	r, err := m.Open()
	if err != nil {
		return nil, fmt.Errorf("%s#%s: %w", path, m.Name, err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return nil, fmt.Errorf("%s#%s: %w", path, m.Name, err)
	}
	return content, nil
}

// maxHeader is the longest header that is read.
const maxHeader = 1 << 16

var errHeader = errors.New("found no header of a NumPy array, expected one")

// header returns an array's, and where its content begins.
func header(content []byte) (h npy.Header, begins int, err error) {
	if len(content) < 12 || !bytes.HasPrefix(content, []byte("\x93NUMPY")) {
		return h, 0, errHeader
	}
	begins = 10 + int(binary.LittleEndian.Uint16(content[8:]))
	if content[6] > 1 {
		begins = 12 + int(min(binary.LittleEndian.Uint32(content[8:]), maxHeader+1))
	}
	if begins > len(content) || begins > maxHeader+12 {
		return h, 0, errHeader
	}
	defer func() { // what is no dictionary as NumPy writes it
		if recover() != nil {
			err = errHeader
		}
	}()
	text := bytes.Clone(content[:begins])
	if text[6] == 3 {
		text[6] = 2 // of which 3 differs in the letters of names alone
	}
	r, err := npy.NewReader(bytes.NewReader(text))
	if err != nil {
		return h, 0, errHeader
	}
	return r.Header, begins, nil
}

// parseNpy reads an array.
func parseNpy(name string, content []byte) (a array, err error) {
	h, begins, err := header(content)
	if err != nil {
		return a, fmt.Errorf("%s: %w", name, err)
	}
	data, dtype := content[begins:], strings.Trim(h.Descr.Type, "'")
	a.shape = h.Descr.Shape
	size, n := width(dtype), 1
	if size == 0 {
		return a, fmt.Errorf("%s: found numbers of type %q, expected floats or whole numbers", name, dtype)
	}
	for _, length := range a.shape {
		if length < 0 || length > 0 && n > MaxFile/length {
			return a, fmt.Errorf("%s: found %d bytes of numbers, expected those of shape %v", name, len(data), a.shape)
		}
		n *= length
	}
	if len(data) != n*size {
		return a, fmt.Errorf("%s: found %d bytes of numbers, expected %d of shape %v", name, len(data), n*size, a.shape)
	}
	if a.values, err = decode(data, dtype); err != nil {
		return a, fmt.Errorf("%s: %w", name, err)
	}
	if h.Descr.Fortran && len(a.shape) == 2 {
		a.values = transposed(a.values, a.shape[0], a.shape[1])
	}
	return a, nil
}

// transposed returns a column-major matrix in row-major order.
func transposed(v []float64, n, d int) []float64 {
	out := make([]float64, len(v))
	for i := range n {
		for j := range d {
			out[i*d+j] = v[j*n+i]
		}
	}
	return out
}

// width is how many bytes a number of NumPy's type has, 0 for types that are not read.
func width(dtype string) int {
	switch strings.TrimLeft(dtype, "|<>=") {
	case "f8", "i8", "u8":
		return 8
	case "f4", "i4", "u4":
		return 4
	case "f2", "i2", "u2":
		return 2
	case "i1", "u1", "b1":
		return 1
	}
	return 0
}

// decode returns numbers of NumPy's type.
func decode(data []byte, dtype string) ([]float64, error) {
	size := width(dtype)
	if size == 0 {
		return nil, fmt.Errorf("found numbers of type %q, expected floats or whole numbers", dtype)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if strings.HasPrefix(dtype, ">") {
		order = binary.BigEndian
	}
	kind := strings.TrimLeft(dtype, "|<>=")[0]
	out := make([]float64, len(data)/size)
	for i := range out {
		out[i] = number(data[i*size:(i+1)*size], kind, order)
	}
	return out, nil
}

// number returns a number of the bytes b, of kind f, i, u or b.
func number(b []byte, kind byte, order binary.ByteOrder) float64 {
	var bits uint64
	switch len(b) {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(order.Uint16(b))
	case 4:
		bits = uint64(order.Uint32(b))
	default:
		bits = order.Uint64(b)
	}
	switch {
	case kind == 'i':
		unused := 64 - 8*len(b)
		return float64(int64(bits<<unused) >> unused)
	case kind != 'f':
		return float64(bits)
	case len(b) == 8:
		return math.Float64frombits(bits)
	case len(b) == 4:
		return float64(math.Float32frombits(uint32(bits)))
	}
	return float64(safetensors.Float16(uint16(bits)))
}
