package trace

import (
	"fmt"
	"slices"
)

// check checks that actions name what there is, and finds out what they change.
func (t *Trace) check() error {
	known := map[string]bool{}
	for _, name := range slices.Concat(t.Batch, t.State) {
		known[name] = true
	}
	changed, used := map[string]bool{}, map[string]bool{}
	for i := range t.Actions {
		if err := t.checkAction(&t.Actions[i], known, changed, used); err != nil {
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
func (t *Trace) checkAction(a *Action, known, changed, used map[string]bool) error {
	refs := slices.Clone(a.Of)
	for _, name := range names(a.In) {
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
	for _, name := range names(a.Attrs) {
		if list, ok := a.Attrs[name].([]any); ok && len(list) != t.Steps {
			return fmt.Errorf("attribute %q: found %d values, expected one for each of %d steps", name, len(list), t.Steps)
		}
	}
	change := func(list ...string) error {
		for _, name := range list {
			if !slices.Contains(t.State, name) {
				return fmt.Errorf("there is no state %q", name)
			}
			changed[name] = true
		}
		return nil
	}
	whole := true // has what it needs
	switch a.Do {
	case Forward:
		if whole = len(a.Of) > 0 && a.Name != "" && !known[a.Name]; whole {
			known[a.Name] = true
			return t.checkLayers(a, used)
		}
	case Assign:
		if whole = a.Op != "" && a.Op != "cross_entropy" && len(a.Set) > 0; whole {
			for _, name := range names(a.Set) {
				if slices.Contains(t.State, name) {
					changed[name] = true
				}
				known[name] = true
			}
		}
	case Loss:
		whole = a.Op != "" && a.Output != "" && a.Weight != 0
	case Gradients:
		whole = a.Clip >= 0
	case Update:
		if whole = (a.Op == "sgd_step" || a.Op == "adamw_step") && len(a.Parameters) > 0; whole {
			return change(a.Parameters...)
		}
	case Follow:
		if whole = a.Prefix != "" && len(t.Followers(a.Prefix)) > 0; whole {
			for _, name := range t.Followers(a.Prefix) {
				changed[a.Prefix+name] = true
			}
		}
	case Push:
		if whole = a.Rows != nil && (a.At == Front || a.At == Oldest); whole {
			return change(a.Onto)
		}
	default:
		return fmt.Errorf("there is no action %q", a.Do)
	}
	if !whole {
		return fmt.Errorf("%s: a field is missing or holds what it may not", a.Do)
	}
	return nil
}

func (t *Trace) checkLayers(a *Action, used map[string]bool) error {
	for _, text := range a.Layers {
		layer, err := ParseLayer(text)
		if err != nil {
			return err
		}
		for i, parameter := range []string{"weight", "bias"} {
			name := layer.Parameter(parameter)
			there := layer.Name != "" && slices.Contains(t.State, name)
			if i < parametersOf[layer.Kind] && !there {
				return fmt.Errorf("input %q is missing", name)
			}
			if there {
				used[name] = true
			}
		}
	}
	return nil
}
