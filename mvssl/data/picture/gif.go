package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"slices"
)

var gifFormat = format{
	name: "GIF", extensions: []string{".gif"},
	begins: magic("GIF87a", "GIF89a"), config: gif.DecodeConfig, decode: decodeGIF,
}

// decodeGIF decodes the first frame. Where it does not cover the screen, the rest has its
// palette's transparent color or, without one, the first.
func decodeGIF(raw []byte) (*Picture, error) {
	config, err := gif.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	im, err := gif.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	frame, ok := im.(*image.Paletted)
	if !ok {
		return pictureOf(im)
	}
	transparent := slices.IndexFunc(frame.Palette, func(c color.Color) bool { _, _, _, a := c.RGBA(); return a == 0 })
	if global, ok := config.ColorModel.(color.Palette); ok {
		frame.Palette = opaque(frame.Palette, global, transparent)
	}
	screen := image.Rect(0, 0, config.Width, config.Height)
	if frame.Rect.Eq(screen) {
		return ofPaletted(frame), nil
	}
	whole := image.NewPaletted(screen, frame.Palette)
	for i := range whole.Pix {
		whole.Pix[i] = byte(max(transparent, 0))
	}
	covered := frame.Rect.Intersect(screen)
	for y := covered.Min.Y; y < covered.Max.Y; y++ {
		at := whole.PixOffset(covered.Min.X, y)
		copy(whole.Pix[at:at+covered.Dx()], frame.Pix[frame.PixOffset(covered.Min.X, y):])
	}
	return ofPaletted(whole), nil
}

// opaque gives a frame's palette the transparent color that image/gif clears back, where
// the palette is the file's global one.
func opaque(palette, global color.Palette, transparent int) color.Palette {
	if transparent < 0 || transparent >= len(global) {
		return palette
	}
	back := slices.Clone(palette)
	back[transparent] = global[transparent]
	if slices.Equal(back[:min(len(back), len(global))], global) {
		return back
	}
	return palette
}
