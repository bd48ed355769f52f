package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// DINOER are the parameters of dino-er: those of DINO's branches and of the
// objective.
type DINOER struct {
	DINOBranches
	EntropyWeight  float64 `json:"entropy_weight" default:"1" range:"[0, 1e9)" doc:"weight of the entropy; 1 is the bound" remedy:"a larger --entropy-weight"`
	Centering      Switch  `json:"centering" default:"off" doc:"whether a running mean, the center, is subtracted from the teacher's logits"`
	CenterMomentum float64 `json:"center_momentum" default:"0.9" range:"[0, 1)" doc:"momentum of the center"`
}

var (
	_ Chooser = (*DINOER)(nil)
	_ Checker = DINOER{}
)

var dinoERRow = dinoRow.Twin(Twin{
	Name: "dino-er", Objective: "plug-in entropy + cross-entropy, no centering",
	Paper:      "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907",
	Parameters: DINOER{}, New32: newDINOER[float32], New64: newDINOER[float64],
})

func newDINOER[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(DINOER)
	return newDistilling(b, p.DINOBranches, p.Centering, p.CenterMomentum, discreteER[T]{p})
}

// discreteER is the bound on W as the objective of DINO's branches (the ER paper,
// section 4): cross-entropy with the teacher's distribution, which is not centered as
// a rule, and in the center's place the plug-in entropy, that of the student's mean
// distribution over the views of the batch, as sharp as the teacher's when its
// temperature has warmed up: W's entropy. At the student's own temperature, the mean
// of a student that tells nothing apart is as even as can be while the teacher,
// sharper, gives all images the same prototype.
type discreteER[T Float] struct{ DINOER }

// plugInEps keeps the logarithm of a mean probability finite, the official file's.
const plugInEps = 1e-7

func (o discreteER[T]) Loss(student, ce *autograd.Var[T]) Result[T] {
	p := autograd.Softmax(autograd.Scale(autograd.Reshape(student, -1, o.Prototypes), 1/o.TeacherTemperature))
	entropy := objective.EntropyDiscrete(p, objective.Expectation, plugInEps)
	return Result[T]{
		Loss:  autograd.Sub(ce, autograd.Scale(entropy, o.EntropyWeight)),
		Terms: []Term{{"entropy", item(entropy)}, {"reconstruction", -item(ce)}},
	}
}

// CollapsedLoss is (1 − weight)·log c: all prototypes are as near.
func (o discreteER[T]) CollapsedLoss() (loss float64, known bool) {
	return (1 - o.EntropyWeight) * math.Log(float64(o.Prototypes)), true
}
