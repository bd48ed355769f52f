package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// jpegSampling are files of testdata with sampling factors of luma and, where they are
// not 1×1, of chroma; cjpeg wrote them.
var jpegSampling = []string{
	"1x2.jpg", "2x1.jpg", "2x2.jpg", "4x1.jpg", "4x2.jpg", "2x2_1x2_1x2.jpg", "2x2_2x1_2x1.jpg", "progressive-1x2.jpg", "restart.jpg", "rgb.jpg",
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return raw
}

func encode[I image.Image](t testing.TB, by func(io.Writer, image.Image) error, im I) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, by(&buf, im))
	return buf.Bytes()
}

func encodeTIFF(w io.Writer, im image.Image) error { return tiff.Encode(w, im, nil) }

func encodeJPEG(w io.Writer, im image.Image) error { return jpeg.Encode(w, im, nil) }

func encodeGIF(w io.Writer, im image.Image) error { return gif.Encode(w, im, nil) }

// noise fills an image with opaque colors that are a function of its size.
func noise[I draw.Image](im I) I {
	rng := rand.New(rand.NewPCG(1, 2))
	b := im.Bounds()
	word := func() uint16 { return uint16(rng.Uint32()) }
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			im.Set(x, y, color.NRGBA64{word(), word(), word(), math.MaxUint16})
		}
	}
	return im
}

// partGIF has a screen of 6×5, of which its frame covers 3×2.
func partGIF(t testing.TB) []byte {
	palette := color.Palette{color.RGBA{9, 8, 7, 255}, color.RGBA{1, 2, 3, 255}, color.RGBA{250, 0, 0, 255}}
	frame := image.NewPaletted(image.Rect(2, 1, 5, 3), palette)
	for i := range frame.Pix {
		frame.Pix[i] = byte(1 + i%2)
	}
	var buf bytes.Buffer
	require.NoError(t, gif.EncodeAll(&buf, &gif.GIF{
		Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{ColorModel: palette, Width: 6, Height: 5},
	}))
	return buf.Bytes()
}

var small = image.Rect(0, 0, 6, 4)

// samples is a file of each kind, by name.
func samples(t testing.TB) map[string][]byte {
	all := map[string][]byte{
		"a.png": encode(t, png.Encode, noise(image.NewRGBA(small))), "gray.png": encode(t, png.Encode, noise(image.NewGray(small))),
		"16.png": encode(t, png.Encode, noise(image.NewNRGBA64(small))), "a.jpg": encode(t, encodeJPEG, noise(image.NewRGBA(small))),
		"a.gif": encode(t, encodeGIF, noise(image.NewRGBA(small))), "part.gif": partGIF(t),
		"a.bmp": encode(t, bmp.Encode, noise(image.NewRGBA(small))), "a.tiff": encode(t, encodeTIFF, noise(image.NewRGBA(small))),
		"p1.pbm": []byte("P1 3 2\n101\n0 1 0"), "p2.pgm": []byte("P2\n# two\n2 2 9\n0 9 4 5"), "p3.ppm": []byte("P3 1 1 255 1 2 3"),
		"p4.pbm": []byte("P4 9 2\n\xaa\x80\x55\x00"), "p5.pgm": []byte("P5 2 1 1000\n\x03\xe8\x01\xf4"), "p6.ppm": []byte("P6 1 2 255\nabcdef"),
	}
	for _, name := range append([]string{"lossy.webp", "lossless.webp", "alpha.webp", "lzw.tiff", "fax.tiff"}, jpegSampling...) {
		all[name] = fixture(t, name)
	}
	return all
}

// TestDecode: what PNM's samples are, and that a header says what decoding gives.
func TestDecode(t *testing.T) {
	for name, want := range map[string]Picture{
		"p1.pbm": {1, 2, 3, []byte{0, 255, 0, 255, 0, 255}},
		"p2.pgm": {1, 2, 2, []byte{0, 255, 113, 142}},
		"p3.ppm": {3, 1, 1, []byte{1, 2, 3}},
		"p4.pbm": {1, 2, 9, []byte{0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255}},
		"p5.pgm": {1, 1, 2, []byte{255, 128}},
		"p6.ppm": {3, 2, 1, []byte("adbecf")},
	} {
		p, err := Decode(samples(t)[name])
		require.NoError(t, err, name)
		require.Equal(t, want, *p, name)
	}
	for name, raw := range samples(t) {
		require.True(t, Named("x"+filepath.Ext(name)), name)
		h, err := ReadHeader(iotest.OneByteReader(bytes.NewReader(raw)), int64(len(raw)))
		require.NoError(t, err, name)
		p, err := Decode(raw)
		require.NoError(t, err, name)
		require.Equal(t, []int{h.Height, h.Width}, []int{p.Height, p.Width}, name)
		require.Len(t, p.Pix, p.Channels*p.Height*p.Width)
		require.Contains(t, Formats(), h.Format)
	}
	p, err := Decode(encode(t, png.Encode, noise(image.NewRGBA(small))))
	require.NoError(t, err)
	require.Equal(t, 3, p.Channels)
	p, err = Decode(encode(t, encodeJPEG, noise(image.NewGray(small))))
	require.NoError(t, err)
	require.Equal(t, 1, p.Channels)
}

