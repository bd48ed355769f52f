package main

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"entrec/mvssl/runs"
)

// track is a cohort's way over the plane: the mean over its runs, and each run's.
type track struct {
	name         string
	look         int
	h, r         trace // entropy and reconstruction by epochs, of the same epochs
	single       [][2]trace
	from, to     float64 // the epochs of its ends
	first, final string  // what stands there
}

// newTrack returns the way of a cohort, false where there is none.
func newTrack(name string, look int, c *cohort) (t track, ok bool) {
	t = track{name: name, look: look, h: c.overEpochs("entropy", 1), r: c.overEpochs("reconstruction", 1)}
	for i, epoch := range t.h.xs {
		if math.IsNaN(t.h.mean[i]) || math.IsNaN(t.r.mean[i]) {
			continue
		}
		if !ok {
			t.from = epoch
		}
		t.to, ok = epoch, true
	}
	t.final = t.name
	if t.name == "" {
		t.final = epochName(t.to)
		if t.from < t.to {
			t.first = epochName(t.from)
		}
	}
	if len(c.runs) > 1 {
		for _, s := range c.runs {
			alone := &cohort{runs: []*story{s}}
			t.single = append(t.single, [2]trace{alone.overEpochs("entropy", 1), alone.overEpochs("reconstruction", 1)})
		}
	}
	return t, ok
}

func epochName(epoch float64) string {
	if epoch == 0 {
		return "untrained"
	}
	return "epoch " + strconv.FormatFloat(epoch, 'f', -1, 64)
}

// drawPlane draws trajectories over lines of equal information, of runs on one sphere.
func drawPlane(file string, list []*cohort) error {
	var tracks []track
	var all []*runs.History
	for _, c := range list {
		all = append(all, c.runs[0].History)
	}
	sphere, left := runs.CommonSphere(all), 0
	for i, c := range list {
		t, ok := newTrack(label(list, c), i, c)
		if !ok {
			continue
		}
		if c.runs[0].Sphere() != sphere {
			left++
			continue
		}
		tracks = append(tracks, t)
	}
	if len(tracks) == 0 {
		return errNothing("entropy and reconstruction", list)
	}
	notes := []string{"open: untrained", "full: now", "a dot an epoch"}
	switch names := seeds(list); {
	case len(list) == 1 && len(names) == 1:
		notes = append(names, notes...)
	case len(names) > 0:
		notes = append(notes, "bold: mean over seeds")
	}
	if left > 0 {
		notes = append(notes, fmt.Sprintf("%d left out, on spheres of other dimensions", left))
	}
	const width, height = 15 * vg.Centimeter, 11 * vg.Centimeter
	direct := true
	paint := func(c draw.Canvas) bool { return paintPlane(c, tracks, direct) }
	direct = measured(width, height, paint)
	below := strip{notes: notes}
	if !direct {
		for _, t := range tracks {
			below.legend = append(below.legend, named{name: t.name, look: t.look})
		}
	}
	room := below.height(width)
	return saveFigure(file, width+2*edge, height+room+2*edge, func(c draw.Canvas) {
		paint(part(c, c.Min.X+edge, c.Max.Y-edge-height, width, height))
		below.draw(part(c, c.Min.X+edge, c.Min.Y+edge/2, width, room))
	})
}

// measured paints on paper that nobody sees, and reports whether all names had room.
func measured(width, height vg.Length, paint func(c draw.Canvas) bool) bool {
	canvas, err := draw.NewFormattedCanvas(width, height, "svg")
	if err != nil {
		panic(err) // there is such a format
	}
	return paint(draw.New(canvas))
}

// paintPlane paints the plane, and reports whether there was room for every name. Names are
// left out where direct says so.
func paintPlane(c draw.Canvas, tracks []track, direct bool) bool {
	c.FillText(above(words(titleSize, ink)), vg.Point{X: c.Min.X, Y: c.Max.Y}, "The plane of entropy and reconstruction")
	c.FillText(above(words(textSize, soft)), vg.Point{X: c.Min.X, Y: c.Max.Y - 5*vg.Millimeter}, "reconstruction, nats")
	diagonals := above(words(textSize, soft))
	diagonals.XAlign = text.XRight
	c.FillText(diagonals, vg.Point{X: c.Max.X, Y: c.Max.Y - 5*vg.Millimeter}, "information, their sum, nats (diagonals)")
	axes := newAxes("entropy, nats", false, false)
	area := draw.Crop(c, 0, -2*vg.Millimeter, 0, -headRoom-4*vg.Millimeter)
	frame(axes, area, tracks)
	axes.Add(information{c})
	for _, t := range tracks {
		axes.Add(t)
	}
	axes.Draw(area)
	data := axes.DataCanvas(area)
	return nameTracks(data, axes, tracks, direct)
}

