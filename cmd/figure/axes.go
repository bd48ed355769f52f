package main

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// newAxes returns an empty plot in the style of the figures.
func newAxes(x string, logX, logY bool) *plot.Plot {
	p := plot.New()
	p.X.Label.Text = x
	p.X.Label.TextStyle, p.X.Label.Position = words(textSize, soft), 1
	p.X.Label.TextStyle.XAlign, p.X.Label.TextStyle.YAlign = text.XCenter, text.YBottom
	p.BackgroundColor = nil
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
	p.Y.LineStyle.Color, p.Y.Tick.LineStyle.Width = color.White, 0 // as the paper is
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
		if x.high == 0 { // there is but the untrained encoder
			x.add(1)
		}
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
			digits := 1 // that tell v from the next tick
			if v != 0 {
				digits = max(3, 1+int(math.Floor(math.Log10(math.Abs(v))+1e-9)-math.Floor(math.Log10(step)+1e-9)))
			}
			label = exponent(strconv.FormatFloat(v, 'g', digits, 64))
		}
		all = append(all, plot.Tick{Value: v, Label: strings.ReplaceAll(label, "-", "−")})
	}
	return all
}

// exponent returns a number with its exponent as short as can be.
func exponent(number string) string {
	return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(number)
}

// smallest is from where on numbers are written without an exponent.
const smallest = 0.999e-3

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
			form := byte('g')
			if v < smallest {
				form = 'e'
			}
			label := strings.ReplaceAll(exponent(strconv.FormatFloat(v, form, -1, 64)), "-", "−")
			if factor == 1 && (e%every != 0) {
				label = ""
			}
			all = append(all, plot.Tick{Value: v, Label: label})
		}
	}
	return all
}
