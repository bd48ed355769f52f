package data

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
)

// hfImage is an image as Hugging Face stores it.
type hfImage struct {
	Bytes []byte `parquet:"bytes,optional"`
	Path  string `parquet:"path,optional"`
}

type hfRow struct {
	Img   hfImage `parquet:"img"`
	Label int64   `parquet:"label"`
}

// parquetOf writes rows, two to a group.
func parquetOf[R any](t testing.TB, rows []R, meta string) []byte {
	t.Helper()
	var buf bytes.Buffer
	options := []parquet.WriterOption{parquet.MaxRowsPerRowGroup(2), parquet.Compression(&parquet.Snappy)}
	if meta != "" {
		options = append(options, parquet.KeyValueMetadata("huggingface", meta))
	}
	w := parquet.NewGenericWriter[R](&buf, options...)
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

const hfMeta = `{"info": {"features": {"img": {"_type": "Image"}, "label": {"names": ["cat", "dog", "eel"], "_type": "ClassLabel"}}}}`

// hfRows are n rows of images that differ, row i of label (first+i)%3.
func hfRows(t testing.TB, first, n int) []hfRow {
	var rows []hfRow
	for i := range n {
		rows = append(rows, hfRow{hfImage{pngBytes(t, ramp(image.NewRGBA(size43), first+i)), fmt.Sprintf("%d.png", first+i)}, int64((first + i) % 3)})
	}
	return rows
}

// TestParquet: a file, a folder of several to a part, one below, and in an archive.
func TestParquet(t *testing.T) {
	files := map[string][]byte{
		"data/train-00000-of-00002.parquet": parquetOf(t, hfRows(t, 0, 5), hfMeta),
		"data/train-00001-of-00002.parquet": parquetOf(t, hfRows(t, 5, 1), hfMeta),
		"data/test-00000-of-00001.parquet":  parquetOf(t, hfRows(t, 1, 2), hfMeta),
	}
	dir := put(t, files)
	converted := put(t, map[string][]byte{
		"train/0000.parquet": parquetOf(t, hfRows(t, 0, 6), hfMeta), "validation/0000.parquet": files["data/test-00000-of-00001.parquet"],
	})
	for _, path := range []string{dir, filepath.Join(dir, "data"), converted} {
		split := load1(t, path, Options{})
		require.Equal(t, []int{0, 1, 2, 0, 1, 2}, split.Train.Labels)
		require.Equal(t, []int{1, 2}, split.Test.Labels)
		require.Equal(t, []string{"cat", "dog", "eel"}, split.Test.Classes)
		for i := range 6 {
			require.Equal(t, planesOf(t, pngBytes(t, ramp(image.NewRGBA(size43), i)), 3), split.Train.Image(i))
		}
		require.True(t, strings.HasSuffix(split.Train.Files[1], ".parquet/1.png"), split.Train.Files[1])
	}
	one := load1(t, filepath.Join(dir, "data/train-00000-of-00002.parquet"), Options{})
	require.Equal(t, 5, one.Train.Len())
	require.Nil(t, one.Test)
	require.Equal(t, "train-00000-of-00002", one.Train.Name)

	var members []tarFile
	for name, content := range files {
		members = append(members, tarFile{"set/" + name, content, '0'})
	}
	for name, content := range archives(t, members...) {
		packed := load1(t, filepath.Join(put(t, map[string][]byte{name: content}), name), Options{})
		require.Equal(t, load1(t, filepath.Join(dir, "data"), Options{}).SHA256, packed.SHA256, name)
	}
}

// TestParquetColumns: names of columns without metadata, choices, missing labels.
func TestParquetColumns(t *testing.T) {
	im := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	type plain struct {
		Image []byte `parquet:"image"`
		Label int32  `parquet:"label"`
	}
	split := load1(t, put(t, map[string][]byte{"a.parquet": parquetOf(t, []plain{{im, 4}, {im, 0}, {im, 0}}, "")}), Options{})
	require.Equal(t, []int{4, 0, 0}, split.Train.Labels)
	require.Len(t, split.Train.Classes, 5)
	require.Equal(t, "a.parquet/row 2", split.Train.Files[2])

	type two struct {
		Image  hfImage `parquet:"image"`
		Fine   int64   `parquet:"fine_label"`
		Coarse int64   `parquet:"coarse_label"`
	}
	dir := put(t, map[string][]byte{"a.parquet": parquetOf(t, []two{{hfImage{Bytes: im}, 7, 3}}, "")})
	require.Equal(t, []int{7}, load1(t, dir, Options{}).Train.Labels)
	require.Equal(t, []int{3}, load1(t, dir+"#coarse", Options{}).Train.Labels)
	_, err := Load(context.Background(), dir+"#other", Options{})
	requireFormatError(t, err, -1, "no column of labels \"other\", of fine_label, coarse_label")

	rows := hfRows(t, 0, 3)
	rows[1].Label = -1
	require.Nil(t, load1(t, put(t, map[string][]byte{"a.parquet": parquetOf(t, rows, hfMeta)}), Options{}).Train.Labels)
	hidden := put(t, map[string][]byte{"train.parquet": parquetOf(t, hfRows(t, 0, 3), hfMeta), "test.parquet": parquetOf(t, rows, hfMeta)})
	var told []string
	require.Nil(t, load1(t, hidden, Options{Note: func(line string) { told = append(told, line) }}).Test)
	require.Len(t, told, 1)

	without := load1(t, put(t, map[string][]byte{"train.parquet": parquetOf(t, rows, hfMeta), "test.parquet": parquetOf(t, hfRows(t, 0, 2), hfMeta)}), Options{})
	require.Nil(t, without.Train.Labels)
	require.Nil(t, without.Train.Classes)
	require.Equal(t, 2, without.Test.Len())
	require.Nil(t, without.Test.Labels)
}

func TestParquetRefuses(t *testing.T) {
	good := parquetOf(t, hfRows(t, 0, 3), hfMeta)
	lies := bytes.Clone(good)
	binary.LittleEndian.PutUint32(lies[len(lies)-8:], 1<<31)
	rows := hfRows(t, 0, 3)
	rows[2].Label = 3
	missing := hfRows(t, 0, 3)
	missing[1].Img.Bytes = nil
	broken := hfRows(t, 0, 3)
	broken[1].Img.Bytes = []byte("junk")
	type other struct {
		Text string `parquet:"text"`
	}
	for _, tt := range []struct {
		name, want string
		content    []byte
	}{
		{"zeros", "an unreadable Parquet file", []byte("PAR1" + strings.Repeat("\x00", 40) + "PAR1")},
		{"short", "too short", []byte("PAR1")},
		{"cut", "a footer of", good[:len(good)-1]},
		{"a footer that lies", "a footer of 2147483648 bytes", lies},
		{"no images", "0 columns of images", parquetOf(t, []other{{"x"}}, "")},
		{"label", "label 3, expected a label below", parquetOf(t, rows, hfMeta)},
		{"a row without an image", "a row without an image", parquetOf(t, missing, hfMeta)},
		{"no image", `1.png: found an unreadable image (it begins with "junk")`, parquetOf(t, broken, hfMeta)},
		{"encrypted", "a footer of", append(good[:len(good)-4:len(good)-4], "PARE"...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := put(t, map[string][]byte{"a.parquet": tt.content})
			_, err := Load(context.Background(), filepath.Join(dir, "a.parquet"), Options{})
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, filepath.Join(dir, "a.parquet"))
			requireOneLine(t, err)
		})
	}
	_, err := Load(context.Background(), filepath.Join(put(t, map[string][]byte{"a.parquet": good}), "a.parquet"), Options{Memory: 100})
	var short *MemoryError
	require.ErrorAs(t, err, &short)
}

// FuzzParquet changes bytes of a file, so that it gets behind the footer.
func FuzzParquet(f *testing.F) {
	good := parquetOf(f, hfRows(f, 0, 3), hfMeta)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("PAR1" + strings.Repeat("\x00", 40) + "PAR1"))
	for at := len(good) - 300; at < len(good); at += 30 {
		changed := bytes.Clone(good)
		changed[at] ^= 0x55
		f.Add(changed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		write(t, dir, "a.parquet", raw)
		in := inMemory(raw)
		in.offset = 1 << 21 // what the reader takes whatever the file, and 32 MiB of what a page may claim
		requireModest(t, in, func() {
			split, err := Load(context.Background(), filepath.Join(dir, "a.parquet"), Options{Memory: 4 << 20})
			if err != nil {
				requireOneLine(t, err)
				return
			}
			require.Positive(t, split.Train.Len())
		})
	})
}