// frame sets what the axes show: all tracks, a unit as long on both axes, and the corner of
// collapse where it is near.
func frame(axes *plot.Plot, area draw.Canvas, tracks []track) {
	x, y := newExtent(false), newExtent(false)
	add := func(h, r trace) {
		x.add(h.mean...)
		y.add(r.mean...)
	}
	for _, t := range tracks {
		add(t.h, t.r)
		for _, s := range t.single {
			add(s[0], s[1])
		}
	}
	if x.low == x.high && y.low == y.high { // a point alone: a nat on each side
		x.add(x.low-1, x.low+1)
		y.add(y.low-1, y.low+1)
	}
	x0, x1 := x.interval(0.09)
	y0, y1 := y.interval(0.09)
	if gap := math.Abs(-y1 - x0); gap < 0.35*(x1-x0+y1-y0) {
		x0 = min(x0, -y1)
	}
	for range 3 { // the room for the data depends on the ticks, and these on the room
		axes.X.Min, axes.X.Max, axes.Y.Min, axes.Y.Max = x0, x1, y0, y1
		data := axes.DataCanvas(area)
		wide, tall := float64(data.Max.X-data.Min.X), float64(data.Max.Y-data.Min.Y)
		per := max((x1-x0)/wide, (y1-y0)/tall)
		axes.X.Max, axes.Y.Min = x0+per*wide, y1-per*tall
	}
}

// information draws the lines of equal information with their numbers above, on a canvas
// around the data, and shades where there is none.
type information struct{ around draw.Canvas }

// Plot draws them.
func (d information) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	x0, y0, y1 := p.X.Min, p.Y.Min, p.Y.Max
	c.FillPolygon(shade, c.ClipPolygonXY([]vg.Point{{X: x(x0), Y: y(y1)}, {X: x(-y1), Y: y(y1)}, {X: x(-y0), Y: y(y0)}, {X: x(x0), Y: y(y0)}}))
	style := words(textSize, soft)
	style.XAlign = text.XCenter
	free := d.around.Min.X
	for _, t := range diagonals(p) {
		s := t.Value
		look := draw.LineStyle{Color: color.NRGBA{0xb9, 0xc0, 0xc7, 255}, Width: vg.Points(0.7), Dashes: []vg.Length{3, 3}}
		if s == 0 {
			look.Dashes, look.Color = nil, color.NRGBA{0x7a, 0x3b, 0x1e, 255}
		}
		c.StrokeLines(look, c.ClipLinesXY(diagonal(p, s, x, y))...)
		half := style.Width(t.Label) / 2
		if at := x(s - y1); at >= c.Min.X-1 && at <= c.Max.X+1 && at-half > free {
			d.around.FillText(style, vg.Point{X: at, Y: c.Max.Y + vg.Points(3)}, t.Label)
			free = at + half + 2*vg.Millimeter
		}
	}
}

// diagonals are the ticks of information.
func diagonals(p *plot.Plot) []plot.Tick {
	return round(9).Ticks(p.X.Min+p.Y.Min, p.X.Max+p.Y.Max)
}

// diagonal is the line of equal information.
func diagonal(p *plot.Plot, sum float64, x, y func(float64) vg.Length) []vg.Point {
	return []vg.Point{{X: x(sum - p.Y.Max), Y: y(p.Y.Max)}, {X: x(sum - p.Y.Min), Y: y(p.Y.Min)}}
}

// points returns the places of two traces on the canvas, in parts between gaps.
func points(h, r trace, x, y func(float64) vg.Length) (parts [][]vg.Point) {
	parts = [][]vg.Point{nil}
	for i := range min(len(h.mean), len(r.mean)) {
		if math.IsNaN(h.mean[i]) || math.IsNaN(r.mean[i]) {
			parts = append(parts, nil)
			continue
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], vg.Point{X: x(h.mean[i]), Y: y(r.mean[i])})
	}
	return slices.DeleteFunc(parts, func(p []vg.Point) bool { return len(p) == 0 })
}

// Plot draws the way.
func (t track) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, s := range t.single {
		for _, part := range points(s[0], s[1], x, y) {
			c.StrokeLines(draw.LineStyle{Color: pale(t.look), Width: vg.Points(1)}, c.ClipLinesXY(part)...)
		}
	}
	style := styleOf(t.look)
	parts := points(t.h, t.r, x, y)
	for _, part := range parts {
		c.StrokeLines(style, c.ClipLinesXY(part)...)
		for i, at := range part {
			if n := len(part); n <= fewPoints || i%(n/fewPoints+1) == 0 {
				c.DrawGlyphNoClip(draw.GlyphStyle{Color: style.Color, Radius: vg.Points(1.7), Shape: draw.CircleGlyph{}}, at)
			}
		}
	}
	if len(parts) == 0 {
		return
	}
	first, last := parts[0][0], parts[len(parts)-1]
	if t.from == 0 {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: color.White, Radius: vg.Points(2.8), Shape: draw.CircleGlyph{}}, first)
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: style.Color, Radius: vg.Points(3.1), Shape: draw.RingGlyph{}}, first)
	}
	if t.to > 0 {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: style.Color, Radius: vg.Points(3.4), Shape: draw.CircleGlyph{}}, last[len(last)-1])
	}
}

