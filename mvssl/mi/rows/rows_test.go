package rows

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/tensor/safetensors"
)

var want = [][]float64{{1, -2, 0.5}, {4, 8, -0.25}}

// npyOf returns a file of NumPy's.
func npyOf(dtype string, fortran bool, shape string, data []byte) []byte {
	order := "False"
	if fortran {
		order = "True"
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", dtype, order, shape)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	content := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(append(content, header...), data...)
}

// later returns a file of NumPy's of version 1.0 in a later one, whose header's length has 32
// bits.
func later(version byte, first []byte) []byte {
	out := append(bytes.Clone(first[:10]), 0, 0)
	out[6] = version
	return append(out, first[10:]...)
}

func doubles(v ...float64) (b []byte) {
	for _, v := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

func bigSingles(v ...float32) (b []byte) {
	for _, v := range v {
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// write writes a file and returns its path.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o644))
	return path
}

// npz returns a zip of arrays.
func npz(t *testing.T, members ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		w, err := z.Create(members[i].(string))
		require.NoError(t, err)
		_, err = w.Write(members[i+1].([]byte))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// TestFormats: the same numbers from each form.
func TestFormats(t *testing.T) {
	matrix := npyOf("<f8", false, "(2, 3)", doubles(1, -2, 0.5, 4, 8, -0.25))
	labels := npyOf("|u1", false, "(2,)", []byte{7, 200})
	saved := filepath.Join(t.TempDir(), "a.safetensors")
	require.NoError(t, safetensors.Write(saved, nil, []safetensors.Tensor{
		safetensors.FromFloats("features", []int{2, 3}, []float32{1, -2, 0.5, 4, 8, -0.25}),
		{Name: "brain", DType: "BF16", Shape: []int{2}, Data: []byte{0xc0, 0x3f, 0x20, 0xc1}},
		{Name: "labels", DType: "I64", Shape: []int{2}, Data: []byte{7, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0}},
	}))
	st, err := os.ReadFile(saved)
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"a.npy":         matrix,
		"a.NPY":         matrix,
		"fortran.npy":   npyOf("<f8", true, "(2, 3)", doubles(1, 4, -2, 8, 0.5, -0.25)),
		"big.npy":       npyOf(">f4", false, "(2, 3)", bigSingles(1, -2, 0.5, 4, 8, -0.25)),
		"half.npy":      npyOf("<f2", false, "(2, 3)", []byte{0, 0x3c, 0, 0xc0, 0, 0x38, 0, 0x44, 0, 0x48, 0, 0xb4}),
		"a.npz":         npz(t, "labels.npy", labels, "z.npy", matrix),
		"2.npy":         later(2, matrix),
		"3.npy":         later(3, matrix),
		"a.csv":         []byte("1,-2,0.5\n4,8,-0.25\n"),
		"numbers.csv":   []byte("0, 1,2\n1,-2,0.5\n4,8,-0.25\n"),
		"header.csv":    []byte("\ufeffx, y, z\r\n1, -2, 0.5\r\n4, 8, -.25"),
		"a.safetensors": st,
	} {
		got, _, err := Read(write(t, name, content), "")
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	for name, content := range map[string][]byte{"a.npz": npz(t, "labels.npy", labels, "z.npy", matrix), "a.safetensors": st, "a.csv": []byte("q,labels\n1,7\n2,200")} {
		got, _, err := Read(write(t, name, content), "labels")
		require.NoError(t, err, name)
		require.Equal(t, [][]float64{{7}, {200}}, got, name)
	}
	for _, c := range []struct {
		content, key string
		want         [][]float64
	}{
		{"0,1\n5,6\n", "1", [][]float64{{6}}},
		{"2,7\n5,6\n", "7", [][]float64{{6}}},
		{"0\n5\n", "0", [][]float64{{5}}},
		{"0\n5\n", "", [][]float64{{0}, {5}}},
		{"1,2\n5,6\n", "", [][]float64{{1, 2}, {5, 6}}},
		{"0,1.0\n5,6\n", "", [][]float64{{0, 1}, {5, 6}}},
		{"0,1,3\n5,6,7\n", "", [][]float64{{0, 1, 3}, {5, 6, 7}}},
		{",a\n7,5\n9,6\n", "a", [][]float64{{5}, {6}}},
		{",0,1\n0,5,6\n", "1", [][]float64{{6}}},
		{"0,5\n1,6\n", "", [][]float64{{0, 5}, {1, 6}}},
		{"a,b\n0,5\n1,6\n", "", [][]float64{{0, 5}, {1, 6}}},
	} {
		got, _, err := Read(write(t, "a.csv", []byte(c.content)), c.key)
		require.NoError(t, err, c.content)
		require.Equal(t, c.want, got, "%q %q", c.content, c.key)
	}
	got, _, err := Read(write(t, "a.safetensors", st), "brain")
	require.NoError(t, err)
	require.Equal(t, [][]float64{{1.5}, {-10}}, got)
	for dtype, data := range map[string][]byte{"<i2": {0xff, 0xff, 1, 0}, ">i2": {0xff, 0xff, 0, 1}, "|i1": {0xff, 1}} {
		got, _, err := Read(write(t, "a.npy", npyOf(dtype, false, "(2,)", data)), "")
		require.NoError(t, err)
		require.Equal(t, [][]float64{{-1}, {1}}, got, dtype)
	}
	halves, err := decode([]byte{1, 0, 0xff, 0x7b, 0, 0xfc, 0, 0, 0, 0x7e}, "<f2")
	require.NoError(t, err)
	require.Equal(t, []float64{0x1p-24, 65504, math.Inf(-1), 0}, halves[:4])
	require.True(t, math.IsNaN(halves[4]))
}

// TestPandasIndex: the column that pandas' to_csv writes by itself is left out, and told of.
func TestPandasIndex(t *testing.T) {
	for _, content := range []string{
		",a,b\n0,1.5,2\n1,3,4\n",
		"\"\", a, b\n0, 1.5, 2\n1, 3, 4\n",
		",0,1\n0,1.5,2\n1,3,4\n",
		"\ufeff,0,1\r\n0,1.5,2\r\n1,3,4",
	} {
		path := write(t, "a.csv", []byte(content))
		got, note, err := Read(path, "")
		require.NoError(t, err, content)
		require.Equal(t, [][]float64{{1.5, 2}, {3, 4}}, got, content)
		require.Equal(t, path+": column 1 has no name and counts the rows: it is left out", note)
	}
	got, note, err := Read(write(t, "a.csv", []byte(",0\n0,7\n1,8\n")), "")
	require.NoError(t, err)
	require.Equal(t, [][]float64{{7}, {8}}, got)
	require.NotEmpty(t, note)
	_, note, err = Read(write(t, "a.csv", []byte(",a\n0,7\n1,8\n")), "a")
	require.NoError(t, err)
	require.Empty(t, note)
}

// TestRefuses: what is no matrix of numbers is told on one line.
func TestRefuses(t *testing.T) {
	matrix := npyOf("<f8", false, "(2, 3)", doubles(1, 2, 3, 4, 5, 6))
	for _, c := range []struct {
		name    string
		content []byte
		key     string
		want    string
	}{
		{"a.txt", nil, "", `found a name that ends in ".txt", expected .csv, .npy, .npz, .safetensors`},
		{"a.npy", nil, "", "found no header of a NumPy array"},
		{"a.npy", []byte("\x93NUMPY\x01\x00\xff\xff{}"), "", "found no header"},
		{"a.npy", []byte("\x93NUMPY\x01\x00\x02\x00{}    "), "", "found no header"},
		{"a.npy", later(4, matrix), "", "found no header"},
		{"a.npy", matrix, "k", `expected no name "k" for it`},
		{"a.npy", matrix[:len(matrix)-1], "", "found 47 bytes of numbers, expected 48 of shape [2 3]"},
		{"a.npy", npyOf("<f8", false, "(2, 3)", doubles(1, 2, 3, 4, 5, 6, 7)), "", "found 56 bytes"},
		{"a.npy", npyOf("<f8", false, "(1000000000000, 1000000000000)", nil), "", "found 0 bytes of numbers, expected those of shape"},
		{"a.npy", npyOf("<f8", false, "(0, 3)", nil), "", "expected at least one row and one column"},
		{"a.npy", npyOf("<f8", false, "(3, 0)", nil), "", "expected at least one row and one column"},
		{"a.npy", npyOf("<f8", false, "(1, 1, 1)", doubles(1)), "", "expected (n, d) or (n)"},
		{"a.npy", npyOf("<c16", false, "(1,)", doubles(1, 2)), "", `type "<c16"`},
		{"a.npz", []byte("PK"), "", "a.npz: found zip: not a valid zip file, expected a zip of NumPy arrays"},
		{"a.npz", npz(t), "", "found no array"},
		{"a.npz", npz(t, "a.npy", matrix, "b.npy", matrix), "", "found the arrays a, b, expected the name of one"},
		{"a.npz", npz(t, "a.npy", matrix), "c", "found no array c, expected one of a"},
		{"a.npz", npz(t, "a.npy", matrix, "a.npy", matrix), "", "twice"},
		{"a.npz", npz(t, "a.npy", []byte("x")), "", "found no header"},
		{"a.csv", nil, "", "found no line"},
		{"a.csv", []byte("1,2\n\n3"), "", "a.csv: found 1 fields in line 3, expected 2 as in the first"},
		{"a.csv", []byte("1,2\n\"3,4\n"), "", "expected numbers with commas between"},
		{"a.csv", []byte("1,2\n3,x"), "", "found x in line 2, column 2, expected a number"},
		{"a.csv", []byte("a,b\n"), "", "expected at least one row"},
		{"a.csv", []byte("1,2\n"), "q", "found no header"},
		{"a.csv", []byte(",a\n4,2\n0,5"), "", "a.csv: found no name of column 1 in the header, expected one"},
		{"a.csv", []byte(",a\n"), "", "expected at least one row"},
		{"a.csv", []byte(",5\n1,2\n"), "", "in line 1, column 1, expected a number"},
		{"a.csv", []byte("a,b\n1,2\n"), "q", "found no column q"},
		{"a.safetensors", []byte("x"), "", "found"},
	} {
		_, _, err := Read(write(t, c.name, c.content), c.key)
		require.ErrorContains(t, err, c.want, "%s %q", c.name, c.content)
		require.NotContains(t, err.Error(), "\n")
	}
	_, _, err := Read(t.TempDir()+"/a.npy", "")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestNumPy reads what NumPy itself has written.
func TestNumPy(t *testing.T) {
	dir := t.TempDir()
	foreign.Run(t, []string{"numpy"}, `
import numpy as np
m = np.array(x["m"])
for kind in ["float64", "float32", "float16", ">f8", "int32"]:
    np.save(x["dir"] + "/" + kind.strip(">") + ".npy", m.astype(kind))
np.save(x["dir"] + "/fortran.npy", np.asfortranarray(m))
with open(x["dir"] + "/3.npy", "wb") as f:
    np.lib.format.write_array(f, m, version=(3, 0))
np.savez(x["dir"] + "/plain.npz", z=m, labels=np.arange(2))
np.savez_compressed(x["dir"] + "/packed.npz", z=m, labels=np.arange(2))
np.savetxt(x["dir"] + "/a.csv", m, delimiter=",")
y = 0
`, map[string]any{"m": [][]float64{{1, -2, 3}, {4, 8, -5}}, "dir": dir}, new(int))
	found := 0
	for _, pattern := range []string{"*.npy", "*.npz", "*.csv"} {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		for _, path := range paths {
			got, _, err := Read(path, "")
			require.NoError(t, err)
			require.Equal(t, [][]float64{{1, -2, 3}, {4, 8, -5}}, got, path)
			found++
		}
	}
	require.Equal(t, 10, found)
}

// FuzzRead: no file panics, and none takes more memory than its size allows.
func FuzzRead(f *testing.F) {
	f.Add(npyOf("<f8", false, "(2, 3)", doubles(1, 2, 3, 4, 5, 6)))
	f.Add([]byte("1,2\n3,4"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, ending := range Endings() {
			path := write(t, "a"+ending, content)
			rows, _, err := Read(path, "")
			if err == nil {
				require.NotEmpty(t, rows)
				require.NotEmpty(t, rows[0])
			}
		}
	})
}
