package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/data/picture"
)

// ramp draws an image whose every pixel is another.
func ramp[I draw.Image](im I, seed int) I {
	b := im.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			im.Set(x, y, color.NRGBA{byte(40*x + seed), byte(50*y + 3*seed), byte(17*(x+y) + 7*seed), 255})
		}
	}
	return im
}

func pngBytes(t testing.TB, im image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, png.Encode(&buf, im))
	return buf.Bytes()
}

func jpegBytes(t testing.TB, im image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, jpeg.Encode(&buf, im, nil))
	return buf.Bytes()
}

var size43 = image.Rect(0, 0, 4, 3)

// planesOf is an image as the package picture decodes it.
func planesOf(t testing.TB, raw []byte, channels int) []byte {
	t.Helper()
	p, err := picture.Decode(raw)
	require.NoError(t, err)
	if p.Channels == 1 {
		return slices.Repeat(p.Pix, channels)
	}
	require.Equal(t, channels, p.Channels)
	return p.Pix
}

func TestLoadClasses(t *testing.T) {
	subsampled := image.NewYCbCr(size43, image.YCbCrSubsampleRatio420)
	for i := range subsampled.Y {
		subsampled.Y[i] = byte(20 * i)
	}
	for i := range subsampled.Cb {
		subsampled.Cb[i], subsampled.Cr[i] = byte(60*i), byte(255-50*i)
	}
	alpha := image.NewNRGBA(size43)
	for i := range alpha.Pix {
		alpha.Pix[i] = byte(5 * i)
	}
	files := []struct {
		name    string
		content []byte
	}{ // in the order in which they should be loaded
		{"train/Zebra/1.png", pngBytes(t, ramp(image.NewRGBA(size43), 1))},
		{"train/ape/10.JPG", jpegBytes(t, subsampled)},
		{"train/ape/9.jpeg", jpegBytes(t, ramp(image.NewRGBA(size43), 2))},
		{"train/ape/gray.jpg", jpegBytes(t, ramp(image.NewGray(size43), 3))},
		{"train/bee/16.png", pngBytes(t, ramp(image.NewNRGBA64(size43), 4))},
		{"train/bee/a.png", pngBytes(t, alpha)},
		{"train/bee/g.png", pngBytes(t, ramp(image.NewGray16(size43), 5))},
		{"train/bee/p.png", pngBytes(t, ramp(image.NewPaletted(size43, color.Palette{color.Black, color.White, color.RGBA{9, 8, 7, 255}}), 6))},
		{"test/bee/x.png", pngBytes(t, ramp(image.NewRGBA(size43), 7))},
	}
	dir := t.TempDir()
	for _, f := range files {
		write(t, dir, f.name, f.content)
	}
	for _, other := range []string{"train/.DS_Store", "train/notes.txt", "train/ape/.hidden.png", "train/ape/list.csv", "train/.git/x.png"} {
		write(t, dir, other, []byte("not an image"))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "train/bee/folder.png"), 0o755))

	split := mustLoad(t, dir)
	require.Equal(t, []string{"Zebra", "ape", "bee"}, split.Train.Classes)
	require.Equal(t, split.Train.Classes, split.Test.Classes)
	require.Equal(t, []int{0, 1, 1, 1, 2, 2, 2, 2}, split.Train.Labels)
	require.Equal(t, []int{2}, split.Test.Labels)
	require.Equal(t, []int{3, 3, 4}, []int{split.Train.Channels, split.Train.Height, split.Train.Width})
	for i := range split.Train.Len() {
		require.Equal(t, planesOf(t, files[i].content, 3), split.Train.Image(i), files[i].name)
	}
	require.Equal(t, planesOf(t, files[len(files)-1].content, 3), split.Test.Image(0))
}

