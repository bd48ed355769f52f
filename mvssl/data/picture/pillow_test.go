package picture

import (
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// pillowWrites writes images of many kinds into the folder x.
const pillowWrites = `
import os
import numpy as np
from PIL import Image, ImageOps
rng = np.random.default_rng(7)
def scene(w, h):
    j, i = np.meshgrid(np.arange(w), np.arange(h))
    a = np.stack([128+127*np.sin(i/3+j/5), 255*((i//4+j//4) % 2), 128+127*np.cos(i*j/40)], -1)
    return Image.fromarray((a + rng.integers(-20, 20, a.shape)).clip(0, 255).astype(np.uint8))
def save(im, name, **how): im.save(os.path.join(x, name), **how)
for w, h in [(1, 1), (2, 2), (3, 2), (4, 5), (5, 3), (16, 16), (17, 33), (64, 48), (131, 77)]:
    im, size = scene(w, h), f"{w}x{h}"
    rgba = im.convert("RGBA"); rgba.putalpha(Image.fromarray(rng.integers(0, 256, (h, w)).astype(np.uint8)))
    for s, name in enumerate(["444", "422", "420"]):
        save(im, f"{name}-{size}.jpg", subsampling=s, quality=95)
    save(im, f"progressive-{size}.jpg", progressive=True, quality=70)
    save(im.convert("L"), f"gray-{size}.jpg")
    save(im.convert("CMYK"), f"cmyk-{size}.jpg", quality=95)
    save(im, f"rgb-{size}.png")
    save(rgba, f"rgba-{size}.png")
    save(rgba.convert("LA"), f"la-{size}.png")
    save(im.convert("L"), f"l-{size}.png")
    save(im.convert("1"), f"1-{size}.png")
    for colors in 2, 4, 16, 256:
        save(im.quantize(colors), f"p{colors}-{size}.png", bits={2: 1, 4: 2, 16: 4, 256: 8}[colors])
    save(im.quantize(16), f"ptrns-{size}.png", transparency=bytes(range(0, 160, 10)))
    save(im.quantize(200), f"p-{size}.gif")
    save(im.quantize(16), f"ptrns-{size}.gif", transparency=3)
    save(im.convert("L"), f"l-{size}.gif")
    save(im, f"two-{size}.gif", save_all=True, append_images=[im.transpose(0)])
    save(im, f"lossy-{size}.webp", quality=90)
    save(im, f"poor-{size}.webp", quality=5)
    save(rgba, f"alpha-{size}.webp", quality=90)
    save(im, f"lossless-{size}.webp", lossless=True)
    save(rgba, f"lossless-alpha-{size}.webp", lossless=True, exact=True)
    for mode in "RGB", "L", "1", "P":
        save(im.convert(mode) if mode != "P" else im.quantize(256), f"{mode.lower()}-{size}.bmp")
    save(rgba, f"rgba-{size}.bmp")
    for how in None, "tiff_lzw", "tiff_deflate", "packbits":
        save(im, f"rgb-{how}-{size}.tiff", compression=how)
        save(im.convert("L"), f"l-{how}-{size}.tif", compression=how)
        save(im.quantize(256), f"p-{how}-{size}.tif", compression=how)
    save(rgba, f"rgba-{size}.tiff")
    for how in None, "group3", "group4":
        save(im.convert("1"), f"1-{how}-{size}.tiff", compression=how)
    save(im, f"p6-{size}.ppm"); save(im.convert("L"), f"p5-{size}.pgm"); save(im.convert("1"), f"p4-{size}.pbm")
    a = np.asarray(im)
    for digit, values, most in [(2, a[..., 0], 255), (3, a, 255), (1, a[..., 0] // 128, None), (2, a[..., 0] % 14, 13), (3, a % 8, 7)]:
        head = f"P{digit}\n# a comment\n{w} {h}\n" + (f"{most}\n" if most else "")
        with open(os.path.join(x, f"p{digit}-{most}-{size}.pnm"), "w") as f: f.write(head + " ".join(map(str, values.ravel())) + "\n")
    wide = rng.integers(0, 65536, (h, w, 3))
    with open(os.path.join(x, f"p6-16bit-{size}.ppm"), "wb") as f: f.write(f"P6 {w} {h} 65535\n".encode() + wide.astype(">u2").tobytes())
im = scene(13, 7)
for o in range(1, 9):
    exif = Image.Exif(); exif[0x112] = o
    save(im, f"exif-{o}.jpg", exif=exif, quality=95, subsampling=2)
    save(im, f"exif-{o}.tiff", tiffinfo={274: o})
`

// pillowReads decodes the images of the folder x as torchvision's default loader does,
// after turning them upright.
const pillowReads = `
import base64
y = {}
for name in sorted(os.listdir(x)):
    im = Image.open(os.path.join(x, name))
    im = (im if im.format == "TIFF" else ImageOps.exif_transpose(im)).convert("RGB")  # TIFF is turned by open
    y[name] = {"size": list(im.size), "rgb": base64.b64encode(im.tobytes()).decode()}
`

// farthestOf is how far from Pillow's a kind of file may be, by the ending of its name: JPEG's
// cosine transforms differ. All others are equal.
var farthestOf = map[string]int{".jpg": 3}

// TestPillow holds every kind of file that Pillow writes against what Pillow reads.
func TestPillow(t *testing.T) {
	likePillow(t, pillowWrites, t.TempDir(), 400)
}

// TestPillowReads holds files against what Pillow reads that it does not write: other
// sampling factors (by libjpeg's cjpeg), channels of 16 bits, CMYK as luma and chroma.
func TestPillowReads(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, raw []byte) { require.NoError(t, os.WriteFile(filepath.Join(dir, name), raw, 0o644)) }
	for _, name := range jpegSampling {
		put(name, fixture(t, name))
	}
	size := image.Rect(0, 0, 9, 5)
	put("rgb16.png", encode(t, png.Encode, noise(image.NewRGBA64(size))))
	put("rgba16.png", encode(t, png.Encode, noise(image.NewNRGBA64(size))))
	put("rgb16.tiff", encode(t, encodeTIFF, noise(image.NewRGBA64(size))))
	put("rgba16.tiff", encode(t, encodeTIFF, noise(image.NewNRGBA64(size))))
	put("part.gif", partGIF(t))
	write := `
import io, os
import numpy as np
from PIL import Image, ImageOps
cmyk = np.random.default_rng(3).integers(0, 256, (5, 6, 4)).astype(np.uint8).repeat(8, 0).repeat(8, 1)
f = io.BytesIO()
Image.fromarray(cmyk, "CMYK").save(f, "JPEG", quality=95)
b = bytearray(f.getvalue())
assert b[(at := b.index(b"Adobe")) + 11] == 0
b[at + 11] = 2
open(os.path.join(x, "ycck.jpg"), "wb").write(b)
`
	likePillow(t, write, dir, len(jpegSampling)+5)
}

