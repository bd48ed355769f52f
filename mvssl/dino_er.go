package mvssl

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

var dinoERRow = Row{
	Name:        "dino-er",
	Branches:    "EMA teacher",
	Projections: "softmax over prototypes; multi-crop",
	Objective:   "plug-in entropy + cross-entropy, no centering",
	Paper:       "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907",

	Hyperparameters: append([]string{"entropy_weight"}, dinoHyperparameters...),
	Defaults: func() (Config, Recipe) {
		c, r := dinoDefaults()
		c.EntropyWeight = 1
		return c, r
	},
	Fit:   fitDINO,
	Check: checkDINO,
	Views: multiCropViews,
	New32: newDINOER[float32], New64: newDINOER[float64],
}

// dinoER is DINO with the bound on W as its objective (the ER paper, section 4):
// cross-entropy with the teacher's distribution, which is not centered, and in the
// center's place the plug-in entropy, that of the student's mean distribution over
// the views of the batch, as sharp as the teacher's when its temperature has warmed up:
// W's entropy. At the student's own temperature, the mean of a student that tells
// nothing apart is as even as can be while the teacher, sharper, gives all images the
// same prototype.
type dinoER[T Float] struct {
	dinoBranches[T]
	zero *tensor.Tensor[T] // in place of a center
}

func newDINOER[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newDINOBranches[T](rng, c)
	return &dinoER[T]{b, tensor.New[T](c.Prototypes)}, err
}

// plugInEps keeps the logarithm of a mean probability finite, the official file's.
const plugInEps = 1e-7

func (m *dinoER[T]) Loss(b Batch[T]) Result[T] {
	student := m.student(b)
	ce := objective.DINO(student, m.teach(b), m.zero, m.temperatures(b.Progress))
	p := autograd.Softmax(autograd.Scale(autograd.Reshape(student, -1, m.c.Prototypes), 1/m.c.TeacherTemperature))
	entropy := objective.EntropyDiscrete(p, objective.Expectation, plugInEps)
	return Result[T]{
		Loss:  autograd.Sub(ce, autograd.Scale(entropy, m.c.EntropyWeight)),
		Terms: []Term{{"entropy", item(entropy)}, {"reconstruction", -item(ce)}},
	}
}

// Assign makes W of the teacher's distribution.
func (m *dinoER[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T]) {
	return m.assign(each, nil)
}
