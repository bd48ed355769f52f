package suite

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"entrec/reference"
)

// traceMutations are errors in whole steps of training: in the order of what happens,
// in what gradients reach, in what follows the parameters.
var traceMutations = []mutation{
	{"train/byol", "stale EMA", reprogrammed(before("follow", "update"))},
	{"train/byol", "target that never moves", changed("follow", "momentum", 1)},
	{"train/byol", "momentum that does not rise", changed("follow", "momentum", 0.9)},
	{"train/byol", "gradient through the target", reprogrammed(throughConstant)},
	{"train/byol", "target that starts as a copy", func(c *reference.Case) *reference.Answer {
		q := *c
		q.In = maps.Clone(c.In)
		for name := range c.In {
			if online := c.In["target."+name]; online != nil {
				q.In["target."+name] = c.In[name]
			}
		}
		return right(&q)
	}},
	{"train/byol", "one direction", reprogrammed(without("loss", 1))},
	{"train/byol", "views not exchanged", reprogrammed(func(step []action) []action {
		for _, a := range step {
			if a.Do == "loss" {
				a.In["target"] = reference.TraceRef{Name: "target", View: a.In["prediction"].View}
			}
		}
		return step
	})},
	{"train/byol", "no predictor", reprogrammed(func(step []action) []action {
		for _, a := range step {
			if a.Do == "loss" {
				a.In["prediction"] = reference.TraceRef{Name: "projection", View: a.In["prediction"].View}
			}
		}
		return step
	})},
	{"train/byol", "learning rate that does not fall", changed("update", "lr", 0.002)},
}

// reprogrammed answers c with the actions of its steps changed.
func reprogrammed(change func(step []action) []action) func(c *reference.Case) *reference.Answer {
	return func(c *reference.Case) *reference.Answer {
		text, err := json.Marshal(c.Attrs["step"])
		if err != nil {
			panic(err)
		}
		var step []action
		if err := json.Unmarshal(text, &step); err != nil {
			panic(err)
		}
		q := *c
		q.Attrs = maps.Clone(c.Attrs)
		q.Attrs["step"] = throughJSON(change(step))
		return right(&q)
	}
}

// changed changes an attribute of all actions of a kind.
func changed(do, attribute string, v any) func(c *reference.Case) *reference.Answer {
	return reprogrammed(func(step []action) []action {
		for _, a := range step {
			if a.Do == do {
				a.Attrs[attribute] = v
			}
		}
		return step
	})
}

// before moves the actions of a kind before the first one of another kind.
func before(do, other string) func(step []action) []action {
	return func(step []action) []action {
		var moved, rest []action
		for _, a := range step {
			if a.Do == do {
				moved = append(moved, a)
			} else {
				rest = append(rest, a)
			}
		}
		at := slices.IndexFunc(rest, func(a action) bool { return a.Do == other })
		return slices.Insert(rest, at, moved...)
	}
}

// without leaves out the i-th action of a kind, from 0.
func without(do string, i int) func(step []action) []action {
	return func(step []action) []action {
		return slices.DeleteFunc(step, func(a action) bool {
			if a.Do == do {
				i--
			}
			return a.Do == do && i == -1
		})
	}
}

// throughConstant lets gradients flow through what is constant, and trains the
// parameters behind it. byol of unit rows is their squared distance, in which both
// sides are variables.
func throughConstant(step []action) []action {
	var all []action
	for _, a := range step {
		a.Constant = false
		if a.Do == "loss" && a.Op == "byol" {
			z := map[string]reference.TraceRef{}
			for name, side := range map[string]string{"z1": "prediction", "z2": "target"} {
				from := a.In[side]
				unit := strings.ReplaceAll("unit "+from.String(), " ", "_")
				all = append(all, forward(unit, []reference.TraceRef{from}, "normalize"))
				z[name] = ref(unit)
			}
			a.Op, a.In, a.Attrs = "alignment", z, reference.Attrs{"alpha": 2.0}
		}
		if a.Do == "update" {
			var targets []string
			for _, name := range a.Parameters {
				if slices.ContainsFunc(step, func(a action) bool { return a.Prefix != "" }) && !strings.HasPrefix(name, "predictor.") {
					targets = append(targets, "target."+name)
				}
			}
			a.Parameters = append(a.Parameters, targets...)
		}
		all = append(all, a)
	}
	return all
}
