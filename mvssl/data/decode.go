package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
)

const (
	// maxSide is the most pixels that an image may be high or wide, and maxPixels how many
	// it may have: more than cameras make.
	maxSide   = 1 << 14
	maxPixels = 1 << 26
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

// headerOf reads as much of an image file, of length bytes, as tells its decoder and its
// size. What the header claims is checked. where names the file in errors.
func headerOf(where string, r io.Reader, length int64) (decoder, image.Point, error) {
	wrong := func(found, expected string) error {
		return &FormatError{File: where, Offset: -1, Found: found, Expected: expected}
	}
	if length > maxImageFile {
		return decoder{}, image.Point{}, wrong(fmt.Sprintf("%d bytes", length), fmt.Sprintf("an image of at most %d", maxImageFile))
	}
	in := bufio.NewReader(r)
	head, err := in.Peek(maxHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return decoder{}, image.Point{}, readError(where, err)
	}
	known, err := decoderOf(head)
	if err != nil {
		return known, image.Point{}, unreadable(where, err)
	}
	config, err := known.config(in)
	if err != nil {
		return known, image.Point{}, unreadable(where, err)
	}
	size := image.Pt(config.Width, config.Height)
	if min(size.X, size.Y) < 1 || max(size.X, size.Y) > maxSide || int64(size.X)*int64(size.Y) > min(maxPixels, known.maxPixels*length) {
		return known, size, wrong(fmt.Sprintf("a header for %d×%d pixels in %d bytes", size.Y, size.X, length),
			fmt.Sprintf("1 to %d pixels high and wide, at most %d in all, and at most %d a byte", maxSide, maxPixels, known.maxPixels))
	}
	return known, size, nil
}

// decodeImage decodes an image file's bytes, after what the header says was checked. where
// names the file in errors.
func decodeImage(where string, raw []byte) (image.Image, error) {
	known, size, err := headerOf(where, bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, err
	}
	im, err := known.decode(bytes.NewReader(raw))
	if err != nil {
		return nil, unreadable(where, err)
	}
	if got := im.Bounds().Size(); got != size {
		return nil, unreadable(where, fmt.Errorf("%d×%d pixels where the header says %d×%d", got.Y, got.X, size.Y, size.X))
	}
	return im, nil
}

// unreadable is the error of a file that no decoder reads.
func unreadable(where string, err error) error {
	return &FormatError{File: where, Offset: -1, Found: fmt.Sprintf("an unreadable image (%v)", err), Expected: "a PNG or JPEG image", Err: err}
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
