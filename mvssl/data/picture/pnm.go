package picture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
)

// PNM (https://netpbm.sourceforge.net/doc/pnm.html): "P" and a digit, width, height and,
// but for bitmaps, the largest value, separated by white space and comments; then the
// samples, in decimal numbers (P1, P2, P3) or, after one white space, as bytes (P4, P5, P6).
// Of several images in a file the first.
var pnmFormat = format{
	name: "PNM", extensions: []string{".pgm", ".ppm", ".pbm", ".pnm"},
	begins: beginsPNM, config: configPNM, decode: decodePNM, maxPerByte: 8,
}

// maxDigits is the most digits of a number, leading zeros among them.
const maxDigits = 10

func beginsPNM(head []byte) bool {
	return len(head) > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' && (isSpace(head[2]) || head[2] == '#')
}

func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

// pnmHeader is what stands before the samples.
type pnmHeader struct {
	kind          byte // the digit
	width, height int
	largest       int
}

// bitmap reports whether samples are bits, 1 for black.
func (h pnmHeader) bitmap() bool { return h.kind == '1' || h.kind == '4' }

// plain reports whether samples are decimal numbers.
func (h pnmHeader) plain() bool { return h.kind <= '3' }

// channels is how many samples a pixel has.
func (h pnmHeader) channels() int {
	if h.kind == '3' || h.kind == '6' {
		return 3
	}
	return 1
}

func configPNM(r io.Reader) (image.Config, error) {
	h, err := readPNM(bufio.NewReader(r))
	return image.Config{ColorModel: color.RGBAModel, Width: h.width, Height: h.height}, err
}

// readPNM reads a header and what separates it from the samples.
func readPNM(r *bufio.Reader) (pnmHeader, error) {
	var begin [2]byte
	if _, err := io.ReadFull(r, begin[:]); err != nil {
		return pnmHeader{}, whole(err)
	}
	h := pnmHeader{kind: begin[1], largest: 1}
	fields := []*int{&h.width, &h.height, &h.largest}
	if h.bitmap() {
		fields = fields[:2]
	}
	for _, field := range fields {
		v, err := pnmNumber(r, MaxPixels)
		if err != nil {
			return pnmHeader{}, err
		}
		*field = v
	}
	if h.largest < 1 || h.largest > math.MaxUint16 {
		return pnmHeader{}, fmt.Errorf("pnm: a largest value of %d", h.largest)
	}
	return h, nil
}

// pnmNumber reads a decimal number, after white space and comments, and the one byte
// behind it.
func pnmNumber(r *bufio.Reader, most int) (int, error) {
	value, digits := 0, 0
	for {
		b, err := r.ReadByte()
		switch {
		case err == io.EOF && digits > 0:
			return value, nil
		case err != nil:
			return 0, whole(err)
		case b >= '0' && b <= '9':
			if value = 10*value + int(b-'0'); value > most {
				return 0, fmt.Errorf("pnm: a number above %d", most)
			}
			digits++
			if digits > maxDigits {
				return 0, errors.New("pnm: a number of too many digits")
			}
		case isSpace(b):
			if digits > 0 {
				return value, nil
			}
		case b == '#':
			if err := skipLine(r); err != nil {
				return 0, err
			}
			if digits > 0 {
				return value, nil
			}
		default:
			return 0, fmt.Errorf("pnm: %q where a number is expected", b)
		}
	}
}

// skipLine reads a comment to its end.
func skipLine(r *bufio.Reader) error {
	for {
		switch b, err := r.ReadByte(); {
		case err != nil:
			return whole(err)
		case b == '\n' || b == '\r':
			return nil
		}
	}
}

// whole is the error of a file that ends too early.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func decodePNM(raw []byte) (*Picture, error) {
	r := bufio.NewReader(bytes.NewReader(raw))
	h, err := readPNM(r)
	if err != nil {
		return nil, err
	}
	p := &Picture{Channels: h.channels(), Height: h.height, Width: h.width, Pix: make([]byte, h.channels()*h.width*h.height)}
	next := h.samples(r)
	for y := range p.Height {
		for x := range p.Width {
			for c := range p.Channels {
				v, err := next(x)
				if err != nil {
					return nil, err
				}
				if v > h.largest {
					return nil, fmt.Errorf("pnm: a sample of %d, the largest is %d", v, h.largest)
				}
				if h.bitmap() {
					v = 1 - v
				}
				p.Pix[(c*p.Height+y)*p.Width+x] = byte((2*255*v + h.largest) / (2 * h.largest))
			}
		}
	}
	return p.gray(), nil
}

// samples returns what reads the next sample, of column x.
func (h pnmHeader) samples(r *bufio.Reader) func(x int) (int, error) {
	var bits byte
	one := func() (int, error) {
		b, err := r.ReadByte()
		return int(b), whole(err)
	}
	switch {
	case h.kind == '1':
		return func(int) (int, error) { return pnmBit(r) }
	case h.plain():
		return func(int) (int, error) { return pnmNumber(r, math.MaxUint16) }
	case h.kind == '4': // a row ends with its byte
		return func(x int) (_ int, err error) {
			if x%8 == 0 {
				bits, err = r.ReadByte()
			}
			return int(bits>>(7-x%8)) & 1, whole(err)
		}
	case h.largest < 256:
		return func(int) (int, error) { return one() }
	}
	return func(int) (int, error) {
		upper, err := one()
		if err != nil {
			return 0, err
		}
		lower, err := one()
		return upper<<8 | lower, err
	}
}

// pnmBit reads a digit 0 or 1, which need not be separated from the next.
func pnmBit(r *bufio.Reader) (int, error) {
	for {
		b, err := r.ReadByte()
		switch {
		case err != nil:
			return 0, whole(err)
		case b == '0' || b == '1':
			return int(b - '0'), nil
		case b == '#':
			if err := skipLine(r); err != nil {
				return 0, err
			}
		case !isSpace(b):
			return 0, fmt.Errorf("pnm: %q where 0 or 1 is expected", b)
		}
	}
}