func TestLoadClassesOfGray(t *testing.T) {
	dir := t.TempDir()
	first := pngBytes(t, ramp(image.NewGray(size43), 1))
	second := jpegBytes(t, ramp(image.NewGray(size43), 2))
	// Stored in color, but gray all the same.
	third := image.NewRGBA(size43)
	draw.Draw(third, size43, ramp(image.NewGray(size43), 3), image.Point{}, draw.Src)
	write(t, dir, "train/a/1.png", first)
	write(t, dir, "train/b/2.jpg", second)
	write(t, dir, "test/b/3.png", pngBytes(t, third))
	split := mustLoad(t, dir)
	require.Equal(t, 1, split.Train.Channels)
	require.Equal(t, 1, split.Test.Channels)
	require.Equal(t, planesOf(t, first, 1), split.Train.Image(0))
	require.Equal(t, planesOf(t, second, 1), split.Train.Image(1))

	// One image in color, be it in the test part, makes all of them three channels.
	write(t, dir, "test/b/4.png", pngBytes(t, ramp(image.NewRGBA(size43), 4)))
	split = mustLoad(t, dir)
	require.Equal(t, 3, split.Train.Channels)
	require.Equal(t, planesOf(t, first, 3), split.Train.Image(0))
}

// bomb is a PNG whose header claims a size that its few bytes cannot have.
func bomb(t testing.TB, width, height uint32) []byte {
	t.Helper()
	b := pngBytes(t, image.NewGray(size43))
	binary.BigEndian.PutUint32(b[16:], width)
	binary.BigEndian.PutUint32(b[20:], height)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func TestLoadClassesRefuses(t *testing.T) {
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	for _, tt := range []struct {
		name  string
		files map[string][]byte // nil content: an empty folder
		words []string
		skip  bool // SkipBad helps
	}{
		{"unreadable", map[string][]byte{"train/a/0.png": good, "train/a/1.png": []byte("junk"), "test/a/1.png": good}, []string{"train/a/1.png", "an unreadable image (it begins with \"junk\")", "expected an image: PNG"}, true},
		{"unreadable first", map[string][]byte{"train/a/0.png": []byte("junk"), "train/a/1.png": good, "test/a/1.png": good}, []string{"train/a/0.png"}, true},
		{"unreadable test", map[string][]byte{"train/a/0.png": good, "test/a/1.png": good[:len(good)-20], "test/a/2.png": good}, []string{"test/a/1.png", "unexpected EOF"}, true},
		{"empty file", map[string][]byte{"train/a/0.png": good, "train/a/1.png": {}, "test/a/1.png": good}, []string{"train/a/1.png"}, true},
		{"bomb", map[string][]byte{"train/a/0.png": bomb(t, 14000, 14000), "train/a/1.png": good, "test/a/1.png": good}, []string{"train/a/0.png", "a header for 14000×14000 pixels"}, true},
		{"smaller bomb", map[string][]byte{"train/a/0.png": bomb(t, 4096, 4096), "train/a/1.png": good, "test/a/1.png": good}, []string{"train/a/0.png", "a header for 4096×4096 pixels"}, true},
		{"none readable", map[string][]byte{"train/a/0.png": []byte("junk"), "test/a/1.png": good}, []string{"train/a/0.png"}, false},
		{"empty train", map[string][]byte{"train": nil, "test/a/0.png": good}, []string{"train: found no image"}, false},
		{"empty test", map[string][]byte{"train/a/0.png": good, "test": nil}, []string{"test: found no image"}, false},
		{"class only in test", map[string][]byte{"train/a/0.png": good, "test/c/0.png": good}, []string{"test/c: found a class that has no training images"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range tt.files {
				if content == nil {
					require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
					continue
				}
				write(t, dir, name, content)
			}
			_, err := Load(context.Background(), dir, Options{})
			requireFormatError(t, err, -1, append(tt.words, dir)...)

			split, err := Load(context.Background(), dir, Options{SkipBad: true})
			if !tt.skip {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Len(t, split.Skipped, 1)
			require.Contains(t, split.Skipped[0], dir)
			requireSound(t, split.Train)
			requireSound(t, split.Test)
		})
	}
}

// The same bytes and the same report, whatever the number of threads and although
// several runs of images are joined.
func TestLoadClassesIsDeterministic(t *testing.T) {
	dir := t.TempDir()
	big := image.Rect(0, 0, 900, 900) // 2.4 MB decoded: a run is six of them
	var images [3][]byte
	for i := range images {
		im := image.NewRGBA(big)
		draw.Draw(im, big, image.NewUniform(color.RGBA{byte(80 * i), 10, 20, 255}), image.Point{}, draw.Src)
		images[i] = pngBytes(t, im)
	}
	for i := range 9 {
		write(t, dir, fmt.Sprintf("train/a/%d.png", i), images[i%3])
	}
	write(t, dir, "train/a/3.png", []byte("junk"))
	write(t, dir, "train/a/7.png", []byte("junk"))
	write(t, dir, "test/a/0.png", images[0])

	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	_, err := Load(context.Background(), dir, Options{})
	requireFormatError(t, err, -1, filepath.Join(dir, "train/a/3.png"))
	for _, threads := range []int{1, 3} {
		runtime.GOMAXPROCS(threads)
		split, err := Load(context.Background(), dir, Options{SkipBad: true})
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Join(dir, "train/a/3.png"), filepath.Join(dir, "train/a/7.png")}, split.Skipped)
		require.Equal(t, 7, split.Train.Len())
		for i, want := range []byte{0, 80, 160, 80, 160, 0, 160} {
			require.Equal(t, want, split.Train.Image(i)[0], "image %d", i)
		}
	}
}

