package data

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// requireModest runs what reads an input to where it ends or is wrong, and checks that it
// allocates no more than 16 bytes for each that the input really had, uncompressed, and 8
// MiB, whatever the input claims.
func requireModest(t testing.TB, in *input, read func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, int64(after.TotalAlloc-before.TotalAlloc), 16*in.offset+8<<20, "%d bytes were read", in.offset)
}

// inMemory is an input of some bytes.
func inMemory(b []byte) *input {
	return &input{file: "fuzz", r: bytes.NewReader(b), size: int64(len(b)), exact: true}
}

// TestLoadModestly: what claims much and holds little is refused before much is allocated.
func TestLoadModestly(t *testing.T) {
	zeros := func(n int) []byte { return make([]byte, n) }
	huge := uint32(math.MaxUint32)
	archive := func(in *input) error { _, err := readArchive(in, "x"); return err }
	images := func(in *input) error {
		if err := in.inflate(); err != nil {
			return err
		}
		_, err := in.idx(3)
		return err
	}
	bomb, err := os.ReadFile(filepath.Join("testdata", "pax-sparse.tar.gz"))
	require.NoError(t, err)
	var many []tarFile
	for i := range 3000 {
		many = append(many, tarFile{fmt.Sprintf("data_batch_%d.bin", i), nil, tar.TypeReg})
	}
	for name, tt := range map[string]struct {
		content []byte
		read    func(in *input) error
	}{
		"sparse members of an archive": {bomb, archive},
		"an archive of zeros":          {zipped(t, zeros(8<<20)), archive},
		"an archive of empty batches":  {zipped(t, tarred(t, many...)), archive},
		"gzip of images that are not":  {zipped(t, idxBytes(0x803, []uint32{1 << 19, 1, 2}, zeros(4000)...)), images},
		"gzip of fewer images":         {zipped(t, idxBytes(0x803, []uint32{12 << 10, 28, 28}, zeros(9<<20)...)), images},
		"sizes whose product wraps":    {zipped(t, idxBytes(0x803, []uint32{1 << 31, 1 << 31, 4}, zeros(100)...)), images},
		"the largest sizes":            {zipped(t, idxBytes(0x803, []uint32{huge, huge, huge}, zeros(100)...)), images},
	} {
		t.Run(name, func(t *testing.T) {
			in := inMemory(tt.content)
			requireModest(t, in, func() { requireOneLineOf(t, tt.read(in)) })
		})
	}
}

// requireOneLineOf checks that there is an error, of one line.
func requireOneLineOf(t testing.TB, err error) {
	t.Helper()
	require.Error(t, err)
	requireOneLine(t, err)
}

// TestSparseArchives: a sparse member is refused, by whichever header it is one, and
// whether it is ours or not.
func TestSparseArchives(t *testing.T) {
	bomb, err := os.ReadFile(filepath.Join("testdata", "pax-sparse.tar.gz"))
	require.NoError(t, err)
	dir := t.TempDir()
	write(t, dir, "pax.tar.gz", bomb)
	_, err = Load(context.Background(), filepath.Join(dir, "pax.tar.gz"), Options{})
	requireFormatError(t, err, -1, "pax.tar.gz:x/data_batch_0.bin", "found a sparse file of 1536500 bytes")

	for _, name := range []string{"data_batch_1.bin", "other"} {
		b := tarred(t, tarFile{name, bytes.Repeat([]byte{1}, 512), tar.TypeReg}, tarFile{"test_batch.bin", cifarRecords(0, 1), tar.TypeReg})
		gnuSparse(b[:512], 1<<32)
		write(t, dir, "gnu.tar.gz", zipped(t, b))
		_, err = Load(context.Background(), filepath.Join(dir, "gnu.tar.gz"), Options{})
		requireFormatError(t, err, -1, "gnu.tar.gz:"+name, "found a sparse file of 4294967296 bytes")
	}
}

// gnuSparse makes a header of 512 bytes of data one of a sparse file of so many, by GNU's
// old format.
func gnuSparse(h []byte, size int64) {
	octal := func(at int, v int64, digits int) { copy(h[at:], fmt.Sprintf("%0*o\x00", digits, v)) }
	h[156] = tar.TypeGNUSparse
	copy(h[257:], "ustar  \x00")
	clear(h[265:512])
	octal(386, size-512, 11) // where the data lie
	octal(398, 512, 11)
	octal(483, size, 11)
	sign(h)
}

