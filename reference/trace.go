package reference

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// TraceOrder is what the attribute "order" of the traces without an attribute "step"
// says: the order of what happens in a step.
const TraceOrder = "each step: the rows of view1, below them those of view2, through all layers in one pass (batch norm in training mode sees both); the loss of the two halves; gradients of all parameters; SGD on every parameter with buffers that are 0 at first"

// Trace is a few whole steps of training by an operation train/METHOD: what each
// step does is a list of actions, which are done in order.
//
// The inputs that the attribute batch lists hold a slice for each step, (steps, k, …);
// all others are the state: parameters, targets, queues, centers. The outputs are
// loss (steps) and, after the last step, every part of the state that an action
// changes.
type Trace struct {
	Steps   int
	Rows    int // k, the samples of a batch
	Batch   []string
	State   []string // in the order of names
	Changed []string // of the state, what actions change; in the order of names
	Step    []TraceAction

	Stride  int // of every convolution that does not say another
	Padding int
	Eps     float64 // of batch norm; normalize has 1e-12
}

// TraceAction is something that a step does. Do says what:
//
//	forward    Name is the rows Of, joined, through Layers; with Constant no gradient
//	           flows back through it
//	assign     the operation Op of In with Attrs; each of Set, a new name or one of the
//	           state, becomes an output of it; no gradient flows back
//	loss       Weight·(the output Output of Op of In with Attrs) is added to the loss
//	gradients  of the loss with respect to all parameters; with Clip > 0, those of a
//	           tensor with norm n are multiplied by Clip/(n + 1e-6) where that is below 1
//	update     Op (sgd_step, adamw_step) with Attrs on each of Parameters, with
//	           buffers that are 0 at first; adamw_step's step counts the updates of the
//	           parameter from 1; steps before From (which counts from 0) are left out
//	follow     ema_update with Attrs: for every name N of the state that has a Prefix+N,
//	           that one is the target and N is online
//	push       Rows, n of them, into the queue Onto of m rows. At front: before all
//	           others, of which the last n go. At oldest: in the places from
//	           (n·step) mod m on, the step counted from 0.
//
// A loss also has, beside the operations of the table, cross_entropy: scores (n,c),
// p (n,c) constant, temperature: loss = −mean_n Σ_c p·log_softmax(scores/temperature).
type TraceAction struct {
	Do string `json:"do"`

	Name     string     `json:"name,omitempty"`
	Of       []TraceRef `json:"of,omitempty"`
	Layers   []string   `json:"layers,omitempty"`
	Constant bool       `json:"constant,omitempty"`

	Op string `json:"op,omitempty"`
	// Attrs of the operation; a list has a value for each step.
	Attrs  Attrs               `json:"attrs,omitempty"`
	In     map[string]TraceRef `json:"in,omitempty"`
	Set    map[string]string   `json:"set,omitempty"`
	Output string              `json:"output,omitempty"`
	Weight float64             `json:"weight,omitempty"`

	Clip       float64  `json:"clip,omitempty"`
	Parameters []string `json:"parameters,omitempty"`
	From       int      `json:"from,omitempty"`
	Prefix     string   `json:"prefix,omitempty"`

	Rows *TraceRef `json:"rows,omitempty"`
	Onto string    `json:"onto,omitempty"`
	At   string    `json:"at,omitempty"`
}

// AttrsAt returns the attributes of a step.
func (a *TraceAction) AttrsAt(step int) Attrs {
	at := Attrs{}
	for name, v := range a.Attrs {
		if list, ok := v.([]any); ok {
			v = list[step]
		}
		at[name] = v
	}
	return at
}

// TraceRef is what an action sees of a named tensor: all of it, "NAME"; the i-th
// block of k rows, that is the i-th view, "NAME i", from 1; or all rows by views
// (rows/k, k, d), "NAME *".
type TraceRef struct {
	Name  string
	View  int // from 1; 0 is all
	Views bool
}

// String returns the reference as it stands in a case.
func (r TraceRef) String() string {
	switch {
	case r.Views:
		return r.Name + " *"
	case r.View > 0:
		return fmt.Sprintf("%s %d", r.Name, r.View)
	}
	return r.Name
}

