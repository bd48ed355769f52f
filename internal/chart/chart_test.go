package chart

import (
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// element is what the tests look at in a picture.
type element struct {
	Name xml.Name
	attr map[string]string
	text string
}

// elements parses a picture.
func elements(t *testing.T, svg []byte) (all []element) {
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			e := element{Name: token.Name, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			all = append(all, e)
		case xml.CharData:
			if len(all) > 0 {
				all[len(all)-1].text += strings.TrimSpace(string(token))
			}
		}
	}
}

func count(all []element, name string) (n int) {
	for _, e := range all {
		if e.Name.Local == name {
			n++
		}
	}
	return n
}

// box is where a text stands, as wide as it could be.
type box struct{ left, right, top, bottom float64 }

func boxOf(t *testing.T, e element) box {
	number := func(name string) float64 {
		v, err := strconv.ParseFloat(e.attr[name], 64)
		require.NoError(t, err)
		return v
	}
	size := float64(textSize)
	if e.attr["font-size"] != "" {
		size = number("font-size")
	}
	x, y, w := number("x"), number("y"), 0.58*size*float64(len([]rune(e.text)))
	switch e.attr["text-anchor"] {
	case "middle":
		x -= w / 2
	case "end":
		x -= w
	}
	return box{x, x + w, y - size, y + 2}
}

func cases() map[string]*Chart {
	wave := func(n int, low, size float64) (points []Point) {
		for i := range n {
			points = append(points, Point{float64(i) / 10, low + size*math.Sin(float64(i)/9)})
		}
		return points
	}
	many := &Chart{Title: "many", X: "epoch", Y: "loss"}
	for i := range 17 {
		many.Lines = append(many.Lines, Line{"runs/a-method-on-some-data-" + strconv.Itoa(i), wave(60, float64(i), 1)})
	}
	return map[string]*Chart{
		"empty":     {Title: "nothing", X: "x", Y: "y"},
		"said":      {Title: "nothing", X: "x", Y: "y", Empty: "no diagnostics", Ends: true, Lines: []Line{{"a", nil}, {"b", []Point{{0, math.NaN()}}}}},
		"one point": {Title: "a <run> & more", X: "epoch", Y: "loss", Lines: []Line{{"a", []Point{{1, -2.5}}}}},
		"zero":      {Title: "zero", X: "epoch", Y: "accuracy, %", Lines: []Line{{"a", []Point{{0, 0}}}}},
		"equal":     {Title: "equal", X: "epoch", Y: "loss", Lines: []Line{{"a", []Point{{1, 3}, {2, 3}, {3, 3}}}}},
		"large":     {Title: "large", X: "epoch", Y: "loss", Lines: []Line{{"a", []Point{{1, 3e12}, {2, 7e12}, {3e9, 1e13}}}}},
		"small":     {Title: "small", X: "epoch", Y: "loss", Lines: []Line{{"a", []Point{{1e-9, 3e-12}, {2e-9, 7e-12}}}}},
		"close":     {Title: "close", X: "entropy, nats", Y: "reconstruction, nats", Ends: true, Lines: []Line{{"a", []Point{{-132.75, 135.90}, {-132.74, 135.92}}}}},
		"long":      {Title: "long", X: "epoch", Y: "loss", Lines: []Line{{"a", wave(500, 0, 1)}}},
		"gaps":      {Title: "gaps", X: "epoch", Y: "loss", Lines: []Line{{"a", []Point{{0, math.NaN()}, {1, math.Inf(1)}, {2, 1}, {3, 2}}}, {"b", []Point{{0, math.NaN()}}}}},
		"many":      many,
		"long name": {Title: "long name", X: "epoch", Y: "loss", Lines: []Line{{strings.Repeat("a/folder/", 20) + "run", []Point{{1, 2}, {2, 3}}}}},
	}
}

// TestLabelsNeverMeet holds for few and many lines, and numbers of all sizes.
func TestLabelsNeverMeet(t *testing.T) {
	for name, c := range cases() {
		all := elements(t, c.SVG())
		height, err := strconv.ParseFloat(all[0].attr["height"], 64)
		require.NoError(t, err)
		var boxes []box
		var texts []string
		for _, e := range all {
			if e.Name.Local != "text" {
				continue
			}
			b := boxOf(t, e)
			require.True(t, b.left >= 0 && b.right <= width && b.top >= 0 && b.bottom <= height, "%s: %q leaves the picture: %v", name, e.text, b)
			for i, o := range boxes {
				require.False(t, b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom, "%s: %q meets %q", name, e.text, texts[i])
			}
			boxes, texts = append(boxes, b), append(texts, e.text)
		}
		for _, want := range append([]string{c.Title, c.X, c.Y}, names(c)...) {
			require.Contains(t, texts, want, name)
		}
		if c.Empty != "" {
			require.Contains(t, texts, c.Empty, name)
		}
		require.NotContains(t, string(c.SVG()), "NaN", name)
	}
}

func names(c *Chart) (all []string) {
	for _, l := range c.Lines {
		all = append(all, shorten(l.Name))
	}
	return all
}

// TestPoints: lines of few points show each of them, a single one too, long lines none.
func TestPoints(t *testing.T) {
	// Each line has one in the legend; an end is marked by another, and explained by one.
	for name, want := range map[string]int{"one point": 1 + 1, "zero": 1 + 1, "equal": 3 + 1, "long": 0, "gaps": 2 + 2, "close": 2 + 1 + 1 + 1} {
		require.Equal(t, want, count(elements(t, cases()[name].SVG()), "circle"), name)
	}
	full := cases()["one point"]
	full.Empty = "no diagnostics"
	require.NotContains(t, string(full.SVG()), full.Empty)
}

func TestAxis(t *testing.T) {
	always := func([]string) bool { return true }
	for _, c := range []struct {
		values []float64
		want   []string
	}{
		{[]float64{0, 3}, []string{"0", "1", "2", "3"}},
		{[]float64{0}, []string{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
		{[]float64{0.1, 0.3}, []string{"0.10", "0.15", "0.20", "0.25", "0.30"}},
		{[]float64{-2.178, -1.19}, []string{"−2.2", "−2.0", "−1.8", "−1.6", "−1.4", "−1.2", "−1.0"}},
		{[]float64{56.2, 66.3}, []string{"56", "58", "60", "62", "64", "66", "68"}},
		{[]float64{0, 0.001}, []string{"0.0000", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010"}},
		{[]float64{0.998, 0.9995}, []string{"0.9980", "0.9985", "0.9990", "0.9995"}},
		{[]float64{1, 1.000001}, []string{"1", "1.0000002", "1.0000004", "1.0000006", "1.0000008", "1.000001"}},
		{[]float64{0, 4e6}, []string{"0", "1e+06", "2e+06", "3e+06", "4e+06"}},
	} {
		a := newAxis(c.values, 5, always)
		if len(c.want) > 6 {
			a = newAxis(c.values, 6, always)
		}
		require.Equal(t, c.want, a.labels)
		a.from, a.to = 100, 0
		for _, v := range c.values {
			require.True(t, a.place(v) >= -1e-9 && a.place(v) <= 100+1e-9)
		}
	}
}
