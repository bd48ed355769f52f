package naive

import (
	"fmt"
	"math"
	"slices"

	"entrec/reference/golden"
	"entrec/reference/trace"
)

// train answers a training trace (see [trace.Trace]) action by action. Each operation
// is a question of its own to [Answer].
func train(c *golden.Case) (*golden.Answer, error) {
	t, err := trace.Read(c)
	if err != nil {
		return nil, err
	}
	r := &trainer{t: t, c: c, values: map[string]*golden.Array{}, live: map[string]bool{},
		buffers: map[string]map[string]*golden.Array{}, updates: map[string]int{}}
	for _, name := range t.State {
		x := c.In[name]
		r.values[name] = golden.FromSlice(slices.Clone(x.Data), x.Shape...)
	}
	loss := golden.NewArray(t.Steps)
	for r.step = range t.Steps {
		if err := r.makeStep(); err != nil {
			return nil, golden.Refuse(c.Op, "step %d: %v", r.step, err)
		}
		loss.Data[r.step] = r.loss
	}
	a := &golden.Answer{Out: map[string]*golden.Array{"loss": loss}, Grad: map[string]*golden.Array{}}
	for _, name := range t.Changed {
		a.Out[name] = r.values[name]
	}
	return a, nil
}

// trainer carries out a trace. An array that has a name is never changed in place, so
// what was computed from it stays true when the name gets another array.
type trainer struct {
	t       *trace.Trace
	c       *golden.Case
	buffers map[string]map[string]*golden.Array // of the optimizer, by parameter
	updates map[string]int                      // how many each parameter has had

	step   int
	values map[string]*golden.Array // state, batch and what the step has made
	live   map[string]bool          // the names that gradients flow back to
	loss   float64
	back   []func() error           // backward passes, to be called from the last to the first
	grads  map[string]*golden.Array // of the loss, by name
}

func (r *trainer) makeStep() error {
	r.loss, r.back, r.grads = 0, nil, map[string]*golden.Array{}
	r.live = map[string]bool{}
	for _, name := range r.t.Trained() {
		r.live[name] = true
	}
	for _, name := range r.t.Batch {
		r.values[name] = r.t.Slice(r.c, name, r.step)
	}
	for i := range r.t.Actions {
		a := &r.t.Actions[i]
		do := map[trace.Verb]func(*trace.Action) error{
			trace.Forward: r.forward, trace.Assign: r.assign, trace.Loss: r.addLoss, trace.Push: r.push,
			trace.Gradients: r.gradients, trace.Update: r.update, trace.Follow: r.follow,
		}[a.Do]
		if err := do(a); err != nil {
			return fmt.Errorf("action %d: %w", i+1, err)
		}
	}
	return nil
}

// part returns the part of a tensor that a reference means.
func (r *trainer) part(ref trace.Ref) (*golden.Array, error) {
	x := r.values[ref.Name]
	first, shape, err := ref.Of(x.Shape, r.t.Rows)
	if err != nil {
		return nil, err
	}
	y := golden.NewArray(shape...)
	copy(y.Data, x.Data[first:])
	return y, nil
}

// give adds a gradient to that of the part that a reference means.
func (r *trainer) give(ref trace.Ref, grad []float64) {
	if !r.live[ref.Name] {
		return
	}
	x := r.values[ref.Name]
	if r.grads[ref.Name] == nil {
		r.grads[ref.Name] = golden.NewArray(x.Shape...)
	}
	first, _, _ := ref.Of(x.Shape, r.t.Rows) // was right in the forward pass
	for i, v := range grad {
		r.grads[ref.Name].Data[first+i] += v
	}
}

func (r *trainer) forward(a *trace.Action) error {
	var rows []*golden.Array
	for _, ref := range a.Of {
		x, err := r.part(ref)
		if err != nil {
			return err
		}
		rows = append(rows, x)
	}
	x, err := join(rows)
	if err != nil {
		return err
	}
	var back []backward
	for _, text := range a.Layers {
		layer, err := trace.ParseLayer(text)
		if err != nil {
			return err
		}
		y, layerBack, err := r.layer(layer, x)
		if err != nil {
			return fmt.Errorf("layer %s: %w", text, err)
		}
		x, back = y, append(back, layerBack)
	}
	r.values[a.Name] = x
	if a.Constant {
		return nil
	}
	r.live[a.Name] = true
	r.back = append(r.back, func() error {
		ct := r.grads[a.Name]
		if ct == nil {
			return nil
		}
		for _, f := range slices.Backward(back) {
			var err error
			if ct, err = f(ct); err != nil {
				return err
			}
		}
		first := 0
		for i, ref := range a.Of {
			n := len(rows[i].Data)
			r.give(ref, ct.Data[first:first+n])
			first += n
		}
		return nil
	})
	return nil
}

// join puts the rows of arrays below one another. The rows of all must have one shape.
func join(rows []*golden.Array) (*golden.Array, error) {
	shape := slices.Clone(rows[0].Shape)
	var data []float64
	for i, x := range rows {
		if len(x.Shape) == 0 || !slices.Equal(x.Shape[1:], shape[1:]) {
			return nil, fmt.Errorf("rows of shapes %v and %v cannot be joined", rows[0].Shape, x.Shape)
		}
		if i > 0 {
			shape[0] += x.Shape[0]
		}
		data = append(data, x.Data...)
	}
	return golden.FromSlice(data, shape...), nil
}

