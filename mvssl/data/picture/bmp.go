package picture

import (
	"bytes"

	"golang.org/x/image/bmp"
)

// bmpFormat has 1, 2, 4, 8, 24 or 32 bits a pixel, as they are.
var bmpFormat = format{
	name: "BMP", extensions: []string{".bmp", ".dib"},
	begins: magic("BM"), config: bmp.DecodeConfig, decode: decodeBMP,
	maxPerByte: 8,
}

func decodeBMP(raw []byte) (*Picture, error) {
	im, err := bmp.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return pictureOf(im)
}
