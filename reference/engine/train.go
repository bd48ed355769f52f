package engine

import (
	"cmp"
	"slices"
	"strings"

	"entrec/autograd"
	"entrec/nn"
	"entrec/reference/golden"
	"entrec/reference/trace"
	"entrec/tensor"
)

// train answers a training trace (see [trace.Trace]). Each step has a tape, on which
// the format's operations are done.
func train[T tensor.Float](ops map[string]op[T], c *golden.Case) (a *golden.Answer, err error) {
	defer refusals(c.Op, &a, &err)
	t, err := trace.Read(c)
	if err != nil {
		return nil, err
	}
	r := &trainer[T]{t: t, ops: ops, q: &question[T]{c: c}, state: map[string]*tensor.Tensor[T]{},
		buffers: map[string]map[string]*tensor.Tensor[T]{}, updates: map[string]int{}}
	for _, name := range t.State {
		r.state[name] = tensor.Convert[T](r.q.tensor64("input", name, c.In[name]))
	}
	losses := golden.NewArray(t.Steps)
	for r.step = range t.Steps {
		losses.Data[r.step] = r.makeStep()
	}
	a = &golden.Answer{Out: map[string]*golden.Array{"loss": losses}, Grad: map[string]*golden.Array{}}
	for _, name := range t.Changed {
		a.Out[name] = array(r.state[name])
	}
	return a, nil
}

// trainer carries out a trace.
type trainer[T tensor.Float] struct {
	t       *trace.Trace
	ops     map[string]op[T]
	q       *question[T]
	state   map[string]*tensor.Tensor[T]
	buffers map[string]map[string]*tensor.Tensor[T] // of the optimizer, by parameter
	updates map[string]int                          // how many each parameter has had

	step  int
	tape  *autograd.Tape[T]
	vars  map[string]*autograd.Var[T] // state, batch and what the step has made
	loss  *autograd.Var[T]
	grads map[string]*tensor.Tensor[T] // by parameter; nil is 0
}

// makeStep makes a step and returns its loss.
func (r *trainer[T]) makeStep() float64 {
	r.tape, r.vars, r.loss = autograd.NewTape[T](), map[string]*autograd.Var[T]{}, nil
	r.grads = map[string]*tensor.Tensor[T]{}
	for name, x := range r.state {
		r.vars[name] = r.tape.Constant(x)
	}
	for _, name := range r.t.Trained() {
		r.vars[name] = autograd.Param(r.state[name])
	}
	for _, name := range r.t.Batch {
		x := r.q.tensor64("input", name, r.t.Slice(r.q.c, name, r.step))
		r.vars[name] = r.tape.Constant(tensor.Convert[T](x))
	}
	for i := range r.t.Actions {
		r.do(&r.t.Actions[i])
	}
	if r.loss == nil {
		return 0
	}
	return float64(r.loss.Value.Item())
}

func (r *trainer[T]) do(a *trace.Action) {
	switch a.Do {
	case trace.Forward:
		r.forward(a)
	case trace.Assign:
		outs := r.call(a.Op, a.AttrsAt(r.step), r.inputs(a))
		for name, output := range a.Set {
			if outs[output] == nil {
				r.q.refuse("%s has no output %q", a.Op, output)
			}
			r.set(name, outs[output].Value)
		}
	case trace.Loss:
		r.addLoss(a)
	case trace.Gradients:
		r.gradients(a)
	case trace.Update:
		r.update(a)
	case trace.Follow:
		for _, name := range r.t.Followers(a.Prefix) {
			target := a.Prefix + name
			moved := r.call("ema_update", a.AttrsAt(r.step), map[string]*autograd.Var[T]{
				"target": r.vars[target], "online": r.tape.Constant(r.state[name])})
			r.set(target, moved["target"].Value)
		}
	case trace.Push:
		r.push(a)
	}
}

// set gives a name a new value, the state one of its shape.
func (r *trainer[T]) set(name string, x *tensor.Tensor[T]) {
	x = tensor.Contiguous(x)
	old := r.state[name]
	if old == nil {
		r.vars[name] = r.tape.Constant(x)
		return
	}
	if !slices.Equal(x.Shape(), old.Shape()) {
		r.q.refuse("%s of shape %v cannot become %v", name, old.Shape(), x.Shape())
	}
	value := x.Clone()
	r.state[name] = value
	if r.vars[name].NeedsGrad() {
		r.vars[name] = autograd.Param(value)
	} else {
		r.vars[name] = r.tape.Constant(value)
	}
}

// part returns the part of a tensor that a reference means.
func (r *trainer[T]) part(ref trace.Ref) *autograd.Var[T] {
	x, k := r.vars[ref.Name], r.t.Rows
	_, shape, err := ref.Of(x.Shape(), k)
	if err != nil {
		r.q.refuse("%v", err)
	}
	switch {
	case ref.Views:
		return autograd.Reshape(x, shape...)
	case ref.View > 0:
		return autograd.Slice(x, 0, (ref.View-1)*k, ref.View*k)
	}
	return x
}

func (r *trainer[T]) inputs(a *trace.Action) map[string]*autograd.Var[T] {
	in := map[string]*autograd.Var[T]{}
	for name, ref := range a.In {
		in[name] = r.part(ref)
	}
	return in
}

