package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/docs/course/things"
	"entrec/internal/chart"
	"entrec/mvssl/objective"
)

// trained returns what InfoNCE tells while the small network learns, on average over every
// few steps.
func trained(s things.Source, steps, every int) (told []chart.Point) {
	const k = 64
	n := newNetwork(rand.New(rand.NewPCG(2, 2)))
	sum := 0.0
	for i := range steps {
		sum += n.step(s.Draw(k), infoNCE)
		if (i+1)%every == 0 {
			told = append(told, chart.Point{X: float64(i + 1), Y: math.Log(k) - sum/float64(every)})
			sum = 0
		}
	}
	return told
}

// level is a horizontal line.
func level(name string, from, to, y float64) chart.Line {
	return chart.Line{Name: name, Points: []chart.Point{{X: from, Y: y}, {X: to, Y: y}}}
}

// viewsFigure draws what the network learns to tell, of views that share one thing or two.
func viewsFigure() *chart.Chart {
	const steps, every = 200, 10
	draw := func(content, nuisance bool) []chart.Point {
		return trained(things.Source{Rng: rand.New(rand.NewPCG(1, 1)), SharedContent: content, SharedNuisance: nuisance}, steps, every)
	}
	return &chart.Chart{Title: "What is shared can be told", X: "steps", Y: "InfoNCE's bound, nats", Lines: []chart.Line{
		{Name: "one thing shared", Points: draw(true, false)},
		{Name: "two things shared", Points: draw(true, true)},
		level("log 4", every, steps, math.Log(things.Classes)),
		level("log 16", every, steps, 2*math.Log(things.Classes)),
	}}
}

// learningFigure draws the loss of the small network.
func learningFigure() *chart.Chart {
	const steps, every = 200, 5
	told := trained(things.Source{Rng: rand.New(rand.NewPCG(1, 1)), SharedContent: true}, steps, every)
	for i := range told {
		told[i].Y = math.Log(64) - told[i].Y
	}
	return &chart.Chart{Title: "A network learns by 150 lines", X: "steps", Y: "InfoNCE, nats", Lines: []chart.Line{
		{Name: "loss", Points: told}, level("log k", every, steps, math.Log(64)), level("log k − log 4", every, steps, math.Log(64/things.Classes)),
	}}
}

// boundFigure draws the ER bound against the κ that q believes in.
func boundFigure() *chart.Chart {
	const k, repeats = 256, 4
	lines := []chart.Line{{Name: "entropy known"}, {Name: "with the own point"}, {Name: "without"}}
	for kappa := 2.0; kappa <= 42; kappa += 4 {
		values := []float64{usual.bound(kappa)}
		for _, self := range []objective.Self{objective.Include, objective.Exclude} {
			mean, _ := usual.batches(repeats, k, func(z1, z2 [][]float64) float64 { return erOf(z1, z2, kappa, self) })
			values = append(values, mean)
		}
		for i, v := range values {
			lines[i].Points = append(lines[i].Points, chart.Point{X: kappa, Y: v})
		}
	}
	return &chart.Chart{Title: "The ER bound of pairs that share 4.99 nats", X: "κ of q", Y: "nats", Lines: append(lines, level("mutual information", 2, 42, usual.information()))}
}

// ceilingFigure draws InfoNCE against the size of the batch.
func ceilingFigure() *chart.Chart {
	var lines []chart.Line
	ceiling := chart.Line{Name: "log k"}
	for _, kappa := range []float64{2, 10, 20, 80} {
		p := pair{16, kappa}
		line := chart.Line{Name: fmt.Sprintf("%.2f nats known", p.information())}
		for e := 1; e <= 9; e++ {
			k := 1 << e
			mean, _ := p.batches(2048/k, k, func(z1, z2 [][]float64) float64 { return toldOf(z1, z2, kappa) })
			line.Points = append(line.Points, chart.Point{X: float64(e), Y: mean})
			if kappa == 2 {
				ceiling.Points = append(ceiling.Points, chart.Point{X: float64(e), Y: math.Log(float64(k))})
			}
		}
		lines = append(lines, line)
	}
	return &chart.Chart{Title: "InfoNCE says at most log k", X: "batch, as a power of two", Y: "nats", Lines: append(lines, ceiling)}
}

// partsFigure draws the sums of both objectives against κ.
func partsFigure() *chart.Chart {
	lines := []chart.Line{{Name: "known"}, {Name: "NT-Xent"}, {Name: "ER, no own point"}}
	for _, kappa := range []float64{2, 5, 10, 15, 20, 30, 40, 60} {
		p := pair{partsDimensions, kappa}
		reconstruction, all, view := partsOf(p)
		for i, v := range []float64{p.information(), reconstruction + all, reconstruction + view} {
			lines[i].Points = append(lines[i].Points, chart.Point{X: kappa, Y: v})
		}
	}
	return &chart.Chart{Title: "Entropy plus reconstruction, of NT-Xent and of ER", X: "κ", Y: "nats",
		Lines: append(lines, level("log 511", 2, 60, math.Log(2*partsPairs-1)))}
}