// sign writes a header's checksum.
func sign(h []byte) {
	copy(h[148:156], "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

// TestArchivePaths: what leads out of an archive, or is a link in the place of one of our
// files, is refused; a folder "./" is not.
func TestArchivePaths(t *testing.T) {
	whole := func(prefix string) []tarFile {
		return []tarFile{{prefix + "data_batch_1.bin", cifarRecords(0, 2), tar.TypeReg}, {prefix + "test_batch.bin", cifarRecords(0, 2), tar.TypeReg}}
	}
	dir := t.TempDir()
	load := func(files ...tarFile) error {
		write(t, dir, "a.tar.gz", zipped(t, tarred(t, files...)))
		_, err := Load(context.Background(), filepath.Join(dir, "a.tar.gz"), Options{})
		return err
	}
	require.NoError(t, load(whole("./a/")...))
	require.NoError(t, load(append(whole("a..b/"), tarFile{"a..b/", nil, tar.TypeDir}, tarFile{"a..b/link", nil, tar.TypeSymlink})...))
	for _, prefix := range []string{"/", "../", "a/../../", "a/.."} {
		requireFormatError(t, load(whole(prefix+"/")...), -1, "a path that leads out of the archive")
		requireFormatError(t, load(append(whole(""), tarFile{prefix + "/readme", nil, tar.TypeReg})...), -1, "a path that leads out of the archive")
	}
	for _, kind := range []byte{tar.TypeSymlink, tar.TypeLink, tar.TypeFifo, tar.TypeChar, tar.TypeBlock} {
		requireFormatError(t, load(append(whole("a/"), tarFile{"b/data_batch_2.bin", nil, kind})...), -1, "data_batch_2.bin", fmt.Sprintf("type %q", kind))
	}
	requireFormatError(t, load(append(whole("a/"), whole("b/")...)...), -1, "several data sets: ", "a.tar.gz:a, ", "a.tar.gz:b, expected the path of one")
	err := load(append(whole(""), tarFile{"x\x1b[2J/data_batch_2.bin", nil, tar.TypeSymlink})...)
	requireFormatError(t, err, -1, `a.tar.gz:x\x1b[2J/data_batch_2.bin"`)
}

// TestArchiveGoesOn: an archive that inflates to more than its images may take is not read
// to its end.
func TestArchiveGoesOn(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.tar.gz", zipped(t, tarred(t, tarFile{"__MACOSX/readme", make([]byte, slack+4<<20), tar.TypeReg})))
	_, err := Load(context.Background(), filepath.Join(dir, "a.tar.gz"), Options{Memory: 1 << 20})
	var wrong *FormatError
	require.ErrorAs(t, err, &wrong)
	require.Contains(t, err.Error(), "an archive that goes on, expected no more than images may take, 1.0 MiB, and 64.0 MiB")
	require.Less(t, wrong.Offset, int64(slack+3<<20))
}

// TestMemory: images that need more than they may have are refused by what the files
// claim, and those that need as much are loaded.
func TestMemory(t *testing.T) {
	for format, path := range readable(t) {
		t.Run(format, func(t *testing.T) {
			split, err := Load(context.Background(), path, Options{Memory: 8 << 20})
			require.NoError(t, err)
			pixels := int64(len(split.Train.Pixels) + len(split.Test.Pixels))
			_, err = Load(context.Background(), path, Options{Memory: pixels - 1})
			var short *MemoryError
			require.ErrorAs(t, err, &short)
			require.Equal(t, pixels-1, short.Limit)
			require.Greater(t, short.Need, short.Limit)
			require.Contains(t, err.Error(), path)
			require.Contains(t, err.Error(), "found images that need")
			requireOneLine(t, err)
		})
	}
	require.Positive(t, DefaultMemory())
	require.Equal(t, "a: found images that need 2.0 KiB of memory, expected at most 1023 bytes", (&MemoryError{"a", 2048, 1023}).Error())
	require.Equal(t, "a: found images that need 1.5 TiB of memory, expected at most 3.0 GiB", (&MemoryError{"a", 3 << 39, 3 << 30}).Error())
}

// TestDecodersAreNamed: what else is registered with the package image decodes nothing.
func TestDecodersAreNamed(t *testing.T) {
	called := false
	for _, magic := range []string{"junk", "\x89PNG\r\n\x1a\n", "\xff\xd8"} {
		image.RegisterFormat("mine", magic, func(io.Reader) (image.Image, error) { called = true; return image.NewGray(size43), nil },
			func(io.Reader) (image.Config, error) {
				called = true
				return image.Config{ColorModel: color.GrayModel, Width: 4, Height: 3}, nil
			})
	}
	dir := t.TempDir()
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	for name, content := range map[string][]byte{"train/a/0.png": good, "train/a/1.jpg": good, "train/a/2.png": jpegBytes(t, image.NewGray(size43)), "test/a/0.png": good} {
		write(t, dir, name, content)
	}
	require.Equal(t, 3, mustLoad(t, dir).Train.Len(), "by their content, whatever their names")
	write(t, dir, "train/a/3.png", []byte("junk"))
	_, err := Load(context.Background(), dir, Options{})
	requireFormatError(t, err, -1, `an unreadable image (it begins with "junk")`)
	require.False(t, called)
}

// TestLinksOfClasses: links that lead nowhere or to themselves are named, not passed over.
func TestLinksOfClasses(t *testing.T) {
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	for name, target := range map[string]string{"loop": "loop", "nowhere": "missing"} {
		dir := t.TempDir()
		write(t, dir, "train/a/0.png", good)
		write(t, dir, "test/a/0.png", good)
		require.NoError(t, os.Symlink(target, filepath.Join(dir, "train", name)))
		_, err := Load(context.Background(), dir, Options{})
		require.ErrorContains(t, err, filepath.Join(dir, "train", name)+": ")
		requireOneLine(t, err)

		require.NoError(t, os.Rename(filepath.Join(dir, "train", name), filepath.Join(dir, "train/a", name+".png")))
		_, err = Load(context.Background(), dir, Options{})
		requireOneLineOf(t, err)
		split, err := Load(context.Background(), dir, Options{SkipBad: true})
		if name == "nowhere" {
			require.NoError(t, err)
			require.Len(t, split.Skipped, 1)
		}
	}
}

// TestNamesInErrors: names with characters that do not print are quoted.
func TestNamesInErrors(t *testing.T) {
	dir := t.TempDir()
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	write(t, dir, "train/a\x1b[31m/0\r\n.png", []byte("junk"))
	write(t, dir, "test/a\x1b[31m/0.png", good)
	_, err := Load(context.Background(), dir, Options{})
	requireFormatError(t, err, -1, `train/a\x1b[31m/0\r\n.png": found`)
	write(t, dir, "train/a\x1b[31m/0\r\n.png", good)
	write(t, dir, "test/\u202eb/0.png", good)
	_, err = Load(context.Background(), dir, Options{})
	requireFormatError(t, err, -1, `test/\u202eb": found a class`)
	other := t.TempDir()
	write(t, other, "x\x07", nil)
	_, err = Load(context.Background(), other, Options{})
	requireFormatError(t, err, -1, `a folder of "x\a", nothing`)
}

// FuzzClasses makes a folder of bytes, a line an entry: a letter for what it is, its
// path, and for a link where it leads.
func FuzzClasses(f *testing.F) {
	whole := "itrain/a/0.png\nitrain/b/1.jpg\nitest/a/0.png\nitest/b/0.png\n"
	for _, more := range []string{
		"", "jtrain/a/2.png", "ltrain/a/2.png\t0.png", "ltrain/c\tc", "ltrain/a/up\t..", "otrain/a/2.png", "dtrain/a/2.png", "dtrain/c", "itest/c/0.png", "ctrain/a/9.png",
		"jtrain/a\x1b/2.png", "jtrain/\xff\n", "itrain/a/0.PNG\nitrain/.a/0.png\nitrain/a/.0.png", "ltest/d\t../train/a", "gtrain/a/3.png",
	} {
		f.Add(whole + more)
	}
	good, other := pngBytes(f, ramp(image.NewRGBA(size43), 1)), pngBytes(f, ramp(image.NewGray(image.Rect(0, 0, 3, 4)), 1))
	gray := jpegBytes(f, ramp(image.NewGray(size43), 2))
	f.Fuzz(func(t *testing.T, text string) {
		path := t.TempDir()
		root, err := os.OpenRoot(path) // writes nothing through links that lead out
		require.NoError(t, err)
		defer root.Close()
		for line := range strings.Lines(text) {
			line, target, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			if line == "" || !fs.ValidPath(line[1:]) || strings.Contains(line+target, "\x00") {
				continue
			}
			// What does not fit what is there already (a file in a folder's place) is left out.
			name, content := line[1:], []byte("junk")
			_ = root.MkdirAll(filepath.Dir(name), 0o755)
			switch line[0] {
			case 'i':
				content = good
			case 'g':
				content = gray
			case 'o':
				content = other
			case 'd':
				_ = root.MkdirAll(name, 0o755)
				continue
			case 'c':
				_ = root.Symlink(os.DevNull, name)
				continue
			case 'l':
				_ = root.Symlink(filepath.Join(".", target), name)
				continue
			}
			_ = root.WriteFile(name, content, 0o644)
		}
		for _, skip := range []bool{false, true} {
			dir := folder{disk(path), "set", &budget{limit: 1 << 20}}
			split, err := loadClasses(context.Background(), dir, "fuzz", Options{SkipBad: skip})
			if err != nil {
				requireOneLine(t, err)
				require.Equal(t, -1, strings.IndexFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }), "%q", err.Error())
				continue
			}
			requireSound(t, split.Train)
			if split.Test != nil {
				requireSound(t, split.Test)
			}
			require.Len(t, split.SHA256, 64)
			require.True(t, skip || split.Skipped == nil)
		}
	})
}
