package picture

import (
	"bytes"
	"errors"

	"golang.org/x/image/tiff"
)

// tiffFormat is of 1, 8 or 16 bits a sample, stored as they are or by LZW, Deflate,
// PackBits or CCITT's fax codes; of several pages the first.
var tiffFormat = format{
	name: "TIFF", extensions: []string{".tif", ".tiff"},
	begins: magic("II*\x00", "MM\x00*"), config: tiff.DecodeConfig, decode: decodeTIFF,
	orientation: exifOrientation,
}

func decodeTIFF(raw []byte) (*Picture, error) {
	if tiffShort(raw, tagPlanar) > 1 {
		return nil, errors.New("tiff: unsupported feature: planes one after the other")
	}
	im, err := tiff.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	p, err := pictureOf(im)
	if fax := tiffShort(raw, tagCompression); (fax == 3 || fax == 4) && tiffShort(raw, tagPhotometric) == 1 {
		for i := range p.Pix { // x/image takes such codes for white on black, libtiff for black on white
			p.Pix[i] = 255 - p.Pix[i]
		}
	}
	return p, err
}
