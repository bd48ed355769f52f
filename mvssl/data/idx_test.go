package data

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// idxBytes makes an IDX file of any header and data.
func idxBytes(magic uint32, sizes []uint32, data ...byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, s := range sizes {
		b = binary.BigEndian.AppendUint32(b, s)
	}
	return append(b, data...)
}

// idxFolder makes the four files: three training and two test images of 1×2.
func idxFolder() map[string][]byte {
	return map[string][]byte{
		"train-images-idx3-ubyte": idxBytes(0x803, []uint32{3, 1, 2}, 1, 2, 3, 4, 5, 6),
		"train-labels-idx1-ubyte": idxBytes(0x801, []uint32{3}, 0, 2, 1),
		"t10k-images-idx3-ubyte":  idxBytes(0x803, []uint32{2, 1, 2}, 7, 8, 9, 10),
		"t10k-labels-idx1-ubyte":  idxBytes(0x801, []uint32{2}, 3, 0),
	}
}

func TestLoadIDX(t *testing.T) {
	for _, compressed := range []bool{false, true} {
		dir := t.TempDir()
		for name, b := range idxFolder() {
			if compressed {
				name, b = name+".gz", zipped(t, b)
			}
			write(t, dir, name, b)
		}
		split := mustLoad(t, dir)
		require.Equal(t, []int{0, 2, 1}, split.Train.Labels)
		require.Equal(t, []int{3, 0}, split.Test.Labels)
		require.Equal(t, []string{"0", "1", "2", "3"}, split.Train.Classes)
		require.Equal(t, split.Train.Classes, split.Test.Classes)
		require.Equal(t, []byte{3, 4}, split.Train.Image(1))
		require.Equal(t, []byte{9, 10}, split.Test.Image(1))
		require.Equal(t, []int{1, 1, 2}, []int{split.Train.Channels, split.Train.Height, split.Train.Width})
	}
}

func TestLoadIDXRefuses(t *testing.T) {
	const trainImages, trainLabels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
	huge := uint32(math.MaxUint32)
	good := idxFolder()[trainImages]
	goodZip := zipped(t, good)
	crc := bytes.Clone(goodZip)
	crc[len(crc)-8] ^= 1
	for _, tt := range []struct {
		name, file string
		content    []byte // nil: no such file
		zipped     bool   // the file is named .gz
		offset     int64
		words      []string
	}{
		{"no header", trainImages, []byte{0, 0, 8}, false, 3, []string{"the end of the file", "a header of 16 bytes"}},
		{"empty", trainImages, []byte{}, false, 0, []string{"the end of the file"}},
		{"magic", trainImages, idxBytes(0x801, []uint32{3, 1, 2}, 1, 2, 3, 4, 5, 6), false, 0, []string{"magic number 0x00000801", "0x00000803"}},
		{"other type", trainImages, idxBytes(0xD03, []uint32{3, 1, 2}, 1, 2, 3, 4, 5, 6), false, 0, []string{"0x00000d03"}},
		{"too many", trainImages, idxBytes(0x803, []uint32{4, 1, 2}, 1, 2, 3, 4, 5, 6), false, 12, []string{"a dimension of size 2", "6 bytes after the header"}},
		{"too few", trainImages, idxBytes(0x803, []uint32{2, 1, 2}, 1, 2, 3, 4, 5, 6), false, 16, []string{"6 bytes of data", "4 (2×1×2)"}},
		{"huge", trainImages, idxBytes(0x803, []uint32{huge, huge, huge}, 1), false, 4, []string{"a dimension of size 4294967295"}},
		{"overflow", trainImages, idxBytes(0x803, []uint32{1, huge, huge}, 1), false, 8, []string{"a dimension of size 4294967295"}},
		{"zero images", trainImages, idxBytes(0x803, []uint32{0, 1, 2}), false, 4, []string{"size 0"}},
		{"zero width", trainImages, idxBytes(0x803, []uint32{3, 1, 0}, 1, 2, 3), false, 12, []string{"size 0"}},
		{"other shape", "t10k-images-idx3-ubyte", idxBytes(0x803, []uint32{2, 2, 1}, 7, 8, 9, 10), false, 8, []string{"images of 2×1", "1×2"}},
		{"fewer labels", trainLabels, idxBytes(0x801, []uint32{2}, 0, 2), false, 4, []string{"2 labels", "expected 3"}},
		{"missing labels", trainLabels, nil, false, -1, []string{"no train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz"}},
		{"missing images", trainImages, nil, false, -1, []string{"no train-images"}},

		{"not gzip", trainImages, good, true, 0, []string{".gz", "gzip: invalid header", "a gzip file"}},
		{"empty gzip", trainImages, []byte{}, true, 0, []string{"the end of the file", "a gzip file"}},
		{"cut gzip header", trainImages, goodZip[:5], true, 0, []string{"a gzip file"}},
		{"cut gzip", trainImages, goodZip[:len(goodZip)-4], true, 22, []string{"an intact file"}},
		{"gzip checksum", trainImages, crc, true, 22, []string{"checksum"}},
		{"gzip lies within reason", trainImages, zipped(t, idxBytes(0x803, []uint32{3000, 1, 2}, 1, 2)), true, 18, []string{"the end of the file", "6000 bytes of data (3000×1×2)"}},
		{"gzip lies beyond reason", trainImages, zipped(t, idxBytes(0x803, []uint32{1 << 30, 1, 2}, 1, 2)), true, 4, []string{"1073741824", "the compressed file can hold"}},
		{"gzip with more", trainImages, zipped(t, append(bytes.Clone(good), 0)), true, 22, []string{"more data"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, b := range idxFolder() {
				if name != tt.file {
					write(t, dir, name, b)
				}
			}
			if tt.content != nil {
				name := tt.file
				if tt.zipped {
					name += ".gz"
				}
				write(t, dir, name, tt.content)
			}
			_, err := Load(context.Background(), dir, Options{})
			requireFormatError(t, err, tt.offset, append(tt.words, dir)...)
			if tt.content != nil {
				require.Contains(t, err.Error(), tt.file)
			}
		})
	}
}

