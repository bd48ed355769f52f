package command

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"entrec/internal/files"
	"entrec/mvssl/data"
	"entrec/mvssl/runs"
	"entrec/mvssl/sheet"
)

// The measures of a sheet of neighbors, in pixels.
const (
	sheetSide   = 96 // of an image
	sheetGap    = 10
	sheetApart  = 26 // between an image and its neighbors
	sheetColumn = sheetSide + sheetGap
	sheetRow    = sheetSide + 2*sheet.Line + sheetGap // with two lines of captions
)

// neighborsMark stands in the sheets that neighbors draws.
const neighborsMark = "entrec neighbors"

// writeSheet draws images, a row each, with their neighbors in the training set. The class
// of a neighbor that is another one than the image's is in red.
func writeSheet(path string, bank *data.Dataset, queries []runs.Query, found []runs.Neighborhood) error {
	widest := 0
	for _, of := range found {
		widest = max(widest, len(of.Neighbors))
	}
	s := sheet.New(2*sheetGap+sheetSide+sheetApart+widest*sheetColumn, sheetGap+len(found)*sheetRow)
	line := sheetGap + sheetSide + sheetApart/2
	draw.Draw(s, image.Rect(line, sheetGap, line+1, s.Rect.Max.Y-sheetGap), image.NewUniform(sheet.Faint), image.Point{}, draw.Src)
	for row, of := range found {
		at := image.Pt(sheetGap, sheetGap+row*sheetRow)
		if err := putImage(s, at, queries[row].Of, queries[row].Index, of.Image, word(of.Class), sheet.Ink); err != nil {
			return err
		}
		for i, n := range of.Neighbors {
			ink := color.Color(sheet.Ink)
			if of.Class != nil && n.Class != nil && *of.Class != *n.Class {
				ink = sheet.Other
			}
			to := at.Add(image.Pt(sheetSide+sheetApart+i*sheetColumn, 0))
			if err := putImage(s, to, bank, n.Index, fmt.Sprintf("%.4f", n.Distance), word(n.Class), ink); err != nil {
				return err
			}
		}
	}
	text, err := sheet.PNG(s, neighborsMark)
	if err != nil {
		return err
	}
	return files.Write(path, text)
}

// putImage draws an image of a data set, below it a line, and its class in a color.
func putImage(s *image.RGBA, at image.Point, d *data.Dataset, i int, line, class string, ink color.Color) error {
	im, err := sheet.Image(d, i)
	if err != nil {
		return err
	}
	sheet.Draw(s, at, sheetSide, im)
	sheet.Caption(s, at.Add(image.Pt(0, sheetSide)), sheetColumn, line, sheet.Ink)
	sheet.Caption(s, at.Add(image.Pt(0, sheetSide+sheet.Line)), sheetColumn, class, ink)
	return nil
}

// word returns a text that may be missing.
func word(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// isSheet reports whether a file is one that writeSheet wrote.
func isSheet(path string) bool { return sheet.By(path, neighborsMark) }
