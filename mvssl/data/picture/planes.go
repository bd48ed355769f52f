package picture

import (
	"fmt"
	"image"
	"image/color"
	"slices"
)

// newPicture returns a black picture of three channels.
func newPicture(size image.Point) *Picture {
	return &Picture{Channels: 3, Height: size.Y, Width: size.X, Pix: make([]byte, 3*size.X*size.Y)}
}

// row returns the three planes of a row.
func (p *Picture) row(y int) (r, g, b []byte) {
	plane, at := p.Width*p.Height, y*p.Width
	return p.Pix[at : at+p.Width], p.Pix[plane+at : plane+at+p.Width], p.Pix[2*plane+at : 2*plane+at+p.Width]
}

// gray drops two channels that say nothing.
func (p *Picture) gray() *Picture {
	plane := p.Width * p.Height
	if p.Channels == 3 && slices.Equal(p.Pix[:plane], p.Pix[plane:2*plane]) && slices.Equal(p.Pix[:plane], p.Pix[2*plane:]) {
		return &Picture{Channels: 1, Height: p.Height, Width: p.Width, Pix: slices.Clone(p.Pix[:plane])}
	}
	return p
}

// pictureOf takes the colors of an image as they are stored, without their transparency;
// of 16 bits the upper eight.
func pictureOf(im image.Image) (*Picture, error) {
	bounds := im.Bounds()
	size := bounds.Size()
	switch im := im.(type) {
	case *image.Gray:
		return grayRows(size, im.Pix, im.Stride, 1), nil
	case *image.Gray16:
		return grayRows(size, im.Pix, im.Stride, 2), nil
	case *image.YCbCr:
		return ofYCbCr(im), nil
	case *image.RGBA:
		straight(im.Pix)
		return colorRows(size, im.Pix, im.Stride, 4, 1), nil
	case *image.NRGBA:
		return colorRows(size, im.Pix, im.Stride, 4, 1), nil
	case *image.RGBA64:
		return colorRows(size, im.Pix, im.Stride, 8, 2), nil
	case *image.NRGBA64:
		return colorRows(size, im.Pix, im.Stride, 8, 2), nil
	case *image.CMYK:
		return ofCMYK(im), nil
	case *image.Paletted:
		return ofPaletted(im), nil
	}
	return nil, fmt.Errorf("pixels of type %T", im)
}

// grayRows takes the first of every step bytes.
func grayRows(size image.Point, pix []byte, stride, step int) *Picture {
	p := &Picture{Channels: 1, Height: size.Y, Width: size.X, Pix: make([]byte, size.X*size.Y)}
	for y := range size.Y {
		from, to := pix[y*stride:], p.Pix[y*size.X:(y+1)*size.X]
		for x := range to {
			to[x] = from[x*step]
		}
	}
	return p
}

// colorRows takes red, green and blue, apart bytes from one to the next, of every step.
func colorRows(size image.Point, pix []byte, stride, step, apart int) *Picture {
	p := newPicture(size)
	for y := range size.Y {
		r, g, b := p.row(y)
		from := pix[y*stride:]
		for x := range r {
			px := from[x*step : x*step+2*apart+1]
			r[x], g[x], b[x] = px[0], px[apart], px[2*apart]
		}
	}
	return p.gray()
}

// straight undoes the multiplication of colors by their opacity.
func straight(pix []byte) {
	for i := 0; i+3 < len(pix); i += 4 {
		if a := int(pix[i+3]); a != 0 && a != 255 {
			for c := i; c < i+3; c++ {
				pix[c] = byte(min(255, 255*int(pix[c])/a))
			}
		}
	}
}

// ofPaletted looks colors up. What the palette lacks is black.
func ofPaletted(im *image.Paletted) *Picture {
	var r, g, b [256]byte
	for i, c := range im.Palette[:min(256, len(im.Palette))] {
		r[i], g[i], b[i] = stored(c)
	}
	p := newPicture(im.Rect.Size())
	for y := range p.Height {
		pr, pg, pb := p.row(y)
		for x, i := range im.Pix[y*im.Stride : y*im.Stride+p.Width] {
			pr[x], pg[x], pb[x] = r[i], g[i], b[i]
		}
	}
	return p.gray()
}

// stored is a palette's color without its transparency.
func stored(c color.Color) (r, g, b byte) {
	if c, ok := c.(color.NRGBA); ok {
		return c.R, c.G, c.B
	}
	r16, g16, b16, _ := c.RGBA()
	return byte(r16 >> 8), byte(g16 >> 8), byte(b16 >> 8)
}

// ofCMYK multiplies what each ink lets pass, in integers as Pillow does.
func ofCMYK(im *image.CMYK) *Picture {
	p := newPicture(im.Rect.Size())
	for y := range p.Height {
		r, g, b := p.row(y)
		from := im.Pix[y*im.Stride:]
		for x := range r {
			px := from[4*x : 4*x+4]
			black := 255 - int32(px[3])
			r[x], g[x], b[x] = clip(black-by255(px[0], black)), clip(black-by255(px[1], black)), clip(black-by255(px[2], black))
		}
	}
	return p.gray()
}

// by255 is ink·light/255, rounded.
func by255(ink byte, light int32) int32 {
	v := int32(ink)*light + 128
	return (v>>8 + v) >> 8
}

// clip is the nearest byte.
func clip(v int32) byte { return byte(min(max(v, 0), 255)) }
