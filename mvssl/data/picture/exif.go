package picture

import (
	"encoding/binary"
	"slices"
)

const (
	// upright is EXIF's number of an image that needs no turning.
	upright = 1
	// The tags of a TIFF directory that are looked at, and the type of their numbers.
	tagCompression = 259
	tagPhotometric = 262
	tagOrientation = 274
	tagPlanar      = 284
	typeShort      = 3
)

// exifOrientation is the orientation by the first directory of a TIFF structure, which
// EXIF is; upright where it says nothing that makes sense.
func exifOrientation(tiff []byte) int {
	if v := tiffShort(tiff, tagOrientation); v >= 1 && v <= 8 {
		return v
	}
	return upright
}

// tiffShort is the value of a tag with one 16-bit number in the first directory; 0 where
// there is none.
func tiffShort(tiff []byte, tag uint16) int {
	var order binary.ByteOrder
	switch {
	case len(tiff) < 8:
		return 0
	case string(tiff[:4]) == "II*\x00":
		order = binary.LittleEndian
	case string(tiff[:4]) == "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := int(order.Uint16(tiff[at:]))
	for rest := tiff[at+2:]; entries > 0 && len(rest) >= 12; entries, rest = entries-1, rest[12:] {
		if order.Uint16(rest) == tag && order.Uint16(rest[2:]) == typeShort && order.Uint32(rest[4:]) == 1 {
			return int(order.Uint16(rest[8:]))
		}
	}
	return 0
}

// sideways reports whether an orientation swaps height and width.
func sideways(orientation int) bool { return orientation >= 5 }

// turn makes a picture upright that is stored with an EXIF orientation (EXIF 2.32, 4.6.4A).
func (p *Picture) turn(orientation int) {
	if orientation == upright {
		return
	}
	h, w := p.Height, p.Width
	height, width := h, w
	if sideways(orientation) {
		height, width = w, h
	}
	// Of what is stored, before it is transposed.
	upsideDown := slices.Contains([]int{3, 4, 6, 7}, orientation)
	mirrored := slices.Contains([]int{2, 3, 7, 8}, orientation)
	pix := make([]byte, len(p.Pix))
	for c := range p.Channels {
		from, to := p.Pix[c*h*w:(c+1)*h*w], pix[c*h*w:(c+1)*h*w]
		for y := range height {
			for x := range width {
				sy, sx := y, x
				if sideways(orientation) {
					sy, sx = x, y
				}
				if upsideDown {
					sy = h - 1 - sy
				}
				if mirrored {
					sx = w - 1 - sx
				}
				to[y*width+x] = from[sy*w+sx]
			}
		}
	}
	p.Height, p.Width, p.Pix = height, width, pix
}
