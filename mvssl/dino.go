package mvssl

import (
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

var dinoRow = Row{
	Name:        "dino",
	Branches:    "EMA teacher",
	Projections: "softmax over prototypes; multi-crop",
	Objective:   "centered, sharpened cross-entropy",
	Paper:       "Caron et al. 2021, arXiv:2104.14294",

	Hyperparameters: append([]string{"center_momentum"}, dinoHyperparameters...),
	Defaults: func() (Config, Recipe) {
		c, r := dinoDefaults()
		c.CenterMomentum = 0.9
		return c, r
	},
	Fit:   fitDINO,
	Check: checkDINO,
	Views: multiCropViews,
	New32: newDINO[float32], New64: newDINO[float64],
}

// dinoHyperparameters are those of dino and dino-er.
var dinoHyperparameters = []string{"temperature", "teacher_temperature", "teacher_temperature_start", "teacher_warmup",
	"prototypes", "ema", "freeze", "local_crops"}

// teacherTemperature is the teacher's where none is asked for, at first and later.
const teacherTemperature = 0.04

// dinoDefaults returns what dino and dino-er have in common. The last layer is
// frozen for a hundredth of the run, as one epoch is of the official file's hundred.
func dinoDefaults() (Config, Recipe) {
	recipe := adamRecipe
	recipe.Clip, recipe.ClipEach = 3, true
	return Config{
		Projector: smallProjector, Temperature: 0.1, Freeze: 0.01,
		TeacherTemperature: teacherTemperature, TeacherTemperatureStart: teacherTemperature,
	}, recipe
}

func fitDINO(c *Config, s Setting) {
	fitPrototypes(c, s)
	if c.EMA == 0 {
		c.EMA = emaBase(s.Steps, 0.98)
	}
}

// checkDINO reports a first temperature that would never be the teacher's.
func checkDINO(c Config, s Setting) error {
	start := c.TeacherTemperatureStart
	if c.TeacherWarmup == 0 && start != c.TeacherTemperature && start != teacherTemperature {
		return fmt.Errorf("teacher_temperature_start %v needs a teacher_warmup", start)
	}
	return checkPrototypes(c, s)
}

// dinoBranches are DINO's networks: a student and a teacher that follows it, each
// with prototypes in directions of length one (weight norm with its gain fixed).
type dinoBranches[T Float] struct {
	backbone[T]
	prototypes *nn.Linear[T] // (c, d), of which only the rows' directions count
	teacher    target[T]
	directions *nn.Linear[T] // the teacher's prototypes
	c          Config
}

func newDINOBranches[T Float](rng *rand.Rand, c Config) (dinoBranches[T], error) {
	b, err := newBackbone[T](rng, c)
	if err != nil {
		return dinoBranches[T]{}, err
	}
	prototypes := newPrototypes[T](rng, c.Projector.Out, c.Prototypes)
	t, err := newTarget(&b, c)
	directions := &nn.Linear[T]{Weight: autograd.Param(prototypes.Weight.Value.Clone())}
	return dinoBranches[T]{b, prototypes, t, directions, c}, err
}

// student returns the student's logits of all views: (views, n, c).
func (m *dinoBranches[T]) student(b Batch[T]) *autograd.Var[T] {
	features := joined(b, func(x *autograd.Var[T]) *autograd.Var[T] { return m.encoder.Forward(training, x) })
	scores := logits(m.projector.Forward(training, features), m.prototypes)
	return autograd.Reshape(scores, -1, len(b.Samples), m.c.Prototypes)
}

// teach returns the teacher's logits of the whole views: (2, n, c).
func (m *dinoBranches[T]) teach(b Batch[T]) *tensor.Tensor[T] {
	z := m.teacher.project(wholes(b))
	return logits(m.teacher.tape.Constant(z), m.directions).Value.Reshape(wholeViews, len(b.Samples), m.c.Prototypes)
}

// temperatures returns those of a step. The teacher's rises, or falls, linearly to
// its own over the first part of the run.
func (m *dinoBranches[T]) temperatures(p Progress) objective.DINOConfig {
	warmup := int(math.Round(m.c.TeacherWarmup * float64(p.Steps)))
	return objective.DINOConfig{
		StudentTemperature: m.c.Temperature,
		TeacherTemperature: nn.LinearWarmup(p.Step, warmup, m.c.TeacherTemperatureStart, m.c.TeacherTemperature),
	}
}

// Freeze keeps the student's prototypes as they are at first.
func (m *dinoBranches[T]) Freeze(p Progress) {
	if float64(p.Step) < m.c.Freeze*float64(p.Steps) {
		m.prototypes.Weight.ZeroGrad()
	}
}

// Update lets the teacher follow, with a momentum that rises from its base to 1 by
// half a cosine over the run. Of the prototypes, it is the directions before they
// are normalized that move.
func (m *dinoBranches[T]) Update(p Progress) {
	momentum := nn.Cosine(p.Step, p.Steps, m.c.EMA, 1)
	m.teacher.follow(&m.backbone, momentum)
	nn.UpdateEMA(nn.Module[T](m.directions), nn.Module[T](m.prototypes), momentum)
}

// Encoder returns the teacher's, which is what DINO evaluates.
func (m *dinoBranches[T]) Encoder() nn.Encoder[T] { return m.teacher.encoder }

// Parameters returns the student's.
func (m *dinoBranches[T]) Parameters() []nn.Named[T] { return parameters(m.studentState) }

func (m *dinoBranches[T]) studentState(prefix string, visit nn.Visitor[T]) {
	m.backbone.State(prefix, visit)
	m.prototypes.State(prefix+"prototypes.", visit)
}

// State visits the student and, under "teacher.", the teacher.
func (m *dinoBranches[T]) State(prefix string, visit nn.Visitor[T]) {
	m.studentState(prefix, visit)
	m.teacher.State(prefix+"teacher.", visit)
	m.directions.State(prefix+"teacher.prototypes.", visit)
}

// assign returns the teacher's W, with a center that may be nil, and the student's
// prediction, both in evaluation.
func (m *dinoBranches[T]) assign(each Mapper[T], center *autograd.Var[T]) (w, logq *tensor.Tensor[T]) {
	w = each(func(images *autograd.Var[T]) *autograd.Var[T] {
		t := logits(m.teacher.Forward(nn.Context{}, images), m.directions)
		if center != nil {
			t = autograd.Sub(t, center)
		}
		return autograd.Softmax(autograd.Scale(t, 1/m.c.TeacherTemperature))
	})
	s := each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return logits(m.Forward(nn.Context{}, images), m.prototypes)
	})
	return w, logSoftmax(s, m.c.Temperature)
}

