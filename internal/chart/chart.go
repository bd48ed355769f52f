// Package chart draws line charts as SVG. It knows nothing of fonts: it asks the viewer
// for a plain sans-serif one, and leaves room enough that no two labels meet. Figures for
// papers, in PDF and other formats, are drawn by cmd/figure.
package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
)

// Chart is a picture of lines over two axes.
type Chart struct {
	Title string
	X, Y  string // what the axes show, with their units
	Lines []Line
	// Ends marks the last point of each line, where x is not time.
	Ends bool
	// Empty is what stands in the picture where no line has a point.
	Empty string
}

// Line is a line through points, with its name in the legend. A line of few points
// shows the points too.
type Line struct {
	Name   string
	Points []Point
}

// few reports whether each point of the line is marked.
func (l Line) few() bool { return len(l.Points) <= fewPoints }

// Point is a point of a line. One that is not finite, or larger or smaller than any
// measurement is, is left out.
type Point struct{ X, Y float64 }

// drawable reports whether the point can be drawn: the squares of its numbers, and their
// differences, are numbers too.
func (p Point) drawable() bool {
	for _, v := range []float64{p.X, p.Y} {
		if v != 0 && !(math.Abs(v) > 1e-150 && math.Abs(v) < 1e150) {
			return false
		}
	}
	return true
}

// The layout, in pixels.
const (
	width      = 720
	plotHeight = 320
	margin     = 20
	titleSize  = 16
	textSize   = 12
	lineHeight = 20
	// charWidth is more than the mean width of a character of the usual sans-serif
	// fonts, in units of the font's size.
	charWidth = 0.62
	// fewPoints is the most points of a line that are marked each.
	fewPoints = 40
	dotRadius = 3.5
	endRadius = 5.5
	// longestName is how many characters of a name are shown.
	longestName = 70
)

// colors can be told apart by the color-blind (Okabe and Ito, 2008).
var colors = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444444"}

// dashes tell lines of the same color apart.
var dashes = []string{"", "6 3", "2 3"}

// textWidth returns no less than the width of a text, in pixels.
func textWidth(s string) float64 { return charWidth * textSize * float64(len([]rune(s))) }

// opening is how a chart's file begins, up to its height.
var opening = fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d `, width)

// Is reports whether a file's content is a chart of this package.
func Is(text []byte) bool { return bytes.HasPrefix(text, []byte(opening)) }

// SVG returns the picture.
func (c *Chart) SVG() []byte {
	var d drawing
	xs, ys := c.values()
	y := newAxis(ys, plotHeight/40, func([]string) bool { return true })
	left := float64(margin)
	for _, label := range y.labels {
		left = max(left, margin+textWidth(label)+8)
	}
	right := float64(width - margin)
	x := newAxis(xs, 10, func(labels []string) bool {
		widest := 0.0
		for _, label := range labels {
			widest = max(widest, textWidth(label))
		}
		return (widest+16)*float64(len(labels)) <= right-left
	})
	columns, column := c.legendColumns(right - left)
	top := float64(margin + titleSize + 2*lineHeight)
	bottom := top + plotHeight
	legend := bottom + 3*lineHeight
	rows := (len(c.Lines) + columns - 1) / columns
	if c.Ends {
		rows++
	}
	height := legend + float64(rows*lineHeight)

	d.printf(opening+`%.0f" width="%d" height="%.0f" role="img" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="%d" fill="#333">`,
		height, width, height, textSize)
	d.printf("<title>%s</title>\n", escape(c.Title))
	d.printf(`<rect width="%d" height="%.0f" fill="#fff"/>`+"\n", width, height)
	d.text(margin, margin+titleSize-2, "start", fmt.Sprintf(`font-size="%d" font-weight="600" fill="#111"`, titleSize), c.Title)
	d.text(margin, top-12, "start", "", c.Y)
	x.from, x.to, y.from, y.to = left, right, bottom, top
	for i, v := range y.ticks {
		at := y.place(v)
		d.printf(`<path d="M%.1f %.1fH%.1f" stroke="#e4e4e4"/>`+"\n", left, at, right)
		d.text(left-8, at+4, "end", "", y.labels[i])
	}
	d.printf(`<path d="M%.1f %.1fH%.1f" stroke="#888"/>`+"\n", left, bottom, right)
	for i, v := range x.ticks {
		at := x.place(v)
		d.printf(`<path d="M%.1f %.1fv5" stroke="#888"/>`+"\n", at, bottom)
		anchor, shift := "middle", 0.0
		if half := textWidth(x.labels[i]) / 2; at+half > width-2 {
			anchor, shift = "end", 2
		}
		d.text(at+shift, bottom+lineHeight, anchor, "", x.labels[i])
	}
	d.text((left+right)/2, bottom+2*lineHeight, "middle", "", c.X)
	if len(xs) == 0 && c.Empty != "" {
		d.text((left+right)/2, (top+bottom)/2, "middle", "", c.Empty)
	}
	for i, l := range c.Lines {
		d.line(l, x, y, i, c.Ends)
		d.entry(left+float64(i%columns)*column, legend+float64(i/columns*lineHeight), l, i)
	}
	if c.Ends {
		at := legend + float64((rows-1)*lineHeight)
		d.dot(left+12, at-4, endRadius, "#888")
		d.text(left+32, at, "start", "", "end of a run")
	}
	d.printf("</svg>\n")
	return d.Bytes()
}

