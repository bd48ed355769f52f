package golden

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// perByte is how many bytes the readers allocate at most for each byte of a file, besides a
// constant.
const perByte, constant = 128, 256 << 10

// allocates runs f and demands that it allocates no more than n bytes allow.
func allocates(t *testing.T, n int, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(perByte*n+constant), "%d bytes were read", n)
}

// hostileQuestions are files that claim more than they hold, or the same twice.
func hostileQuestions() [][]byte {
	file := func(attrs, tensors string, data int) []byte {
		header := `{"__metadata__":{"format":"entrec-golden/1","op":"relu","attrs":` + strconv.Quote(attrs) + `},` + tensors + `}`
		return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, data)...)
	}
	x := `"in/x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}`
	return [][]byte{
		nil, make([]byte, 8), binary.LittleEndian.AppendUint64(nil, 1<<62),
		file(`{}`, x, 8),
		file(`{"a":1,"a":2}`, x, 8),
		file(`{}`, x+`,`+x, 8),
		file(`null`, x, 8),
		file(strings.Repeat("[", 2000), x, 8),
		file(`{"a":`+strings.Repeat("[", 900)+strings.Repeat("]", 900)+`}`, x, 8),
		file(`{"wrt":[`+strings.Repeat(`"x",`, 500)+`"x"]}`, x, 8),
		file(`{"wrt":[`+strings.Repeat(`[],`, 5000)+`[]]}`, x, 8),
		file(`{"iterations":1e999}`, x, 8),
		file(`{}`, `"in/x":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}`, 0),
		file(`{}`, `"in/x":{"dtype":"F64","shape":[0,9223372036854775807],"data_offsets":[0,0]}`, 0),
		file(`{}`, `"in/":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}`, 8),
	}
}

// FuzzReadCase: whatever a question, case or answer holds, it is read or refused on one line,
// and n bytes never allocate more than perByte·n and a constant.
func FuzzReadCase(f *testing.F) {
	for _, content := range hostileQuestions() {
		f.Add(content)
	}
	content, err := sampleCase().Marshal()
	require.NoError(f, err)
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		allocates(t, len(content), func() {
			if c, err := ParseQuestion("f", content); err != nil {
				require.NotContains(t, err.Error(), "\n")
			} else {
				require.NotEmpty(t, c.Op)
			}
		})
		allocates(t, len(content), func() { _, _ = ParseAnswer("f", content) })
		allocates(t, len(content), func() { _, _ = ParseCase("f", content) })
	})
}

// FuzzReadSuite: whatever the manifest holds, the suite is read or refused on one line, and no
// file outside it is asked for. A profile for which it is valid compares each tensor, or
// there is a reason.
func FuzzReadSuite(f *testing.F) {
	files := suiteOf(f, doubled("one", 1, 2), doubled("deep/two", 3, -4))
	manifest := files[ManifestFile]
	size := 0
	for _, content := range files {
		size += len(content)
	}
	f.Add(manifest)
	for _, edit := range [][2]string{
		{`"one.safetensors"`, `"../one.safetensors"`}, {`"one.safetensors"`, `"/etc/passwd"`}, {`"one.safetensors"`, `"deep.two.safetensors"`},
		{`"count": 2`, `"count": 2, "count": 2`}, {`"count"`, `"Count"`}, {`"count": 2`, `"count": 1e999`}, {`"cases": [`, `"cases": [{},`},
		{`"tolerances"`, `"excluded": {"f32": {"out/y": ""}}, "tolerances"`}, {`"f32"`, `"f33"`}, {`"op": "double"`, `"op": "\u001b[2J"`},
		{`"bf16"`, `"f32"`},
	} {
		require.Contains(f, string(manifest), edit[0])
		f.Add(bytes.Replace(manifest, []byte(edit[0]), []byte(edit[1]), 1))
	}
	undeclared, err := os.ReadFile(filepath.Join("testdata", "undeclared.json"))
	require.NoError(f, err)
	f.Add(undeclared)
	f.Fuzz(func(t *testing.T, manifest []byte) {
		var s *Suite
		var err error
		allocates(t, len(manifest)+size, func() {
			s, err = ReadSuite("suite", func(file string) ([]byte, error) {
				require.True(t, fs.ValidPath(file), file)
				if file == ManifestFile {
					return manifest, nil
				}
				if content, there := files[file]; there {
					return content, nil
				}
				return nil, fs.ErrNotExist
			})
		})
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.Len(t, s.Loaded, len(s.Cases))
		for _, p := range Profiles {
			for i, e := range s.Cases {
				if s.ValidFor(p) != nil || e.Reject || len(s.Gaps[p]) > 0 {
					continue
				}
				for _, tensor := range s.Loaded[i].Tensors() {
					_, compared := e.TolerancesFor(p)[tensor]
					require.True(t, compared != (e.ExcludedFor(p)[tensor] != ""), "%s of %s", tensor, e.File)
				}
			}
		}
	})
}

// TestUndeclared: a manifest that leaves profiles' tolerances out without a word is not
// valid for them.
func TestUndeclared(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "undeclared.json"))
	require.NoError(t, err)
	s, err := ReadSuite("suite", func(file string) ([]byte, error) {
		if file == ManifestFile {
			return text, nil
		}
		return os.ReadFile(filepath.Join("..", "testdata", "golden", "v1", filepath.FromSlash(file)))
	})
	require.NoError(t, err)
	require.NoError(t, s.ValidFor(F32))
	require.NoError(t, s.ValidFor(F64))
	for _, p := range []Profile{TF32, BF16} {
		require.ErrorContains(t, s.ValidFor(p), "found no "+string(p)+" tolerance of out/y, expected one, or a reason to exclude it")
	}
}
