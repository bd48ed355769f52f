// Package sheet draws images of a data set, and views of them, on sheets: pictures with
// short captions that are kept as PNG.
package sheet

import (
	"image"
	"image/color"
	"image/draw"

	scale "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"entrec/mvssl/data"
)

// The measures of captions, in pixels.
const (
	Line  = 14 // from one to the next
	glyph = 7  // how wide a letter is
)

// The colors of a sheet.
var (
	Ink   = color.Gray{0x22}
	Faint = color.Gray{0xcc}
	Other = color.RGBA{0xb0, 0x1c, 0x1c, 0xff} // of what is not as it should be
)

// New returns an empty sheet.
func New(width, height int) *image.RGBA {
	s := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(s, s.Rect, image.White, image.Point{}, draw.Src)
	return s
}

// Image returns an image of a data set. The error is that of one that cannot be read.
func Image(d *data.Dataset, i int) (im *image.RGBA, err error) {
	err = d.With(i, func(pixels []byte, height, width int) {
		im = picture(height, width, d.Channels, func(p int) byte { return pixels[p] })
	})
	return im, err
}

// picture returns a picture of planes, channel after channel, of which at gives the bytes.
func picture(height, width, channels int, at func(p int) byte) *image.RGBA {
	im, area := image.NewRGBA(image.Rect(0, 0, width, height)), height*width
	for p := range area {
		c := color.RGBA{at(p), 0, 0, 0xff}
		c.G, c.B = c.R, c.R
		if channels == 3 {
			c.G, c.B = at(area+p), at(2*area+p)
		}
		im.SetRGBA(p%width, p/width, c)
	}
	return im
}

// Draw draws a picture in the middle of a square of so many pixels: one that is small
// enlarged by a whole factor, so that its pixels are seen, another as large as fits.
func Draw(s draw.Image, at image.Point, side int, im *image.RGBA) {
	to := Fit(side, im.Rect.Dx(), im.Rect.Dy()).Add(at)
	var scaler scale.Scaler = scale.CatmullRom
	if to.Dx()%im.Rect.Dx() == 0 && to.Dy()%im.Rect.Dy() == 0 {
		scaler = scale.NearestNeighbor
	}
	scaler.Scale(s, to, im, im.Rect, scale.Src, nil)
}

// Fit returns where [Draw] draws a picture of some size in a square.
func Fit(side, width, height int) image.Rectangle {
	longer := max(width, height)
	w, h := side*width/longer, side*height/longer
	if longer <= side/2 {
		w, h = width*(side/longer), height*(side/longer)
	}
	w, h = max(w, 1), max(h, 1)
	return image.Rect(0, 0, w, h).Add(image.Pt((side-w)/2, (side-h)/2))
}

// Caption writes a line, as much of it as fits into a width, from a place on which is
// above it.
func Caption(s draw.Image, at image.Point, width int, text string, ink color.Color) {
	letters, most := []rune(text), width/glyph
	if len(letters) > most {
		letters = append(letters[:max(0, most-2)], '.', '.')
	}
	d := font.Drawer{Dst: s, Src: image.NewUniform(ink), Face: basicfont.Face7x13, Dot: fixed.P(at.X, at.Y+Line-2)}
	d.DrawString(string(letters))
}