// values returns the coordinates of all points that can be drawn.
func (c *Chart) values() (xs, ys []float64) {
	for _, l := range c.Lines {
		for _, p := range l.Points {
			if p.drawable() {
				xs, ys = append(xs, p.X), append(ys, p.Y)
			}
		}
	}
	return xs, ys
}

// legendColumns returns how many names stand beside each other in a width, and the
// width of each.
func (c *Chart) legendColumns(room float64) (count int, each float64) {
	for _, l := range c.Lines {
		each = max(each, 32+textWidth(shorten(l.Name))+16)
	}
	if each == 0 {
		return 1, room
	}
	return max(1, min(len(c.Lines), int(room/each))), each
}

// drawing is SVG that is being written.
type drawing struct{ bytes.Buffer }

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.Buffer, format, args...) }

// text writes a text at a place; attributes are added to its own.
func (d *drawing) text(x, y float64, anchor, attributes, s string) {
	if attributes != "" {
		attributes = " " + attributes
	}
	d.printf(`<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`+"\n", x, y, anchor, attributes, escape(s))
}

// stroke returns the attributes of the i-th line.
func stroke(i int) string {
	s := fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"`, colors[i%len(colors)])
	if dash := dashes[i/len(colors)%len(dashes)]; dash != "" {
		s += fmt.Sprintf(` stroke-dasharray="%s"`, dash)
	}
	return s
}

// dot draws a point with a white rim, so that it is seen where lines cross.
func (d *drawing) dot(x, y, radius float64, color string) {
	d.printf(`<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s" stroke="#fff"/>`+"\n", x, y, radius, color)
}

// line draws the i-th line, and its points where they are few.
func (d *drawing) line(l Line, x, y axis, i int, end bool) {
	var points []Point
	for _, p := range l.Points {
		if p.drawable() {
			points = append(points, Point{x.place(p.X), y.place(p.Y)})
		}
	}
	if len(points) == 0 {
		return
	}
	var path strings.Builder
	for j, p := range points {
		command := 'L'
		if j == 0 {
			command = 'M'
		}
		fmt.Fprintf(&path, "%c%.1f %.1f", command, p.X, p.Y)
	}
	d.printf(`<path d="%s" %s/>`+"\n", path.String(), stroke(i))
	color, last := colors[i%len(colors)], points[len(points)-1]
	if l.few() {
		for _, p := range points {
			d.dot(p.X, p.Y, dotRadius, color)
		}
	}
	if end {
		d.dot(last.X, last.Y, endRadius, color)
	}
}

// entry writes the i-th line's name into the legend.
func (d *drawing) entry(x, y float64, l Line, i int) {
	d.printf(`<path d="M%.1f %.1fh24" %s/>`+"\n", x, y-4, stroke(i))
	if l.few() {
		d.dot(x+12, y-4, dotRadius, colors[i%len(colors)])
	}
	d.text(x+32, y, "start", "", shorten(l.Name))
}

// shorten returns the end of a name that is too long for a line, where paths differ.
func shorten(name string) string {
	runes := []rune(name)
	if len(runes) <= longestName {
		return name
	}
	return "…" + string(runes[len(runes)-longestName+1:])
}

// escape returns a text as it stands in XML.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}