func TestNamed(t *testing.T) {
	for name, want := range map[string]bool{"a.JPG": true, "b/c.jpeg": true, "x.Tif": true, "a.txt": false, "png": false, ".webp": true, "a.png.gz": false} {
		require.Equal(t, want, Named(name), name)
	}
}

// TestTransparency: colors are as stored, whatever lets them be seen.
func TestTransparency(t *testing.T) {
	im := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	im.Pix = []byte{10, 20, 30, 0, 40, 50, 60, 128}
	want := []byte{10, 40, 20, 50, 30, 60}
	palette := image.NewPaletted(im.Rect, color.Palette{color.NRGBA{10, 20, 30, 0}, color.NRGBA{40, 50, 60, 128}})
	palette.Pix = []byte{0, 1}
	for name, raw := range map[string][]byte{
		"png": encode(t, png.Encode, im), "palette": encode(t, png.Encode, palette), "bmp": encode(t, bmp.Encode, im), "tiff": encode(t, encodeTIFF, im),
	} {
		p, err := Decode(raw)
		require.NoError(t, err)
		require.Equal(t, want, p.Pix, name)
	}
}

// TestTurn: the eight orientations of an image whose corners differ, by the corner that
// the specification says lies at the top left, and beside it.
func TestTurn(t *testing.T) {
	for orientation, want := range map[int]string{
		1: "abcdef", 2: "cbafed", 3: "fedcba", 4: "defabc", 5: "adbecf", 6: "daebfc", 7: "fcebda", 8: "cfbead",
	} {
		p := &Picture{1, 2, 3, []byte("abcdef")}
		p.turn(orientation)
		require.Equal(t, want, string(p.Pix), orientation)
		require.Equal(t, sideways(orientation), p.Width == 2)
	}
}

// claiming is a PNG whose header claims a size.
func claiming(t testing.TB, width, height uint32) []byte {
	b := encode(t, png.Encode, image.NewGray(small))
	binary.BigEndian.PutUint32(b[16:], width)
	binary.BigEndian.PutUint32(b[20:], height)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// at writes bytes into a copy.
func at(raw []byte, offset int, bytes ...byte) []byte {
	changed := slices.Clone(raw)
	copy(changed[offset:], bytes)
	return changed
}

// bombs are files whose headers claim 65,535 pixels high and wide, or nearly.
func bombs(t testing.TB) map[string][]byte {
	files := samples(t)
	frame := bytes.Index(files["2x2.jpg"], []byte{0xff, 0xc0})
	huge := []byte("II*\x00\x08\x00\x00\x00\x02\x00\x00\x01\x03\x00\x01\x00\x00\x00\xff\xff\x00\x00\x01\x01\x03\x00\x01\x00\x00\x00\xff\xff\x00\x00\x00\x00\x00\x00")
	return map[string][]byte{
		"png":           claiming(t, 65535, 65535),
		"smaller png":   claiming(t, 4096, 4096),
		"jpeg":          at(files["2x2.jpg"], frame+5, 0xff, 0xff, 0xff, 0xff),
		"smaller jpeg":  at(files["2x2.jpg"], frame+5, 0x0f, 0xff, 0x0f, 0xff),
		"gif":           at(files["a.gif"], 6, 0xff, 0xff, 0xff, 0xff),
		"bmp":           at(files["a.bmp"], 18, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0),
		"tiff":          huge,
		"lossy webp":    at(files["lossy.webp"], 26, 0xff, 0x3f, 0xff, 0x3f),
		"lossless webp": at(files["lossless.webp"], 21, 0xff, 0xff, 0xff, 0x0f),
		"pgm":           []byte("P5 65535 65535 255\n"),
		"plain pgm":     []byte("P2 65535 65535 255\n"),
		"wide pgm":      []byte("P5 3 178956970 255\n"),
	}
}

// modestly runs f and checks that it allocates no more than so many bytes.
func modestly(t testing.TB, most uint64, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, most)
}

func TestBombs(t *testing.T) {
	for name, raw := range bombs(t) {
		t.Run(name, func(t *testing.T) {
			modestly(t, 1<<20, func() {
				_, err := Decode(raw)
				requireError(t, err, "pixels")
			})
		})
	}
}

// requireError checks that err is one line and an *Error that contains a text.
func requireError(t testing.TB, err error, text string) {
	t.Helper()
	var wrong *Error
	require.True(t, errors.As(err, &wrong), "%v", err)
	require.ErrorContains(t, err, text)
	require.ErrorContains(t, err, "expected ")
	require.NotContains(t, err.Error(), "\n")
}

