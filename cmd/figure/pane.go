package main

import (
	"image/color"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// pane is a part of a figure of runs: curves over an axis.
type pane struct {
	title      string
	x, unit    string
	logX, logY bool
	curves     []named
	levels     []level
	ends       []end
	shown      []float64 // what the scale of y shows besides
}

// named is a curve with its name and its look.
type named struct {
	name string
	look int
	trace
	faint bool
}

// level is a horizontal line.
type level struct {
	y    float64
	name string
}

// end is what came of a cohort at the end: the mean, the least and the most.
type end struct {
	look                 int
	x, mean, least, most float64
}

// The colors of the page of runs, after Okabe and Ito (2008); and those of what is not data.
var (
	palette = []color.NRGBA{
		{0x00, 0x72, 0xb2, 255}, {0xc8, 0x4e, 0x00, 255}, {0x00, 0x7f, 0x5c, 255}, {0xa3, 0x42, 0x7f, 255},
		{0x8a, 0x6d, 0x00, 255}, {0x2f, 0x8f, 0xd0, 255}, {0x55, 0x55, 0x55, 255}, {0x7a, 0x1f, 0x3d, 255},
	}
	ink   = color.NRGBA{0x1c, 0x20, 0x24, 255}
	soft  = color.NRGBA{0x5c, 0x65, 0x6e, 255}
	grid  = color.NRGBA{0xe4, 0xe7, 0xea, 255}
	shade = color.NRGBA{0xf3, 0xe3, 0xdc, 255}
)

// dashes tell lines apart where colors are not seen.
var dashes = [][]vg.Length{nil, {6, 2.5}, {1.5, 2}, {9, 2.5, 1.5, 2.5}}

// styleOf returns how the curves of a look are drawn.
func styleOf(look int) draw.LineStyle {
	n := len(palette)
	return draw.LineStyle{Color: palette[look%n], Width: vg.Points(1.5), Dashes: dashes[(look+look/n)%len(dashes)]}
}

func pale(look int) color.Color {
	c := palette[look%len(palette)]
	c.A = 46
	return c
}

// words returns the style of texts of a size.
func words(size float64, c color.Color) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)}
	return text.Style{Color: c, Font: f, Handler: plot.DefaultTextHandler}
}

// Sizes of texts in points, and distances.
const (
	titleSize = 10
	textSize  = 8.5

	between  = 5 * vg.Millimeter // panes
	headRoom = 11 * vg.Millimeter
	labelGap = 3.6 * vg.Millimeter // between the middles of labels
	lineRoom = 4.2 * vg.Millimeter // of legends and notes
	edge     = 3 * vg.Millimeter
)

// drawPanes draws panes beside each other, at most columns in a row, with notes below. The
// names of curves stand at their right ends, or where there is no room below all of them.
func drawPanes(file string, panes []pane, columns int, notes []string) error {
	columns = min(columns, len(panes))
	rows := (len(panes) + columns - 1) / columns
	width, height := 9.2*vg.Centimeter, 6.6*vg.Centimeter
	if columns == 1 {
		width, height = 14*vg.Centimeter, 8*vg.Centimeter
	}
	direct := true
	for _, p := range panes {
		direct = direct && p.fits(width, height-headRoom)
	}
	var legend []named
	if !direct {
		legend = distinct(panes)
	}
	total := vg.Length(columns)*width + vg.Length(columns-1)*between + 2*edge
	below := strip{legend: legend, notes: notes}
	strip := below.height(total - 2*edge)
	return saveFigure(file, total, vg.Length(rows)*height+vg.Length(rows-1)*between+strip+2*edge, func(c draw.Canvas) {
		for i, p := range panes {
			x := c.Min.X + edge + vg.Length(i%columns)*(width+between)
			y := c.Max.Y - edge - vg.Length(i/columns)*(height+between)
			p.draw(part(c, x, y-height, width, height), direct)
		}
		below.draw(part(c, c.Min.X+edge, c.Min.Y+edge/2, total-2*edge, strip))
	})
}

// part returns a part of a canvas.
func part(c draw.Canvas, x, y, width, height vg.Length) draw.Canvas {
	c.Min, c.Max = vg.Point{X: x, Y: y}, vg.Point{X: x + width, Y: y + height}
	return c
}

// distinct returns the curves of panes by their names, each once.
func distinct(panes []pane) (all []named) {
	for _, p := range panes {
		for _, c := range p.curves {
			if c.name != "" && !slices.ContainsFunc(all, func(o named) bool { return o.name == c.name }) {
				all = append(all, c)
			}
		}
	}
	return all
}

// tag is what stands at the right end of a curve or a level.
type tag struct {
	text  string
	y     float64
	color color.Color
}

func (p *pane) tags(direct bool) (all []tag) {
	for _, c := range p.curves {
		last := len(c.mean) - 1
		for last >= 0 && math.IsNaN(c.mean[last]) {
			last--
		}
		if direct && c.name != "" && last >= 0 {
			t := tag{c.name, c.mean[last], palette[c.look%len(palette)]}
			if c.faint {
				t.color = soft
			}
			all = append(all, t)
		}
	}
	for _, l := range p.levels {
		all = append(all, tag{l.name, l.y, soft})
	}
	return all
}

// labelRoom is how much of a width labels take at most.
const labelRoom = 0.42

