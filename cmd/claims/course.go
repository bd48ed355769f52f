package main

import (
	"fmt"
	"math"

	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
)

// course is how an entropy goes after the second epoch of a run.
type course struct {
	change float64 // the most that it is away from its value at epoch 2, in nats
	limit  float64 // of that: a tenth of the most that H(W) can be, or of log k for H(Z)
	rises  bool    // reconstruction, from epoch 2 to the last
	halves bool    // H(W), to less than half of its value at epoch 2
}

// courseOf reads a run's lines about epochs, for the entropy of W or of Z.
func courseOf(r sweep.Ended, of string) (c course) {
	c.limit = math.Log(train.HeldOut) / 10
	if of == "W" {
		c.limit = mostW(r) / 10
	}
	var then, reconstructed float64 // at epoch 2
	for _, m := range r.History.Epochs {
		entropy, reconstruction := m.Entropy, m.Reconstruction
		if of == "W" {
			entropy, reconstruction = *m.EntropyW, *m.ReconstructionW
		}
		switch {
		case m.Epoch == 2:
			then, reconstructed = entropy, reconstruction
		case m.Epoch > 2:
			c.change = max(c.change, math.Abs(entropy-then))
			c.rises = reconstruction > reconstructed
			c.halves = c.halves || of == "W" && entropy < then/2
		}
	}
	return c
}

// mostW is the most that the entropy of W of a run of DINO can be.
func mostW(r sweep.Ended) float64 {
	return r.History.Config.Model.Parameters.(interface{ MaxEntropyW() float64 }).MaxEntropyW()
}

// enough is the part of the seeds that must agree on a course: four of five.
const enough = 0.8

// stable is the line of "entropy is stable while reconstruction rises" of the runs of a row.
func (e experiment) stable(model, label, of string) []string {
	text := model + "'s entropy is stable while reconstruction rises"
	n, holds, falls, largest, limit := 0.0, 0.0, 0.0, 0.0, 0.0
	for _, r := range e.batch.ended {
		if r.Row != label {
			continue
		}
		n++
		c := courseOf(r, of)
		largest, limit = max(largest, c.change), c.limit
		if c.change < c.limit && c.rises {
			holds++
		}
		if c.halves {
			falls++
		}
	}
	what := fmt.Sprintf("largest change of H(%s) after epoch 2, nats", of)
	if n == 0 {
		return []string{text, what, "", "", "", "", e.batch.sofar(nil, nil)}
	}
	ours := fmt.Sprintf("%.2f, limit %.2f; holds in %.0f of %.0f seeds", largest, limit, holds, n)
	return []string{text, what, "", ours, "", "", e.batch.sofar(&sweep.Estimate{N: int(n)}, func() verdict {
		switch {
		case holds >= enough*n:
			return confirmed
		case falls >= enough*n:
			return refuted
		}
		return undecided
	})}
}

// center is the line of "the center is what keeps DINO".
func (e experiment) center() []string {
	s := e.collapse
	line := []string{"the center is what keeps DINO", "H(W) at the end without it, nats", "0", "", "", "", s.sofar(nil, nil)}
	without, tuned, twin := s.cell("dino no center", "entropy_w"), s.cell("dino tuned", "entropy_w"), s.cell("dino-er tuned", "entropy_w")
	if without == nil || tuned == nil || twin == nil {
		return line
	}
	linear, untrained, full := s.cell("dino-er tuned", "linear"), s.cell("dino-er tuned", "knn_untrained"), 0.0
	for _, r := range s.ended {
		if r.Row == "dino-er tuned" {
			full = mostW(r)
		}
	}
	line[3] = fmt.Sprintf("%.2f, with it %.2f; ER without it %.2f of at most %.2f, its linear probe %.1f", without.Mean, tuned.Mean, twin.Mean, full, 100*linear.Mean)
	line[6] = s.sofar(without, func() verdict {
		switch {
		case without.Mean < 0.1 && twin.Mean > 0.9*full && linear.Mean >= untrained.Mean+0.1:
			return confirmed
		case without.Mean > tuned.Mean/2:
			return refuted
		}
		return undecided
	})
	return line
}
