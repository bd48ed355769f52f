package playground

import (
	"entrec/docs/course/things"
	"entrec/mvssl/objective"
)

// neighbor: an estimate of density from a sample may count each point as its own neighbor.
var neighbor = &Exhibit{
	Name: "neighbor",
	Controls: []Control{
		{"itself", []string{"on", "off"}, "on"},
		{"kappa", []string{"5", "10", "20", "50", "100"}, "50"},
		{"batch", []string{"8", "16", "32", "64"}, "8"},
	},
	Steps: 200, every: 10,
	open: func(s setting) stage {
		self := objective.Exclude
		if s.on("itself") {
			self = objective.Include
		}
		k, batch := s.number("kappa"), int(s.number("batch"))
		return &counted{newTraining(options{batch: batch, steps: 200, width: outputs}, er(k, 1, self)), k, batch}
	},
}

type counted struct {
	*training
	kappa float64
	batch int
}

func (c *counted) look() Look {
	z1, z2 := c.project()
	var own, others float64
	for at := 0; at < len(z1); at += c.batch * outputs {
		part := func(z []float64) []float64 { return z[at : at+c.batch*outputs] }
		share := float64(c.batch) / seenSize
		own += share * measure(part(z1), part(z2), outputs, c.kappa, objective.Include).entropy
		others += share * measure(part(z1), part(z2), outputs, c.kappa, objective.Exclude).entropy
	}
	all := measure(z1, z2, outputs, c.kappa, objective.Exclude)
	return Look{
		Numbers: []Number{
			{"entropy with itself", own, nats}, {"entropy without itself", others, nats},
			{"entropy of all 512 points", all.entropy, nats}, {"reconstruction", all.reconstruction, nats},
			{"right neighbors", things.Nearest(z1, outputs, c.seen.Content), percent},
			{"most entropy", mostEntropy, nats},
		},
		Points: z1, Labels: c.seen.Content,
	}
}
