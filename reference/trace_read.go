package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Trace reads a training trace. The error is a *[RefusedError], or wraps
// [ErrUnsupported] where the operation is none.
func (c *Case) Trace() (*Trace, error) {
	if !strings.HasPrefix(c.Op, "train/") {
		return nil, fmt.Errorf("%s: %w", c.Op, ErrUnsupported)
	}
	t := &Trace{}
	if err := t.read(c); err != nil {
		return nil, Refuse(c.Op, "%v", err)
	}
	return t, nil
}

func (t *Trace) read(c *Case) (err error) {
	if t.Eps, err = c.Attrs.Float("eps"); err != nil {
		return err
	}
	if t.Stride, err = c.Attrs.Int("stride"); err != nil {
		return err
	}
	if t.Padding, err = c.Attrs.Int("padding"); err != nil {
		return err
	}
	if _, listed := c.Attrs["step"]; !listed {
		t.Batch = []string{"view1", "view2"}
		if err := t.readInputs(c); err != nil {
			return err
		}
		if err := t.contrastive(c); err != nil {
			return err
		}
		return t.check()
	}
	for _, name := range sortedNames(c.Attrs) {
		if !slices.Contains([]string{"batch", "eps", "padding", "step", "stride"}, name) {
			return fmt.Errorf("attribute %q is unknown", name)
		}
	}
	if err := decode(c.Attrs, "batch", &t.Batch); err != nil {
		return err
	}
	if err := t.readInputs(c); err != nil {
		return err
	}
	if err := decode(c.Attrs, "step", &t.Step); err != nil {
		return err
	}
	return t.check()
}

