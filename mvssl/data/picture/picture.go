// Package picture decodes image files: PNG, JPEG, WebP, BMP, TIFF, GIF and PNM, told
// apart by how a file begins, whatever its name.
//
// Pixels come out as torchvision's default loader has them, which is Pillow's
// open(…).convert("RGB"): eight bits a channel, colors as they are stored, without
// transparency and color profiles; chroma of JPEG and WebP is interpolated as libjpeg and
// libwebp do. docs/views-and-data.md says where the two differ.
//
// No input makes this package panic, and no number in a header is believed before it is
// held against the file's length.
package picture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"path"
	"slices"
	"strings"
)

const (
	// MaxPixels is the most pixels that an image may have: Pillow's limit, too.
	MaxPixels = 178_956_970
	// MaxFile is the most bytes that an image's file may have.
	MaxFile = 1 << 29
	// PixelCost bounds how many bytes a pixel takes while it is decoded: the coefficients
	// of a progressive JPEG, its planes, and the picture.
	PixelCost = 24
	// maxPerByte is how many pixels a byte of a file is believed to hold, beyond those of
	// freePixels: a bit a pixel, deflated.
	maxPerByte = 8 * 1032
	// freePixels is how many pixels a file of any length may have.
	freePixels = 1 << 22
	// maxHead is the longest beginning by which a file's format is found.
	maxHead = 12
)

// Picture is a decoded image.
type Picture struct {
	// Channels is 1 where red, green and blue are equal in every pixel, else 3.
	Channels, Height, Width int
	// Pix holds Channels×Height×Width bytes, row-major, 0 black to 255 full.
	Pix []byte
}

// Header is what the beginning of an image file says.
type Header struct {
	// Format is the name of the file's format.
	Format string
	// Height and Width are those of the image as it is looked at, upright.
	Height, Width int
}

// Error says that a file is no image that can be decoded.
type Error struct {
	// Found and Expected complete the sentence "found …, expected …".
	Found, Expected string
	// Err is the decoder's error, or nil.
	Err error
}

// Error is one line.
func (e *Error) Error() string { return fmt.Sprintf("found %s, expected %s", e.Found, e.Expected) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// format is a row in the table of formats.
type format struct {
	name       string
	extensions []string
	begins     func(head []byte) bool
	config     func(r io.Reader) (image.Config, error)
	// decode decodes a file whose header has been looked at.
	decode func(raw []byte) (*Picture, error)
	// orientation finds EXIF's number in the file's beginning; nil where none is looked for.
	orientation func(begin []byte) int
	maxPerByte  int64 // if not 0, without freePixels
}

// formats are called by their names: what else a program registers with
// image.RegisterFormat decodes nothing here.
var formats = []format{pngFormat, jpegFormat, webpFormat, gifFormat, bmpFormat, tiffFormat, pnmFormat}

// magic returns what holds of a file that begins so.
func magic(beginnings ...string) func(head []byte) bool {
	return func(head []byte) bool {
		return slices.ContainsFunc(beginnings, func(m string) bool { return strings.HasPrefix(string(head), m) })
	}
}

// Formats lists the formats' names.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Extensions lists the endings of names that image files have, in lower case, with their dot.
func Extensions() []string {
	var all []string
	for _, f := range formats {
		all = append(all, f.extensions...)
	}
	return all
}

// Named reports whether a file is an image by the ending of its name, in any case.
func Named(name string) bool { return slices.Contains(Extensions(), strings.ToLower(path.Ext(name))) }

// Kind is the name of the format of a file that begins so; "" for none.
func Kind(head []byte) string {
	for _, f := range formats {
		if f.begins(head) {
			return f.name
		}
	}
	return ""
}

// Expected is what a file should be that is none of the formats.
func Expected() string {
	names := Formats()
	return "an image: " + strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// ReadHeader reads as much of a file of length bytes as its size and orientation take.
// The error is an *[Error], or r's.
func ReadHeader(r io.Reader, length int64) (Header, error) {
	h, _, err := readHeader(r, length)
	return h.Header, err
}

// Decode decodes an image file. The error is an *[Error].
func Decode(raw []byte) (*Picture, error) {
	h, _, err := readHeader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, err
	}
	p, err := h.format.decode(raw)
	if err != nil {
		return nil, unreadable(err)
	}
	p.turn(h.turned)
	if p.Width != h.Width || p.Height != h.Height {
		return nil, unreadable(fmt.Errorf("%d×%d pixels where the header says %d×%d", p.Height, p.Width, h.Height, h.Width))
	}
	return p, nil
}

// fullHeader is a Header with what decoding needs.
type fullHeader struct {
	Header
	format format
	turned int // EXIF's orientation
}

// readHeader also returns what it has read of the file.
func readHeader(r io.Reader, length int64) (fullHeader, []byte, error) {
	if length > MaxFile {
		return fullHeader{}, nil, &Error{Found: fmt.Sprintf("%d bytes", length), Expected: fmt.Sprintf("an image of at most %d", MaxFile)}
	}
	var begin bytes.Buffer
	failing := &failing{r: r}
	in := bufio.NewReader(io.TeeReader(failing, &begin))
	head, err := in.Peek(maxHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return fullHeader{}, nil, err
	}
	if len(head) == 0 {
		return fullHeader{}, nil, unreadable(errors.New("an empty file"))
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.begins(head) })
	if i < 0 {
		return fullHeader{}, nil, unreadable(fmt.Errorf("it begins with %q", head[:min(8, len(head))]))
	}
	f := formats[i]
	config, err := f.config(in)
	switch {
	case failing.err != nil:
		return fullHeader{}, nil, failing.err
	case err != nil:
		return fullHeader{}, nil, unreadable(err)
	}
	if err := f.believe(config, length); err != nil {
		return fullHeader{}, nil, err
	}
	h := fullHeader{Header: Header{Format: f.name, Height: config.Height, Width: config.Width}, format: f, turned: upright}
	if f.orientation != nil {
		h.turned = f.orientation(begin.Bytes())
	}
	if sideways(h.turned) {
		h.Width, h.Height = h.Height, h.Width
	}
	return h, begin.Bytes(), nil
}

// failing is a reader that keeps its own error apart from those of who reads from it.
type failing struct {
	r   io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// believe holds a header's size against what a file of length bytes can hold.
func (f format) believe(c image.Config, length int64) error {
	perByte, free := int64(maxPerByte), int64(freePixels)
	if f.maxPerByte > 0 {
		perByte, free = f.maxPerByte, 0
	}
	pixels := int64(c.Width) * int64(c.Height)
	switch {
	case c.Width < 1 || c.Height < 1:
		return &Error{Found: fmt.Sprintf("a header for %d×%d pixels", c.Height, c.Width), Expected: "at least one high and wide"}
	case c.Width > MaxPixels || c.Height > MaxPixels || pixels > MaxPixels:
		return &Error{Found: fmt.Sprintf("a header for %d×%d pixels", c.Height, c.Width), Expected: fmt.Sprintf("at most %d in all", MaxPixels)}
	case pixels > free+perByte*length:
		return &Error{
			Found:    fmt.Sprintf("a header for %d×%d pixels in %d bytes", c.Height, c.Width, length),
			Expected: fmt.Sprintf("at most %d pixels a byte of %s", perByte, f.name),
		}
	}
	return nil
}

// unreadable is the error of a file that cannot be decoded.
func unreadable(err error) error {
	return &Error{Found: fmt.Sprintf("an unreadable image (%v)", err), Expected: Expected(), Err: err}
}
