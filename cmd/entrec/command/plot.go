package command

import (
	"fmt"
	"path/filepath"

	"entrec/internal/chart"
	"entrec/internal/files"
	"entrec/mvssl"
	"entrec/mvssl/runs"
)

// figure is a picture of runs: a line for each.
type figure struct {
	file, title, x, y string
	points            func(h *runs.History) []chart.Point
	plane             bool   // of runs on one sphere, with marks where they ended
	empty             string // what is said where no run has a point
}

// figures returns the pictures of runs whose losses have the unit, "" for none.
func figures(lossUnit string) []figure {
	loss := "loss"
	if lossUnit != "" {
		loss += ", " + lossUnit
	}
	return []figure{
		{"loss.svg", "Loss", "epoch", loss, func(h *runs.History) (points []chart.Point) {
			for _, s := range h.Steps {
				points = append(points, chart.Point{X: s.Epoch, Y: s.Loss})
			}
			return points
		}, false, "no step was logged"},
		{"knn.svg", "Nearest neighbors, on part of the data", "epoch", "accuracy, %", func(h *runs.History) (points []chart.Point) {
			for _, e := range h.Epochs {
				if e.QuickKNN != nil {
					points = append(points, chart.Point{X: float64(e.Epoch), Y: 100 * *e.QuickKNN})
				}
			}
			return points
		}, false, "no accuracy was measured in training"},
		{"bound.svg", "Entropy and reconstruction over training", "entropy, nats", "reconstruction, nats", func(h *runs.History) (points []chart.Point) {
			for _, e := range h.Epochs {
				points = append(points, chart.Point{X: e.Entropy, Y: e.Reconstruction})
			}
			return points
		}, true, "no diagnostics were made"},
	}
}

// writePlots writes the figures of some runs into a folder and returns their files.
func writePlots(dir string, histories []*runs.History) ([]string, error) {
	names, unit, sphere := legend(histories), lossUnit(histories), runs.CommonSphere(histories)
	var written []string
	for _, f := range figures(unit) {
		c := chart.Chart{Title: f.title, X: f.x, Y: f.y, Ends: f.plane, Empty: f.empty}
		for i, h := range histories {
			line := chart.Line{Name: names[i]}
			if s := h.Sphere(); f.plane && s != sphere && s != (runs.Sphere{}) {
				line.Name += fmt.Sprintf(" (left out: %d dimensions, κ %v)", s.Dim, s.Kappa)
			} else {
				line.Points = f.points(h)
			}
			c.Lines = append(c.Lines, line)
		}
		file := filepath.Join(dir, f.file)
		if err := files.Write(file, c.SVG()); err != nil {
			return nil, err
		}
		written = append(written, file)
	}
	return written, nil
}

// lossUnit returns "nats" where the losses of all the runs are log-probabilities, "" where
// one is a distance, a correlation, or a sum of such terms.
func lossUnit(histories []*runs.History) string {
	for _, h := range histories {
		if row, err := mvssl.Find(h.Config.Model.Method); err != nil || !row.Nats {
			return ""
		}
	}
	return "nats"
}

// legend names each run by its folder, by the whole path where two have the same.
func legend(histories []*runs.History) []string {
	count := map[string]int{}
	for _, h := range histories {
		count[filepath.Base(h.Dir)]++
	}
	names := make([]string, len(histories))
	for i, h := range histories {
		names[i] = filepath.Base(h.Dir)
		if count[names[i]] > 1 {
			names[i] = h.Dir
		}
	}
	return names
}
