package suite

import (
	"fmt"
	"math"
	"strings"

	"entrec/reference/golden"
	"entrec/reference/trace"
)

// The encoders of the traces, each with a projector behind it: the layers in
// order, and the shapes of their parameters.
var (
	mlpLayers = []string{
		"linear encoder.fc1", "batch_norm encoder.bn1", "relu",
		"linear encoder.fc2", "batch_norm encoder.bn2", "relu",
		"linear projector.0", "batch_norm projector.1", "relu", "linear projector.3",
	}
	mlpShapes = []parameter{
		{"encoder.fc1.weight", []int{8, 12}}, {"encoder.bn1.weight", []int{8}}, {"encoder.bn1.bias", []int{8}},
		{"encoder.fc2.weight", []int{8, 8}}, {"encoder.bn2.weight", []int{8}}, {"encoder.bn2.bias", []int{8}},
		{"projector.0.weight", []int{8, 8}}, {"projector.1.weight", []int{8}}, {"projector.1.bias", []int{8}},
		{"projector.3.weight", []int{5, 8}}, {"projector.3.bias", []int{5}},
	}
	convLayers = []string{
		"conv2d encoder.conv1", "batch_norm encoder.bn1", "relu",
		"conv2d encoder.conv2", "batch_norm encoder.bn2", "relu", "global_avg_pool2d",
		"linear projector.0", "batch_norm projector.1", "relu", "linear projector.3",
	}
	convShapes = []parameter{
		{"encoder.conv1.weight", []int{4, 3, 3, 3}}, {"encoder.bn1.weight", []int{4}}, {"encoder.bn1.bias", []int{4}},
		{"encoder.conv2.weight", []int{6, 4, 3, 3}}, {"encoder.conv2.bias", []int{6}}, {"encoder.bn2.weight", []int{6}}, {"encoder.bn2.bias", []int{6}},
		{"projector.0.weight", []int{6, 6}}, {"projector.1.weight", []int{6}}, {"projector.1.bias", []int{6}},
		{"projector.3.weight", []int{4, 6}}, {"projector.3.bias", []int{4}},
	}
)

type parameter struct {
	name  string
	shape []int
}

// traces are whole steps of training by each method.
func (s *sheet) traces() {
	s.contrastiveTraces()
	for _, m := range methods {
		s.trace(m)
	}
}

// contrastiveTraces are those of SimCLR and SimCLR-ER, whose attributes say less.
func (s *sheet) contrastiveTraces() {
	trace := func(method, encoder string, layers []string, parameters []parameter, views []int, attrs golden.Attrs) {
		name := "train/" + method
		if encoder != "" {
			name += "-" + encoder
		}
		c := newTrace(name, "train/"+method, attrs)
		if method == "simclr-er" {
			layers = append(append([]string{}, layers...), "normalize")
		}
		attrs["layers"], attrs["order"] = jsonValue(layers), trace.Order
		c.views(2, views)
		for _, p := range parameters {
			c.initialize(p)
		}
		s.drafts = append(s.drafts, c)
	}
	simclr := func() golden.Attrs {
		return golden.Attrs{"temperature": 0.2, "lr": 0.06, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": false}
	}
	er := func(reduction string) golden.Attrs {
		return golden.Attrs{"kappa": 5.0, "reduction": reduction, "normalizer": "exact", "self": "include",
			"lr": 0.06, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": true}
	}
	trace("simclr", "", mlpLayers, mlpShapes, []int{5, 6, 12}, simclr())
	trace("simclr", "convnet", convLayers, convShapes, []int{3, 4, 3, 8, 8}, simclr())
	trace("simclr-er", "", mlpLayers, mlpShapes, []int{5, 6, 12}, er("average"))
	trace("simclr-er", "convnet", convLayers, convShapes, []int{3, 4, 3, 8, 8}, er("expectation"))
}

// newTrace begins a trace.
func newTrace(name, op string, attrs golden.Attrs) *draft {
	attrs["eps"], attrs["stride"], attrs["padding"] = 1e-5, 2.0, 1.0
	return &draft{Case: golden.Case{Name: name, Op: op, Attrs: attrs, In: map[string]*golden.Array{}}}
}

// views draws noisy pictures of the same: view1, view2, …
func (d *draft) views(n int, shape []int) {
	d.normal("view1", 1, shape...)
	for i := 2; i <= n; i++ {
		name := fmt.Sprintf("view%d", i)
		d.normal(name, 0.25, shape...)
		for j, v := range d.In["view1"].Data {
			d.In[name].Data[j] = exact(d.In[name].Data[j] + v)
		}
	}
}

// initialize draws a parameter: weights and biases of linear layers and
// convolutions from ±1/√(fan in), batch norms near 1 and 0.
func (d *draft) initialize(p parameter) {
	norm := strings.Contains(p.name, ".bn") || strings.Contains(p.name, "projector.1.") || strings.Contains(p.name, "predictor.1.")
	switch {
	case norm && strings.HasSuffix(p.name, "weight"):
		d.uniform(p.name, 0.75, 1.25, p.shape...)
	case norm:
		d.uniform(p.name, -0.125, 0.125, p.shape...)
	default:
		fan := 1
		for _, n := range p.shape[1:] {
			fan *= n
		}
		bound := 1 / math.Sqrt(float64(fan))
		d.uniform(p.name, -bound, bound, p.shape...)
	}
}