// TestPillowDiffers: 16 bits of gray are made eight here, and cut off at 255 there.
func TestPillowDiffers(t *testing.T) {
	dir := t.TempDir()
	gray := image.NewGray16(image.Rect(0, 0, 4, 1))
	for x, v := range []uint16{0, 255, 256, 0x8000} {
		gray.SetGray16(x, 0, color.Gray16{Y: v})
	}
	raw := encode(t, png.Encode, gray)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "gray16.png"), raw, 0o644))
	p, err := Decode(raw)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 0, 1, 0x80}, p.Pix)
	require.Equal(t, 1, p.Channels)
	rgb := pillow(t, "import os\nfrom PIL import Image, ImageOps\n", dir)["gray16.png"].pix(t)
	require.Equal(t, []byte{0, 255, 255, 255}, []byte{rgb[0], rgb[3], rgb[6], rgb[9]})
}

// asRead is what Pillow makes of a file: width and height, and the pixels in base 64.
type asRead struct {
	Size []int
	RGB  string
}

func (a asRead) pix(t *testing.T) []byte {
	rgb, err := base64.StdEncoding.DecodeString(a.RGB)
	require.NoError(t, err)
	return rgb
}

// pillow returns what Pillow reads of the files in a folder, after a program has run.
func pillow(t *testing.T, program, dir string) map[string]asRead {
	var found map[string]asRead
	foreign.Run(t, []string{"PIL", "numpy"}, program+pillowReads, dir, &found)
	return found
}

// likePillow checks that at least so many files in a folder, after a program has run, have
// the pixels that Pillow reads.
func likePillow(t *testing.T, program, dir string, files int) {
	found := pillow(t, program, dir)
	require.GreaterOrEqual(t, len(found), files)
	largest := map[string]int{}
	for name, want := range found {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		p, err := Decode(raw)
		require.NoError(t, err, name)
		require.Equal(t, want.Size, []int{p.Width, p.Height}, name)
		ext := filepath.Ext(name)
		d := farthest(p, want.pix(t))
		largest[ext] = max(largest[ext], d)
		require.LessOrEqual(t, d, farthestOf[ext], name)
	}
	t.Logf("%d files, largest differences %v", len(found), largest)
}

// farthest is the largest difference of a picture to interleaved red, green and blue.
func farthest(p *Picture, rgb []byte) int {
	most, plane := 0, p.Width*p.Height
	for i := range plane {
		for c := range 3 {
			v := p.Pix[min(c, p.Channels-1)*plane+i]
			most = max(most, int(v)-int(rgb[3*i+c]), int(rgb[3*i+c])-int(v))
		}
	}
	return most
}