// addLoss adds a term to the loss. Its gradient is asked for with the weight as the
// cotangent.
func (r *trainer) addLoss(a *trace.Action) error {
	q, err := r.question(a)
	if err != nil {
		return err
	}
	row, known := ops[a.Op]
	if a.Op == "cross_entropy" {
		row, known = traceCrossEntropy, true
	}
	if !known {
		return fmt.Errorf("there is no operation %q", a.Op)
	}
	var wrt []any
	for _, in := range parseInputs(row.in) {
		if ref, there := a.In[in.name]; there && !in.constant && r.live[ref.Name] {
			wrt = append(wrt, in.name)
		}
	}
	if len(wrt) > 0 {
		q.Attrs["wrt"], q.CT = wrt, map[string]*golden.Array{a.Output: golden.Scalar(a.Weight)}
	}
	answer, err := row.ask(q)
	if err != nil {
		return err
	}
	value := answer.Out[a.Output]
	if value == nil || len(value.Data) != 1 {
		return fmt.Errorf("%s has no output %q that is a number", a.Op, a.Output)
	}
	r.loss += float64(a.Weight * value.Data[0])
	r.back = append(r.back, func() error {
		for _, name := range sortedKeys(answer.Grad) {
			r.give(a.In[name], answer.Grad[name].Data)
		}
		return nil
	})
	return nil
}

// question returns the question of an action's operation.
func (r *trainer) question(a *trace.Action) (*golden.Case, error) {
	q := &golden.Case{Op: a.Op, Attrs: a.AttrsAt(r.step), In: map[string]*golden.Array{}}
	for name, ref := range a.In {
		var err error
		if q.In[name], err = r.part(ref); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (r *trainer) assign(a *trace.Action) error {
	q, err := r.question(a)
	if err != nil {
		return err
	}
	answer, err := Answer(q)
	if err != nil {
		return err
	}
	for name, output := range a.Set {
		y := answer.Out[output]
		if y == nil {
			return fmt.Errorf("%s has no output %q", a.Op, output)
		}
		if err := r.set(name, y); err != nil {
			return err
		}
	}
	return nil
}

// set gives a name a new array, the state one of its shape.
func (r *trainer) set(name string, y *golden.Array) error {
	if x := r.c.In[name]; x != nil && !slices.Equal(x.Shape, y.Shape) {
		return fmt.Errorf("%s of shape %v cannot become %v", name, x.Shape, y.Shape)
	}
	r.values[name] = y
	return nil
}

// gradients takes the gradients of the loss back through everything.
func (r *trainer) gradients(a *trace.Action) error {
	for _, f := range slices.Backward(r.back) {
		if err := f(); err != nil {
			return err
		}
	}
	if a.Clip > 0 {
		for _, name := range r.t.Trained() {
			clip(r.grads[name], a.Clip)
		}
	}
	return nil
}

// clip scales a gradient down to a norm of at most limit.
func clip(grad *golden.Array, limit float64) {
	if grad == nil {
		return
	}
	squares := 0.0
	for _, v := range grad.Data {
		squares += float64(v * v)
	}
	if factor := limit / (math.Sqrt(squares) + 1e-6); factor < 1 {
		for i := range grad.Data {
			grad.Data[i] *= factor
		}
	}
}

// buffersOf has, for each optimizer, the names of its buffers.
var buffersOf = map[string][]string{"sgd_step": {"buffer"}, "adamw_step": {"m", "v"}}

func (r *trainer) update(a *trace.Action) error {
	if r.step < a.From {
		return nil
	}
	for _, name := range a.Parameters {
		q := &golden.Case{Op: a.Op, Attrs: a.AttrsAt(r.step), In: map[string]*golden.Array{"param": r.values[name], "grad": r.grads[name]}}
		if q.In["grad"] == nil {
			q.In["grad"] = golden.NewArray(r.values[name].Shape...)
		}
		for _, buffer := range buffersOf[a.Op] {
			if q.In[buffer] = r.buffers[name][buffer]; q.In[buffer] == nil {
				q.In[buffer] = golden.NewArray(r.values[name].Shape...)
			}
		}
		r.updates[name]++
		if a.Op == "adamw_step" {
			q.Attrs["step"] = float64(r.updates[name])
		}
		answer, err := Answer(q)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.values[name], r.buffers[name] = answer.Out["param"], answer.Out
	}
	return nil
}

func (r *trainer) follow(a *trace.Action) error {
	for _, name := range r.t.Followers(a.Prefix) {
		target := a.Prefix + name
		answer, err := Answer(&golden.Case{Op: "ema_update", Attrs: a.AttrsAt(r.step),
			In: map[string]*golden.Array{"target": r.values[target], "online": r.values[name]}})
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		r.values[target] = answer.Out["target"]
	}
	return nil
}

func (r *trainer) push(a *trace.Action) error {
	rows, err := r.part(*a.Rows)
	if err != nil {
		return err
	}
	queue := r.values[a.Onto]
	n, m := len(rows.Data), len(queue.Data)
	if len(rows.Shape) != 2 || len(queue.Shape) != 2 || rows.Shape[1] != queue.Shape[1] || m%n != 0 {
		return fmt.Errorf("rows of shape %v cannot be pushed onto %s of shape %v", rows.Shape, a.Onto, queue.Shape)
	}
	pushed := slices.Clone(queue.Data)
	if a.At == trace.Front {
		copy(pushed, rows.Data)
		copy(pushed[n:], queue.Data)
	} else {
		copy(pushed[r.step*n%m:], rows.Data)
	}
	r.values[a.Onto] = golden.FromSlice(pushed, queue.Shape...)
	return nil
}
