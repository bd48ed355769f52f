package main

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"entrec/mvssl/mi"
)

// newMICommand returns the subcommand of the staircase of mutual information.
func newMICommand(out *string) *cobra.Command {
	return &cobra.Command{
		Use:   "mi BENCH.json",
		Short: "The staircase of mutual information by estimators, from what entrec mi bench has found",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := mi.ReadRecord(args[0])
			if err != nil {
				return err
			}
			climbs := climbsOf(r)
			if len(climbs) == 0 {
				return fmt.Errorf("%s: found no staircase of a critic, expected one of the parts steps and cubed", args[0])
			}
			return drawClimbs(*out, climbs)
		},
	}
}

// climb is an estimator with a critic on the staircase: its items, of both parts and of
// every seed.
type climb struct {
	title string
	k     int
	items []mi.Item
}

// climbsOf returns the estimators that were trained on the staircase, in their order.
func climbsOf(r mi.Record) (list []climb) {
	for _, i := range r.Items {
		if i.Part == mi.Kinds || i.Critic == "" {
			continue
		}
		title := fmt.Sprintf("%s, %s", i.Estimator, i.Critic)
		at := slices.IndexFunc(list, func(c climb) bool { return c.title == title })
		if at < 0 {
			at = len(list)
			list = append(list, climb{title: title, k: i.K})
		}
		list[at].items = append(list[at].items, i)
	}
	return list
}

// climbColumns is how many panels stand beside each other.
const climbColumns = 4

// drawClimbs draws a panel an estimator, and the legend after the last.
func drawClimbs(file string, climbs []climb) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	plotter.DefaultFont = plot.DefaultFont
	var panels []*plot.Plot
	for _, c := range climbs {
		p, err := c.panel()
		if err != nil {
			return err
		}
		panels = append(panels, p)
	}
	panels = append(panels, climbLegend())
	for len(panels)%climbColumns > 0 {
		panels = append(panels, emptyPanel())
	}
	rows := slices.Collect(slices.Chunk(panels, climbColumns))
	return save(file, 28*vg.Centimeter, vg.Length(len(rows))*6*vg.Centimeter, rows)
}

func emptyPanel() *plot.Plot {
	p := plot.New()
	p.HideAxes()
	return p
}

func climbLine(hue color.Color) draw.LineStyle {
	return draw.LineStyle{Color: hue, Width: vg.Points(1.2)}
}

// climbForms are the staircases and their colors.
var climbForms = []struct {
	part mi.Part
	name string
	hue  color.RGBA
}{{mi.Staircase, "y", blue}, {mi.Cubed, "y cubed", vermillion}}

// climbLegend is a panel with the legend alone.
func climbLegend() *plot.Plot {
	p := emptyPanel()
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.Padding = 2 * vg.Millimeter
	add := func(name string, style draw.LineStyle) { p.Legend.Add(name, &plotter.Line{LineStyle: style}) }
	add("truth", climbLine(color.Black))
	add("log k", dotted)
	for _, form := range climbForms {
		add(form.name, climbLine(form.hue))
	}
	return p
}

// panel plots the truth, log k and the curves of each part over the thousands of steps: the
// mean of the seeds, in the band from the lowest to the highest.
func (c climb) panel() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = c.title
	p.X.Label.Text, p.Y.Label.Text = "thousands of steps", "nats"
	p.Add(plotter.NewGrid())
	add := func(points plotter.XYs, style draw.LineStyle) error {
		line, err := plotter.NewLine(points)
		if err != nil {
			return err
		}
		line.LineStyle = style
		p.Add(line)
		return nil
	}
	truth := c.items[0]
	end := 0.0
	var known plotter.XYs
	for _, cell := range truth.Cells {
		next := end + float64(truth.Steps)/1000
		known = append(known, plotter.XY{X: end, Y: cell.Truth}, plotter.XY{X: next, Y: cell.Truth})
		end = next
	}
	ceiling := math.Log(float64(c.k))
	if err := add(known, climbLine(color.Black)); err != nil {
		return nil, err
	}
	if err := add(plotter.XYs{{X: 0, Y: ceiling}, {X: end, Y: ceiling}}, dotted); err != nil {
		return nil, err
	}
	for _, form := range climbForms {
		middle, low, high := c.curves(form.part)
		if middle == nil {
			continue
		}
		if low != nil {
			if err := addBand(p, low, high, form.hue); err != nil {
				return nil, err
			}
		}
		if err := add(middle, climbLine(form.hue)); err != nil {
			return nil, err
		}
	}
	p.Y.Min, p.Y.Max = -8, 16 // what lies beyond is cut off, and stands in the tables
	return p, nil
}

// curves are the mean over the seeds of a part at each point, and of several seeds the lowest
// and the highest; nil where there are none.
func (c climb) curves(part mi.Part) (middle, low, high plotter.XYs) {
	var of []plotter.XYs
	longest := 0
	for _, i := range c.items {
		if i.Part == part {
			of = append(of, curveOf(i))
			longest = max(longest, len(of[len(of)-1]))
		}
	}
	for n := range longest {
		var values []float64 // of the seeds that came so far
		at := 0.0
		for _, curve := range of {
			if n < len(curve) {
				at = curve[n].X
				values = append(values, curve[n].Y)
			}
		}
		middle = append(middle, plotter.XY{X: at, Y: stat.Mean(values, nil)})
		if len(of) > 1 {
			low = append(low, plotter.XY{X: at, Y: slices.Min(values)})
			high = append(high, plotter.XY{X: at, Y: slices.Max(values)})
		}
	}
	return middle, low, high
}

// addBand fills what lies between two curves.
func addBand(p *plot.Plot, low, high plotter.XYs, hue color.RGBA) error {
	outline := slices.Clone(high)
	slices.Reverse(outline)
	band, err := plotter.NewPolygon(append(slices.Clone(low), outline...))
	if err != nil {
		return err
	}
	band.Color, band.LineStyle.Width = color.NRGBA{hue.R, hue.G, hue.B, 60}, 0
	p.Add(band)
	return nil
}

// curveOf is the curve of an item, to the step of the staircase where it failed; nil where
// that is the first.
func curveOf(i mi.Item) (points plotter.XYs) {
	for n, cell := range i.Cells {
		for j, v := range cell.Curve {
			at := float64(i.Steps) / 1000 * (float64(n) + (float64(j)+0.5)/float64(len(cell.Curve)))
			points = append(points, plotter.XY{X: at, Y: v})
		}
	}
	return points
}