// TestDecodeRefuses: what cannot be decoded is told in one line, also where a decoder
// would allocate what a header claims.
func TestDecodeRefuses(t *testing.T) {
	files := samples(t)
	for _, tt := range []struct {
		name, want string
		raw        []byte
	}{
		{"nothing", "an empty file", nil},
		{"junk", `it begins with "junk"`, []byte("junk")},
		{"PNG without its image", "unexpected EOF", files["a.png"][:33]},
		{"JPEG by arithmetic codes", "unsupported JPEG feature", fixture(t, "arithmetic.jpg")},
		{"chroma finer than luma", "subsampling ratio", fixture(t, "1x1_2x2_2x2.jpg")},
		{"three luma samples", "subsampling ratio", fixture(t, "3x1.jpg")},
		{"four rows of luma", "subsampling ratio", fixture(t, "1x4.jpg")},
		{"an animation", "webp: an animation", fixture(t, "animated.webp")},
		{"a chunk of a gigabyte", `webp: a chunk "VP8 " of 1073741824 bytes where`, at(at(files["lossy.webp"], 4, 0, 1, 0, 0x40), 16, 0, 0, 0, 0x40)},
		{"separate planes", "planes one after the other", planar(t)},
		{"a sample too large", "a sample of 10, the largest is 9", []byte("P2 1 1 9 10")},
		{"no largest value", "a largest value of 0", []byte("P5 1 1 0 a")},
		{"too large a largest value", "a largest value of 65536", []byte("P5 1 1 65536 a")},
		{"letters", "'x' where a number is expected", []byte("P2 x")},
		{"no bit", "'2' where 0 or 1 is expected", []byte("P1 1 1 2")},
		{"no height", "at least one high and wide", []byte("P5 4 0 255 ")},
		{"zeros", "too many digits", append([]byte("P5 "), bytes.Repeat([]byte("0"), 1000)...)},
		{"the largest number", "a number above", []byte("P5 99999999999999999999 1 255 ")},
		{"a comment without an end", "unexpected EOF", []byte("P5 1 1 255# no end")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			modestly(t, 1<<20, func() {
				_, err := Decode(tt.raw)
				requireError(t, err, tt.want)
			})
		})
	}
	_, err := ReadHeader(bytes.NewReader(files["a.png"]), MaxFile+1)
	requireError(t, err, "an image of at most")
	_, err = ReadHeader(iotest.ErrReader(os.ErrPermission), 10)
	require.ErrorIs(t, err, os.ErrPermission)
	_, err = ReadHeader(io.MultiReader(bytes.NewReader(files["a.png"][:20]), iotest.ErrReader(os.ErrPermission)), 100)
	require.ErrorIs(t, err, os.ErrPermission)
	var wrong *Error
	require.False(t, errors.As(err, &wrong), "the file system's error is none of the file's")
}

// planar is a TIFF that says that its planes stand one after the other.
func planar(t testing.TB) []byte {
	raw := fixture(t, "lzw.tiff")
	entry := bytes.Index(raw, []byte{tagPlanar & 255, tagPlanar >> 8, typeShort, 0, 1, 0, 0, 0})
	require.Positive(t, entry)
	return at(raw, entry+8, 2)
}

// TestTruncated: the beginning of a file is an error, or for formats that do not say where
// they end another picture of the same size.
func TestTruncated(t *testing.T) {
	for name, raw := range samples(t) {
		h, err := ReadHeader(bytes.NewReader(raw), int64(len(raw)))
		require.NoError(t, err)
		refused := 0
		for n := range raw {
			p, err := Decode(raw[:n])
			if err != nil {
				requireError(t, err, "found")
				refused++
				continue
			}
			require.Equal(t, []int{h.Height, h.Width}, []int{p.Height, p.Width}, "%s of %d bytes", name, n)
		}
		require.GreaterOrEqual(t, refused, len(raw)/2, name)
	}
}

func FuzzDecode(f *testing.F) {
	files := samples(f)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f.Add(files[name])
	}
	for _, name := range []string{"png", "jpeg", "gif", "tiff", "lossy webp"} {
		f.Add(bombs(f)[name])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, herr := ReadHeader(bytes.NewReader(raw), int64(len(raw)))
		if herr == nil && h.Width*h.Height > 1<<20 {
			return // it may be honest, and takes long
		}
		p, err := Decode(raw)
		if err != nil {
			requireError(t, err, "found")
			return
		}
		require.NoError(t, herr)
		require.Equal(t, []int{h.Height, h.Width}, []int{p.Height, p.Width})
		require.Len(t, p.Pix, p.Channels*p.Height*p.Width)
	})
}

func BenchmarkDecode(b *testing.B) {
	photo := image.NewRGBA(image.Rect(0, 0, 500, 375))
	for y := range 375 {
		for x := range 500 {
			photo.Set(x, y, color.RGBA{byte(x * y / 200), byte(x/2 + y%7*5), byte(y + x*x/300), 255})
		}
	}
	for name, raw := range map[string][]byte{"jpeg": encode(b, encodeJPEG, photo), "png": encode(b, png.Encode, photo)} {
		b.Run(fmt.Sprintf("%s/%d bytes", name, len(raw)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