// What the file system refuses is named in full, too.
func TestLoadClassesOfUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	write(t, dir, "train/a/0.png", good)
	write(t, dir, "test", []byte("a file"))
	_, err := Load(context.Background(), dir, Options{})
	require.ErrorContains(t, err, filepath.Join(dir, "test")+": ")
	requireOneLine(t, err)

	require.NoError(t, os.Remove(filepath.Join(dir, "test")))
	require.NoError(t, os.Symlink("train", filepath.Join(dir, "test")))
	require.Equal(t, 1, mustLoad(t, dir).Test.Len(), "a link to a folder is a folder")

	dangling := filepath.Join(dir, "train/a/1.png")
	require.NoError(t, os.Symlink("nowhere", dangling))
	_, err = Load(context.Background(), dir, Options{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, dangling+": ")
	split, err := Load(context.Background(), dir, Options{SkipBad: true})
	require.NoError(t, err)
	require.Equal(t, []string{dangling, filepath.Join(dir, "test/a/1.png")}, split.Skipped)
}

func TestLoadClassesIsCanceled(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "train/a/0.png", pngBytes(t, image.NewGray(size43)))
	write(t, dir, "test/a/0.png", pngBytes(t, image.NewGray(size43)))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Load(ctx, dir, Options{})
	require.ErrorIs(t, err, context.Canceled)
}

// Real photographs, as class folders, against the naive definition.
func TestLoadClassesOfCIFAR10(t *testing.T) {
	f, err := os.Open("../../../shared/data/cifar10-jpeg.tar.gz")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no ../shared/data/cifar10-jpeg.tar.gz beside the repository")
	}
	require.NoError(t, err)
	defer f.Close()
	zr, err := gzip.NewReader(f)
	require.NoError(t, err)

	const perClass = 8
	dir, taken, raw := t.TempDir(), map[string]int{}, map[string][]byte{}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		class := filepath.Dir(h.Name)
		if h.Typeflag != tar.TypeReg || taken[class] == perClass {
			continue
		}
		taken[class]++
		b, err := io.ReadAll(tr)
		require.NoError(t, err)
		raw[h.Name] = b
		write(t, dir, h.Name, b)
	}
	split := mustLoad(t, dir)
	require.Equal(t, cifarDefaultNames, split.Train.Classes)
	require.Equal(t, 10*perClass, split.Test.Len())
	for part, d := range map[string]*Dataset{"train": split.Train, "test": split.Test} {
		names, err := filepath.Glob(filepath.Join(dir, part, "*", "*.jpg"))
		require.NoError(t, err)
		require.Len(t, names, d.Len())
		for i, name := range names {
			rel, err := filepath.Rel(dir, name)
			require.NoError(t, err)
			require.Equal(t, planesOf(t, raw[filepath.ToSlash(rel)], 3), d.Image(i), rel)
			require.True(t, strings.HasPrefix(rel, filepath.Join(part, d.Classes[d.Labels[i]])))
		}
	}
}

