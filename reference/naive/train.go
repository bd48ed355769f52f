package naive

import (
	"fmt"
	"maps"
	"slices"

	"entrec/reference"
)

// train answers a training trace, see [reference.Trace]: layer by layer forward,
// layer by layer backward, each a question of its own to [Answer].
func train(c *reference.Case) (*reference.Answer, error) {
	t, err := c.Trace()
	if err != nil {
		return nil, err
	}
	params, buffers := map[string]*reference.Array{}, map[string]*reference.Array{}
	for _, name := range t.Parameters {
		p := c.In[name]
		params[name] = reference.FromSlice(slices.Clone(p.Data), p.Shape...)
		buffers[name] = reference.NewArray(p.Shape...)
	}
	loss := reference.NewArray(t.Steps)
	for step := range t.Steps {
		value, grads, err := gradients(t, params, t.Step(c, step))
		if err != nil {
			return nil, reference.Refuse(c.Op, "%v", err)
		}
		loss.Data[step] = value
		for _, name := range t.Parameters {
			a, err := Answer(&reference.Case{Op: "sgd_step", Attrs: t.SGD, In: map[string]*reference.Array{
				"param": params[name], "grad": grads[name], "buffer": buffers[name]}})
			if err != nil {
				return nil, err
			}
			params[name], buffers[name] = a.Out["param"], a.Out["buffer"]
		}
	}
	params["loss"] = loss
	return &reference.Answer{Out: params, Grad: map[string]*reference.Array{}}, nil
}

// gradients returns the loss of one batch and its gradient with respect to each
// parameter.
func gradients(t *reference.Trace, params map[string]*reference.Array, x *reference.Array) (float64, map[string]*reference.Array, error) {
	inputs := []*reference.Array{x} // of each layer, and the last one's output
	for _, layer := range t.Layers {
		a, err := Answer(layerCase(t, layer, params, inputs[len(inputs)-1]))
		if err != nil {
			return 0, nil, fmt.Errorf("layer %s %s: %w", layer.Kind, layer.Name, err)
		}
		inputs = append(inputs, a.Out["y"])
	}
	loss, ct, err := objective(t, inputs[len(inputs)-1])
	if err != nil {
		return 0, nil, err
	}
	grads := map[string]*reference.Array{}
	for i := len(t.Layers) - 1; i >= 0; i-- {
		layer := t.Layers[i]
		q := layerCase(t, layer, params, inputs[i])
		q.Attrs["wrt"] = all(q.In)
		q.CT = map[string]*reference.Array{"y": ct}
		a, err := Answer(q)
		if err != nil {
			return 0, nil, fmt.Errorf("layer %s %s: %w", layer.Kind, layer.Name, err)
		}
		for _, name := range sortedKeys(a.Grad) {
			if name == "x" {
				ct = a.Grad[name]
			} else {
				grads[layer.Parameter(name)] = a.Grad[name]
			}
		}
	}
	return loss, grads, nil
}

// layerCase returns the question of a layer's output.
func layerCase(t *reference.Trace, layer reference.TraceLayer, params map[string]*reference.Array, x *reference.Array) *reference.Case {
	c := &reference.Case{Op: layer.Kind, Attrs: reference.Attrs{}, In: map[string]*reference.Array{"x": x}}
	for _, name := range []string{"weight", "bias"} {
		if p := params[layer.Parameter(name)]; p != nil {
			c.In[name] = p
		}
	}
	switch layer.Kind {
	case "conv2d":
		c.Attrs["stride"], c.Attrs["padding"] = float64(t.Stride), float64(t.Padding)
	case "batch_norm":
		c.Attrs["eps"] = t.Eps
	case "normalize":
		c.Attrs["eps"] = 1e-12
	}
	return c
}

// objective returns the loss of projections, whose upper half is of the first
// view, and its gradient.
func objective(t *reference.Trace, z *reference.Array) (float64, *reference.Array, error) {
	if len(z.Shape) != 2 {
		return 0, nil, fmt.Errorf("the layers end in shape %v, expected rows", z.Shape)
	}
	half, shape := len(z.Data)/2, []int{z.Shape[0] / 2, z.Shape[1]}
	z1, z2 := reference.FromSlice(z.Data[:half], shape...), reference.FromSlice(z.Data[half:], shape...)
	type term struct {
		op, out string
		weight  float64
		in      map[string]*reference.Array
		at      map[string]int // where in z each input lies
	}
	both, at := map[string]*reference.Array{"z1": z1, "z2": z2}, map[string]int{"z1": 0, "z2": half}
	terms := []term{{"nt_xent", "loss", 1, both, at}}
	if t.Objective == "er" {
		terms = []term{
			{"er_reconstruction_sphere", "reconstruction", 1, both, at},
			{"er_entropy_sphere", "entropy", -0.5, map[string]*reference.Array{"z": z1}, map[string]int{"z": 0}},
			{"er_entropy_sphere", "entropy", -0.5, map[string]*reference.Array{"z": z2}, map[string]int{"z": half}},
		}
	}
	loss, grad := 0.0, reference.NewArray(z.Shape...)
	for _, term := range terms {
		q := &reference.Case{Op: term.op, Attrs: reference.Attrs{}, In: term.in,
			CT: map[string]*reference.Array{term.out: reference.Scalar(term.weight)}}
		maps.Copy(q.Attrs, t.Attributes)
		if term.op == "er_reconstruction_sphere" {
			delete(q.Attrs, "reduction")
			delete(q.Attrs, "self")
		}
		q.Attrs["wrt"] = all(term.in)
		a, err := Answer(q)
		if err != nil {
			return 0, nil, err
		}
		loss += float64(term.weight * a.Out[term.out].Data[0])
		for _, name := range sortedKeys(a.Grad) {
			for i, v := range a.Grad[name].Data {
				grad.Data[term.at[name]+i] += v
			}
		}
	}
	return loss, grad, nil
}

// all lists the names of inputs, to differentiate with respect to all of them.
func all(in map[string]*reference.Array) []any {
	var names []any
	for _, name := range sortedKeys(in) {
		names = append(names, name)
	}
	return names
}
