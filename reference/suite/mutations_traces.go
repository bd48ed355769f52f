package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entrec/reference/golden"
	"entrec/reference/trace"
)

// traceMutations are errors in whole steps of training: in the order of what happens,
// in what gradients reach, in what follows the parameters.
var traceMutations = []mutation{
	{"train/simclr", "no momentum", asked("momentum", 0)},
	{"train/simclr", "no decay", asked("weight_decay", 0)},
	{"train/simclr", "views exchanged halfway", given("view1", func(x *golden.Array) *golden.Array {
		return golden.FromSlice(slices.Concat(x.Data[len(x.Data)/2:], x.Data[:len(x.Data)/2]), x.Shape...)
	})},
	{"train/simclr", "stale losses", out("loss", func(x *golden.Array) *golden.Array {
		return golden.FromSlice(slices.Concat(x.Data[:1], x.Data[:len(x.Data)-1]), x.Shape...)
	})},
	{"train/simclr-er", "no nesterov", asked("nesterov", false)},
	{"train/simclr-er", "another reduction", asked("reduction", "average")},
	{"train/simclr-er", "self excluded", asked("self", "exclude")},

	{"train/byol", "stale EMA", reprogrammed(before(trace.Follow, "update"))},
	{"train/byol", "target that never moves", changed(trace.Follow, "momentum", 1)},
	{"train/byol", "momentum that does not rise", changed(trace.Follow, "momentum", 0.9)},
	{"train/byol", "gradient through the target", reprogrammed(throughConstant)},
	{"train/byol", "target that starts as a copy", func(c *golden.Case) *golden.Answer {
		q := *c
		q.In = maps.Clone(c.In)
		for name := range c.In {
			if online := c.In["target."+name]; online != nil {
				q.In["target."+name] = c.In[name]
			}
		}
		return right(&q)
	}},
	{"train/byol", "one direction", reprogrammed(without(trace.Loss, 1))},
	{"train/byol", "views not exchanged", reprogrammed(edited(func(a *action) {
		if a.Do == trace.Loss {
			a.In["target"] = trace.Ref{Name: "target", View: a.In["prediction"].View}
		}
	}))},
	{"train/byol", "no predictor", reprogrammed(reread("prediction", "projection", "byol"))},
	{"train/byol", "learning rate that does not fall", changed(trace.Update, "lr", 0.002)},
	{"train/byol", "a pass for each view", reprogrammed(passForEachView)},

	{"train/byol-er", "stale EMA", reprogrammed(before(trace.Follow, "update"))},
	{"train/byol-er", "gradient through the target", reprogrammed(throughConstant)},
	{"train/byol-er", "entropy of one view", reprogrammed(without(trace.Loss, 3))},
	{"train/byol-er", "entropy of the target", reprogrammed(reread("prediction", "target", "er_entropy_sphere"))},

	{"train/simsiam", "no stop-gradient", reprogrammed(throughConstant)},
	{"train/simsiam", "rate stays", changed(trace.Update, "lr", 0.12)},
	{"train/simsiam", "no predictor", reprogrammed(reread("prediction", "projection", "byol"))},

	{"train/moco", "queue updated before the loss", reprogrammed(before(trace.Push, "loss"))},
	{"train/moco", "keys in the wrong place of the queue", reprogrammed(edited(func(a *action) {
		if a.Do == trace.Push {
			a.At = trace.Front
		}
	}))},
	{"train/moco", "stale EMA", reprogrammed(before(trace.Follow, "update"))},
	{"train/moco", "key of the same view", reprogrammed(edited(func(a *action) {
		if a.Do == trace.Loss {
			a.In["key"] = trace.Ref{Name: "key", View: a.In["query"].View}
		}
	}))},
	{"train/moco", "keys of one view in the queue", reprogrammed(edited(func(a *action) {
		if a.Do == trace.Push {
			a.Rows.View = 1
		}
	}))},

	{"train/dino", "center moved before its use", reprogrammed(before(trace.Assign, "loss"))},
	{"train/dino", "stale center", changed(trace.Assign, "center_momentum", 1)},
	{"train/dino", "no weight normalization", reprogrammed(relayered("unit_linear prototypes", "linear prototypes"))},
	{"train/dino", "no weight normalization of the teacher", reprogrammed(relayered("unit_linear teacher.prototypes", "linear teacher.prototypes"))},
	{"train/dino", "projections not normalized", reprogrammed(relayered("normalize", "divide 1"))},
	{"train/dino", "teacher's temperature without its warm-up", changed(trace.Loss, "teacher_temperature", 0.04)},
	{"train/dino", "prototypes not frozen", reprogrammed(edited(func(a *action) { a.From = 0 }))},
	{"train/dino", "no clipping", reprogrammed(edited(func(a *action) { a.Clip = 0 }))},
	{"train/dino", "a pass for each view", reprogrammed(passForEachView)},
	{"train/dino", "stale EMA", reprogrammed(before(trace.Follow, "update"))},
	{"train/dino", "teacher sees one view twice", reprogrammed(edited(func(a *action) {
		if a.Name == "teacher" {
			a.Of = refs("view1", "view1")
		}
	}))},
	{"train/dino-er", "no entropy", reprogrammed(without(trace.Loss, 1))},
	{"train/dino-er", "sign of the entropy", reprogrammed(edited(func(a *action) { a.Weight = abs(a.Weight) }))},
	{"train/dino-er", "entropy at another temperature", reprogrammed(relayered("divide 0.04", "divide 0.1"))},
	{"train/dino-er", "stale EMA", reprogrammed(before(trace.Follow, "update"))},
	{"train/dino-er", "no weight normalization", reprogrammed(relayered("unit_linear prototypes", "linear prototypes"))},

	{"train/swav", "prototypes not normalized", reprogrammed(without(trace.Assign, 0))},
	{"train/swav", "gradient through the prototypes' norm", reprogrammed(edited(func(a *action) {
		if a.Name == "scores" {
			a.Layers = []string{"unit_linear prototypes"}
		}
	}))},
	{"train/swav", "queue updated before the codes", reprogrammed(before(trace.Push, "old0"))},
	{"train/swav", "codes without the queue", reprogrammed(edited(func(a *action) {
		if strings.HasPrefix(a.Name, "all") {
			a.Of = a.Of[1:]
		}
		if p, there := a.In["p"]; there {
			a.In["p"] = trace.Ref{Name: p.Name, View: 1}
		}
	}))},
	{"train/swav", "codes of the queue's oldest rows", reprogrammed(edited(func(a *action) {
		if p, there := a.In["p"]; there {
			a.In["p"] = trace.Ref{Name: p.Name, View: 2}
		}
	}))},
	{"train/swav", "codes not swapped", reprogrammed(edited(func(a *action) {
		if scores := a.In["scores"]; a.Do == trace.Loss && scores.View < 3 {
			a.In["scores"] = trace.Ref{Name: "scores", View: 3 - scores.View}
		}
	}))},
	{"train/swav", "prototypes not frozen", reprogrammed(edited(func(a *action) { a.From = 0 }))},
	{"train/swav", "queues exchanged", reprogrammed(edited(func(a *action) {
		switch a.Name {
		case "old0":
			a.Of[0] = ref("queue1")
		case "old1":
			a.Of[0] = ref("queue0")
		}
	}))},

	{"train/deepcluster", "no weight normalization", reprogrammed(relayered("unit_linear head", "linear head"))},
	{"train/deepcluster", "temperature applied twice", changed(trace.Loss, "temperature", 0.01)},
	{"train/deepcluster", "labels of other samples", given("labels", func(x *golden.Array) *golden.Array {
		at := len(x.Data) - tracePrototypes
		return golden.FromSlice(slices.Concat(x.Data[at:], x.Data[:at]), x.Shape...)
	})},
	{"train/deepcluster", "one view", reprogrammed(without(trace.Loss, 1))},

	{"train/align-uniform", "uniformity across the views", reprogrammed(func(step []action) []action {
		return edited(func(a *action) {
			if a.Op == "uniformity" {
				a.In["z"], a.Weight = ref("z"), 1
			}
		})(without(trace.Loss, 2)(step))
	})},
	{"train/align-uniform", "sum of the views", reprogrammed(edited(func(a *action) {
		if a.Op == "uniformity" {
			a.Weight = 1
		}
	}))},
	{"train/align-uniform", "projections not normalized", reprogrammed(relayered("normalize", "divide 1"))},
	{"train/barlow-twins", "a pass for each view", reprogrammed(passForEachView)},
	{"train/barlow-twins", "lambda doubled", changed(trace.Loss, "lambda", 0.01)},
	{"train/vicreg", "a pass for each view", reprogrammed(passForEachView)},
	{"train/vicreg", "another memory of squares", reprogrammed(edited(func(a *action) {
		if a.Do == trace.Update {
			a.Attrs["beta2"] = 0.9
		}
	}))},

	{"train/dcl", "positive in the denominator", reprogrammed(edited(func(a *action) {
		if a.Do == trace.Loss {
			a.Op = "nt_xent"
		}
	}))},
	{"train/dcl", "a pass for each view", reprogrammed(passForEachView)},
	{"train/dhel", "negatives of both views", reprogrammed(edited(func(a *action) {
		if a.Do == trace.Loss {
			a.Op = "dcl"
		}
	}))},
	{"train/dhel", "a pass for each view", reprogrammed(passForEachView)},
	{"train/koleo", "projections not normalized", reprogrammed(relayered("normalize", "divide 1"))},
	{"train/koleo", "neighbors of one view", reprogrammed(without(trace.Loss, 2))},
	{"train/koleo", "neighbors across the views", reprogrammed(func(step []action) []action {
		return edited(func(a *action) {
			if a.Op == "koleo" {
				a.In["z"], a.Weight = ref("z"), 0.5
			}
		})(without(trace.Loss, 2)(step))
	})},
	{"train/mmcr", "a pass for each view", reprogrammed(passForEachView)},
	{"train/mmcr", "learning rate that does not fall", changed(trace.Update, "lr", 0.002)},
	{"train/er-discrete", "a pass for each view", reprogrammed(passForEachView)},
	{"train/er-discrete", "temperature applied twice", changed(trace.Loss, "temperature", 0.25)},
	{"train/tico", "second moment moved before its use", reprogrammed(before(trace.Assign, "loss"))},
	{"train/tico", "stale second moment", changed(trace.Assign, "momentum", 1)},
	{"train/tico", "second moment of one view", reprogrammed(edited(func(a *action) {
		if a.Op == "ema_update" {
			a.Attrs["momentum"] = 1
		}
	}))},
	{"train/tico", "one direction", reprogrammed(without(trace.Loss, 1))},
	{"train/corinfomax", "covariances moved before their use", reprogrammed(before(trace.Assign, "loss"))},
	{"train/corinfomax", "stale covariances", changed(trace.Assign, "decay", 0.999)},
	{"train/corinfomax", "covariances exchanged", reprogrammed(edited(func(a *action) {
		if a.Do == trace.Loss {
			a.In["r1"], a.In["r2"] = a.In["r2"], a.In["r1"]
		}
	}))},
}

