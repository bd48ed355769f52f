package safetensors

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// file returns a file with the given header and data.
func file(header string, data int) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, data)...)
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	tensors := []Tensor{
		FromFloats("b", []int{2, 3}, []float32{1, -2, 3.5, 0, 5, 6}),
		FromFloats("a", []int{}, []float64{1e-300}),
		FromFloats("empty", []int{0, 4}, []float64{}),
		FromInt("n", -7),
	}
	require.NoError(t, Write(path, map[string]string{"z": "1", "format": "é\"\n"}, tensors))
	f, err := Read(path)
	require.NoError(t, err)
	require.Equal(t, "1", f.Metadata["z"])
	require.Equal(t, "é\"\n", f.Metadata["format"])
	require.Len(t, f.Metadata, 4)
	require.NoError(t, f.Verify(path))
	require.Equal(t, []string{"a", "b", "empty", "n"}, []string{f.Tensors[0].Name, f.Tensors[1].Name, f.Tensors[2].Name, f.Tensors[3].Name})
	b, ok := f.Tensor("b")
	require.True(t, ok)
	values, err := Floats[float64](b)
	require.NoError(t, err)
	require.Equal(t, []float64{1, -2, 3.5, 0, 5, 6}, values)
	n, _ := f.Tensor("n")
	v, err := Int(n)
	require.NoError(t, err)
	require.Equal(t, int64(-7), v)
	_, ok = f.Tensor("nothing")
	require.False(t, ok)
}

