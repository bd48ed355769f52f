package main

import (
	"fmt"
	"strings"

	"entrec/mvssl/sweep"
)

// verdict is what the criteria of docs/paper.md say of a claim.
type verdict string

const (
	confirmed verdict = "confirmed"
	refuted   verdict = "refuted"
	undecided verdict = "undecided"
)

// twinDropsLess is the verdict on "it hurts the original more", in percent: the original's
// mean drop, and an interval of D, by how much more it drops than its twin.
func twinDropsLess(drop, low, high float64) verdict {
	switch {
	case drop > 2 && low > 0:
		return confirmed
	case drop <= 2 && high < 2:
		return refuted
	}
	return undecided
}

// costsLittle is the verdict on "ER costs little", in percent, by an interval of what the
// twin is better than the original.
func costsLittle(low, high float64) verdict {
	switch {
	case low >= -3 && high <= 3:
		return confirmed
	case high < -3:
		return refuted
	}
	return undecided
}

// byIntervals judges a comparison by its t-interval and by its bootstrap's: where they do
// not agree it is undecided, and so is one of a single seed.
func byIntervals(c sweep.Comparison, judge func(low, high float64) verdict) verdict {
	d := c.Difference
	if d == nil || d.Half == nil {
		return undecided
	}
	v := judge(100*(d.Mean-*d.Half), 100*(d.Mean+*d.Half))
	if b := c.Bootstrap; b != nil && judge(100*b.Low, 100*b.High) != v {
		return undecided
	}
	return v
}

// claim is one about differences of accuracies.
type claim struct {
	text, what, paper string
	is                sweep.Comparison
	verdict           string // of what decides it; empty of one that is explored
	primary           bool   // one of the three tests that are adjusted together
}

// claims are those about drops, of which the first three are the primary tests, and those
// about what ER costs at the large batch.
func (e experiment) claims() (list []claim) {
	const decides, explores = true, false
	drop := func(decides bool, s stage, name, of, text, paper string) {
		c := claim{text: text, what: "D, points", paper: paper, is: s.comparison(name), primary: decides}
		if decides {
			c.verdict = s.sofar(c.is.Difference, func() verdict {
				original := 100 * s.comparison(of).Difference.Mean
				return byIntervals(c.is, func(low, high float64) verdict { return twinDropsLess(original, low, high) })
			})
		}
		list = append(list, c)
	}
	cost := func(decides bool, s stage, name, text, paper string) {
		c := claim{text: text, what: "ER − original, points", paper: paper, is: s.comparison(name)}
		if decides {
			c.verdict = s.sofar(c.is.Difference, func() verdict { return byIntervals(c.is, costsLittle) })
		}
		list = append(list, c)
	}
	drop(decides, e.batch, "BYOL, batch: D", "byol's drop", "a small batch hurts BYOL more than BYOL + ER", "21.3")
	drop(decides, e.batch, "DINO, batch: D", "dino's drop", "a small batch hurts DINO more than DINO + ER", "4.4")
	drop(decides, e.ema, "DINO, EMA: D", "dino's drop", "a fast target hurts DINO more than DINO + ER", "7.3")
	drop(explores, e.batch, "BYOL, batch, kappa 10: D", "", "a small batch hurts BYOL more than BYOL + ER, κ 10", "21.3")
	drop(explores, e.ema, "BYOL, EMA: D", "", "a fast target hurts BYOL more than BYOL + ER", "2.2")
	drop(explores, e.ema, "BYOL, EMA, kappa 10: D", "", "the same, κ 10", "2.2")
	drop(explores, e.simclr, "SimCLR, batch: D", "", "a small batch hurts SimCLR more than SimCLR + ER", "1.2")
	drop(explores, e.simclr, "SimCLR, batch, kappa 10: D", "", "the same, κ 10", "1.2")
	cost(decides, e.batch, "byol-er − byol tuned batch=64", "ER costs BYOL little", "-1.5")
	cost(explores, e.batch, "byol-er − byol, kappa 10, batch=64", "the same, κ 10", "-1.5")
	cost(decides, e.batch, "dino-er − dino tuned batch=64", "ER costs DINO little", "-2.2")
	cost(decides, e.simclr, "simclr-er − simclr tuned batch=64", "ER costs SimCLR little", "0.6")
	cost(explores, e.simclr, "simclr-er − simclr, kappa 10, batch=64", "the same, κ 10", "0.6")
	return list
}

// sofar writes a verdict on an estimate, with how many seeds it stands on where more were
// planned. judge is not asked where nothing was made.
func (s stage) sofar(on *sweep.Estimate, judge func() verdict) string {
	switch {
	case on == nil:
		return "undecided: not made"
	case on.N < s.seeds:
		return fmt.Sprintf("%s so far (%d of %d seeds)", judge(), on.N, s.seeds)
	}
	return string(judge())
}

// verdicts is a line for each claim.
func (e experiment) verdicts() string {
	var b strings.Builder
	head(&b, "claim", "what", "paper", "ours", "bootstrap", "p", "verdict")
	var primary []float64 // their p, 1 of one that was not made
	for _, c := range e.claims() {
		p, v := "", c.verdict
		if c.is.P != nil {
			p = fmt.Sprintf("%.3f", *c.is.P)
		}
		if v == "" {
			v = "exploratory"
		}
		row(&b, c.text, c.what, c.paper, points(c.is.Difference), span(c.is.Bootstrap), p, v)
		if c.primary && c.is.P != nil {
			primary = append(primary, *c.is.P)
		} else if c.primary {
			primary = append(primary, 1)
		}
	}
	row(&b, e.stable("BYOL", "byol tuned batch=64", "Z")...)
	row(&b, e.stable("DINO", "dino tuned batch=64", "W")...)
	row(&b, e.center()...)
	adjusted := sweep.Holm(primary)
	fmt.Fprintf(&b, "\nThe p of the first three claims, the primary tests, adjusted together after Holm: %.3f, %.3f and %.3f.\n", adjusted[0], adjusted[1], adjusted[2])
	return b.String()
}

// span writes a bootstrap's interval in percent.
func span(b *sweep.Interval) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%.1f to %.1f", 100*b.Low, 100*b.High)
}