// nameTracks writes the names of tracks beside their ends, none over a track or another name,
// over a line of equal information, and that of none at last, only where there is no better
// place, and reports whether all had room.
func nameTracks(c draw.Canvas, p *plot.Plot, tracks []track, direct bool) bool {
	x, y := p.Transforms(&c)
	var taken, equal []vg.Rectangle
	none := along(diagonal(p, 0, x, y))
	for _, t := range diagonals(p) {
		equal = append(equal, along(diagonal(p, t.Value, x, y))...)
	}
	type name struct {
		at    vg.Point
		words string
		color color.Color
		must  bool
	}
	var names []name
	for _, t := range tracks {
		all := [][2]trace{{t.h, t.r}}
		for _, of := range append(all, t.single...) {
			for _, part := range points(of[0], of[1], x, y) {
				taken = append(taken, along(part)...)
			}
		}
		parts := points(t.h, t.r, x, y)
		if len(parts) == 0 {
			continue
		}
		last := parts[len(parts)-1]
		names = append(names, name{last[len(last)-1], t.final, palette[t.look%len(palette)], t.name != ""}, name{parts[0][0], t.first, soft, false})
	}
	slices.SortStableFunc(names, func(a, b name) int { return cmp.Compare(a.at.X, b.at.X) })
	room := true
	for _, n := range names {
		if n.words == "" || n.must && !direct {
			continue
		}
		style := words(textSize, n.color)
		size := vg.Point{X: style.Width(n.words), Y: style.Height(n.words)}
		found := false
		for _, lines := range [][]vg.Rectangle{slices.Concat(none, equal), none, nil} {
			var low vg.Point
			if low, found = place(c.Rectangle, n.at, size, slices.Concat(taken, lines)); found {
				c.FillText(style, low, n.words)
				taken = append(taken, around(low, size))
				break
			}
		}
		room = room && (found || !n.must)
	}
	return room
}

// place returns where a text of a size stands beside a point, within an area and over nothing
// that is taken, false where there is no room.
func place(area vg.Rectangle, at, size vg.Point, taken []vg.Rectangle) (low vg.Point, found bool) {
	for _, to := range beside(size.X, size.Y) {
		low = at.Add(to)
		box := around(low, size)
		within := box.Min.X >= area.Min.X && box.Max.X <= area.Max.X && box.Min.Y >= area.Min.Y && box.Max.Y <= area.Max.Y
		if within && !slices.ContainsFunc(taken, func(t vg.Rectangle) bool { return overlap(box, t) }) {
			return low, true
		}
	}
	return low, false
}

// around is what a text takes.
func around(low, size vg.Point) vg.Rectangle {
	const air = 1
	return vg.Rectangle{Min: low.Sub(vg.Point{X: air, Y: air}), Max: low.Add(size).Add(vg.Point{X: air, Y: air})}
}

// beside returns where a text of a size may stand beside a point, the best places first.
func beside(w, h vg.Length) (all []vg.Point) {
	for _, d := range []vg.Length{2.2 * vg.Millimeter, 4 * vg.Millimeter, 7 * vg.Millimeter, 10 * vg.Millimeter} {
		all = append(all, vg.Point{X: d, Y: -h / 2}, vg.Point{X: d / 1.5, Y: d / 1.5}, vg.Point{X: d / 1.5, Y: -d/1.5 - h},
			vg.Point{X: -w - d, Y: -h / 2}, vg.Point{X: -w / 2, Y: d}, vg.Point{X: -w / 2, Y: -d - h},
			vg.Point{X: -w - d/1.5, Y: d / 1.5}, vg.Point{X: -w - d/1.5, Y: -d/1.5 - h})
	}
	return all
}

// along returns small boxes along a line.
func along(line []vg.Point) (boxes []vg.Rectangle) {
	const half = 1.6
	for i, to := range line {
		from := line[max(0, i-1)]
		n := int(math.Hypot(float64(to.X-from.X), float64(to.Y-from.Y))/3) + 1
		for k := range n + 1 {
			at := from.Add(to.Sub(from).Scale(vg.Length(k) / vg.Length(n)))
			boxes = append(boxes, vg.Rectangle{Min: at.Sub(vg.Point{X: half, Y: half}), Max: at.Add(vg.Point{X: half, Y: half})})
		}
	}
	return boxes
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}
