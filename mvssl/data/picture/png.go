package picture

import (
	"bytes"
	"image/png"
)

var pngFormat = format{
	name: "PNG", extensions: []string{".png"},
	begins: magic("\x89PNG\r\n\x1a\n"), config: png.DecodeConfig, decode: decodePNG,
}

func decodePNG(raw []byte) (*Picture, error) {
	im, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return pictureOf(im)
}
