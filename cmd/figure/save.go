package main

import (
	"fmt"
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
	return saveAbove(file, width, height, 0, rows, nil)
}

// saveAbove is save above a strip of some height, of which below gets the part below each
// column.
func saveAbove(file string, width, height, strip vg.Length, rows [][]*plot.Plot, below func(column int, c draw.Canvas)) error {
	format := strings.TrimPrefix(filepath.Ext(file), ".")
	canvas, err := draw.NewFormattedCanvas(width, height, format)
	if err != nil {
		return fmt.Errorf("%s: no format %q; expected a name that ends in .svg, .pdf, .png, .eps, .tex, .jpg or .tiff", file, format)
	}
	tiles := draw.Tiles{Rows: len(rows), Cols: len(rows[0]), PadX: 6 * vg.Millimeter, PadY: 6 * vg.Millimeter,
		PadLeft: 2 * vg.Millimeter, PadRight: 4 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadBottom: 2*vg.Millimeter + strip}
	whole := draw.New(canvas)
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
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