// reprogrammed answers c with the actions of its steps changed.
func reprogrammed(change func(step []action) []action) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
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
func changed(do trace.Verb, attribute string, v any) func(c *golden.Case) *golden.Answer {
	return reprogrammed(edited(func(a *action) {
		if a.Do == do {
			a.Attrs[attribute] = v
		}
	}))
}

// edited changes actions one by one.
func edited(edit func(a *action)) func(step []action) []action {
	return func(step []action) []action {
		for i := range step {
			edit(&step[i])
		}
		return step
	}
}

// relayered puts another layer in the place of one.
func relayered(from, to string) func(step []action) []action {
	return edited(func(a *action) {
		for i, layer := range a.Layers {
			if layer == from {
				a.Layers[i] = to
			}
		}
	})
}

// reread lets the terms of an operation see one tensor in the place of another.
func reread(from, to, op string) func(step []action) []action {
	return edited(func(a *action) {
		for name, ref := range a.In {
			if a.Op == op && ref.Name == from {
				a.In[name] = trace.Ref{Name: to, View: ref.View}
			}
		}
	})
}

// passForEachView sends the views through the networks one by one, so that batch norm
// does not see them together.
func passForEachView(step []action) []action {
	var all []action
	for _, a := range step {
		if a.Do != trace.Forward || len(a.Of) < 2 {
			all = append(all, a)
			continue
		}
		joined := action{Do: trace.Forward, Name: a.Name, Constant: a.Constant}
		for i, of := range a.Of {
			one := a
			one.Name, one.Of = fmt.Sprintf("%s_%d", a.Name, i), []trace.Ref{of}
			all = append(all, one)
			joined.Of = append(joined.Of, ref(one.Name))
		}
		all = append(all, joined)
	}
	return all
}

