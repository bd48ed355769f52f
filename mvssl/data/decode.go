package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // so that image.Decode knows it
	_ "image/png"  // likewise
	"io/fs"
)

const (
	// maxSide is the most pixels that an image may be high or wide.
	maxSide = 4096
	// maxPixelsPerByte bounds what a file can hold: PNG has at least one bit a pixel,
	// deflated; JPEG at least one bit a block of 64 pixels.
	maxPixelsPerByte = 8 * maxInflation
)

// errSize is the Err of a FormatError about an image of another size than the first.
var errSize = errors.New("image size differs")

// decode reads an image file. If want is not zero, the image must have that size.
// The header's size is checked before memory is allocated for it.
func (dir folder) decode(name string, want image.Point) (image.Image, error) {
	file := dir.file(name)
	raw, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, readError(file, err)
	}
	unreadable := func(err error) error {
		return &FormatError{File: file, Offset: -1, Found: fmt.Sprintf("an unreadable image (%v)", err), Expected: "a PNG or JPEG image", Err: err}
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, unreadable(err)
	}
	size := image.Pt(config.Width, config.Height)
	switch {
	case min(size.X, size.Y) < 1 || max(size.X, size.Y) > maxSide || size.X*size.Y > maxPixelsPerByte*len(raw):
		return nil, &FormatError{
			File: file, Offset: -1, Found: fmt.Sprintf("a header for %d×%d pixels in %d bytes", size.Y, size.X, len(raw)),
			Expected: fmt.Sprintf("1 to %d pixels high and wide, and at most %d pixels a byte", maxSide, maxPixelsPerByte),
		}
	case want != (image.Point{}) && size != want:
		return nil, &FormatError{
			File: file, Offset: -1, Found: fmt.Sprintf("an image of %d×%d", size.Y, size.X),
			Expected: fmt.Sprintf("%d×%d, as the first image is", want.Y, want.X), Err: errSize,
		}
	}
	im, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, unreadable(err)
	}
	if got := im.Bounds().Size(); got != size {
		return nil, unreadable(fmt.Errorf("%d×%d pixels where the header says %d×%d", got.Y, got.X, size.Y, size.X))
	}
	return im, nil
}

// decoded is what came of a file.
type decoded struct {
	gray bool // red, green and blue are equal in every pixel
	err  error
}

// decodeInto decodes an image of scratch's size into dst, as three planes. Transparent
// pixels come out as if on black, 16-bit channels lose their low byte.
func (dir folder) decodeInto(dst []byte, name string, scratch *image.RGBA) decoded {
	im, err := dir.decode(name, scratch.Rect.Max)
	if err != nil {
		return decoded{err: err}
	}
	draw.Draw(scratch, scratch.Rect, im, im.Bounds().Min, draw.Src)
	plane := len(dst) / 3
	r, g, b := dst[:plane], dst[plane:2*plane], dst[2*plane:]
	gray := true
	for i := range plane {
		p := scratch.Pix[4*i : 4*i+4]
		r[i], g[i], b[i] = p[0], p[1], p[2]
		gray = gray && p[0] == p[1] && p[1] == p[2]
	}
	return decoded{gray: gray}
}
