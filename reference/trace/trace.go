package trace

import (
	"slices"

	"entrec/reference/golden"
)

// Order is the attribute "order" of the traces without an attribute "step". It says
// what happens in a step, and in which order.
const Order = "each step: the rows of view1, below them those of view2, through all layers in one pass (batch norm in training mode sees both); the loss of the two halves; gradients of all parameters; SGD on every parameter with buffers that are 0 at first"

// Trace is a few whole steps of training. Each step does the same actions in order.
//
// The inputs that the attribute batch lists have a slice for each step, (steps, k, …).
// All other inputs are the state: parameters, targets, queues, centers. The outputs are
// loss (steps) and, after the last step, every part of the state that an action
// changes.
type Trace struct {
	Steps   int
	Rows    int // k, the samples of a batch
	Batch   []string
	State   []string // in the order of names
	Changed []string // the part of State that actions change
	Actions []Action // of each step

	Stride  int // of every convolution that does not state its own
	Padding int
	Eps     float64 // of batch norm; normalize has 1e-12
}

// Slice returns the slice of a batch input that a step sees.
func (t *Trace) Slice(c *golden.Case, name string, step int) *golden.Array {
	x := c.In[name]
	n := len(x.Data) / t.Steps
	return golden.FromSlice(x.Data[step*n:(step+1)*n], x.Shape[1:]...)
}

// Trained returns the parameters that actions update, in the order of names.
func (t *Trace) Trained() []string {
	var names []string
	for _, a := range t.Actions {
		names = append(names, a.Parameters...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Followers returns the names N of the state that have a target, that is a
// prefix+N in the state too, in order.
func (t *Trace) Followers(prefix string) []string {
	var names []string
	for _, name := range t.State {
		if slices.Contains(t.State, prefix+name) {
			names = append(names, name)
		}
	}
	return names
}
