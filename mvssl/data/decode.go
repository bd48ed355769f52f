package data

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
)

const (
	// maxSide is the most pixels that an image may be high or wide.
	maxSide = 4096
	// maxImageFile is the most bytes that an image's file may have.
	maxImageFile = 1 << 27
	// maxHead is the longest beginning by which a file's decoder is found.
	maxHead = 8
)

// decoder is what reads a format of image files.
type decoder struct {
	magic  string // how a file begins
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// maxPixels bounds what a byte of a file can hold.
	maxPixels int64
}

// decoders are called by their names: what else a program registers with
// image.RegisterFormat decodes nothing here. PNG has at least one bit a pixel, deflated;
// JPEG at least one bit a block of 64 pixels.
var decoders = []decoder{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, 8 * maxInflation},
	{"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode, 8 * 64},
}

// errSize is the Err of a FormatError about an image of another size than the first.
var errSize = errors.New("image size differs")

// content is which bytes a file holds.
type content struct {
	size   int
	sha256 [sha256.Size]byte
}

// decode reads an image file. If want is not zero, the image must have that size. What the
// header says is checked before the rest of the file is read, and before memory is
// allocated for it.
func (dir folder) decode(name string, want image.Point) (image.Image, content, error) {
	file := dir.file(name)
	wrong := func(found, expected string, err error) error {
		return &FormatError{File: file, Offset: -1, Found: found, Expected: expected, Err: err}
	}
	unreadable := func(err error) error {
		return wrong(fmt.Sprintf("an unreadable image (%v)", err), "a PNG or JPEG image", err)
	}
	f, err := dir.Open(name)
	if err != nil {
		return nil, content{}, readError(file, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, content{}, readError(file, err)
	}
	if info.Size() > maxImageFile {
		return nil, content{}, wrong(fmt.Sprintf("%d bytes", info.Size()), fmt.Sprintf("an image of at most %d", maxImageFile), nil)
	}
	in := bufio.NewReader(f)
	head, err := in.Peek(maxHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, content{}, readError(file, err)
	}
	known, err := decoderOf(head)
	if err != nil {
		return nil, content{}, unreadable(err)
	}
	var raw bytes.Buffer
	config, err := known.config(io.TeeReader(in, &raw))
	if err != nil {
		return nil, content{}, unreadable(err)
	}
	size, length := image.Pt(config.Width, config.Height), info.Size()
	switch {
	case min(size.X, size.Y) < 1 || max(size.X, size.Y) > maxSide || int64(size.X)*int64(size.Y) > known.maxPixels*length:
		return nil, content{}, wrong(fmt.Sprintf("a header for %d×%d pixels in %d bytes", size.Y, size.X, length),
			fmt.Sprintf("1 to %d pixels high and wide, and at most %d pixels a byte", maxSide, known.maxPixels), nil)
	case want != (image.Point{}) && size != want:
		return nil, content{}, wrong(fmt.Sprintf("an image of %d×%d", size.Y, size.X), fmt.Sprintf("%d×%d, as the first image is", want.Y, want.X), errSize)
	}
	if _, err := raw.ReadFrom(io.LimitReader(in, maxImageFile)); err != nil {
		return nil, content{}, readError(file, err)
	}
	im, err := known.decode(bytes.NewReader(raw.Bytes()))
	if err != nil {
		return nil, content{}, unreadable(err)
	}
	if got := im.Bounds().Size(); got != size {
		return nil, content{}, unreadable(fmt.Errorf("%d×%d pixels where the header says %d×%d", got.Y, got.X, size.Y, size.X))
	}
	return im, content{raw.Len(), sha256.Sum256(raw.Bytes())}, nil
}

// decoderOf returns the decoder of a file that begins so.
func decoderOf(head []byte) (decoder, error) {
	for _, d := range decoders {
		if strings.HasPrefix(string(head), d.magic) {
			return d, nil
		}
	}
	return decoder{}, fmt.Errorf("it begins with %q", head)
}

// decoded is what came of a file.
type decoded struct {
	gray bool // red, green and blue are equal in every pixel
	content
	err error
}

// decodeInto decodes an image of scratch's size into dst, as three planes. Transparent
// pixels come out as if on black, 16-bit channels lose their low byte.
func (dir folder) decodeInto(dst []byte, name string, scratch *image.RGBA) decoded {
	im, is, err := dir.decode(name, scratch.Rect.Max)
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
	return decoded{gray: gray, content: is}
}
