package data

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"io"
	"slices"
	"sync"

	"entrec/mvssl/data/picture"
)

// gallery is the images of a data set that are of several sizes, or not in memory.
type gallery struct {
	entries []entry
	gray    bool   // one channel
	pixels  []byte // of all images; nil: they are decoded when they are read
	stored
	of    []int         // what is stored, which each image is
	slots chan struct{} // as many as images may be decoded at a time
}

// entry is what is known of an image.
type entry struct {
	content             // of what it is stored as
	size    image.Point // of the image
	facts   [3]facts    // of each channel
	at      int         // of its pixels, where these are in memory
}

// content is which bytes an image is stored as.
type content struct {
	size   int
	sha256 [sha256.Size]byte
}

func contentOf(raw []byte) content { return content{len(raw), sha256.Sum256(raw)} }

// facts are what is known of a plane of pixels.
type facts struct {
	sum, squares uint64
	crc          uint32
}

func factsOf(plane []byte) facts {
	f := sumsOf(plane)
	f.crc = crc32.ChecksumIEEE(plane)
	return f
}

// sumsOf is factsOf without the check sum.
func sumsOf(plane []byte) (f facts) {
	for _, v := range plane {
		f.sum += uint64(v)
		f.squares += uint64(v) * uint64(v)
	}
	return f
}

// Scratch is memory for reading images, one at a time; its zero value is ready.
type Scratch struct {
	raw    bytes.Buffer
	planes []byte
}

// Read returns image i, Channels×height×width bytes, row-major, and its size. What lies in
// memory is the data set's own, not a copy; what does not is decoded into memory of s, and
// stands there until s is used again. The error is one line about the file. Several images
// may be read at a time. It panics if i is not in [0, Len).
func (d *Dataset) Read(i int, s *Scratch) (pixels []byte, height, width int, err error) {
	if d.images == nil {
		return d.Image(i), d.Height, d.Width, nil
	}
	i = d.at(i)
	g := d.images
	e := &g.entries[i]
	if g.pixels == nil {
		pixels, err = g.decode(i, s)
	} else {
		pixels = g.pixels[e.at:][: d.Channels*e.size.X*e.size.Y : d.Channels*e.size.X*e.size.Y]
	}
	return pixels, e.size.Y, e.size.X, err
}

// scratches are kept for later calls of With.
var scratches = sync.Pool{New: func() any { return &Scratch{} }}

// With calls f with what [Dataset.Read] returns of image i, which is no one's behind that.
// The error is Read's.
func (d *Dataset) With(i int, f func(pixels []byte, height, width int)) error {
	if d.images == nil {
		f(d.Image(i), d.Height, d.Width)
		return nil
	}
	s := scratches.Get().(*Scratch)
	defer scratches.Put(s)
	pixels, height, width, err := d.Read(i, s)
	if err == nil {
		f(pixels, height, width)
	}
	return err
}

// Size returns the size of image i. It panics if i is not in [0, Len).
func (d *Dataset) Size(i int) (height, width int) {
	if d.images == nil {
		_ = d.Image(i)
		return d.Height, d.Width
	}
	size := d.images.entries[d.at(i)].size
	return size.Y, size.X
}

// at returns which image of the gallery image i is.
func (d *Dataset) at(i int) int {
	if d.order != nil {
		return d.order[i]
	}
	return i
}

// decode decodes an image.
func (g *gallery) decode(i int, s *Scratch) ([]byte, error) {
	g.slots <- struct{}{}
	defer func() { <-g.slots }()
	e, where := &g.entries[i], g.where(g.of[i])
	raw, err := s.read(g.stored, g.of[i])
	if err != nil {
		return nil, err
	}
	if contentOf(raw) != e.content {
		return nil, &FormatError{File: where, Offset: -1, Found: "other bytes than when the data set was loaded", Expected: "a file that stays as it is"}
	}
	channels := 3
	if g.gray {
		channels = 1
	}
	pixels, _, err := s.decode(where, raw, e.size, channels, nil)
	return pixels, err
}

// read reads what an image is stored as into the scratch's memory.
func (s *Scratch) read(from stored, i int) ([]byte, error) {
	in, length, err := from.open(i)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	s.raw.Reset()
	if _, err := s.raw.ReadFrom(io.LimitReader(in, min(length, picture.MaxFile))); err != nil {
		return nil, readError(from.where(i), err)
	}
	return s.raw.Bytes(), nil
}

// decode decodes an image of a size, as one plane where it is gray and one is asked for, else
// as three: into dst or, where that is nil, into memory that is s's or nobody's.
func (s *Scratch) decode(where string, raw []byte, size image.Point, channels int, dst []byte) (pixels []byte, gray bool, err error) {
	p, err := picture.Decode(raw)
	if err != nil {
		return nil, false, pictureError(where, err)
	}
	if p.Height != size.Y || p.Width != size.X {
		return nil, false, &FormatError{File: where, Offset: -1, Found: fmt.Sprintf("an image of %d×%d", p.Height, p.Width), Expected: fmt.Sprintf("%d×%d, as before", size.Y, size.X)}
	}
	gray = p.Channels == 1
	if dst == nil && p.Channels == channels {
		return p.Pix, gray, nil
	}
	if dst == nil {
		s.planes = slices.Grow(s.planes[:0], channels*size.X*size.Y)
		dst = s.planes[:channels*size.X*size.Y]
	}
	for n := 0; n < len(dst); {
		n += copy(dst[n:], p.Pix) // a gray plane as often as it takes
	}
	return dst, gray, nil
}

// pictureError says of a picture's error which file it is about.
func pictureError(where string, err error) error {
	var wrong *picture.Error
	if errors.As(err, &wrong) {
		return &FormatError{File: where, Offset: -1, Found: wrong.Found, Expected: wrong.Expected, Err: wrong.Err}
	}
	return readError(where, err)
}