// Labels are held against the class names where a data set has its own.
func TestIDXLabelWithoutClass(t *testing.T) {
	dir := t.TempDir()
	for name, b := range idxFolder() {
		write(t, dir, name, b)
	}
	_, err := Place{FS: disk(dir), Path: dir, Name: "x"}.loadIDX(context.Background(), []string{"a", "b", "c"})
	requireFormatError(t, err, 8, "t10k-labels-idx1-ubyte", "label 3 of image 0", "0 to 2")
}

// The best that deflate can do must not be taken for a lie, and what it inflates to
// is granted step by step.
func TestIDXOfHighlyCompressibleData(t *testing.T) {
	const n = 5 << 20
	b := zipped(t, idxBytes(0x801, []uint32{n}, make([]byte, n)...))
	in := &input{file: "zeros", r: bytes.NewReader(b), size: int64(len(b)), exact: true}
	require.NoError(t, in.inflate())
	a, err := in.idx(1)
	require.NoError(t, err)
	require.Equal(t, make([]byte, n), a.data)
}

func FuzzIDX(f *testing.F) {
	for _, b := range idxFolder() {
		f.Add(b, 1)
		f.Add(b, 3)
	}
	f.Add(idxBytes(0x803, []uint32{math.MaxUint32, math.MaxUint32, math.MaxUint32}, 1), 3)
	f.Fuzz(func(t *testing.T, b []byte, dims int) {
		if dims < 1 || dims > 3 {
			return
		}
		in := inMemory(b)
		requireModest(t, in, func() { fuzzIDX(t, in, dims) })
	})
}

// FuzzGzip takes bytes as a gzip file of IDX and, so that it gets behind the
// checksum, as the content of one.
func FuzzGzip(f *testing.F) {
	for _, b := range idxFolder() {
		f.Add(b, true)
		f.Add(zipped(f, b), false)
		f.Add(zipped(f, b)[:20], false)
	}
	f.Fuzz(func(t *testing.T, b []byte, zip bool) {
		if zip {
			b = zipped(t, b)
		}
		in := inMemory(b)
		requireModest(t, in, func() {
			if err := in.inflate(); err != nil {
				requireOneLine(t, err)
				return
			}
			fuzzIDX(t, in, 3)
		})
	})
}

func fuzzIDX(t *testing.T, in *input, dims int) {
	a, err := in.idx(dims)
	if err != nil {
		requireOneLine(t, err)
		return
	}
	total := 1
	for _, s := range a.sizes {
		total *= s
	}
	require.Len(t, a.data, total)
}
