package playground

import (
	"math"

	"entrec/docs/course/things"
	"entrec/mvssl/objective"
)

// kappa: how near is near. Two objectives look through the same lens.
var kappa = &Exhibit{
	Name: "kappa",
	Controls: []Control{
		{"kappa", []string{"1", "2", "5", "10", "20", "50"}, "10"},
		{"objective", []string{"er", "infonce"}, "er"},
	},
	Steps: 200, every: 10,
	open: func(s setting) stage {
		k := s.number("kappa")
		loss := er(k, 1, objective.Include)
		if s["objective"] == "infonce" {
			loss = func(z1, z2 *variable) *variable { return objective.InfoNCE(z1, z2, 1/k) }
		}
		return &lens{newTraining(options{batch: batchSize, steps: 200, width: outputs}, loss), k}
	},
}

type lens struct {
	*training
	kappa float64
}

func (l *lens) look() Look {
	z1, z2 := l.project()
	m := measure(z1, z2, outputs, l.kappa, objective.Include)
	return Look{
		Numbers: []Number{
			{"entropy", m.entropy, nats}, {"reconstruction", m.reconstruction, nats},
			{"ER bound", m.bound(), nats}, {"InfoNCE bound", told(z1, z2, outputs, l.kappa), nats},
			{"right neighbors", things.Nearest(z1, outputs, l.seen.Content), percent},
			{"most entropy", mostEntropy, nats}, {"what there is to tell", math.Log(things.Classes), nats},
		},
		Points: z1, Labels: l.seen.Content,
	}
}
