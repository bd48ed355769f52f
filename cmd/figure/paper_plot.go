package main

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"entrec/mvssl/runs"
)

// Colors that readers who do not see all of them can tell apart (Okabe and Ito, 2008).
var (
	blue       = color.RGBA{0, 114, 178, 255}
	vermillion = color.RGBA{213, 94, 0, 255}
	green      = color.RGBA{0, 158, 115, 255}
	purple     = color.RGBA{204, 121, 167, 255}
)

// style is how an arm's line looks.
func (a arm) style() draw.LineStyle {
	s := draw.LineStyle{Width: vg.Points(1.6)}
	switch {
	case a.recenters && a.er:
		s.Color = purple
	case a.recenters:
		s.Color = green
	case a.er:
		s.Color = vermillion
	default:
		s.Color = blue
	}
	if a.small {
		s.Dashes = []vg.Length{vg.Points(4), vg.Points(2)}
	}
	return s
}

// dotted is the style of the most that an entropy can be.
var dotted = draw.LineStyle{Color: color.Gray{110}, Width: vg.Points(1), Dashes: []vg.Length{vg.Points(1.5), vg.Points(1.5)}}

// drawPaper draws three rows of three panels, and below each column which line is which.
func drawPaper(file string, p paper) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	plotter.DefaultFont = plot.DefaultFont
	var rows [][]*plot.Plot
	for i := range metrics("") {
		rows = append(rows, nil)
		for _, method := range columns {
			panel, err := paperPanel(p[method], method, i)
			if err != nil {
				return err
			}
			rows[i] = append(rows[i], panel)
		}
	}
	const titles, legend = 8 * vg.Millimeter, 4.2 * vg.Centimeter // titles of aligned panels stand at different heights
	return saveAbove(file, 27*vg.Centimeter, 22*vg.Centimeter, titles, legend, rows, func(column int, c draw.Canvas) {
		drawLegend(c, columns[column], p[columns[column]])
	})
}

// paperPanel plots a metric of a method: the mean over seeds of each arm by epochs, and a
// band from the least to the most.
func paperPanel(of map[arm][]*runs.History, method string, row int) (*plot.Plot, error) {
	m := metrics(method)[row]
	p := plot.New()
	if row == 0 {
		p.Title.Text = titles[method]
		p.Title.TextStyle.Font.Size = vg.Points(13)
	}
	if len(of) == 0 {
		return p, sayNotRun(p)
	}
	p.Y.Label.Text = m.title
	if row == len(metrics(method))-1 {
		p.X.Label.Text = "epoch"
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{230}, color.Gray{230}
	p.Add(grid)
	most := math.Inf(1)
	var lines []plot.Plotter
	for _, a := range arms {
		band := bandOf(of[a], m)
		if band == nil {
			continue
		}
		most = min(most, m.most(of[a][0]))
		line, area, err := band.plotters(a)
		if err != nil {
			return nil, err
		}
		p.Add(area)
		lines = append(lines, line)
	}
	if !math.IsInf(most, 1) {
		top := plotter.NewFunction(func(float64) float64 { return most })
		top.LineStyle = dotted
		p.Add(top)
		p.Y.Max = max(p.Y.Max, most)
	}
	p.Add(lines...)
	p.X.Min = 0
	return p, nil
}

// sayNotRun makes a panel of what has not been made: words alone.
func sayNotRun(p *plot.Plot) error {
	words, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: 0.5, Y: 0.5}}, Labels: []string{"not run yet"}})
	if err != nil {
		return err
	}
	words.TextStyle[0].XAlign, words.TextStyle[0].Color = text.XCenter, color.Gray{110}
	p.Add(words)
	p.HideAxes()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	return nil
}

// band is a metric by epochs: the least, the mean and the most over seeds.
type band struct{ epoch, least, mean, most []float64 }

// bandOf returns the band of runs, nil where none has a value. An epoch that not all of
// them have is left out.
func bandOf(all []*runs.History, m metric) *band {
	by := map[int][]float64{}
	last := 0
	for _, h := range all {
		for _, e := range h.Epochs {
			if v := m.value(e); v != nil {
				by[e.Epoch] = append(by[e.Epoch], *v)
				last = max(last, e.Epoch)
			}
		}
	}
	b := &band{}
	for epoch := range last + 1 {
		values := by[epoch]
		if len(values) == 0 || len(values) != len(all) {
			continue
		}
		least, most, sum := math.Inf(1), math.Inf(-1), 0.0
		for _, v := range values {
			least, most, sum = min(least, v), max(most, v), sum+v
		}
		b.epoch, b.least, b.most = append(b.epoch, float64(epoch)), append(b.least, least), append(b.most, most)
		b.mean = append(b.mean, sum/float64(len(values)))
	}
	if len(b.epoch) == 0 {
		return nil
	}
	return b
}

// plotters returns the line of the mean and the area around it.
func (b *band) plotters(a arm) (*plotter.Line, *plotter.Polygon, error) {
	mean, edge := make(plotter.XYs, len(b.epoch)), make(plotter.XYs, 0, 2*len(b.epoch))
	for i, x := range b.epoch {
		mean[i] = plotter.XY{X: x, Y: b.mean[i]}
		edge = append(edge, plotter.XY{X: x, Y: b.least[i]})
	}
	for i := len(b.epoch) - 1; i >= 0; i-- {
		edge = append(edge, plotter.XY{X: b.epoch[i], Y: b.most[i]})
	}
	line, err := plotter.NewLine(mean)
	if err != nil {
		return nil, nil, err
	}
	area, err := plotter.NewPolygon(edge)
	if err != nil {
		return nil, nil, err
	}
	line.LineStyle = a.style()
	area.LineStyle.Width = 0
	c := a.style().Color.(color.RGBA)
	area.Color = color.NRGBA{c.R, c.G, c.B, 45}
	return line, area, nil
}

// drawLegend draws which line is which arm of a column, one below the other.
func drawLegend(c draw.Canvas, method string, of map[arm][]*runs.History) {
	const height, sample = 0.52 * vg.Centimeter, 1.0 * vg.Centimeter
	words := text.Style{Color: color.Black, Font: plot.DefaultFont, YAlign: text.YCenter, Handler: plot.DefaultTextHandler}
	words.Font.Size = vg.Points(10)
	y := c.Max.Y - height
	line := func(style draw.LineStyle, name string) {
		c.StrokeLine2(style, c.Min.X, y, c.Min.X+sample, y)
		c.FillText(words, vg.Point{X: c.Min.X + sample + vg.Points(5), Y: y}, name)
		y -= height
	}
	for _, a := range arms {
		if len(of[a]) > 0 {
			line(a.style(), a.name(method))
		}
	}
	if len(of) > 0 {
		line(dotted, map[bool]string{false: "entropy of an even spread", true: "ln c, the most there is"}[method == "dino"])
	}
}