// CollapsedLoss is log c: all prototypes are as near.
func (m *dinoBranches[T]) CollapsedLoss() float64 { return math.Log(float64(m.c.Prototypes)) }

// dino is DINO (Caron et al., 2021): the student predicts, from every view, the
// teacher's distribution over prototypes of each other whole view. That is the
// reconstruction of W alone. Sharpening keeps the distribution from becoming
// uniform, subtracting the center from falling on one prototype, so that the
// entropy stays. In the order of main_dino.py: the center that is subtracted is the
// one from before this batch; after it, clipping, freezing, the step, the teacher.
type dino[T Float] struct {
	dinoBranches[T]
	center *autograd.Var[T] // (c)
}

func newDINO[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newDINOBranches[T](rng, c)
	return &dino[T]{b, &autograd.Var[T]{Value: tensor.New[T](c.Prototypes)}}, err
}

func (m *dino[T]) Loss(b Batch[T]) Result[T] {
	student, teacher := m.student(b), m.teach(b)
	// A copy, since the gradient is worked out after the center has moved.
	loss := objective.DINO(student, teacher, m.center.Value.Clone(), m.temperatures(b.Progress))
	objective.DINOCenter(m.center.Value, teacher, m.c.CenterMomentum)
	return Result[T]{Loss: loss, Terms: []Term{{"cross_entropy", item(loss)}}}
}

// State visits the branches and the center.
func (m *dino[T]) State(prefix string, visit nn.Visitor[T]) {
	m.dinoBranches.State(prefix, visit)
	visit(prefix+"center", m.center)
}

// Assign makes W of the teacher's distribution.
func (m *dino[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T]) {
	return m.assign(each, m.center)
}
