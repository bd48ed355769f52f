package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/mvssl/view"
)

// EMPSSL are the parameters of emp-ssl.
type EMPSSL struct {
	Weight float64 `json:"weight" default:"64" range:"[0, 1e9)" doc:"weight of the crops' cosine with their image's mean" remedy:"a smaller --weight"`
	Eps    float64 `json:"eps" default:"0.2" range:"(0, 1e9)" doc:"variance of the coding rate's noise, divided by the width"`
}

var empSSLRow = Row{
	Name: "emp-ssl", Branches: Identical, Projections: OnSphere, Objective: "coding rate of each crop + cosine with the crops' mean", Nats: true,
	Paper:      "Tong et al. 2023, arXiv:2304.03977",
	Parameters: EMPSSL{}, Recipe: adamRecipe.WithLR(0.005), Projector: smallProjector, MoreViews: true, Views: empSSLViews, Bag: empSSLCrops,
	New32: newEMPSSL[float32], New64: newEMPSSL[float64],
}

// empSSLCrops is how many crops of an image a step sees as a rule, and a bag has.
const empSSLCrops = 8

// empSSLViews returns crops of one size, a fourth of the area, with the official
// augmentations (tsb0601/EMP-SSL dataset/aug.py). Of images of one channel crops have half
// the area, where SimCLR's begin.
func empSSLViews(_ Config, channels, size int) []View {
	v := View{Count: empSSLCrops, Config: view.SimCLR(channels, size)}
	area := 0.25
	if channels == 1 {
		area = v.Crop.ScaleMin
	}
	v.Crop.ScaleMin, v.Crop.ScaleMax, v.Crop.RatioMin, v.Crop.RatioMax = area, area, 1, 1
	v.Jitter.Hue = 0.2
	v.Blur = view.SimCLRBlur(size)
	v.Blur.Probability = 0.1
	v.Solarize = view.SolarizeConfig{Probability: 0.1, Threshold: 0.5}
	return []View{v}
}

func newEMPSSL[T Float](b Build) (Method[T], error) {
	return NewIdentical(b, empSSL[T]{b.Parameters.(EMPSSL), b.Projector.Out})
}

// empSSL is the objective of extreme multi-patch learning (Tong et al., 2023): the coding
// rate of each crop's projections by themselves, the mean over the crops, and the mean
// cosine of a crop with its image's mean.
type empSSL[T Float] struct {
	EMPSSL
	width int
}

func (o empSSL[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	return o.LossOf([]*autograd.Var[T]{z1, z2})
}

func (o empSSL[T]) LossOf(crops []*autograd.Var[T]) Result[T] {
	n := float64(len(crops))
	var sum, rates *autograd.Var[T]
	for i, z := range crops {
		u := autograd.Normalize(z, normalizeEps)
		rate := objective.CodingRate(u, o.Eps)
		if i == 0 {
			sum, rates = u, rate
			continue
		}
		sum, rates = autograd.Add(sum, u), autograd.Add(rates, rate)
	}
	// Of unit rows the mean cosine with their mean m is the mean of ⟨u, m⟩/‖m‖, so ⟨m, m/‖m‖⟩.
	mean := autograd.Scale(sum, 1/n)
	cosine := autograd.Scale(autograd.Sum(autograd.Mul(mean, autograd.Normalize(mean, normalizeEps))), 1/float64(mean.Value.Dim(0)))
	rate := autograd.Scale(rates, 1/n)
	return Result[T]{Loss: autograd.Scale(autograd.Add(autograd.Scale(cosine, o.Weight), rate), -1), Terms: []Term{
		{"coding_rate", item(rate)},
		{"cosine", item(cosine)},
	}}
}

// CollapsedLoss is −weight − ½·log(1 + d/eps): all crops lie at one point.
func (o empSSL[T]) CollapsedLoss() (loss float64, known bool) {
	return -o.Weight - math.Log1p(float64(o.width)/o.Eps)/2, true
}
