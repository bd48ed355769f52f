package playground

import (
	"math"

	"entrec/docs/course/things"
	"entrec/mvssl/objective"
)

// spread is how many dimensions the spectrum's network may use.
const spread = 8

// spectrum: in how many directions do the points lie?
var spectrum = &Exhibit{
	Name:     "spectrum",
	Controls: []Control{{"objective", []string{"agree", "er", "infonce", "vicreg"}, "agree"}},
	Steps:    300, every: 10,
	open: func(s setting) stage {
		return &directions{newTraining(options{batch: batchSize, steps: 300, width: spread, sharedNuisance: true}, spectrumLosses[s["objective"]])}
	},
}

// spectrumLosses are the objectives by their names.
var spectrumLosses = map[string]func(z1, z2 *variable) *variable{
	"agree":   er(viewKappa, 0, objective.Include),
	"er":      er(viewKappa, 1, objective.Include),
	"infonce": func(z1, z2 *variable) *variable { return objective.InfoNCE(z1, z2, 1./viewKappa) },
	"vicreg": func(z1, z2 *variable) *variable {
		return objective.VICReg(z1, z2, objective.VICRegConfig{Sim: 1, Std: 1, Cov: 0.04, Eps: 1e-4})
	},
}

type directions struct{ *training }

func (d *directions) look() Look {
	z, _ := d.project()
	values := eigenvalues(covariance(z, spread))
	total, entropy := 0.0, 0.0
	for _, v := range values {
		total += v
	}
	numbers := []Number{}
	for i, v := range values {
		entropy += entropyOf(v / total)
		numbers = append(numbers, Number{"direction " + string(rune('1'+i)), 100 * v / total, percent})
	}
	both := make([]int, seenSize) // of content and nuisance, there are Classes²
	for i := range both {
		both[i] = things.Classes*d.seen.Content[i] + d.seen.Nuisance[i]
	}
	return Look{Numbers: append([]Number{
		{"directions in use", math.Exp(entropy), plain}, {"spread", total, nats},
		{"right neighbors", things.Nearest(z, spread, both), percent},
	}, numbers...)}
}