// MarshalText writes the reference.
func (r TraceRef) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a reference.
func (r *TraceRef) UnmarshalText(text []byte) error {
	name, view, some := strings.Cut(string(text), " ")
	*r = TraceRef{Name: name, Views: some && view == "*"}
	if some && !r.Views {
		var err error
		if r.View, err = strconv.Atoi(view); err != nil || r.View < 1 {
			return fmt.Errorf("found %q, expected NAME, NAME and the number of a view, or NAME *", text)
		}
	}
	return nil
}

// Of returns the part of a tensor of that shape that the reference means, as the
// first of its elements and its shape, given k.
func (r TraceRef) Of(shape []int, k int) (first int, part []int, err error) {
	if r.View == 0 && !r.Views {
		return 0, shape, nil
	}
	if len(shape) == 0 || shape[0]%k != 0 || r.View*k > shape[0] {
		return 0, nil, fmt.Errorf("%q of shape %v: expected views of %d rows", r, shape, k)
	}
	if r.Views {
		return 0, append([]int{shape[0] / k, k}, shape[1:]...), nil
	}
	part = append([]int{k}, shape[1:]...)
	return (r.View - 1) * size(part), part, nil
}

// TraceLayer is a layer of a trace: "KIND NAME" (linear, conv2d, batch_norm,
// unit_linear), "KIND" (relu, global_avg_pool2d, normalize, softmax), "divide NUMBER",
// or "conv2d NAME STRIDE" where the stride is not that of the other convolutions. A
// linear or conv2d layer has a bias where there is NAME.bias.
// unit_linear is a linear layer without bias whose weight's rows are normalized
// first (eps 1e-12), gradients flowing through that: weight norm with gains of 1.
type TraceLayer struct {
	Kind string // the operation
	Name string // empty where it has no parameters
	// Number is what a divide divides by, or the stride of a convolution, 0 if it is the
	// trace's.
	Number float64
}

// Parameter returns the name of one of the layer's parameters.
func (l TraceLayer) Parameter(name string) string { return l.Name + "." + name }

// layerKinds has, for each kind, how many parameters a layer must have.
var layerKinds = map[string]int{"linear": 1, "unit_linear": 1, "conv2d": 1, "batch_norm": 2,
	"relu": 0, "global_avg_pool2d": 0, "normalize": 0, "softmax": 0, "divide": 0}

// ParseTraceLayer reads a layer.
func ParseTraceLayer(text string) (TraceLayer, error) {
	words := strings.Split(text, " ")
	layer := TraceLayer{Kind: words[0]}
	parameters, known := layerKinds[layer.Kind]
	words = words[1:]
	if parameters > 0 && len(words) > 0 {
		layer.Name, words = words[0], words[1:]
	}
	if numbered := layer.Kind == "divide" || layer.Kind == "conv2d"; numbered && len(words) == 1 {
		var err error
		if layer.Number, err = strconv.ParseFloat(words[0], 64); err == nil && layer.Number > 0 {
			words = nil
		}
	}
	if !known || len(words) > 0 || parameters > 0 && layer.Name == "" || layer.Kind == "divide" && layer.Number == 0 {
		return TraceLayer{}, fmt.Errorf("found layer %q, expected KIND, KIND NAME, conv2d NAME STRIDE or divide NUMBER", text)
	}
	return layer, nil
}

// Slice returns the slice of a batch input that a step sees.
func (t *Trace) Slice(c *Case, name string, step int) *Array {
	x := c.In[name]
	n := len(x.Data) / t.Steps
	return FromSlice(x.Data[step*n:(step+1)*n], x.Shape[1:]...)
}

// Trained returns the parameters that actions update, in the order of names.
func (t *Trace) Trained() []string {
	var names []string
	for _, a := range t.Step {
		names = append(names, a.Parameters...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Followers returns, for an action that follows, the names of the state that have a
// target, in order.
func (t *Trace) Followers(prefix string) []string {
	var names []string
	for _, name := range t.State {
		if slices.Contains(t.State, prefix+name) {
			names = append(names, name)
		}
	}
	return names
}
