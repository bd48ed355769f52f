package main

import (
	"bytes"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// save draws rows of plots, all of the same size, into a file of the format that its
// name ends in.
func save(file string, width, height vg.Length, rows [][]*plot.Plot) error {
	return saveAbove(file, width, height, 2*vg.Millimeter, 0, rows, nil)
}

// saveAbove is save below a margin and above a strip of some height, of which below gets the
// part below each column.
func saveAbove(file string, width, height, top, strip vg.Length, rows [][]*plot.Plot, below func(column int, c draw.Canvas)) error {
	tiles := draw.Tiles{Rows: len(rows), Cols: len(rows[0]), PadX: 6 * vg.Millimeter, PadY: 6 * vg.Millimeter,
		PadLeft: 2 * vg.Millimeter, PadRight: 4 * vg.Millimeter, PadTop: top, PadBottom: 2*vg.Millimeter + strip}
	return saveFigure(file, width, height, func(whole draw.Canvas) {
		for i, line := range plot.Align(rows, tiles, whole) {
			for j, c := range line {
				rows[i][j].Draw(c)
				if i == len(rows)-1 && below != nil {
					c.Max.Y = whole.Min.Y + strip
					c.Min.Y = whole.Min.Y
					below(j, c)
				}
			}
		}
	})
}

// saveFigure draws a figure into a file of the format that its name ends in.
func saveFigure(file string, width, height vg.Length, paint func(c draw.Canvas)) error {
	format := strings.TrimPrefix(filepath.Ext(file), ".")
	canvas, err := draw.NewFormattedCanvas(width, height, format)
	if err != nil {
		return fmt.Errorf("%s: no format %q; expected a name that ends in .svg, .pdf, .png, .eps, .tex, .jpg or .tiff", file, format)
	}
	c := draw.New(canvas)
	c.FillPolygon(color.White, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}})
	paint(c)
	var text bytes.Buffer
	if _, err := canvas.WriteTo(&text); err != nil {
		return err
	}
	return os.WriteFile(file, bytes.ReplaceAll(text.Bytes(), []byte(svgFont), []byte(svgFonts)), 0o644)
}

// What SVG says of the font, and what it says for those who do not have it: fonts of the
// same widths come next.
const (
	svgFont  = "font-family:Liberation Sans;"
	svgFonts = "font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"
)
