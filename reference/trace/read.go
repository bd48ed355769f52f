package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entrec/reference/golden"
)

// Read reads the trace of a case. The error is a *[golden.RefusedError], or wraps
// [golden.ErrUnsupported] where the case's operation is not train/METHOD.
func Read(c *golden.Case) (*Trace, error) {
	if !strings.HasPrefix(c.Op, "train/") {
		return nil, fmt.Errorf("%s: %w", c.Op, golden.ErrUnsupported)
	}
	t := &Trace{}
	if err := t.read(c); err != nil {
		return nil, golden.Refuse(c.Op, "%v", err)
	}
	return t, nil
}

func (t *Trace) read(c *golden.Case) (err error) {
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
	for _, name := range names(c.Attrs) {
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
	if err := decode(c.Attrs, "step", &t.Actions); err != nil {
		return err
	}
	return t.check()
}

// decode reads an attribute that is a list.
func decode(attrs golden.Attrs, name string, v any) error {
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
func (t *Trace) readInputs(c *golden.Case) error {
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
	for _, name := range names(c.In) {
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
func (t *Trace) contrastive(c *golden.Case) error {
	forward := Action{Do: Forward, Name: "z", Of: []Ref{{Name: "view1"}, {Name: "view2"}}}
	if err := decode(c.Attrs, "layers", &forward.Layers); err != nil {
		return err
	}
	z1, z2 := Ref{Name: "z", View: 1}, Ref{Name: "z", View: 2}
	both := map[string]Ref{"z1": z1, "z2": z2}
	t.Actions = []Action{forward}
	switch c.Op {
	case "train/simclr":
		t.Actions = append(t.Actions, Action{Do: Loss, Op: "nt_xent", In: both, Attrs: pick(c.Attrs, "temperature"), Output: "loss", Weight: 1})
	case "train/simclr-er":
		t.Actions = append(t.Actions, Action{Do: Loss, Op: "er_reconstruction_sphere", In: both, Attrs: pick(c.Attrs, "kappa", "normalizer"), Output: "reconstruction", Weight: 1})
		for _, z := range []Ref{z1, z2} {
			t.Actions = append(t.Actions, Action{Do: Loss, Op: "er_entropy_sphere", In: map[string]Ref{"z": z},
				Attrs: pick(c.Attrs, "kappa", "reduction", "normalizer", "self"), Output: "entropy", Weight: -0.5})
		}
	default:
		return fmt.Errorf("attribute \"step\" is missing")
	}
	t.Actions = append(t.Actions, Action{Do: Gradients},
		Action{Do: Update, Op: "sgd_step", Attrs: pick(c.Attrs, "lr", "momentum", "weight_decay", "nesterov"), Parameters: t.State})
	return nil
}

// pick returns those of the attributes that are there.
func pick(attrs golden.Attrs, names ...string) golden.Attrs {
	picked := golden.Attrs{}
	for _, name := range names {
		if v, there := attrs[name]; there {
			picked[name] = v
		}
	}
	return picked
}

// names returns the keys in order.
func names[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }
