package playground

import (
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/docs/course/things"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// seatCount is how many prototypes there are.
const seatCount = 8

// seats: points choose among prototypes, and learn to choose the same in both views.
var seats = &Exhibit{
	Name: "seats",
	Controls: []Control{
		{"codes", []string{"softmax", "centered", "sinkhorn"}, "softmax"},
		{"sharpness", []string{"0.1", "0.05", "0.025"}, "0.05"},
	},
	Steps: 300, every: 10,
	open: func(s setting) stage {
		a := &assigned{training: newTraining(options{batch: batchSize, steps: 300, width: outputs}, nil), codes: s["codes"], sharpness: s.number("sharpness")}
		a.prototypes = &network{}
		a.prototypes.draw(rand.New(rand.NewPCG(3, 3)), 1, seatCount, outputs)
		a.center = make([]float64, seatCount)
		return a
	},
}

// seatTemperature is that of choosing; codes have one of their own.
const seatTemperature = 0.1

// assigned is a network whose points choose prototypes.
type assigned struct {
	*training
	codes      string
	sharpness  float64  // the codes' temperature
	prototypes *network // its parameters alone
	center     []float64
}

// scores returns the cosines of points with the prototypes.
func (a *assigned) scores(x *variable) *variable {
	return autograd.MatMul(unitRows(a.net.forward(x)), autograd.Transpose(unitRows(a.prototypes.parameters[0]), 1, 0))
}

func (a *assigned) step() {
	b := a.batches[a.done]
	s1, s2 := a.scores(rows(a.tape, b.First, things.Inputs)), a.scores(rows(a.tape, b.Second, things.Inputs))
	q1, q2 := a.code(s1.Value), a.code(s2.Value)
	predict := func(s *variable, q *tensor.Tensor[float64]) *variable {
		return autograd.SoftCrossEntropy(autograd.Scale(s, 1/seatTemperature), q)
	}
	if a.codes == "centered" {
		a.recenter(s1.Value, s2.Value)
	}
	a.tape.Backward(autograd.Add(predict(s1, q2), predict(s2, q1)))
	a.net.learn(rate)
	a.prototypes.learn(rate)
	a.tape.Reset()
	a.done++
}

// code returns what the other view is to choose.
func (a *assigned) code(scores *tensor.Tensor[float64]) *tensor.Tensor[float64] {
	if a.codes == "sinkhorn" {
		return objective.Sinkhorn(scores, a.sharpness, 3)
	}
	return choice(scores, a.center, a.sharpness)
}

// recenter moves the center toward the mean of scores.
func (a *assigned) recenter(scores ...*tensor.Tensor[float64]) {
	const momentum = 0.9
	mean := make([]float64, seatCount)
	n := 0.0
	for _, s := range scores {
		for i, v := range tensor.Contiguous(s).Data() {
			mean[i%seatCount] += v
		}
		n += float64(s.Dim(0))
	}
	for c := range a.center {
		a.center[c] = float64(momentum*a.center[c]) + float64((1-momentum)*mean[c]/n)
	}
}

// choice returns softmax((scores − center)/temperature) of each row.
func choice(scores *tensor.Tensor[float64], center []float64, temperature float64) *tensor.Tensor[float64] {
	p := tensor.Contiguous(scores).Clone()
	for at := 0; at < p.Len(); at += seatCount {
		row, sum := p.Data()[at:at+seatCount], 0.0
		for c := range row {
			row[c] = math.Exp((row[c] - center[c]) / temperature)
			sum += row[c]
		}
		for c := range row {
			row[c] /= sum
		}
	}
	return p
}

func (a *assigned) look() Look {
	z, _ := a.project()
	t := autograd.NewFrozenTape[float64]()
	p := choice(a.scores(rows(t, a.seen.First, things.Inputs)).Value, make([]float64, seatCount), seatTemperature).Data()
	share, given := make([]float64, seatCount), 0.0
	for i, v := range p {
		share[i%seatCount] += v / seenSize
		given += entropyOf(v) / seenSize
	}
	total, numbers := 0.0, []Number{}
	for i, v := range share {
		total += entropyOf(v)
		numbers = append(numbers, Number{"seat " + string(rune('1'+i)), 100 * v, percent})
	}
	return Look{
		Numbers: append([]Number{
			{"entropy of W", total, nats}, {"entropy of W, given the view", given, nats}, {"information", total - given, nats},
			{"right neighbors", things.Nearest(z, outputs, a.seen.Content), percent}, {"log 8", math.Log(seatCount), nats},
			{"what there is to tell", math.Log(things.Classes), nats},
		}, numbers...),
		Points: z, Labels: a.seen.Content, Marks: unitRows(t.Constant(a.prototypes.parameters[0].Value)).Value.Data(),
	}
}

// entropyOf returns −p·log p.
func entropyOf(p float64) float64 {
	if p == 0 {
		return 0
	}
	return -p * math.Log(p)
}
