package data

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tarFile is an entry of an archive.
type tarFile struct {
	name    string
	content []byte
	kind    byte
}

func tarred(t testing.TB, files ...tarFile) []byte {
	t.Helper()
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Typeflag: f.kind, Mode: 0o644, Size: int64(len(f.content)), Format: tar.FormatUSTAR}
		require.NoError(t, tw.WriteHeader(h))
		_, err := tw.Write(f.content)
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
	return buf.Bytes()
}

// Tars whose first header says more of a file, as those of Python's and GNU's tar do, and of
// git archive, are tars too; what only resembles one is none.
func TestIsTar(t *testing.T) {
	long := strings.Repeat("long", 40) + ".png"
	for name, h := range map[string]*tar.Header{
		"PAX":    {Name: "größe", Format: tar.FormatPAX, ModTime: time.Unix(1, 5e8)},
		"GNU":    {Name: long, Format: tar.FormatGNU},
		"global": {Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "0123"}},
		"USTAR":  {Name: "a", Format: tar.FormatUSTAR},
	} {
		var b bytes.Buffer
		tw := tar.NewWriter(&b)
		require.NoError(t, tw.WriteHeader(h), name)
		require.NoError(t, tw.Close())
		head := b.Bytes()[:headBytes]
		require.True(t, isTar(head), name)
		require.False(t, isTar(head[:headBytes-1]), name)
		head[0]++
		require.False(t, isTar(head), name)
	}
	require.False(t, isTar(make([]byte, headBytes)))

	// As Python writes one.
	picture := pngBytes(t, image.NewGray(image.Rect(0, 0, 9, 9)))
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	for i := range 4 {
		h := &tar.Header{Name: fmt.Sprintf("flat/%d.png", i), Mode: 0o644, Size: int64(len(picture)), Format: tar.FormatPAX, ModTime: time.Unix(1, 5e8)}
		require.NoError(t, tw.WriteHeader(h))
		_, err := tw.Write(picture)
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
	dir := t.TempDir()
	write(t, dir, "flat.tar", b.Bytes())
	require.Equal(t, 4, mustLoad(t, filepath.Join(dir, "flat.tar")).Train.Len())
}

const inTar = "cifar-10-batches-bin/"

func TestLoadArchive(t *testing.T) {
	names := []byte("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n")
	dir := t.TempDir()
	write(t, dir, "cifar-10-binary.tar.gz", zipped(t, tarred(t,
		tarFile{inTar, nil, tar.TypeDir},
		tarFile{inTar + "data_batch_2.bin", cifarRecords(3, 2), tar.TypeReg},
		tarFile{inTar + "test_batch.bin", cifarRecords(7, 2), tar.TypeReg},
		tarFile{inTar + "data_batch_1.bin", cifarRecords(0, 3), tar.TypeReg},
		tarFile{inTar + "readme.html", []byte("not ours"), tar.TypeReg},
		tarFile{inTar + "batches.meta.txt", names, tar.TypeReg},
	)))
	split := mustLoad(t, filepath.Join(dir, "cifar-10-binary.tar.gz"))
	require.Equal(t, "cifar-10-binary", split.Train.Name)
	require.Equal(t, []int{0, 1, 2, 3, 4}, split.Train.Labels)
	require.Equal(t, []int{7, 8}, split.Test.Labels)
	require.Equal(t, "a", split.Train.Classes[0])

	folder := t.TempDir()
	write(t, folder, "data_batch_1.bin", cifarRecords(0, 3))
	write(t, folder, "data_batch_2.bin", cifarRecords(3, 2))
	write(t, folder, "test_batch.bin", cifarRecords(7, 2))
	require.Equal(t, mustLoad(t, folder).Train.Pixels, split.Train.Pixels)
}

