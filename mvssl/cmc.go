package mvssl

import (
	"fmt"
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
)

// CMC are the parameters of cmc.
type CMC struct {
	Variant     CMCVariant `json:"variant" default:"crops" doc:"what is told from what: one crop of an image from another, or luma from chroma of each crop, by an encoder of half the width each"`
	Temperature float64    `json:"temperature" default:"0.2" range:"(0, 1e9)" doc:"what similarities are divided by"`
}

// CMCVariant is what the views of cmc are.
type CMCVariant string

// The variants.
const (
	CropViews  CMCVariant = "crops"
	ColorViews CMCVariant = "color"
)

// Choices returns the variants.
func (CMCVariant) Choices() []string { return []string{string(CropViews), string(ColorViews)} }

// UnmarshalText takes one of the variants.
func (v *CMCVariant) UnmarshalText(text []byte) error { return choose(v, text) }

// Parts divides the encoder into one of luma and one of chroma where those are the views.
func (p CMC) Parts(e nn.EncoderConfig) ([]Part, error) {
	if p.Variant != ColorViews {
		return nil, nil
	}
	parts, err := colorParts(e)
	if err != nil {
		err = fmt.Errorf("variant color: %w", err)
	}
	return parts, err
}

// Check reports views whose colors cannot be told.
func (p CMC) Check(s Setting) error {
	if p.Variant != ColorViews {
		return nil
	}
	return checkNormalization(s.Views)
}

var cmcRow = Row{
	Name: "cmc", Branches: Identical, Projections: OnSphere, Objective: "InfoNCE across the views, both ways", Nats: true,
	Paper:      "Tian et al. 2020, arXiv:1906.05849",
	Parameters: CMC{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true, Views: cmcViews,
	New32: newCMC[float32], New64: newCMC[float64],
}

// cmcViews returns the views of the variant.
func cmcViews(c Config, channels, size int) []View {
	if c.Parameters.(CMC).Variant == ColorViews {
		return colorViews(c, channels, size)
	}
	return SimCLRViews(c, channels, size)
}

func newCMC[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(CMC)
	o := crossView[T]{p.Temperature, b.Batch}
	if p.Variant == ColorViews {
		return newColorCMC(b, o)
	}
	return NewIdentical(b, o)
}

// crossView is the objective of contrastive multiview coding (Tian et al., 2020) with
// the negatives of the batch: each view is told from the other views of other images,
// never from its own view of them. Its InfoNCE is the one with a proof: log n − loss is a
// lower bound on I(Z1; Z2) (van den Oord et al., 2018; the ER paper, section 3.1).
type crossView[T Float] struct {
	temperature float64
	batch       int
}

func (o crossView[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	forth, back := objective.InfoNCE(z1, z2, o.temperature), objective.InfoNCE(z2, z1, o.temperature)
	loss := autograd.Scale(autograd.Add(forth, back), 0.5)
	return Result[T]{Loss: loss, Terms: []Term{{"info_nce", item(loss)}}}
}

// Schedules returns the temperature.
func (o crossView[T]) Schedules(Progress) []Term { return []Term{{temperatureSchedule, o.temperature}} }

// CollapsedLoss is log n: all projections of the other view are as near as the positive.
func (o crossView[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(o.batch)), true
}
