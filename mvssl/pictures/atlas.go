package pictures

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	scale "golang.org/x/image/draw"
)

// Atlas is many small images in one.
type Atlas struct {
	Source  string `json:"source"` // a data URL
	Cell    int    `json:"cell"`   // the side of the square that each has, in its upper left corner
	Columns int    `json:"columns"`
	// Sizes are width and height of the images, one where all are of that size.
	Sizes [][2]int `json:"sizes"`
}

// atlas is one that is being filled.
type atlas struct {
	most  int // the longest side of an image, to which larger ones are shrunk
	tiles []*image.RGBA
}

// add adds an image and returns its place.
func (a *atlas) add(im *image.RGBA) int {
	if w, h := im.Rect.Dx(), im.Rect.Dy(); max(w, h) > a.most {
		longer := max(w, h)
		small := image.NewRGBA(image.Rect(0, 0, max(1, w*a.most/longer), max(1, h*a.most/longer)))
		scale.CatmullRom.Scale(small, small.Rect, im, im.Rect, scale.Src, nil)
		im = small
	}
	a.tiles = append(a.tiles, im)
	return len(a.tiles) - 1
}

// The sides of cells are multiples of a JPEG's block of two by two, so that images do not
// color one another.
const block = 16

// columns is how many images stand side by side.
const columns = 32

// Qualities of JPEG, for what is looked at and for what is glanced at.
const (
	looked  = 90
	glanced = 80
)

// encode returns the atlas: as PNG, which keeps every pixel, or as JPEG where that is asked
// for and much smaller.
func (a *atlas) encode(exact bool, quality int) (Atlas, error) {
	side := 1
	for _, im := range a.tiles {
		side = max(side, im.Rect.Dx(), im.Rect.Dy())
	}
	cell := (side + block - 1) / block * block
	all := Atlas{Cell: cell, Columns: min(columns, max(1, len(a.tiles)))}
	s := a.sheet(cell, all.Columns)
	for _, im := range a.tiles {
		all.Sizes = append(all.Sizes, [2]int{im.Rect.Dx(), im.Rect.Dy()})
	}
	if same(all.Sizes) {
		all.Sizes = all.Sizes[:1]
	}
	var p, j bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&p, s); err != nil {
		return all, err
	}
	if !exact {
		if err := jpeg.Encode(&j, s, &jpeg.Options{Quality: quality}); err != nil {
			return all, err
		}
	}
	const worth = 4 // thirds of the JPEG that a PNG may take
	if exact || 3*p.Len() <= worth*j.Len() {
		all.Source = "data:image/png;base64," + base64.StdEncoding.EncodeToString(p.Bytes())
	} else {
		all.Source = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(j.Bytes())
	}
	return all, nil
}

// sheet draws the images into their cells, the last pixels of each to the end of its cell:
// gray where all are.
func (a *atlas) sheet(cell, columns int) image.Image {
	rows := (len(a.tiles) + columns - 1) / columns
	full := image.NewRGBA(image.Rect(0, 0, cell*columns, cell*max(1, rows)))
	gray := image.NewGray(full.Rect)
	colored := false
	for i, im := range a.tiles {
		w, h := im.Rect.Dx(), im.Rect.Dy()
		for y := range cell {
			for x := range cell {
				c := im.RGBAAt(min(x, w-1), min(y, h-1))
				colored = colored || c.R != c.G || c.G != c.B
				at := image.Pt(i%columns*cell+x, i/columns*cell+y)
				full.SetRGBA(at.X, at.Y, c)
				gray.SetGray(at.X, at.Y, color.Gray{Y: c.R})
			}
		}
	}
	if !colored {
		return gray
	}
	return full
}

func same(sizes [][2]int) bool {
	for _, s := range sizes {
		if s != sizes[0] {
			return false
		}
	}
	return len(sizes) > 0
}