func abs(v float64) float64 { return max(v, -v) }

// before moves the actions of a kind before the first one of another kind or with
// that name.
func before(do trace.Verb, other string) func(step []action) []action {
	return func(step []action) []action {
		var moved, rest []action
		for _, a := range step {
			if a.Do == do {
				moved = append(moved, a)
			} else {
				rest = append(rest, a)
			}
		}
		at := slices.IndexFunc(rest, func(a action) bool { return string(a.Do) == other || a.Name == other })
		return slices.Insert(rest, at, moved...)
	}
}

// without leaves out the i-th action of a kind, from 0.
func without(do trace.Verb, i int) func(step []action) []action {
	return func(step []action) []action {
		left := i
		return slices.DeleteFunc(step, func(a action) bool {
			if a.Do == do {
				left--
			}
			return a.Do == do && left == -1
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
		if a.Do == trace.Loss && a.Op == "byol" {
			z := map[string]trace.Ref{}
			for name, side := range map[string]string{"z1": "prediction", "z2": "target"} {
				from := a.In[side]
				unit := strings.ReplaceAll("unit "+from.String(), " ", "_")
				all = append(all, forward(unit, []trace.Ref{from}, "normalize"))
				z[name] = ref(unit)
			}
			a.Op, a.In, a.Attrs = "alignment", z, golden.Attrs{"alpha": 2.0}
		}
		if a.Do == trace.Update {
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