func TestSameContentSameBytes(t *testing.T) {
	a, b := FromFloats("a", []int{1}, []float32{1}), FromFloats("b", []int{1}, []float64{2})
	meta := map[string]string{"k": "v", "c": "d", "x": "y"}
	first, err := Marshal(meta, []Tensor{a, b})
	require.NoError(t, err)
	for range 20 {
		again, err := Marshal(meta, []Tensor{b, a})
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}

func TestParseRefuses(t *testing.T) {
	one := `{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	for name, tc := range map[string]struct {
		content []byte
		message string
	}{
		"empty":              {nil, "f: byte 0: found 0 bytes, expected a header length of 8 bytes"},
		"huge header":        {binary.LittleEndian.AppendUint64(nil, 1<<62), "f: byte 0: found a header of 4611686018427387904 bytes, expected at most the 0 bytes that follow"},
		"not JSON":           {file("{", 0), `f: byte 9: found the header's end, expected "\""`},
		"no object":          {file("[]", 0), "byte 8"},
		"twice":              {file(one+`,"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), `found "x" twice`},
		"overlapping":        {file(one+`,"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), `f: tensor "y": found data from byte 4, expected from byte 8`},
		"gap":                {file(one+`,"y":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}`, 16), `f: tensor "y": found data from byte 12, expected from byte 8`},
		"too short":          {file(one+"}", 4), "f: end: found 4 bytes of data, expected the 8 of the header's tensors"},
		"too long":           {file(one+"}", 12), "f: end: found 12 bytes of data, expected the 8"},
		"lying shape":        {file(`{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), `tensor "x": found 8 bytes, expected those of F32 of shape [3]`},
		"huge shape":         {file(`{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0), `tensor "x": found 0 bytes, expected those of F32 of shape [4294967296 4294967296]`},
		"wrong dtype":        {file(`{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}`, 8), `tensor "x": found 8 bytes, expected those of F16 of shape [2]`},
		"backwards":          {file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8), `tensor "x": found -8 bytes`},
		"no dtype":           {file(`{"x":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}`, 8), `found dtype "F33" of tensor "x"`},
		"metadata":           {file(`{"__metadata__":{"a":1}}`, 0), `f: byte 29: found "1", expected "\""`},
		"metadata twice":     {file(`{"__metadata__":{"a":"1","\u0061":"2"}}`, 0), `found "a" twice`},
		"two metadata":       {file(`{"__metadata__":{},"__metadata__":{}}`, 0), `found "__metadata__" twice`},
		"field twice":        {file(`{"x":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}`, 8), `found "shape" twice`},
		"other field":        {file(one[:len(one)-1]+`,"device":"cpu"}}`, 8), `found field "device" of tensor "x"`},
		"other case":         {file(`{"x":{"Dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), `found field "Dtype" of tensor "x"`},
		"field missing":      {file(`{"x":{"dtype":"F32","data_offsets":[0,4]}}`, 4), `found tensor "x" with 2 fields and 2 data_offsets`},
		"three offsets":      {file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}`, 8), `and 3 data_offsets`},
		"null":               {file(`{"x":null}`, 0), `found "n", expected "{"`},
		"text before":        {file(" "+one+"}", 8), `f: byte 8: found " ", expected "{"`},
		"mark before":        {file("\ufeff"+one+"}", 8), `f: byte 8: found "\ufeff", expected "{"`},
		"text after":         {file(one+"}x", 8), `found "x", expected spaces up to the header's end`},
		"line feed after":    {file(one+"}\n", 8), `found "\n", expected spaces`},
		"zero after":         {file(one+"}\x00", 8), `found "\x00", expected spaces`},
		"not UTF-8":          {file("{\"x\xff\":{}}", 0), "f: byte 11: found text that is not UTF-8"},
		"half a character":   {file(`{"\ud800":{}}`, 0), "expected the second half of a character"},
		"other half":         {file(`{"\udc00":{}}`, 0), "found the second half of a character"},
		"control character":  {file("{\"a\nb\":{}}", 0), `found "\n", expected no control character`},
		"bad escape":         {file(`{"\x":{}}`, 0), "found a string that is none"},
		"negative":           {file(`{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`, 8), `found "-", expected a whole number`},
		"fraction":           {file(`{"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}`, 8), `found ".", expected ","`},
		"power":              {file(`{"x":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}`, 8), `found "e", expected ","`},
		"leading zero":       {file(`{"x":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}`, 8), `found 02, expected a whole number`},
		"beyond 64 bits":     {file(`{"x":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,0]}}`, 0), "found 18446744073709551616, expected"},
		"overflow, then 0":   {file(`{"x":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}`, 0), "found 0 bytes"},
		"huge, none":         {file(`{"x":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}}`, 0), "found length 18446744073709551615, expected one that fits an int"},
		"header beyond 100M": {binary.LittleEndian.AppendUint64(nil, 1e8+1), "expected at most the 0 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("f", tc.content)
			var wrong *FormatError
			require.ErrorAs(t, err, &wrong)
			require.ErrorContains(t, err, tc.message)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestWriteLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o644))
	require.Error(t, Write(path, nil, []Tensor{{Name: "a", DType: "F32", Shape: []int{3}, Data: make([]byte, 8)}}))
	require.Error(t, Write(path, nil, []Tensor{FromInt("a", 1), FromInt("a", 2)}))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
	old, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(old))
}

// TestWidened holds all numbers of 16 bits to what their fields say.
func TestWidened(t *testing.T) {
	var data []byte
	for h := range 1 << 16 {
		data = binary.LittleEndian.AppendUint16(data, uint16(h))
	}
	for _, c := range []struct {
		dtype             string
		fraction, largest int // bits, and the largest exponent with its bias
	}{{"F16", 10, 0x1f}, {"BF16", 7, 0xff}} {
		single, err := Widened[float32](Tensor{Name: "x", DType: c.dtype, Shape: []int{1 << 16}, Data: data})
		require.NoError(t, err)
		double, err := Widened[float64](Tensor{Name: "x", DType: c.dtype, Shape: []int{1 << 16}, Data: data})
		require.NoError(t, err)
		for h := range 1 << 16 {
			exponent, fraction := h>>c.fraction&c.largest, h&(1<<c.fraction-1)
			want := math.Ldexp(float64(fraction), 1-c.largest/2-c.fraction)
			switch {
			case exponent == c.largest && fraction > 0:
				require.True(t, math.IsNaN(double[h]) && math.IsNaN(float64(single[h])), "%s %#x", c.dtype, h)
				continue
			case exponent == c.largest:
				want = math.Inf(1)
			case exponent > 0:
				want = math.Ldexp(float64(fraction+(1<<c.fraction)), exponent-c.largest/2-c.fraction)
			}
			if h>>15 > 0 {
				want = -want
			}
			if want != double[h] || math.Signbit(want) != math.Signbit(double[h]) || float32(want) != single[h] {
				require.Equal(t, want, double[h], "%s %#x", c.dtype, h)
			}
		}
	}
	for _, dtype := range []string{"F32", "F64"} {
		_, err := Widened[float32](Tensor{Name: "x", DType: dtype, Data: make([]byte, 8)})
		require.NoError(t, err)
	}
	_, err := Widened[float32](Tensor{Name: "x", DType: "I32"})
	require.EqualError(t, err, `tensor "x": found dtype I32, expected F16, BF16, F32 or F64`)
}
