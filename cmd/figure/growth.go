package main

import (
	"encoding/json"
	"fmt"
	"image/color"
	"math"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// growth is what this program needs of what cmd/layers growth --json prints.
type growth struct {
	Sweeps []costSweep `json:"sweeps"`
}

// costSweep is how a cost grows with a size.
type costSweep struct {
	Name     string    `json:"name"`
	Cost     string    `json:"cost"` // its unit: ms or MB
	Size     string    `json:"size"`
	Sizes    []int     `json:"sizes"`
	Costs    []float64 `json:"costs"`
	Exponent float64   `json:"exponent"`
}

// readGrowth reads and checks a file.
func readGrowth(file string) (*growth, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var g growth
	if err := json.Unmarshal(text, &g); err != nil {
		return nil, err
	}
	if len(g.Sweeps) == 0 {
		return nil, fmt.Errorf("no sweeps; expected what cmd/layers growth --json prints")
	}
	for _, s := range g.Sweeps {
		if len(s.Sizes) == 0 || len(s.Costs) != len(s.Sizes) {
			return nil, fmt.Errorf("sweep %q: %d sizes and %d costs, expected as many, one at least", s.Name, len(s.Sizes), len(s.Costs))
		}
		for i, cost := range s.Costs {
			if s.Sizes[i] < 1 || !(cost > 0) {
				return nil, fmt.Errorf("sweep %q: size %d and cost %v, expected both above 0", s.Name, s.Sizes[i], cost)
			}
		}
	}
	return &g, nil
}

// draw draws the sweeps, each from (1, 1) on: time beside memory, both axes logarithmic,
// so that a power is a straight line.
func (g *growth) draw(file string) error {
	time, err := g.panel("time", "ms")
	if err != nil {
		return err
	}
	memory, err := g.panel("memory", "MB")
	if err != nil {
		return err
	}
	return save(file, 26*vg.Centimeter, 12*vg.Centimeter, [][]*plot.Plot{{time, memory}})
}

// panel plots the sweeps whose cost has the unit, and the first and the second power.
func (g *growth) panel(title, unit string) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "size, times the smallest", "cost, times the smallest's"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	shown, widest := 0, 2.0
	for _, s := range g.Sweeps {
		if s.Cost != unit {
			continue
		}
		points := make(plotter.XYs, len(s.Sizes))
		for i := range points {
			points[i] = plotter.XY{X: float64(s.Sizes[i]) / float64(s.Sizes[0]), Y: s.Costs[i] / s.Costs[0]}
			widest = max(widest, points[i].X)
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		line.Width, line.Color = vg.Points(1.5), plotutil.Color(shown)
		dots.Color, dots.Shape = plotutil.Color(shown), plotutil.Shape(shown)
		p.Add(line, dots)
		p.Legend.Add(fmt.Sprintf("%s, by %s: %.2f", s.Name, s.Size, s.Exponent), line, dots)
		shown++
	}
	for power := 1.0; power <= 2; power++ {
		line, err := plotter.NewLine(plotter.XYs{{X: 1, Y: 1}, {X: widest, Y: math.Pow(widest, power)}})
		if err != nil {
			return nil, err
		}
		line.Color, line.Dashes = color.Gray{128}, []vg.Length{vg.Points(4), vg.Points(3)}
		p.Add(line)
		if power == 2 {
			p.Legend.Add("first and second power", line)
		}
	}
	return p, nil
}
