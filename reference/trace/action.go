package trace

import "entrec/reference/golden"

// Verb says what an action does.
type Verb string

// The verbs, with the fields of [Action] that each uses.
const (
	// Forward joins the rows Of and passes them through Layers. The result is called
	// Name. With Constant no gradient flows back through it.
	Forward Verb = "forward"
	// Assign applies the operation Op to In with Attrs. Each name in Set, a new one or one of the
	// state, becomes the output that Set gives for it. No gradient flows back.
	Assign Verb = "assign"
	// Loss applies Op to In with Attrs and adds Weight times the output Output to the
	// loss. Besides the golden format's operations there is cross_entropy of scores (n,c), p (n,c) and
	// temperature: −mean_n Σ_c p·log_softmax(scores/temperature), p constant.
	Loss Verb = "loss"
	// Gradients computes those of the loss with respect to all parameters. With
	// Clip > 0 a parameter's gradient of norm n is multiplied by Clip/(n + 1e-6) where that
	// is below 1.
	Gradients Verb = "gradients"
	// Update applies Op (sgd_step or adamw_step) with Attrs to each of Parameters.
	// Buffers are 0 at first. adamw_step's step counts the parameter's updates from 1.
	// Steps before From, counted from 0, are left out.
	Update Verb = "update"
	// Follow applies ema_update with Attrs to every name N of the state that has a Prefix+N:
	// Prefix+N is the target and N is online.
	Follow Verb = "follow"
	// Push puts Rows, n of them, into the queue Onto of m rows, At a place.
	Push Verb = "push"
)

// Place says where rows go in a queue.
type Place string

// The places.
const (
	Front  Place = "front"  // before all others, of which the last n go
	Oldest Place = "oldest" // into the places from (n·step) mod m on, the step counted from 0
)

// Action is something that a step does. Do says what, and which of the other fields
// are used.
type Action struct {
	Do Verb `json:"do"`

	Name     string   `json:"name,omitempty"`
	Of       []Ref    `json:"of,omitempty"`
	Layers   []string `json:"layers,omitempty"`
	Constant bool     `json:"constant,omitempty"`

	Op string `json:"op,omitempty"`
	// Attrs are the operation's attributes. A list has a value for each step.
	Attrs  golden.Attrs      `json:"attrs,omitempty"`
	In     map[string]Ref    `json:"in,omitempty"`
	Set    map[string]string `json:"set,omitempty"` // output by name
	Output string            `json:"output,omitempty"`
	Weight float64           `json:"weight,omitempty"`

	Clip       float64  `json:"clip,omitempty"`
	Parameters []string `json:"parameters,omitempty"`
	From       int      `json:"from,omitempty"`
	Prefix     string   `json:"prefix,omitempty"`

	Rows *Ref   `json:"rows,omitempty"`
	Onto string `json:"onto,omitempty"`
	At   Place  `json:"at,omitempty"`
}

// AttrsAt returns the attributes of a step.
func (a *Action) AttrsAt(step int) golden.Attrs {
	at := golden.Attrs{}
	for name, v := range a.Attrs {
		if list, ok := v.([]any); ok {
			v = list[step]
		}
		at[name] = v
	}
	return at
}
