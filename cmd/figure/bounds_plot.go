package main

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// curve is a line of each panel.
type curve struct {
	name   string
	color  color.Color
	dashed bool
	value  func(r row) float64
}

var curves = []curve{
	{"mutual information", color.Black, false, func(r row) float64 { return r.truth }},
	{"ER, entropy known", color.RGBA{0, 140, 70, 255}, true, func(r row) float64 { return r.known }},
	{"the same, official normalizer", color.RGBA{150, 90, 160, 255}, true, func(r row) float64 { return r.official }},
	{"log k", color.Gray{150}, true, func(r row) float64 { return r.ceiling }},
	{"InfoNCE", color.RGBA{0, 90, 200, 255}, false, func(r row) float64 { return r.infoNCE.Value }},
	{"ER, self included", color.RGBA{200, 30, 30, 255}, false, func(r row) float64 { return r.include.Value }},
	{"ER, self excluded", color.RGBA{230, 150, 0, 255}, true, func(r row) float64 { return r.exclude.Value }},
}

// lowest and highest bound what the panels show, in nats.
const lowest, highest = -6, 34

// drawBounds draws the panels, two beside each other.
func drawBounds(file string, all [][]row) error {
	const columns = 2
	var rows [][]*plot.Plot
	for i, numbers := range all {
		p, err := plotPanel(panels[i], numbers, i == 0) // where curves leave room for the legend
		if err != nil {
			return err
		}
		if i%columns == 0 {
			rows = append(rows, nil)
		}
		rows[i/columns] = append(rows[i/columns], p)
	}
	return save(file, 24*vg.Centimeter, 18*vg.Centimeter, rows)
}

// plotPanel plots the curves of a panel.
func plotPanel(what panel, rows []row, legend bool) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = what.title
	p.X.Label.Text, p.Y.Label.Text = what.axis, "nats"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	for _, c := range curves {
		points := make(plotter.XYs, len(rows))
		for i, r := range rows {
			points[i] = plotter.XY{X: r.place, Y: c.value(r)}
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = c.color, vg.Points(1.6)
		if c.dashed {
			line.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
		}
		p.Add(line)
		if legend {
			p.Legend.Add(c.name, line)
		}
	}
	p.Y.Min, p.Y.Max = lowest, highest // what lies beyond is cut off, and stands in the tables
	return p, nil
}
