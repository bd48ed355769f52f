package main

import (
	"fmt"
	"image/color"
	"math"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// draw draws the sweeps, each from (1, 1) on, in a file of SVG: time beside memory,
// in both logarithms, where a power is a straight line.
func (g *growth) draw(file string) error {
	time, err := g.panel("time", "ms")
	if err != nil {
		return err
	}
	memory, err := g.panel("memory", "MB")
	if err != nil {
		return err
	}
	const width, height = 26 * vg.Centimeter, 12 * vg.Centimeter
	canvas := vgsvg.New(width, height)
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: 6 * vg.Millimeter, PadLeft: 2 * vg.Millimeter, PadRight: 4 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadBottom: 2 * vg.Millimeter}
	for i, c := range plot.Align([][]*plot.Plot{{time, memory}}, tiles, draw.New(canvas))[0] {
		[]*plot.Plot{time, memory}[i].Draw(c)
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

// panel plots the sweeps whose cost has the unit, and the first and second power.
func (g *growth) panel(title, unit string) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "size, times the smallest", "cost, times the smallest's"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	shown, widest := 0, 1.0
	for _, s := range g.Sweeps {
		if s.Cost != unit {
			continue
		}
		points := make(plotter.XYs, len(s.Sizes))
		for i := range points {
			points[i] = plotter.XY{X: float64(s.Sizes[i]) / float64(s.Sizes[0]), Y: s.Costs[i] / s.Costs[0]}
			widest = max(widest, points[i].X)
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		line.Width, line.Color = vg.Points(1.5), plotutil.Color(shown)
		dots.Color, dots.Shape = plotutil.Color(shown), plotutil.Shape(shown)
		p.Add(line, dots)
		p.Legend.Add(fmt.Sprintf("%s, by %s: %.2f", s.Name, s.Size, s.Exponent), line, dots)
		shown++
	}
	for power := 1.0; power <= 2; power++ {
		line, err := plotter.NewLine(plotter.XYs{{X: 1, Y: 1}, {X: widest, Y: math.Pow(widest, power)}})
		if err != nil {
			return nil, err
		}
		line.Color, line.Dashes = color.Gray{128}, []vg.Length{vg.Points(4), vg.Points(3)}
		p.Add(line)
		if power == 2 {
			p.Legend.Add("first and second power", line)
		}
	}
	return p, nil
}