// TestClassesWithoutImages: a class without images is named, or left out with SkipBad; so is
// one of which none can be read, with its test images.
func TestClassesWithoutImages(t *testing.T) {
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	for name, content := range map[string][]byte{"x.txt": []byte("no image"), "x.png": []byte("junk")} {
		dir := t.TempDir()
		for _, file := range []string{"train/a/0.png", "train/c/0.png", "test/a/0.png", "test/c/0.png"} {
			write(t, dir, file, good)
		}
		write(t, dir, "train/b/"+name, content)
		if name == "x.png" {
			write(t, dir, "test/b/0.png", good)
		}
		_, err := Load(t.Context(), dir, Options{})
		requireFormatError(t, err, -1, filepath.Join(dir, "train/b"))
		var said []string
		split, err := Load(t.Context(), dir, Options{SkipBad: true, Note: func(line string) { said = append(said, line) }})
		require.NoError(t, err)
		require.Contains(t, said[0], "left out")
		requireSound(t, split.Train)
		requireSound(t, split.Test)
		require.Equal(t, []string{"a", "c"}, split.Test.Classes)
		require.Equal(t, []int{0, 1}, split.Train.Labels)
		require.Equal(t, []int{0, 1}, split.Test.Labels)
		require.Equal(t, []string{"test/a/0.png", "test/c/0.png"}, split.Test.Files)
	}
}

// TestLayouts: parts, classes and images are found wherever they usually are.
func TestLayouts(t *testing.T) {
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	for _, c := range []struct {
		files         string
		train, test   string // what is found, in order
		labels, tests []int
		says          string
	}{
		{"a.png b.JPG", "a.png b.JPG", "", nil, nil, ""},
		{"a/1.png b/2.png", "a/1.png b/2.png", "", []int{0, 1}, nil, ""},
		{"a/1.png b/2.png c/notes.txt", "a/1.png b/2.png", "", []int{0, 1}, nil, "left out 1 files that are no images (1 .txt), the first c/notes.txt"},
		{"a/1.png b/2.png 3.png", "a/1.png b/2.png", "", []int{0, 1}, nil, "left out 1 images beside folders of images, the first 3.png"},
		{"train/a/1.png", "train/a/1.png", "", []int{0}, nil, ""},
		{"train/1.png", "train/1.png", "", nil, nil, ""},
		{"train/1.png test/2.png", "train/1.png", "test/2.png", nil, nil, ""},
		{"train/1.png test/x/2.png", "train/1.png", "test/x/2.png", nil, nil, ""},
		{"train/a/1.png test/2.png", "train/a/1.png", "", []int{0}, nil, "test: left out the test images, of which not all have labels"},
		{"Train/a/1.png Val/a/2.png", "Train/a/1.png", "Val/a/2.png", []int{0}, []int{0}, ""},
		{"train/a/1.png valid/a/2.png", "train/a/1.png", "valid/a/2.png", []int{0}, []int{0}, ""},
		{"training/a/1.png validation/a/2.png", "training/a/1.png", "validation/a/2.png", []int{0}, []int{0}, ""},
		{"train/a/1.png val/a/2.png test/a/3.png", "train/a/1.png", "test/a/3.png", []int{0}, []int{0}, "val: left out"},
		{"train/a/z/1.png train/a/2.png train/a/b/c/0.png train/a/b/1.png train/b/1.png", "train/a/2.png train/a/b/1.png train/a/b/c/0.png train/a/z/1.png train/b/1.png", "", []int{0, 0, 0, 0, 1}, nil, ""},
		{"train/a/1.png train/a/._1.png train/a/Thumbs.db train/.x/1.png __MACOSX/a/1.png", "train/a/1.png", "", []int{0}, nil, ""},
		{"train/a/1.png train/a/2.txt train/a/3.txt train/a/x.csv", "train/a/1.png", "", []int{0}, nil, "left out 3 files that are no images (2 .txt, 1 .csv), the first train/a/2.txt"},
		{"car/1.png train/2.png truck/3.png", "car/1.png train/2.png truck/3.png", "", []int{0, 1, 2}, nil, ""},
		{"car/x/1.png plane/2.png train/a/3.png", "train/a/3.png", "", []int{0}, nil, "left out the images in car, plane, beside train"},
		{"train/a/1.png test/a/2.png validate/a/3.png", "train/a/1.png", "test/a/2.png", []int{0}, []int{0}, "left out the images in validate, beside train"},
		{"train/a/1.png test/a/2.png 3.png", "train/a/1.png", "test/a/2.png", []int{0}, []int{0}, "left out 1 images beside folders of images, the first 3.png"},
		{"cat/train/1.png dog/2.png", "cat/train/1.png dog/2.png", "", []int{0, 1}, nil, ""},
		{"set/train/a/1.png more/2.png", "train/a/1.png", "", []int{0}, nil, "left out the images in more, beside the data set "},
		{"train/1.jpeg2 a.png", "a.png", "", nil, nil, ""},
	} {
		dir := t.TempDir()
		for name := range strings.FieldsSeq(c.files) {
			content := good
			if !picture.Named(name) {
				content = []byte("no image")
			}
			write(t, dir, name, content)
		}
		var said []string
		split, err := Load(t.Context(), dir, Options{Note: func(line string) { said = append(said, line) }})
		if c.files == "train/1.jpeg2 a.png" {
			requireFormatError(t, err, -1, "train: found no image")
			continue
		}
		require.NoError(t, err, c.files)
		require.Equal(t, c.train, strings.Join(split.Train.Files, " "), c.files)
		require.Equal(t, c.labels, split.Train.Labels, c.files)
		require.Equal(t, c.labels == nil, split.Train.Classes == nil, c.files)
		require.Equal(t, c.test == "", split.Test == nil, c.files)
		if split.Test != nil {
			require.Equal(t, c.test, strings.Join(split.Test.Files, " "), c.files)
			require.Equal(t, c.tests, split.Test.Labels, c.files)
		}
		require.Len(t, said, min(1, len(c.says)), "%s: %v", c.files, said)
		require.Contains(t, strings.Join(said, ""), c.says)
	}
}

