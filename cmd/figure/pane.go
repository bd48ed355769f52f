package main

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

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
			all = append(all, tag{c.name, c.mean[last], palette[c.look%len(palette)]})
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

// newAxes returns an empty plot in the style of the figures.
func newAxes(x string, logX, logY bool) *plot.Plot {
	p := plot.New()
	p.X.Label.Text = x
	p.X.Label.TextStyle, p.X.Label.Position = words(textSize, soft), 1
	p.X.Label.TextStyle.XAlign, p.X.Label.TextStyle.YAlign = text.XCenter, text.YBottom
	p.BackgroundColor = color.Transparent
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = draw.LineStyle{Color: soft, Width: vg.Points(0.6)}
		a.Tick.LineStyle = a.LineStyle
		a.Tick.Length = vg.Points(3)
		tick := words(textSize, soft)
		tick.XAlign, tick.YAlign = a.Tick.Label.XAlign, a.Tick.Label.YAlign
		a.Tick.Label = tick
		a.Padding = 0
		a.Tick.Marker = round(5)
	}
	p.Y.LineStyle.Color, p.Y.Tick.LineStyle.Width = color.Transparent, 0
	if logX {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, powers10{}
	}
	if logY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, powers10{}
	}
	return p
}

// frame sets what the axes show: all that is drawn, with a little air above and below.
func (p *pane) frame(axes *plot.Plot) {
	x, y := p.extents()
	if !p.logX {
		x.add(0)
	}
	y.add(p.shown...)
	axes.X.Min, axes.X.Max = x.interval(0)
	axes.Y.Min, axes.Y.Max = y.interval(0.06)
}

// extents returns what is drawn over both axes.
func (p *pane) extents() (x, y *extent) {
	x, y = newExtent(p.logX), newExtent(p.logY)
	for _, t := range p.curves {
		for i, v := range t.mean {
			if !math.IsNaN(v) {
				x.add(t.xs[i])
				y.add(t.least[i], t.mean[i], t.most[i])
			}
		}
	}
	for _, l := range p.levels {
		y.add(l.y)
	}
	for _, e := range p.ends {
		x.add(e.x)
		y.add(e.least, e.most)
	}
	return x, y
}

// extent is the least and the largest of numbers.
type extent struct {
	log       bool
	low, high float64
}

func newExtent(log bool) *extent { return &extent{log, math.Inf(1), math.Inf(-1)} }

func (e *extent) add(values ...float64) {
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) && (!e.log || v > 0) {
			e.low, e.high = min(e.low, v), max(e.high, v)
		}
	}
}

// interval returns one that holds the numbers, with air on both sides.
func (e *extent) interval(air float64) (low, high float64) {
	switch {
	case e.low > e.high && e.log:
		return 0.1, 1
	case e.low > e.high:
		return 0, 1
	case e.log && e.low == e.high:
		return e.low / 2, e.high * 2
	case e.log:
		by := math.Pow(e.high/e.low, air)
		return e.low / by, e.high * by
	case e.high-e.low <= 1e-9*max(math.Abs(e.low), math.Abs(e.high)):
		by := max(math.Abs(e.low)/10, 1e-6)
		return e.low - by, e.high + by
	}
	by := air * (e.high - e.low)
	return e.low - by, e.high + by
}

// round are ticks at round numbers, at most so many.
type round int

// Ticks returns them.
func (n round) Ticks(low, high float64) (all []plot.Tick) {
	span := high - low
	if !(span > 0) || math.IsInf(span, 0) {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10(span/float64(n))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if span/(factor*step) <= float64(n) {
			step *= factor
			break
		}
	}
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*span; i++ {
		v := i * step
		if i == 0 {
			v = 0
		}
		label := strconv.FormatFloat(v, 'f', decimals, 64)
		if math.Abs(v) >= 1e6 || step < 1e-5 {
			label = strconv.FormatFloat(v, 'g', 3, 64)
		}
		all = append(all, plot.Tick{Value: v, Label: strings.ReplaceAll(label, "-", "−")})
	}
	return all
}

// powers10 are ticks at powers of ten, or at 1, 2 and 5 times them where there are few.
type powers10 struct{}

// Ticks returns them.
func (powers10) Ticks(low, high float64) (all []plot.Tick) {
	from, to := int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high)))
	every := max(1, (to-from)/6)
	for e := from; e <= to; e++ {
		for _, factor := range []float64{1, 2, 5} {
			v := factor * math.Pow(10, float64(e))
			if v < low*(1-1e-9) || v > high*(1+1e-9) || factor > 1 && to-from > 3 {
				continue
			}
			label := strings.ReplaceAll(strconv.FormatFloat(v, 'g', 3, 64), "-", "−")
			if factor == 1 && (e%every != 0) {
				label = ""
			}
			all = append(all, plot.Tick{Value: v, Label: label})
		}
	}
	return all
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

// seeds says what bands are, where there are some.
func seeds(list []*cohort) []string {
	for _, c := range list {
		if len(c.runs) > 1 {
			return []string{"line: mean over seeds", "band: least to most"}
		}
	}
	if len(list) == 1 {
		return []string{list[0].name}
	}
	return nil
}

// label returns the name of a cohort at its curves: none of one alone.
func label(list []*cohort, c *cohort) string {
	if len(list) == 1 {
		return ""
	}
	return c.name
}

// errNothing is the error of a figure without a number.
func errNothing(what string, list []*cohort) error {
	var dirs []string
	for _, c := range list {
		for _, s := range c.runs {
			dirs = append(dirs, s.Dir)
		}
	}
	return fmt.Errorf("%s: found no %s, expected it in the lines of metrics.jsonl", strings.Join(dirs, ", "), what)
}
