package safetensors

import (
	"encoding/binary"
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
	require.Equal(t, map[string]string{"z": "1", "format": "é\"\n"}, f.Metadata)
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
		"empty":       {nil, "f: byte 0: found 0 bytes, expected a header length of 8 bytes"},
		"huge header": {binary.LittleEndian.AppendUint64(nil, 1<<62), "f: byte 0: found a header of 4611686018427387904 bytes, expected at most the 0 bytes that follow"},
		"not JSON":    {file("{", 0), "byte 8"},
		"no object":   {file("[]", 0), "byte 8"},
		"twice":       {file(one+`,"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), `found "x" twice`},
		"overlapping": {file(one+`,"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), "header"},
		"gap":         {file(one+`,"y":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}`, 16), "header"},
		"too short":   {file(one+"}", 4), "f: end: found 4 bytes of data, expected the 8 of the header's tensors"},
		"too long":    {file(one+"}", 12), "f: end: found 12 bytes of data, expected the 8"},
		"lying shape": {file(`{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), `tensor "x": found 8 bytes, expected those of F32 of shape [3]`},
		"huge shape":  {file(`{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0), `tensor "x": found 0 bytes, expected those of F32 of shape [4294967296 4294967296]`},
		"wrong dtype": {file(`{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}`, 8), `tensor "x": found 8 bytes, expected those of F16 of shape [2]`},
		"backwards":   {file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8), `tensor "x": found -8 bytes`},
		"no dtype":    {file(`{"x":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}`, 8), "header"},
		"metadata":    {file(`{"__metadata__":{"a":1}}`, 0), "header"},
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

// FuzzParse: no input makes Parse panic, and what it accepts it can write and
// read again.
func FuzzParse(f *testing.F) {
	sound, _ := Marshal(map[string]string{"format": "x"}, []Tensor{FromFloats("a", []int{2}, []float32{1, 2}), FromInt("n", 3)})
	f.Add(sound)
	f.Add(file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12))
	f.Add(file(`{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0))
	f.Add(file(`{"x":null}`, 0))
	f.Fuzz(func(t *testing.T, content []byte) {
		parsed, err := Parse("f", content)
		if err != nil {
			return
		}
		again, err := Marshal(parsed.Metadata, parsed.Tensors)
		require.NoError(t, err)
		second, err := Parse("f", again)
		require.NoError(t, err)
		require.Equal(t, parsed.Tensors, second.Tensors)
	})
}
