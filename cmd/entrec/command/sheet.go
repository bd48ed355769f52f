package command

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	scale "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"entrec/internal/files"
	"entrec/mvssl/data"
	"entrec/mvssl/runs"
)

// The measures of a sheet of images, in pixels.
const (
	sheetSide   = 96 // of an image
	sheetGap    = 10
	sheetApart  = 26 // between an image and its neighbors
	sheetLine   = 14 // of a caption
	sheetLines  = 2
	sheetGlyph  = 7 // how wide a letter is
	sheetColumn = sheetSide + sheetGap
	sheetRow    = sheetSide + sheetLines*sheetLine + sheetGap
)

var (
	sheetInk   = color.Gray{0x22}
	sheetFaint = color.Gray{0xcc}
	sheetOther = color.RGBA{0xb0, 0x1c, 0x1c, 0xff} // of a class that is not the image's
)

// writeSheet draws images, a row each, with their neighbors in the training set. The class
// of a neighbor that is another one than the image's is in red.
func writeSheet(path string, bank *data.Dataset, queries []runs.Query, found []runs.Neighborhood) error {
	widest := 0
	for _, of := range found {
		widest = max(widest, len(of.Neighbors))
	}
	size := image.Rect(0, 0, 2*sheetGap+sheetSide+sheetApart+widest*sheetColumn, sheetGap+len(found)*sheetRow)
	s := image.NewRGBA(size)
	draw.Draw(s, size, image.White, image.Point{}, draw.Src)
	line := sheetGap + sheetSide + sheetApart/2
	draw.Draw(s, image.Rect(line, sheetGap, line+1, size.Max.Y-sheetGap), image.NewUniform(sheetFaint), image.Point{}, draw.Src)
	for row, of := range found {
		y := sheetGap + row*sheetRow
		if err := drawImage(s, sheetGap, y, queries[row].Of, queries[row].Index); err != nil {
			return err
		}
		caption(s, sheetGap, y, 0, of.Image, sheetInk)
		caption(s, sheetGap, y, 1, word(of.Class), sheetInk)
		for i, n := range of.Neighbors {
			x := sheetGap + sheetSide + sheetApart + i*sheetColumn
			if err := drawImage(s, x, y, bank, n.Index); err != nil {
				return err
			}
			ink := color.Color(sheetInk)
			if of.Class != nil && n.Class != nil && *of.Class != *n.Class {
				ink = sheetOther
			}
			caption(s, x, y, 0, fmt.Sprintf("%.4f", n.Distance), sheetInk)
			caption(s, x, y, 1, word(n.Class), ink)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, s); err != nil {
		return err
	}
	return files.Write(path, marked(b.Bytes()))
}

// word returns a text that may be missing.
func word(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// drawImage draws an image of a data set, as large as fits into a square.
func drawImage(s *image.RGBA, x, y int, d *data.Dataset, i int) error {
	return d.With(i, func(pixels []byte, height, width int) {
		im, area := image.NewRGBA(image.Rect(0, 0, width, height)), height*width
		for p := range area {
			c := color.RGBA{pixels[p], pixels[p], pixels[p], 0xff}
			if d.Channels == 3 {
				c.G, c.B = pixels[area+p], pixels[2*area+p]
			}
			im.SetRGBA(p%width, p/width, c)
		}
		w, h := sheetSide*width/max(width, height), sheetSide*height/max(width, height)
		to := image.Rect(0, 0, max(w, 1), max(h, 1)).Add(image.Pt(x+(sheetSide-w)/2, y+(sheetSide-h)/2))
		var scaler scale.Scaler = scale.CatmullRom
		if max(width, height) <= sheetSide/2 {
			scaler = scale.NearestNeighbor // pixels stay visible
		}
		scaler.Scale(s, to, im, im.Bounds(), scale.Src, nil)
	})
}

// caption writes a line below an image, as much of it as fits.
func caption(s *image.RGBA, x, y, line int, text string, ink color.Color) {
	const most = sheetColumn / sheetGlyph
	letters := []rune(text)
	if len(letters) > most {
		letters = append(letters[:most-2], '.', '.')
	}
	d := font.Drawer{Dst: s, Src: image.NewUniform(ink), Face: basicfont.Face7x13, Dot: fixed.P(x, y+sheetSide+(line+1)*sheetLine-2)}
	d.DrawString(string(letters))
}

// A PNG begins with its signature and the chunk IHDR; behind them goes a chunk that says who
// drew the sheet.
const (
	sheetAt   = 8 + 4 + 4 + 13 + 4
	sheetMark = "tEXtSoftware\x00entrec neighbors"
)

// marked returns a PNG with the mark.
func marked(content []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(sheetMark)-len("tEXt")))
	chunk = append(chunk, sheetMark...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE([]byte(sheetMark)))
	return append(append(append([]byte{}, content[:sheetAt]...), chunk...), content[sheetAt:]...)
}

// isSheet reports whether a file is one that writeSheet wrote.
func isSheet(path string) bool {
	f, _, err := files.Open(path, 1<<30)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, sheetAt+4+len(sheetMark))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head[sheetAt+4:]) == sheetMark
}
