package command

import (
	"bytes"
	"math"
	"path/filepath"
	"strconv"

	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"entrec/mvssl/train"
	"entrec/tensor/safetensors"
)

// figure is a picture of runs: a curve for each.
type figure struct {
	file, title, x, y string
	points            func(h *train.History) plotter.XYs
	dots              bool // also the points themselves
	rises             bool // so that its names stand best below
}

var figures = []figure{
	{"loss.svg", "loss", "epoch", "loss, nats", func(h *train.History) (xy plotter.XYs) {
		for _, s := range h.Steps {
			xy = append(xy, plotter.XY{X: s.Epoch, Y: s.Loss})
		}
		return xy
	}, false, false},
	{"knn.svg", "nearest neighbors, on part of the data", "epoch", "accuracy, %", func(h *train.History) (xy plotter.XYs) {
		for _, e := range h.Epochs {
			xy = append(xy, plotter.XY{X: float64(e.Epoch), Y: 100 * e.QuickKNN})
		}
		return xy
	}, true, true},
	{"bound.svg", "entropy and reconstruction over training", "entropy, nats", "reconstruction, nats", func(h *train.History) (xy plotter.XYs) {
		for _, e := range h.Epochs {
			xy = append(xy, plotter.XY{X: e.Entropy, Y: e.Reconstruction})
		}
		return xy
	}, true, false},
}

// plotFiles returns the names of the figures' files.
func plotFiles() []string {
	var names []string
	for _, f := range figures {
		names = append(names, f.file)
	}
	return names
}

// writePlots writes the figures of some runs into a folder and returns their files.
func writePlots(dir string, runs []*train.History) ([]string, error) {
	var files []string
	for _, f := range figures {
		text, err := f.draw(runs)
		if err != nil {
			return nil, err
		}
		file := filepath.Join(dir, f.file)
		if err := safetensors.WriteFile(file, text); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// draw returns the figure as SVG.
func (f figure) draw(runs []*train.History) ([]byte, error) {
	p, err := f.plot(runs)
	if err != nil {
		return nil, err
	}
	c := vgsvg.New(6*vg.Inch, 4*vg.Inch)
	p.Draw(draw.New(c))
	var text bytes.Buffer
	_, err = c.WriteTo(&text)
	return text.Bytes(), err
}

// plot returns the figure, to be drawn.
func (f figure) plot(runs []*train.History) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = f.title, f.x, f.y
	p.Title.Padding = vg.Points(6)
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{}, ticks{}
	p.Add(plotter.NewGrid())
	names := legend(runs)
	for i, h := range runs {
		xy := finitePoints(f.points(h))
		if len(xy) == 0 {
			continue
		}
		line, dots, err := plotter.NewLinePoints(xy)
		if err != nil {
			return nil, err
		}
		line.Color, dots.Color, dots.Shape = plotutil.Color(i), plotutil.Color(i), plotutil.Shape(0)
		line.Width, line.Dashes = vg.Points(1.5), plotutil.Dashes(i/len(plotutil.DefaultColors))
		p.Add(line)
		if f.dots {
			p.Add(dots)
			// A square marks the run's end.
			last, err := plotter.NewScatter(xy[len(xy)-1:])
			if err != nil {
				return nil, err
			}
			last.Color, last.Shape, last.Radius = plotutil.Color(i), plotutil.Shape(1), vg.Points(5)
			p.Add(last)
		}
		p.Legend.Add(names[i], line)
	}
	p.Legend.Top = !f.rises
	return p, nil
}

// legend names each run by its folder, by the whole path where two have the same.
func legend(runs []*train.History) []string {
	count := map[string]int{}
	for _, h := range runs {
		count[filepath.Base(h.Dir)]++
	}
	names := make([]string, len(runs))
	for i, h := range runs {
		names[i] = filepath.Base(h.Dir)
		if count[names[i]] > 1 {
			names[i] = h.Dir
		}
	}
	return names
}

// finitePoints leaves out what cannot be drawn.
func finitePoints(xy plotter.XYs) plotter.XYs {
	kept := xy[:0]
	for _, p := range xy {
		if sum := p.X + p.Y; !math.IsNaN(sum) && !math.IsInf(sum, 0) {
			kept = append(kept, p)
		}
	}
	return kept
}

// ticks are gonum's, labeled with as many decimals as tell them apart.
type ticks struct{ plot.DefaultTicks }

// Ticks returns the marks of an axis.
func (t ticks) Ticks(lo, hi float64) []plot.Tick {
	marks := t.DefaultTicks.Ticks(lo, hi)
	for decimals := 0; decimals <= 6; decimals++ {
		exact := true
		for i, m := range marks {
			if m.Label != "" {
				marks[i].Label = strconv.FormatFloat(m.Value, 'f', decimals, 64)
				exact = exact && math.Abs(m.Value-scalar.Round(m.Value, decimals)) <= 1e-3*(hi-lo)
			}
		}
		if exact {
			break
		}
	}
	return marks
}
