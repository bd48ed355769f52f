package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"entrec/docs/course/micro"
	"entrec/docs/course/things"
)

// views trains the small network on three kinds of views, and shows what can be read off
// its projections then.
func views(w io.Writer) {
	fmt.Fprintf(w, "%-22s %9s %9s %9s %10s\n", "", "content", "nuisance", "InfoNCE", "at most")
	for _, kind := range []struct {
		name              string
		content, nuisance bool
		steps             int
	}{
		{"untrained", true, false, 0},
		{"nuisance drawn anew", true, false, 200},
		{"nuisance shared", true, true, 200},
		{"content drawn anew", false, true, 200},
	} {
		s := things.Source{Rng: rand.New(rand.NewPCG(1, 1)), SharedContent: kind.content, SharedNuisance: kind.nuisance}
		n := newNetwork(rand.New(rand.NewPCG(2, 2)))
		for range kind.steps {
			n.step(s.Draw(64), infoNCE)
		}
		b := s.Draw(512)
		z := n.project(b.First)
		shared := math.Log(things.Classes)
		if kind.content && kind.nuisance {
			shared *= 2
		}
		fmt.Fprintf(w, "%-22s %7.0f %% %7.0f %% %9.2f %10.2f\n", kind.name,
			things.Nearest(z, outputs, b.Content), things.Nearest(z, outputs, b.Nuisance), told(n, b), shared)
	}
}

// told returns log k − InfoNCE of a batch, in nats.
func told(n *network, b things.Batch) float64 {
	tape := &micro.Tape{}
	k := len(b.Content)
	project := func(views []float64) *micro.Var { return tape.New(k, outputs, n.project(views)) }
	return math.Log(float64(k)) - micro.InfoNCE(project(b.First), project(b.Second), temperature).Value[0]
}
