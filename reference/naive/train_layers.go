package naive

import (
	"cmp"
	"fmt"

	"entrec/reference/golden"
	"entrec/reference/trace"
)

// normalizeEps is the eps of a trace's layers that normalize.
const normalizeEps = 1e-12

// backward takes the gradient of a layer's output to that of its input.
type backward func(ct *golden.Array) (*golden.Array, error)

// apply returns an operation's output y, and a function from the gradient of y to
// those of all inputs.
func apply(op string, attrs golden.Attrs, in map[string]*golden.Array) (y *golden.Array, back func(ct *golden.Array) (map[string]*golden.Array, error), err error) {
	q := &golden.Case{Op: op, Attrs: attrs, In: in}
	a, err := Answer(q)
	if err != nil {
		return nil, nil, err
	}
	return a.Out["y"], func(ct *golden.Array) (map[string]*golden.Array, error) {
		q.CT = map[string]*golden.Array{"y": ct}
		q.Attrs["wrt"] = all(in)
		a, err := Answer(q)
		if err != nil {
			return nil, err
		}
		return a.Grad, nil
	}, nil
}

// all lists the names of inputs, to differentiate with respect to all of them.
func all(in map[string]*golden.Array) []any {
	var names []any
	for _, name := range sortedKeys(in) {
		names = append(names, name)
	}
	return names
}

// traceCrossEntropy is the operation that a trace's loss has besides the format's:
// −mean_n Σ_c p·log_softmax(scores/temperature).
var traceCrossEntropy = op{
	in: "scores(n,c) p(n,c)!", attrs: []attr{positive("temperature")},
	answer: func(q *question) {
		scores, p, temperature := q.rows("scores"), q.rows("p"), q.number["temperature"]
		q.set("loss", codeLoss(scores, p, temperature))
		if q.wants() {
			q.grad("scores", codeLossGrad(scores, p, temperature, q.ctScalar("loss")))
		}
	},
}

// layer returns a layer's output of x, and a function from its gradient to that of x,
// which also adds the gradients of the parameters.
func (r *trainer) layer(layer trace.Layer, x *golden.Array) (*golden.Array, backward, error) {
	switch layer.Kind {
	case trace.Divide:
		back := func(ct *golden.Array) (*golden.Array, error) { return quotient(ct, layer.Number), nil }
		return quotient(x, layer.Number), back, nil
	case trace.UnitLinear:
		return r.unitLinear(layer, x)
	}
	attrs, in := golden.Attrs{}, map[string]*golden.Array{"x": x}
	for _, name := range []string{"weight", "bias"} {
		if p := r.values[layer.Parameter(name)]; p != nil && layer.Name != "" {
			in[name] = p
		}
	}
	switch layer.Kind {
	case trace.Conv2d:
		attrs["stride"], attrs["padding"] = cmp.Or(layer.Number, float64(r.t.Stride)), float64(r.t.Padding)
	case trace.BatchNorm:
		attrs["eps"] = r.t.Eps
	case trace.Normalize:
		attrs["eps"] = normalizeEps
	}
	y, back, err := apply(string(layer.Kind), attrs, in)
	return y, func(ct *golden.Array) (*golden.Array, error) {
		grads, err := back(ct)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", layer.Kind, layer.Name, err)
		}
		for _, name := range sortedKeys(grads) {
			if name != "x" {
				r.give(trace.Ref{Name: layer.Parameter(name)}, grads[name].Data)
			}
		}
		return grads["x"], nil
	}, err
}

// unitLinear is a linear layer whose weight's rows are normalized first.
func (r *trainer) unitLinear(layer trace.Layer, x *golden.Array) (*golden.Array, backward, error) {
	weight := layer.Parameter("weight")
	unit, toWeight, err := apply("normalize", golden.Attrs{"eps": normalizeEps}, map[string]*golden.Array{"x": r.values[weight]})
	if err != nil {
		return nil, nil, err
	}
	y, back, err := apply("linear", golden.Attrs{}, map[string]*golden.Array{"x": x, "weight": unit})
	return y, func(ct *golden.Array) (*golden.Array, error) {
		grads, err := back(ct)
		if err != nil {
			return nil, err
		}
		of, err := toWeight(grads["weight"])
		if err != nil {
			return nil, err
		}
		r.give(trace.Ref{Name: weight}, of["x"].Data)
		return grads["x"], nil
	}, err
}

// quotient returns x/by.
func quotient(x *golden.Array, by float64) *golden.Array {
	return golden.FromSlice(divided(x.Data, by), x.Shape...)
}
