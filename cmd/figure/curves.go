package main

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// segments returns the parts of a trace between its gaps, in places of the canvas.
func (t *trace) segments(x, y func(float64) vg.Length, log bool, of ...[]float64) (parts [][][]vg.Point) {
	var now [][]vg.Point
	end := func() {
		if len(now) > 0 && len(now[0]) > 0 {
			parts = append(parts, now)
		}
		now = make([][]vg.Point, len(of))
	}
	end()
	for i, v := range t.mean {
		if math.IsNaN(v) || log && !(t.least[i] > 0) {
			end()
			continue
		}
		for k, values := range of {
			now[k] = append(now[k], vg.Point{X: x(t.xs[i]), Y: y(values[i])})
		}
	}
	end()
	return parts
}

// isLog reports whether an axis is logarithmic.
func isLog(a plot.Axis) bool { _, is := a.Scale.(plot.LogScale); return is }

// shadow draws from the least to the most of a trace.
type shadow struct{ named }

// Plot draws it.
func (s shadow) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, part := range s.segments(x, y, isLog(p.Y), s.least, s.most) {
		outline := slices.Clone(part[0])
		slices.Reverse(part[1])
		c.FillPolygon(pale(s.look), c.ClipPolygonXY(append(outline, part[1]...)))
	}
}

// style is how the curve is drawn.
func (n named) style() draw.LineStyle {
	s := styleOf(n.look)
	if n.faint {
		c := palette[n.look%len(palette)]
		c.A = 110
		s.Color, s.Width, s.Dashes = c, vg.Points(0.9), []vg.Length{1, 2}
	}
	return s
}

// fewPoints is of how many points of a curve each is marked.
const fewPoints = 24

// line draws the mean of a trace.
type line struct{ named }

// Plot draws it.
func (l line) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := l.style()
	for _, part := range l.segments(x, y, isLog(p.Y), l.mean) {
		c.StrokeLines(style, c.ClipLinesXY(part[0])...)
		if len(l.xs) <= fewPoints || len(part[0]) == 1 {
			for _, at := range part[0] {
				c.DrawGlyphNoClip(draw.GlyphStyle{Color: style.Color, Radius: vg.Points(1.9), Shape: draw.CircleGlyph{}}, at)
			}
		}
	}
}

// rules draw levels.
type rules []level

// Plot draws them.
func (r rules) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		c.StrokeLine2(draw.LineStyle{Color: grid, Width: vg.Points(0.6)}, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
	}
	for _, l := range r {
		c.StrokeLine2(draw.LineStyle{Color: soft, Width: vg.Points(0.9), Dashes: []vg.Length{1, 2.4}}, c.Min.X, y(l.y), c.Max.X, y(l.y))
	}
}

// marks draw what came of cohorts.
type marks []end

// Plot draws them.
func (m marks) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, e := range m {
		style := draw.LineStyle{Color: palette[e.look%len(palette)], Width: vg.Points(1.1)}
		at := vg.Point{X: x(e.x), Y: y(e.mean)}
		c.StrokeLine2(style, at.X, y(e.least), at.X, y(e.most))
		r := vg.Points(3.2)
		diamond := []vg.Point{{X: at.X, Y: at.Y + r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y - r}, {X: at.X - r, Y: at.Y}}
		c.FillPolygon(color.White, diamond)
		c.StrokeLines(style, append(diamond, diamond[0], diamond[1]))
	}
}
