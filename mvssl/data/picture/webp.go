package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"

	"golang.org/x/image/webp"
)

var webpFormat = format{
	name: "WebP", extensions: []string{".webp"},
	begins: func(head []byte) bool {
		return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP"
	},
	config: webp.DecodeConfig, decode: decodeWebP,
}

func decodeWebP(raw []byte) (*Picture, error) {
	if err := honestRIFF(raw); err != nil {
		return nil, err
	}
	im, err := webp.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	switch im := im.(type) {
	case *image.YCbCr:
		return ofVP8(im), nil
	case *image.NYCbCrA:
		return ofVP8(&im.YCbCr), nil
	}
	return pictureOf(im)
}

// honestRIFF reports chunks that claim more bytes than the file has, for which the decoder
// would allocate, and animations, which it does not know.
func honestRIFF(raw []byte) error {
	for at := int64(12); at+8 <= int64(len(raw)); {
		name, length := raw[at:at+4], int64(binary.LittleEndian.Uint32(raw[at+4:]))
		if left := int64(len(raw)) - at - 8; length > left {
			return fmt.Errorf("webp: a chunk %q of %d bytes where %d are left", name, length, left)
		}
		if string(name) == "ANIM" || string(name) == "ANMF" {
			return errors.New("webp: an animation")
		}
		at += 8 + length + length%2
	}
	return nil
}

// ofVP8 converts from VP8's colors, which are BT.601's of 16 to 235, in libwebp's
// fixed-point numbers, after interpolating chroma as libwebp does: nine parts the nearest
// sample, three each of its neighbors beside and above or below, one the diagonal one.
func ofVP8(im *image.YCbCr) *Picture {
	p := newPicture(im.Rect.Size())
	width, height := (p.Width+1)/2, (p.Height+1)/2
	us, vs := make([]byte, p.Width+1), make([]byte, p.Width+1)
	for y := range p.Height {
		near := y / 2
		other := min(max(near-1+2*(y%2), 0), height-1)
		line := func(pix []byte, y int) []byte { return pix[y*im.CStride : y*im.CStride+width] }
		widenVP8(us[:p.Width], line(im.Cb, near), line(im.Cb, other))
		widenVP8(vs[:p.Width], line(im.Cr, near), line(im.Cr, other))
		r, g, b := p.row(y)
		for x, l := range im.Y[y*im.YStride : y*im.YStride+p.Width] {
			l, u, v := int32(l)*19077>>8, int32(us[x]), int32(vs[x])
			r[x] = clip((l + v*26149>>8 - 14234) >> 6)
			g[x] = clip((l - u*6419>>8 - v*13320>>8 + 8708) >> 6)
			b[x] = clip((l + u*33050>>8 - 17685) >> 6)
		}
	}
	return p.gray()
}

// widenVP8 doubles a row of chroma between it and the row on the other side.
func widenVP8(to, near, other []byte) {
	last := len(near) - 1
	for x := range to {
		here := x / 2
		beside := min(max(here-1+2*(x%2), 0), last)
		a, b, c, d := int32(near[here]), int32(near[beside]), int32(other[here]), int32(other[beside])
		if here == beside {
			to[x] = byte((3*a + c + 2) >> 2)
			continue
		}
		diagonal := (a + b + c + d + 8 + 2*(b+c)) >> 3
		to[x] = byte((diagonal + a) >> 1)
	}
}