// call answers an operation of the table on the step's tape.
func (r *trainer[T]) call(name string, attrs golden.Attrs, in map[string]*autograd.Var[T]) map[string]*autograd.Var[T] {
	o, there := r.ops[name]
	if name == "cross_entropy" {
		o, there = crossEntropy[T](), true
	}
	if !there {
		r.q.refuse("there is no operation %q", name)
	}
	q := &question[T]{c: &golden.Case{Op: name, Attrs: attrs}, tape: r.tape, vars: in}
	o.checkNames(q)
	q.checkBounds()
	outs := map[string]*autograd.Var[T]{}
	answers := o.answer(q)
	q.finish()
	for i, output := range strings.Fields(o.out) {
		outs[output] = answers[i]
	}
	return outs
}

// crossEntropy is the operation that traces have besides the format's.
func crossEntropy[T tensor.Float]() op[T] {
	return op[T]{in: "scores p", out: "loss", constants: "p", answer: one(func(q *question[T]) *autograd.Var[T] {
		x := q.alike(2, "scores", "p")
		return autograd.SoftCrossEntropy(autograd.Scale(x[0], 1/q.float("temperature", positive)), x[1].Value)
	})}
}

func (r *trainer[T]) forward(a *trace.Action) {
	var rows []*autograd.Var[T]
	for _, ref := range a.Of {
		rows = append(rows, r.part(ref))
	}
	x := rows[0]
	if len(rows) > 1 {
		x = autograd.Concat(0, rows...)
	}
	for _, text := range a.Layers {
		layer, err := trace.ParseLayer(text)
		if err != nil {
			r.q.refuse("%v", err)
		}
		x = r.layer(layer, x)
	}
	if a.Constant {
		x = autograd.StopGradient(x)
	}
	r.vars[a.Name] = x
}

func (r *trainer[T]) layer(layer trace.Layer, x *autograd.Var[T]) *autograd.Var[T] {
	in, attrs := map[string]*autograd.Var[T]{"x": x}, golden.Attrs{}
	for _, name := range []string{"weight", "bias"} {
		if p := r.vars[layer.Parameter(name)]; p != nil && layer.Name != "" {
			in[name] = p
		}
	}
	kind := layer.Kind
	switch kind {
	case trace.Divide:
		return autograd.Scale(x, 1/layer.Number)
	case trace.UnitLinear:
		kind, in["weight"] = trace.Linear, autograd.Normalize(in["weight"], 1e-12)
		delete(in, "bias")
	case trace.Conv2d:
		attrs["stride"], attrs["padding"] = cmp.Or(layer.Number, float64(r.t.Stride)), float64(r.t.Padding)
	case trace.BatchNorm:
		attrs["eps"] = r.t.Eps
	case trace.Normalize:
		attrs["eps"] = 1e-12
	}
	return r.call(string(kind), attrs, in)["y"]
}

func (r *trainer[T]) addLoss(a *trace.Action) {
	term := r.call(a.Op, a.AttrsAt(r.step), r.inputs(a))[a.Output]
	if term == nil || term.Value.Rank() != 0 {
		r.q.refuse("%s has no output %q that is a number", a.Op, a.Output)
	}
	if a.Weight != 1 {
		term = autograd.Scale(term, a.Weight)
	}
	if r.loss == nil {
		r.loss = term
	} else {
		r.loss = autograd.Add(r.loss, term)
	}
}

// gradients computes those of the loss with respect to the parameters.
func (r *trainer[T]) gradients(a *trace.Action) {
	if r.loss != nil {
		r.tape.Backward(r.loss)
	}
	var params []nn.Named[T]
	for _, name := range r.t.Trained() {
		params = append(params, nn.Named[T]{Name: name, Var: r.vars[name]})
	}
	if a.Clip > 0 {
		nn.ClipEachGrad(params, a.Clip)
	}
	for _, p := range params {
		r.grads[p.Name] = p.Grad
	}
}

func (r *trainer[T]) update(a *trace.Action) {
	if r.step < a.From {
		return
	}
	for _, name := range a.Parameters {
		param := r.state[name]
		in := map[string]*autograd.Var[T]{"param": r.tape.Constant(param)}
		for _, input := range strings.Fields(r.ops[a.Op].in)[1:] {
			x := r.buffers[name][input]
			if input == "grad" {
				x = r.grads[name]
			}
			if x == nil {
				x = tensor.New[T](param.Shape()...)
			}
			in[input] = r.tape.Constant(x)
		}
		attrs := a.AttrsAt(r.step)
		r.updates[name]++
		if a.Op == "adamw_step" {
			attrs["step"] = float64(r.updates[name])
		}
		r.buffers[name] = map[string]*tensor.Tensor[T]{}
		for output, x := range r.call(a.Op, attrs, in) {
			if output == "param" {
				r.set(name, x.Value)
			} else {
				r.buffers[name][output] = x.Value
			}
		}
	}
}

func (r *trainer[T]) push(a *trace.Action) {
	rows, queue := r.part(*a.Rows).Value, r.state[a.Onto].Clone()
	if rows.Rank() != 2 || queue.Rank() != 2 || rows.Dim(1) != queue.Dim(1) || queue.Dim(0)%rows.Dim(0) != 0 {
		r.q.refuse("rows of shape %v cannot be pushed onto %s of shape %v", rows.Shape(), a.Onto, queue.Shape())
	}
	n, m := rows.Dim(0), queue.Dim(0)
	at := r.step * n % m
	if a.At == trace.Front {
		at = 0
		tensor.CopyTo(queue.Slice(0, n, m), r.state[a.Onto].Slice(0, 0, m-n))
	}
	tensor.CopyTo(queue.Slice(0, at, at+n), rows)
	r.set(a.Onto, queue)
}
