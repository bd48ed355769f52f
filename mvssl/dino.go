package mvssl

import (
	"fmt"
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// DINO are the parameters of dino: those of its branches, and centering.
type DINO struct {
	DINOBranches
	Centering      Switch  `json:"centering" default:"on" doc:"whether a running mean, the center, is subtracted from the teacher's logits"`
	CenterMomentum float64 `json:"center_momentum" default:"0.9" range:"[0, 1)" doc:"momentum of the center"`
}

// DINOBranches are the parameters of DINO's branches.
type DINOBranches struct {
	Temperature             float64     `json:"temperature" default:"0.1" range:"(0, 1e9)" doc:"what the student's logits are divided by"`
	TeacherTemperature      float64     `json:"teacher_temperature" default:"0.04" range:"(0, 1e9)" doc:"what the teacher's logits are divided by" remedy:"a smaller --teacher-temperature"`
	TeacherTemperatureStart float64     `json:"teacher_temperature_start" default:"0.04" range:"(0, 1e9)" doc:"where the teacher's temperature begins"`
	TeacherWarmup           float64     `json:"teacher_warmup" default:"0" range:"[0, 1)" doc:"fraction of the run in which the teacher's temperature gets there" remedy:"a longer --teacher-warmup"`
	Prototypes              int         `json:"prototypes" default:"auto" auto:"256, or an eighth of the training images where they are fewer" range:"[2, 65536]" doc:"number of prototypes" remedy:"fewer --prototypes"`
	EMA                     float64     `json:"ema" default:"auto" auto:"by the run's length" range:"[0, 1]" doc:"base momentum of the teacher" remedy:"a larger --ema"`
	EMASchedule             EMASchedule `json:"ema_schedule" default:"cosine" doc:"how the momentum goes over the run: to 1 by half a cosine, or constant"`
	Freeze                  float64     `json:"freeze" default:"0.01" range:"[0, 1)" doc:"fraction of the run in which the prototypes stay as they are" remedy:"a longer --freeze"`
	LocalCrops              int         `json:"local_crops" default:"0" range:"[0, 64]" doc:"views of small crops beside the two whole ones"`
}

// MaxEntropyW returns the most that the entropy of W can be, the logarithm of the number of
// prototypes, in nats.
func (b DINOBranches) MaxEntropyW() float64 { return math.Log(float64(b.Prototypes)) }

// teacherTemperature is the teacher's where none is asked for, at first and later.
const teacherTemperature = 0.04

// Choose sets the number of prototypes and the base momentum.
func (p *DINOBranches) Choose(s Setting) {
	p.Prototypes, p.EMA = choosePrototypes(s), EMABase(s.Steps, 0.98)
}

// Check reports a first temperature that would never be the teacher's, and too many
// prototypes.
func (p DINOBranches) Check(s Setting) error {
	start := p.TeacherTemperatureStart
	if p.TeacherWarmup == 0 && start != p.TeacherTemperature && start != teacherTemperature {
		return fmt.Errorf("teacher_temperature_start %v needs a teacher_warmup", start)
	}
	return checkPrototypes(p.Prototypes, s)
}

var (
	_ Chooser = (*DINO)(nil)
	_ Checker = DINO{}
)

// dinoRow's last layer is frozen for a hundredth of the run, as one epoch is of the
// official file's hundred.
var dinoRow = Row{
	Name: "dino", Branches: EMATeacher, Projections: TeacherSoftmax, Objective: "centered, sharpened cross-entropy", Nats: true,
	Paper:      "Caron et al. 2021, arXiv:2104.14294",
	Parameters: DINO{}, Recipe: adamRecipe.WithClipEach(3), Projector: smallProjector, Views: MultiCropViews,
	New32: newDINO[float32], New64: newDINO[float64],
}

func newDINO[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(DINO)
	return newDistilling(b, p.DINOBranches, p.Centering, p.CenterMomentum, crossEntropy[T]{p.Prototypes})
}

// distillationObjective makes a loss of the student's logits of all views, (views, n,
// c), and of their cross-entropy with the teacher's distributions: the value in which
// dino and dino-er differ.
type distillationObjective[T Float] interface {
	Loss(student, crossEntropy *autograd.Var[T]) Result[T]
}

// distilling is a method with DINO's branches: a student and a teacher that follows
// it, each with prototypes in directions of length one (weight norm with its gain
// fixed). In the order of main_dino.py: the center that is subtracted is the one from
// before this batch; after it, clipping, freezing, the step, the teacher.
type distilling[T Float] struct {
	Backbone[T]
	DINOBranches
	prototypes     *nn.Linear[T] // (c, d), of which only the rows' directions count
	teacher        Target[T]
	directions     *nn.Linear[T]    // the teacher's prototypes
	center         *autograd.Var[T] // (c)
	centering      bool
	centerMomentum float64
	objective      distillationObjective[T]
}

var (
	_ Updater           = (*distilling[float32])(nil)
	_ Freezer           = (*distilling[float32])(nil)
	_ Discrete[float32] = (*distilling[float32])(nil)
	_ Plateaued         = (*distilling[float32])(nil)
)

func newDistilling[T Float](b Build, p DINOBranches, centering Switch, centerMomentum float64, o distillationObjective[T]) (Method[T], error) {
	n, err := NewBackbone[T](b)
	if err != nil {
		return nil, err
	}
	prototypes := newPrototypes[T](b.Rand, b.Projector.Out, p.Prototypes)
	t, err := NewTarget(&n, b)
	return &distilling[T]{
		Backbone: n, DINOBranches: p, prototypes: prototypes, teacher: t,
		directions: &nn.Linear[T]{Weight: autograd.Param(prototypes.Weight.Value.Clone())},
		center:     &autograd.Var[T]{Value: tensor.New[T](p.Prototypes)},
		centering:  centering == On, centerMomentum: centerMomentum, objective: o,
	}, err
}

func (m *distilling[T]) Loss(b Batch[T]) Result[T] {
	student, teacher := m.student(b), m.teach(b)
	// A copy, since the gradient is worked out after the center has moved.
	ce := objective.DINO(student, teacher, m.center.Value.Clone(), m.temperatures(b.Progress))
	if m.centering {
		objective.DINOCenter(m.center.Value, teacher, m.centerMomentum)
	}
	return m.objective.Loss(student, ce)
}

// student returns the student's logits of all views: (views, n, c).
func (m *distilling[T]) student(b Batch[T]) *autograd.Var[T] {
	scores := logits(m.ForwardAll(b), m.prototypes)
	return autograd.Reshape(scores, -1, len(b.Samples), m.Prototypes)
}

// teach returns the teacher's logits of the whole views: (2, n, c).
func (m *distilling[T]) teach(b Batch[T]) *tensor.Tensor[T] {
	z := m.teacher.Projections(b.Whole())
	return logits(z, m.directions).Value.Reshape(wholeViews, len(b.Samples), m.Prototypes)
}

// temperatures returns those of a step. The teacher's rises, or falls, linearly to
// its own over the first part of the run.
func (m *distilling[T]) temperatures(p Progress) objective.DINOConfig {
	warmup := int(math.Round(m.TeacherWarmup * float64(p.Steps)))
	return objective.DINOConfig{
		StudentTemperature: m.Temperature,
		TeacherTemperature: nn.LinearWarmup(p.Step, warmup, m.TeacherTemperatureStart, m.TeacherTemperature),
	}
}

// Freeze keeps the student's prototypes as they are at first.
func (m *distilling[T]) Freeze(p Progress) {
	if float64(p.Step) < m.DINOBranches.Freeze*float64(p.Steps) {
		m.prototypes.Weight.ZeroGrad()
	}
}

// Update lets the teacher follow. Of the prototypes, it is the directions before they
// are normalized that move.
func (m *distilling[T]) Update(p Progress) {
	momentum := m.EMASchedule.At(m.EMA, p)
	m.teacher.Follow(&m.Backbone, momentum)
	nn.UpdateEMA(nn.Module[T](m.directions), nn.Module[T](m.prototypes), momentum)
}

// Schedules returns the teacher's momentum, and the temperatures of student and teacher.
func (m *distilling[T]) Schedules(p Progress) []Term {
	t := m.temperatures(p)
	return []Term{
		{emaSchedule, m.EMASchedule.At(m.EMA, p)},
		{temperatureSchedule, t.StudentTemperature},
		{teacherTemperatureSchedule, t.TeacherTemperature},
	}
}

// Encoder returns the teacher's, which is what DINO evaluates.
func (m *distilling[T]) Encoder() nn.Encoder[T] { return m.teacher.encoder }

// Parameters returns the student's.
func (m *distilling[T]) Parameters() []nn.Named[T] { return Trained(m.studentState) }

func (m *distilling[T]) studentState(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	m.prototypes.State(prefix+"prototypes.", visit)
}

// State visits the student and, under "teacher.", the teacher; with centering, the
// center.
func (m *distilling[T]) State(prefix string, visit nn.Visitor[T]) {
	m.studentState(prefix, visit)
	m.teacher.State(prefix+"teacher.", visit)
	m.directions.State(prefix+"teacher.prototypes.", visit)
	if m.centering {
		visit(prefix+"center", m.center)
	}
}

// Assign makes W of the teacher's distribution, and the prediction of the student's,
// both in evaluation.
func (m *distilling[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T], err error) {
	w, err = each(func(images *autograd.Var[T]) *autograd.Var[T] {
		t := logits(m.teacher.Forward(nn.Context{}, images), m.directions)
		return autograd.Softmax(autograd.Scale(autograd.Sub(t, m.center), 1/m.TeacherTemperature))
	})
	if err != nil {
		return nil, nil, err
	}
	student, err := each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return logits(m.Forward(nn.Context{}, images), m.prototypes)
	})
	if err != nil {
		return nil, nil, err
	}
	return w, logSoftmax(student, m.Temperature), nil
}

// CollapsedLoss is the objective's.
func (m *distilling[T]) CollapsedLoss() (loss float64, known bool) { return collapsedLoss(m.objective) }

// crossEntropy is the objective of DINO (Caron et al., 2021): the student predicts,
// from every view, the teacher's distribution over prototypes of each other whole
// view. That is the reconstruction of W alone. Sharpening keeps the distribution from
// becoming uniform, subtracting the center from falling on one prototype, so that the
// entropy stays.
type crossEntropy[T Float] struct{ prototypes int }

func (crossEntropy[T]) Loss(_, ce *autograd.Var[T]) Result[T] {
	return Result[T]{Loss: ce, Terms: []Term{{"cross_entropy", item(ce)}}}
}

// CollapsedLoss is log c: all prototypes are as near.
func (o crossEntropy[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(o.prototypes)), true
}
