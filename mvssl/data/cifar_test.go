package data

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// cifarRecords makes n records: record i has label (first+i) % 10, and its pixels
// begin with the label's and the record's number.
func cifarRecords(first, n int) []byte {
	b := make([]byte, n*cifarRecord)
	for i := range n {
		r := b[i*cifarRecord:][:cifarRecord]
		r[0] = byte((first + i) % 10)
		r[1], r[2], r[cifarPixels] = r[0], byte(first+i), 77
	}
	return b
}

func TestLoadCIFARFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "data_batch_10.bin", cifarRecords(7, 2))
	write(t, dir, "data_batch_1.bin", cifarRecords(0, 3))
	write(t, dir, "data_batch_2.bin", cifarRecords(3, 4))
	write(t, dir, "test_batch.bin", cifarRecords(20, 2))
	write(t, dir, "readme.html", []byte("not ours"))

	split := mustLoad(t, dir)
	require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, split.Train.Labels)
	require.Equal(t, []int{0, 1}, split.Test.Labels)
	require.Equal(t, cifarDefaultNames, split.Train.Classes)
	require.Equal(t, []int{3, 32, 32}, []int{split.Train.Channels, split.Train.Height, split.Train.Width})
	for i := range split.Train.Len() {
		im := split.Train.Image(i)
		require.Equal(t, []byte{byte(i), byte(i)}, im[:2])
		require.Equal(t, byte(77), im[cifarPixels-1])
	}

	write(t, dir, "batches.meta.txt", []byte("a\nb\nc\nd\r\ne\nf\ng\nh\ni\nj\n\n"))
	require.Equal(t, []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}, mustLoad(t, dir).Test.Classes)
}

func TestLoadCIFARRefuses(t *testing.T) {
	good := cifarRecords(0, 5)
	badLabel := bytes.Clone(good)
	badLabel[3*cifarRecord] = 10
	for _, tt := range []struct {
		name, file string
		content    []byte // nil: no such file
		offset     int64
		words      []string
	}{
		{"truncated", "data_batch_1.bin", good[:2*cifarRecord+100], 2 * cifarRecord, []string{"data_batch_1.bin", "6246 bytes", "multiple of 3073"}},
		{"truncated test", "test_batch.bin", good[:cifarRecord-1], 0, []string{"test_batch.bin", "3072 bytes"}},
		{"empty", "data_batch_1.bin", []byte{}, 0, []string{"data_batch_1.bin", "0 bytes"}},
		{"label", "data_batch_1.bin", badLabel, 3 * cifarRecord, []string{"data_batch_1.bin", "label 10 in record 3", "0 to 9"}},
		{"class names", "batches.meta.txt", []byte("cat\ndog\n"), -1, []string{"batches.meta.txt", "2 class names"}},
		{"long class names", "batches.meta.txt", make([]byte, maxNames+1), -1, []string{"batches.meta.txt", "65537 bytes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"data_batch_1.bin", "test_batch.bin"} {
				if name != tt.file {
					write(t, dir, name, good)
				}
			}
			if tt.content != nil {
				write(t, dir, tt.file, tt.content)
			}
			_, err := Load(context.Background(), dir, Options{})
			requireFormatError(t, err, tt.offset, append(tt.words, dir)...)
		})
	}
}

// A label may be wrong behind the first run of records, too.
func TestCIFARLabelFarInside(t *testing.T) {
	b := cifarRecords(0, 2500)
	b[2400*cifarRecord] = 255
	dir := t.TempDir()
	write(t, dir, "data_batch_1.bin", b)
	_, err := Load(context.Background(), dir, Options{})
	requireFormatError(t, err, 2400*cifarRecord, "label 255 in record 2400")
}

func FuzzCIFAR(f *testing.F) {
	good := cifarRecords(0, 2)
	f.Add(good, int64(len(good)))
	f.Add(good[:4000], int64(4000))
	f.Add(good, int64(3*cifarRecord))
	f.Add(bytes.Repeat([]byte{11}, cifarRecord), int64(cifarRecord))
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		if size < 0 || size > int64(len(b)+2*cifarRecord) {
			return
		}
		d := newCIFAR("fuzz", 0)
		d.Classes = cifarDefaultNames
		in := inMemory(b)
		in.size, in.exact = size, false
		var err error
		requireModest(t, in, func() { err = d.appendCIFAR(in, size, cifar10Labels) })
		if err != nil {
			requireOneLine(t, err)
			return
		}
		requireSound(t, d)
		require.LessOrEqual(t, d.Len()*cifarRecord, len(b))
	})
}