func (p *pane) fits(width, height vg.Length) bool {
	all := p.tags(true)
	return widest(all) <= labelRoom*width && vg.Length(len(all))*labelGap <= height-15*vg.Millimeter
}

func widest(all []tag) (room vg.Length) {
	for _, t := range all {
		room = max(room, words(textSize, soft).Width(t.text))
	}
	return room
}

// draw draws the pane with its title and unit above.
func (p *pane) draw(c draw.Canvas, direct bool) {
	c.FillText(above(words(titleSize, ink)), vg.Point{X: c.Min.X, Y: c.Max.Y}, p.title)
	c.FillText(above(words(textSize, soft)), vg.Point{X: c.Min.X, Y: c.Max.Y - 5*vg.Millimeter}, p.unit)
	tags := p.tags(direct)
	room := 2 * vg.Millimeter
	if len(tags) > 0 {
		room = widest(tags) + 4.5*vg.Millimeter
	}
	area := draw.Crop(c, 0, -room, 0, -headRoom)
	axes := newAxes(p.x, p.logX, p.logY)
	p.frame(axes)
	for _, t := range p.curves {
		axes.Add(shadow{t})
	}
	axes.Add(rules(p.levels))
	for _, t := range p.curves {
		axes.Add(line{t})
	}
	axes.Add(marks(p.ends))
	axes.Draw(area)
	data := axes.DataCanvas(area)
	_, y := axes.Transforms(&data)
	drawTags(c, data, tags, y)
}

// above aligns a text below the place that it is given.
func above(s text.Style) text.Style {
	s.YAlign = text.YTop
	return s
}

// drawTags writes the tags right of the data, in the order of their places and none over
// another.
func drawTags(c, data draw.Canvas, tags []tag, place func(float64) vg.Length) {
	sort.SliceStable(tags, func(i, j int) bool { return tags[i].y < tags[j].y })
	ys := make([]vg.Length, len(tags))
	for i, t := range tags {
		ys[i] = min(max(place(t.y), data.Min.Y), data.Max.Y)
	}
	at := apart(ys, labelGap, data.Min.Y, data.Max.Y)
	style := words(textSize, soft)
	style.YAlign = text.YCenter
	for i, t := range tags {
		style.Color = t.color
		x := data.Max.X + 3.2*vg.Millimeter
		if shift := at[i] - ys[i]; shift > labelGap/3 || shift < -labelGap/3 {
			c.StrokeLine2(draw.LineStyle{Color: t.color, Width: vg.Points(0.5)}, data.Max.X+0.6*vg.Millimeter, ys[i], x-0.6*vg.Millimeter, at[i])
		}
		c.FillText(style, vg.Point{X: x, Y: at[i]}, t.text)
	}
}

// apart returns ordered places moved apart by gap at least, within from and to where they
// fit.
func apart(places []vg.Length, gap, from, to vg.Length) []vg.Length {
	at := slices.Clone(places)
	for i := range at {
		if i == 0 {
			at[i] = max(at[i], from)
		} else {
			at[i] = max(at[i], at[i-1]+gap)
		}
	}
	for i := len(at) - 1; i >= 0; i-- {
		if i == len(at)-1 {
			at[i] = min(at[i], to)
		} else {
			at[i] = min(at[i], at[i+1]-gap)
		}
	}
	return at
}

// strip is what stands below the panes: a legend where curves have no labels, and notes.
type strip struct {
	legend []named
	notes  []string
}

// layout returns into how many columns of which width the legend goes, and the lines of the
// notes.
func (s strip) layout(width vg.Length) (columns int, column vg.Length, lines []string) {
	style := words(textSize, soft)
	for _, l := range s.legend {
		column = max(column, style.Width(l.name)+16*vg.Millimeter)
	}
	columns = 1
	if column > 0 {
		columns = max(1, min(len(s.legend), int(width/column)))
	}
	now := ""
	for _, note := range s.notes {
		longer := note
		if now != "" {
			longer = now + "  ·  " + note
		}
		if now != "" && style.Width(longer) > width {
			lines, longer = append(lines, now), note
		}
		now = longer
	}
	if now != "" {
		lines = append(lines, now)
	}
	return columns, column, lines
}

func (s strip) height(width vg.Length) vg.Length {
	columns, _, lines := s.layout(width)
	rows := (len(s.legend) + columns - 1) / columns
	if rows+len(lines) == 0 {
		return 0
	}
	return vg.Length(rows+len(lines))*lineRoom + 2*vg.Millimeter
}

func (s strip) draw(c draw.Canvas) {
	columns, column, lines := s.layout(c.Max.X - c.Min.X)
	style := words(textSize, ink)
	style.YAlign = text.YCenter
	y := c.Max.Y - 2*vg.Millimeter - lineRoom/2
	for i, l := range s.legend {
		x, at := c.Min.X+vg.Length(i%columns)*column, y-vg.Length(i/columns)*lineRoom
		c.StrokeLine2(l.style(), x, at, x+9*vg.Millimeter, at)
		c.FillText(style, vg.Point{X: x + 11*vg.Millimeter, Y: at}, l.name)
	}
	y -= vg.Length((len(s.legend)+columns-1)/columns) * lineRoom
	style.Color = soft
	for _, text := range lines {
		c.FillText(style, vg.Point{X: c.Min.X, Y: y}, text)
		y -= lineRoom
	}
}