// TestContentDecides: what a file is says its beginning, whatever its name.
func TestContentDecides(t *testing.T) {
	dir := t.TempDir()
	im := ramp(image.NewRGBA(size43), 1)
	write(t, dir, "a/0.png", jpegBytes(t, im))
	write(t, dir, "a/1", pngBytes(t, im))
	write(t, dir, "a/2.img", jpegBytes(t, im))
	write(t, dir, "b/3.tar", pngBytes(t, im))
	write(t, dir, "b/4.txt", []byte("P6 is no image"))
	split := mustLoad(t, dir)
	require.Equal(t, []string{"a/0.png", "a/1", "a/2.img", "b/3.tar"}, split.Train.Files)
}

// TestLinksThatLeadBack: a folder in which a link leads to one above it has its images once.
func TestLinksThatLeadBack(t *testing.T) {
	dir := t.TempDir()
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	write(t, dir, "train/a/deep/0.png", good)
	write(t, dir, "elsewhere/1.png", good)
	for link, to := range map[string]string{"train/a/deep/up": "..", "train/a/self": ".", "train/a/linked": "../../elsewhere"} {
		require.NoError(t, os.Symlink(to, filepath.Join(dir, link)))
	}
	require.Equal(t, []string{"train/a/deep/0.png", "train/a/linked/1.png"}, mustLoad(t, dir).Train.Files)
	nested := t.TempDir()
	write(t, nested, "train/a/"+strings.Repeat("d/", maxNesting)+"0.png", good)
	_, err := Load(t.Context(), nested, Options{})
	requireFormatError(t, err, -1, "nested more than 32 deep")
}

func FuzzImage(f *testing.F) {
	f.Add(pngBytes(f, ramp(image.NewRGBA(size43), 1)))
	f.Add(jpegBytes(f, ramp(image.NewGray(size43), 1)))
	f.Add(bomb(f, 4096, 4096))
	f.Add([]byte("junk"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := picture.ReadHeader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			requireOneLine(t, pictureError("x.png", err))
			return
		}
		planes, _, err := new(Scratch).decode("x.png", b, image.Pt(h.Width, h.Height), 3, nil)
		if err != nil {
			requireOneLine(t, err)
			return
		}
		require.Len(t, planes, 3*h.Height*h.Width)
	})
}