func TestLoadArchiveRefuses(t *testing.T) {
	train := tarFile{inTar + "data_batch_1.bin", cifarRecords(0, 2), tar.TypeReg}
	test := tarFile{inTar + "test_batch.bin", cifarRecords(0, 1), tar.TypeReg}
	whole := zipped(t, tarred(t, train, test))
	crc := bytes.Clone(whole)
	crc[len(crc)-8] ^= 1
	badLabel := cifarRecords(0, 2)
	badLabel[cifarRecord] = 200

	// A header that claims what the archive cannot hold.
	liar := tarred(t, train, test)
	copy(liar[124:136], "77777777777\x00")
	copy(liar[148:156], "        ")
	sum := 0
	for _, b := range liar[:512] {
		sum += int(b)
	}
	copy(liar[148:156], []byte{'0' + byte(sum>>15&7), '0' + byte(sum>>12&7), '0' + byte(sum>>9&7), '0' + byte(sum>>6&7), '0' + byte(sum>>3&7), '0' + byte(sum&7), 0, ' '})

	for _, tt := range []struct {
		name    string
		content []byte
		offset  int64
		words   []string
	}{
		{"not gzip", []byte("neither gzip nor zip"), 0, []string{"gzip: invalid header"}},
		{"not zip", []byte("PK\x03\x04 this is no zip file"), -1, []string{"a damaged or incomplete zip file"}},
		{"empty", nil, 0, []string{"the end of the file", "a gzip file"}},
		{"not tar", zipped(t, bytes.Repeat([]byte("x"), 2000)), 512, []string{"archive/tar: invalid tar header"}},
		{"no batches", zipped(t, tarred(t, tarFile{"readme.html", []byte("x"), tar.TypeReg}, tarFile{"data_batch_1", []byte("x"), tar.TypeReg})), -1, []string{"an archive of data_batch_1, readme.html, nothing that can be loaded"}},
		{"empty tar", zipped(t, tarred(t)), -1, []string{"an empty archive"}},
		{"only a link", zipped(t, tarred(t, tarFile{"data_batch_1.bin", nil, tar.TypeSymlink})), -1, []string{"data_batch_1.bin", "an entry of type '2'"}},
		{"twice", zipped(t, tarred(t, train, test, train)), -1, []string{"a second cifar-10-batches-bin/data_batch_1.bin"}},
		{"label", zipped(t, tarred(t, tarFile{train.name, badLabel, tar.TypeReg}, test)), cifarRecord, []string{":cifar-10-batches-bin/data_batch_1.bin at byte 3073", "label 200 in record 1"}},
		{"truncated batch", zipped(t, tarred(t, tarFile{train.name, train.content[:4000], tar.TypeReg}, test)), cifarRecord, []string{"data_batch_1.bin", "4000 bytes"}},
		{"class names", zipped(t, tarred(t, train, test, tarFile{inTar + "batches.meta.txt", []byte("cat"), tar.TypeReg})), -1, []string{"batches.meta.txt", "1 class names"}},
		{"liar", zipped(t, liar), -1, []string{"data_batch_1.bin", "a size of 8589934591 bytes"}},
		{"cut gzip", whole[:len(whole)/3], -2, []string{"the end of the file"}},
		{"gzip checksum", crc, -2, []string{"gzip: invalid checksum", "an intact archive"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "a.tar.gz", tt.content)
			_, err := Load(context.Background(), filepath.Join(dir, "a.tar.gz"), Options{})
			offset := tt.offset
			if offset == -2 { // wherever the compressor's blocks happen to end
				var ferr *FormatError
				require.ErrorAs(t, err, &ferr)
				offset = ferr.Offset
			}
			requireFormatError(t, err, offset, append(tt.words, filepath.Join(dir, "a.tar.gz"))...)
		})
	}
}

// FuzzTarGz takes bytes as a .tar.gz and, so that it gets behind the checksum, as the
// tar in one.
func FuzzTarGz(f *testing.F) {
	whole := tarred(f, tarFile{"data_batch_1.bin", cifarRecords(0, 1), tar.TypeReg}, tarFile{"test_batch.bin", cifarRecords(0, 1), tar.TypeReg},
		tarFile{"batches.meta.txt", []byte("a\nb"), tar.TypeReg})
	f.Add(whole, true)
	f.Add(whole[:1000], true)
	f.Add(zipped(f, whole), false)
	f.Add(zipped(f, whole)[:200], false)
	sparse := bytes.Clone(whole)
	gnuSparse(sparse[:512], 1<<32)
	f.Add(sparse, true)
	bomb, err := os.ReadFile(filepath.Join("testdata", "pax-sparse.tar.gz"))
	require.NoError(f, err)
	f.Add(bomb, false)
	f.Add(tarred(f, tarFile{"../data_batch_1.bin", nil, tar.TypeSymlink}), true)
	f.Fuzz(func(t *testing.T, b []byte, zip bool) {
		if zip {
			b = zipped(t, b)
		}
		in := inMemory(b)
		var split *Split
		var err error
		requireModest(t, in, func() { split, err = readArchive(in, "fuzz") })
		if err != nil {
			requireOneLine(t, err)
			return
		}
		requireSound(t, split.Train)
		if split.Test != nil {
			requireSound(t, split.Test)
		}
	})
}

// FuzzZip takes bytes as a zip.
func FuzzZip(f *testing.F) {
	whole := zipFile(f, tarFile{"a/data_batch_1.bin", cifarRecords(0, 1), 0}, tarFile{"a/test_batch.bin", cifarRecords(0, 1), 0})
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(zipFile(f, tarFile{"../x", nil, 0}, tarFile{"x/", nil, 0}))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte("PK\x03\x04"), b[min(4, len(b)):]...)
		write(t, dir, "a.zip", b)
		in := inMemory(b)
		in.offset = 128 * int64(len(b)) // deflated
		requireModest(t, in, func() {
			split, err := Load(context.Background(), filepath.Join(dir, "a.zip"), Options{Memory: 1 << 20})
			if err != nil {
				requireOneLine(t, err)
				return
			}
			require.Positive(t, split.Train.Len())
		})
	})
}
