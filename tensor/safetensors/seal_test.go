package safetensors

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSeal holds the digests against ones computed by another program, as the
// documentation of Seal says (Python's hashlib).
func TestSeal(t *testing.T) {
	sealed := Seal(map[string]string{"format": "é", "a": ""}, []Tensor{FromFloats("w", []int{1, 2}, []float32{1, 2}), FromInt("n", 3)})
	require.Equal(t, `{"n":"e2d931ff129562c86d4afa3dbee4861794f56b5cdfbb8c21baf05fde60d04167","w":"4d605653ed261d52e4cbca493f12e3c87f399c4011b5cec9852486fccd3c49c5"}`, sealed[TensorsKey])
	require.Equal(t, "4866d6f35c83624d03b60e64b9c3fdfc30ebcd149d31b427f81994c1c2af04a9", sealed[SealKey])
}

// TestVerify: whatever changes is found, and named where it can be.
func TestVerify(t *testing.T) {
	tensors := []Tensor{FromFloats("a", []int{2}, []float32{1, 2}), FromFloats("b", []int{1, 2}, []float32{1, 2}), FromInt("n", 3)}
	for name, c := range map[string]struct {
		change func(f *File)
		words  string
	}{
		"nothing":          {func(f *File) {}, ""},
		"a bit":            {func(f *File) { f.Tensors[1].Data[3] ^= 1 }, `f: tensor "b": found content of SHA-256 `},
		"a shape":          {func(f *File) { f.Tensors[0].Shape = []int{2, 1} }, `f: tensor "a": `},
		"a dtype":          {func(f *File) { f.Tensors[0].DType = "U32" }, `f: tensor "a": `},
		"data swapped":     {func(f *File) { f.Tensors[0].Data = append([]byte{0}, f.Tensors[0].Data...)[:8] }, `f: tensor "a": `},
		"a name":           {func(f *File) { f.Tensors[2].Name = "m" }, `f: tensor "m": `},
		"one less":         {func(f *File) { f.Tensors = f.Tensors[:2] }, `f: tensor "n": found nothing`},
		"one more":         {func(f *File) { f.Tensors = append(f.Tensors, FromInt("o", 0)) }, `f: tensor "o": `},
		"metadata":         {func(f *File) { f.Metadata["format"] = "y" }, "f: metadata: found content of SHA-256 "},
		"a key":            {func(f *File) { f.Metadata["forma"] = "t"; delete(f.Metadata, "format") }, "f: metadata: "},
		"more metadata":    {func(f *File) { f.Metadata["x"] = "" }, "f: metadata: "},
		"less metadata":    {func(f *File) { delete(f.Metadata, "format") }, "f: metadata: "},
		"no digests":       {func(f *File) { delete(f.Metadata, SealKey) }, `f: metadata: found no "sha256"`},
		"tensors' digests": {func(f *File) { f.Metadata[TensorsKey] = "{}" }, "f: metadata: "},
		"digests of none": {func(f *File) {
			f.Metadata[TensorsKey] = "none"
			f.Metadata[SealKey] = metadataDigest(f.Metadata)
		}, `f: metadata "sha256.tensors": found at byte`},
	} {
		t.Run(name, func(t *testing.T) {
			var copied []Tensor
			for _, x := range tensors {
				x.Data = slices.Clone(x.Data)
				copied = append(copied, x)
			}
			f := &File{Metadata: Seal(map[string]string{"format": "x"}, tensors), Tensors: copied}
			c.change(f)
			err := f.Verify("f")
			if c.words == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.words)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// TestEveryBit: no bit of a file can change without that it is refused, or is of what
// stands between the values of the header's JSON.
func TestEveryBit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, Write(path, map[string]string{"format": "x"}, []Tensor{FromFloats("a", []int{3}, []float32{1, 2, 3}), FromInt("n", 3)}))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	whole, err := Parse("f", content)
	require.NoError(t, err)
	for i := range content {
		for bit := range 8 {
			content[i] ^= 1 << bit
			f, err := Parse("f", content)
			if err == nil {
				err = f.Verify("f")
			}
			if err == nil {
				require.Equal(t, whole, f, "bit %d of byte %d", bit, i)
			}
			content[i] ^= 1 << bit
		}
	}
}

// TestSparse: a file that claims a terabyte, or data that it has not, takes no memory.
func TestSparse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for name, c := range map[string]struct {
		begin []byte
		size  int64
		words string
	}{
		"terabyte":      {nil, 1 << 40, "found 1099511627776 bytes, expected at most 17179869184"},
		"zeros":         {nil, 8 << 30, `byte 8: found the header's end, expected "{"`},
		"claims less":   {file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), 8 << 30, "end: found "},
		"claims nobody": {file(`{}`, 0), 8 << 30, "end: found "},
	} {
		require.NoError(t, os.WriteFile(path, c.begin, 0o644))
		require.NoError(t, os.Truncate(path, c.size))
		_, err := Read(path)
		require.ErrorContains(t, err, c.words, name)
	}
}

// TestReplaceKeeps: the file before stays under another name.
func TestReplaceKeeps(t *testing.T) {
	path, previous := filepath.Join(t.TempDir(), "x"), ""
	previous = path + ".previous"
	for i := range 3 {
		var w Writer
		w.Add(FromInt("n", int64(i)))
		require.NoError(t, w.Replace(path, previous, nil))
		for file, want := range map[string]int{path: i, previous: i - 1} {
			if want < 0 {
				require.NoFileExists(t, file)
				continue
			}
			f, err := Read(file)
			require.NoError(t, err)
			require.NoError(t, f.Verify(file))
			n, err := Int(f.Tensors[0])
			require.NoError(t, err)
			require.EqualValues(t, want, n)
		}
	}
	sums := map[string]string{}
	f, err := Read(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(f.Metadata[TensorsKey]), &sums))
	require.Equal(t, []string{"n"}, slices.Collect(maps.Keys(sums)))
}
