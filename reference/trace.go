package reference

import (
	"fmt"
	"slices"
	"strings"
)

// TraceOrder is what the attribute "order" of a training trace says: the order of
// what happens in a step.
const TraceOrder = "each step: the rows of view1, below them those of view2, through all layers in one pass (batch norm in training mode sees both); the loss of the two halves; gradients of all parameters; SGD on every parameter with buffers that are 0 at first"

// Trace is a few steps of training by an operation train/METHOD. Its inputs are
//
//	view1, view2   (steps, k, …): what the first layer sees in each step
//	LAYER.weight, LAYER.bias: the parameters of layers at first
//
// and its outputs
//
//	loss           (steps)
//	LAYER.weight, LAYER.bias: the parameters after the last step
//
// The attribute layers is a list of "KIND NAME" (linear, conv2d, batch_norm) and
// "KIND" (relu, global_avg_pool2d, normalize). A linear or conv2d layer has a bias
// where there is such an input.
type Trace struct {
	Steps      int
	Layers     []TraceLayer
	Parameters []string // in the order of names
	Stride     int      // of every convolution
	Padding    int
	Eps        float64 // of batch norm; normalize has 1e-12

	// The loss of train/simclr is nt_xent with Temperature; that of train/simclr-er is
	// er_reconstruction_sphere(z1, z2) − ½·(er_entropy_sphere(z1) +
	// er_entropy_sphere(z2)) with the other attributes.
	Objective  string // nt_xent or er
	Attributes Attrs  // of the objective's operations

	SGD Attrs // of sgd_step
}

// TraceLayer is a layer of a trace.
type TraceLayer struct {
	Kind string // the operation
	Name string // empty where it has no parameters
}

// Parameter returns the name of one of the layer's parameters.
func (l TraceLayer) Parameter(name string) string { return l.Name + "." + name }

// Trace reads a training trace. The error is a *[RefusedError], or wraps
// [ErrUnsupported] where there is no such operation.
func (c *Case) Trace() (*Trace, error) {
	t := &Trace{}
	switch c.Op {
	case "train/simclr":
		t.Objective, t.Attributes = "nt_xent", pick(c.Attrs, "temperature")
	case "train/simclr-er":
		t.Objective, t.Attributes = "er", pick(c.Attrs, "kappa", "reduction", "normalizer", "self")
	default:
		return nil, fmt.Errorf("%s: %w", c.Op, ErrUnsupported)
	}
	if err := t.read(c); err != nil {
		return nil, Refuse(c.Op, "%v", err)
	}
	return t, nil
}

func (t *Trace) read(c *Case) error {
	view1, view2 := c.In["view1"], c.In["view2"]
	if view1 == nil || view2 == nil || len(view1.Shape) < 3 || !slices.Equal(view1.Shape, view2.Shape) || len(view1.Data) == 0 {
		return fmt.Errorf("inputs view1 and view2: expected equal shapes (steps, k, …)")
	}
	t.Steps = view1.Shape[0]
	for _, name := range sortedNames(c.In) {
		if name != "view1" && name != "view2" {
			t.Parameters = append(t.Parameters, name)
		}
	}
	if err := t.readLayers(c); err != nil {
		return err
	}
	var err error
	if t.Eps, err = c.Attrs.Float("eps"); err != nil {
		return err
	}
	if t.Stride, err = c.Attrs.Int("stride"); err != nil {
		return err
	}
	if t.Padding, err = c.Attrs.Int("padding"); err != nil {
		return err
	}
	t.SGD = pick(c.Attrs, "lr", "momentum", "weight_decay", "nesterov")
	return nil
}

// readLayers reads the attribute layers, which must use every parameter.
func (t *Trace) readLayers(c *Case) error {
	list, ok := c.Attrs["layers"].([]any)
	if !ok {
		return fmt.Errorf("attribute \"layers\": found %v, expected a list", c.Attrs["layers"])
	}
	used := 0
	for _, item := range list {
		text, _ := item.(string)
		kind, name, named := strings.Cut(text, " ")
		parameters, known := map[string]int{"linear": 1, "conv2d": 1, "batch_norm": 2, "relu": 0, "global_avg_pool2d": 0, "normalize": 0}[kind]
		if !known || named != (parameters > 0) {
			return fmt.Errorf("attribute \"layers\": found %q, expected KIND or KIND NAME", text)
		}
		layer := TraceLayer{kind, name}
		for i, parameter := range []string{"weight", "bias"} {
			there := named && c.In[layer.Parameter(parameter)] != nil
			if i < parameters && !there {
				return fmt.Errorf("input %q is missing", layer.Parameter(parameter))
			}
			if there {
				used++
			}
		}
		t.Layers = append(t.Layers, layer)
	}
	if used != len(t.Parameters) {
		return fmt.Errorf("inputs %v: the layers use %d of them, expected all, each once", t.Parameters, used)
	}
	return nil
}

// pick returns those of the attributes that are there.
func pick(attrs Attrs, names ...string) Attrs {
	picked := Attrs{}
	for _, name := range names {
		if v, there := attrs[name]; there {
			picked[name] = v
		}
	}
	return picked
}

// Step returns the rows that the first layer sees in a step: (2k, …).
func (t *Trace) Step(c *Case, step int) *Array {
	view1, view2 := c.In["view1"], c.In["view2"]
	size := len(view1.Data) / t.Steps
	shape := slices.Clone(view1.Shape[1:])
	shape[0] *= 2
	return FromSlice(slices.Concat(view1.Data[step*size:(step+1)*size], view2.Data[step*size:(step+1)*size]), shape...)
}
