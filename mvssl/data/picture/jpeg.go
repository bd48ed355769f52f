package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
)

// A JPEG has at least a bit a block of 64 pixels.
var jpegFormat = format{
	name: "JPEG", extensions: []string{".jpg", ".jpeg", ".jpe", ".jfif"},
	begins: magic("\xff\xd8\xff"), config: jpeg.DecodeConfig, decode: decodeJPEG,
	orientation: jpegOrientation, maxPerByte: 8 * 64,
}

func decodeJPEG(raw []byte) (*Picture, error) {
	im, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return pictureOf(im)
}

// ofYCbCr converts by JFIF's matrix, in libjpeg's fixed-point numbers, after interpolating
// chroma as libjpeg does: by triangles where it has half the width or height, by
// repetition where it has a quarter.
func ofYCbCr(im *image.YCbCr) *Picture {
	p := newPicture(im.Rect.Size())
	cb, cr := chromaOf(im, im.Cb), chromaOf(im, im.Cr)
	bufB, bufR := make([]byte, p.Width+1), make([]byte, p.Width+1)
	for y := range p.Height {
		r, g, b := p.row(y)
		luma := im.Y[y*im.YStride : y*im.YStride+p.Width]
		rowB, rowR := cb.row(y, bufB), cr.row(y, bufR)
		for x, l := range luma {
			l, u, v := int32(l), rowB[x], rowR[x]
			r[x] = clip(l + redOfCr[v])
			g[x] = clip(l + (greenOfCb[u]+greenOfCr[v])>>16)
			b[x] = clip(l + blueOfCb[u])
		}
	}
	return p.gray()
}

// What chroma adds to luma: R = Y + 1.402·Cr, G = Y − 0.34414·Cb − 0.71414·Cr,
// B = Y + 1.772·Cb (JFIF 1.02), with 16 bits behind the point; for green they are left.
var redOfCr, greenOfCb, greenOfCr, blueOfCb = func() (r, gb, gr, b [256]int32) {
	const half = 1 << 15
	fix := func(x float64) int32 { return int32(x*65536 + 0.5) }
	for i := range r {
		x := int32(i) - 128
		r[i], b[i] = (fix(1.402)*x+half)>>16, (fix(1.772)*x+half)>>16
		gr[i], gb[i] = -fix(0.71414)*x, -fix(0.34414)*x+half
	}
	return r, gb, gr, b
}()

// chroma is one of an image's two chroma planes.
type chroma struct {
	pix           []byte
	stride        int
	width, height int
	across, down  int // luma samples to one of these
	sums          []int32
}

func chromaOf(im *image.YCbCr, pix []byte) *chroma {
	c := &chroma{pix: pix, stride: im.CStride, across: 1, down: 1}
	switch im.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		c.across = 2
	case image.YCbCrSubsampleRatio420:
		c.across, c.down = 2, 2
	case image.YCbCrSubsampleRatio440:
		c.down = 2
	case image.YCbCrSubsampleRatio411:
		c.across = 4
	case image.YCbCrSubsampleRatio410:
		c.across, c.down = 4, 2
	}
	c.width, c.height = (im.Rect.Dx()+c.across-1)/c.across, (im.Rect.Dy()+c.down-1)/c.down
	c.sums = make([]int32, c.width)
	return c
}

// line is a row of the plane; beyond the edges, the row at the edge.
func (c *chroma) line(y int) []byte {
	y = min(max(y, 0), c.height-1)
	return c.pix[y*c.stride : y*c.stride+c.width]
}

// row returns the chroma of luma's row y, in buf if it has to be made.
func (c *chroma) row(y int, buf []byte) []byte {
	near := c.line(y / c.down)
	other := c.line(y/c.down - 1 + 2*(y%c.down)) // the row on the other side
	switch {
	case c.across == 1 && c.down == 1:
		return near
	case c.across == 1:
		bias := int32(1 + y%2)
		for x, v := range near {
			buf[x] = byte((3*int32(v) + int32(other[x]) + bias) >> 2)
		}
		return buf
	case c.across == 4 || c.width <= 2:
		for x := range len(buf) - 1 {
			buf[x] = near[x/c.across]
		}
		return buf
	case c.down == 1:
		for x, v := range near {
			c.sums[x] = int32(v)
		}
		widen(buf, c.sums, 2, 1, 2)
	default:
		for x, v := range near {
			c.sums[x] = 3*int32(v) + int32(other[x])
		}
		widen(buf, c.sums, 4, 8, 7)
	}
	return buf
}

// widen doubles a row: each half is three parts its own sample, one part the neighbor's,
// shifted right after adding the bias of the left and of the right half.
func widen(to []byte, sums []int32, shift int, left, right int32) {
	last := len(sums) - 1
	for x, v := range sums {
		before, after := sums[max(x-1, 0)], sums[min(x+1, last)]
		to[2*x] = byte((3*v + before + left) >> shift)
		if 2*x+1 < len(to) {
			to[2*x+1] = byte((3*v + after + right) >> shift)
		}
	}
}

// jpegOrientation reads the segments before the first frame.
func jpegOrientation(raw []byte) int {
	const exif = "Exif\x00\x00"
	for at := 2; at+4 <= len(raw) && raw[at] == 0xff; {
		marker := raw[at+1]
		if marker == 0xff { // fill
			at++
			continue
		}
		length := int(binary.BigEndian.Uint16(raw[at+2:]))
		frame := marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
		if frame || marker == 0xda || length < 2 || at+2+length > len(raw) {
			break
		}
		segment := raw[at+4 : at+2+length]
		if marker == 0xe1 && bytes.HasPrefix(segment, []byte(exif)) {
			return exifOrientation(segment[len(exif):])
		}
		at += 2 + length
	}
	return upright
}