// decode reads an attribute that is a list.
func decode(attrs Attrs, name string, v any) error {
	text, err := json.Marshal(attrs[name])
	if err != nil {
		return fmt.Errorf("attribute %q: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("attribute %q: %w", name, err)
	}
	return nil
}

// readInputs divides the inputs into batches and state.
func (t *Trace) readInputs(c *Case) error {
	for i, name := range t.Batch {
		x := c.In[name]
		if x == nil || len(x.Shape) < 3 || len(x.Data) == 0 || size(x.Shape) != len(x.Data) {
			return fmt.Errorf("input %q: expected shape (steps, k, …)", name)
		}
		if i == 0 {
			t.Steps, t.Rows = x.Shape[0], x.Shape[1]
		}
		if x.Shape[0] != t.Steps || x.Shape[1] != t.Rows {
			return fmt.Errorf("input %q: found shape %v, expected (%d, %d, …)", name, x.Shape, t.Steps, t.Rows)
		}
	}
	if t.Steps == 0 {
		return fmt.Errorf("attribute \"batch\": expected the names of inputs")
	}
	for _, name := range sortedNames(c.In) {
		if slices.Contains(t.Batch, name) {
			continue
		}
		if x := c.In[name]; len(x.Data) == 0 || size(x.Shape) != len(x.Data) {
			return fmt.Errorf("input %q: found shape %v for %d values", name, x.Shape, len(x.Data))
		}
		t.State = append(t.State, name)
	}
	return nil
}

// contrastive is the step of the traces without an attribute "step". The loss of
// train/simclr is nt_xent; that of train/simclr-er is er_reconstruction_sphere(z1, z2)
// − ½·(er_entropy_sphere(z1) + er_entropy_sphere(z2)).
func (t *Trace) contrastive(c *Case) error {
	forward := TraceAction{Do: "forward", Name: "z", Of: []TraceRef{{Name: "view1"}, {Name: "view2"}}}
	if err := decode(c.Attrs, "layers", &forward.Layers); err != nil {
		return err
	}
	z1, z2 := TraceRef{Name: "z", View: 1}, TraceRef{Name: "z", View: 2}
	both := map[string]TraceRef{"z1": z1, "z2": z2}
	t.Step = []TraceAction{forward}
	switch c.Op {
	case "train/simclr":
		t.Step = append(t.Step, TraceAction{Do: "loss", Op: "nt_xent", In: both, Attrs: pick(c.Attrs, "temperature"), Output: "loss", Weight: 1})
	case "train/simclr-er":
		t.Step = append(t.Step, TraceAction{Do: "loss", Op: "er_reconstruction_sphere", In: both, Attrs: pick(c.Attrs, "kappa", "normalizer"), Output: "reconstruction", Weight: 1})
		for _, z := range []TraceRef{z1, z2} {
			t.Step = append(t.Step, TraceAction{Do: "loss", Op: "er_entropy_sphere", In: map[string]TraceRef{"z": z},
				Attrs: pick(c.Attrs, "kappa", "reduction", "normalizer", "self"), Output: "entropy", Weight: -0.5})
		}
	default:
		return fmt.Errorf("attribute \"step\" is missing")
	}
	t.Step = append(t.Step, TraceAction{Do: "gradients"},
		TraceAction{Do: "update", Op: "sgd_step", Attrs: pick(c.Attrs, "lr", "momentum", "weight_decay", "nesterov"), Parameters: t.State})
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

// check checks that actions name what there is, and finds out what they change.
func (t *Trace) check() error {
	known := map[string]bool{}
	for _, name := range slices.Concat(t.Batch, t.State) {
		known[name] = true
	}
	changed, used := map[string]bool{}, map[string]bool{}
	for i := range t.Step {
		if err := t.checkAction(&t.Step[i], known, changed, used); err != nil {
			return fmt.Errorf("step, action %d: %w", i+1, err)
		}
	}
	for _, name := range t.State {
		if changed[name] {
			t.Changed = append(t.Changed, name)
		}
		if !used[name] {
			return fmt.Errorf("input %q: no action uses it", name)
		}
	}
	return nil
}

// checkAction checks an action, given the names that are known before it, and enters
// what it makes, changes and uses.
func (t *Trace) checkAction(a *TraceAction, known, changed, used map[string]bool) error {
	refs := slices.Clone(a.Of)
	for _, name := range sortedNames(a.In) {
		refs = append(refs, a.In[name])
	}
	if a.Rows != nil {
		refs = append(refs, *a.Rows)
	}
	for _, r := range refs {
		if !known[r.Name] {
			return fmt.Errorf("there is no %q", r)
		}
		used[r.Name] = true
	}
	for _, name := range sortedNames(a.Attrs) {
		if list, ok := a.Attrs[name].([]any); ok && len(list) != t.Steps {
			return fmt.Errorf("attribute %q: found %d values, expected one for each of %d steps", name, len(list), t.Steps)
		}
	}
	change := func(names ...string) error {
		for _, name := range names {
			if !slices.Contains(t.State, name) {
				return fmt.Errorf("there is no state %q", name)
			}
			changed[name] = true
		}
		return nil
	}
	whole := true // has what it needs
	switch a.Do {
	case "forward":
		if whole = len(a.Of) > 0 && a.Name != "" && !known[a.Name]; whole {
			known[a.Name] = true
			return t.checkLayers(a, used)
		}
	case "assign":
		if whole = a.Op != "" && a.Op != "cross_entropy" && len(a.Set) > 0; whole {
			for _, name := range sortedNames(a.Set) {
				if slices.Contains(t.State, name) {
					changed[name] = true
				}
				known[name] = true
			}
		}
	case "loss":
		whole = a.Op != "" && a.Output != "" && a.Weight != 0
	case "gradients":
		whole = a.Clip >= 0
	case "update":
		if whole = (a.Op == "sgd_step" || a.Op == "adamw_step") && len(a.Parameters) > 0; whole {
			return change(a.Parameters...)
		}
	case "follow":
		if whole = a.Prefix != "" && len(t.Followers(a.Prefix)) > 0; whole {
			for _, name := range t.Followers(a.Prefix) {
				changed[a.Prefix+name] = true
			}
		}
	case "push":
		if whole = a.Rows != nil && (a.At == "front" || a.At == "oldest"); whole {
			return change(a.Onto)
		}
	default:
		return fmt.Errorf("there is no action %q", a.Do)
	}
	if !whole {
		return fmt.Errorf("%s lacks something or has what cannot be", a.Do)
	}
	return nil
}

func (t *Trace) checkLayers(a *TraceAction, used map[string]bool) error {
	for _, text := range a.Layers {
		layer, err := ParseTraceLayer(text)
		if err != nil {
			return err
		}
		for i, parameter := range []string{"weight", "bias"} {
			name := layer.Parameter(parameter)
			there := layer.Name != "" && slices.Contains(t.State, name)
			if i < layerKinds[layer.Kind] && !there {
				return fmt.Errorf("input %q is missing", name)
			}
			if there {
				used[name] = true
			}
		}
	}
	return nil
}
