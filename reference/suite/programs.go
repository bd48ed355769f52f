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

// A trace by a method's own recipe: three steps of a run of three, so that all
// schedules are seen from their beginning to near their end. Batches of six; an MLP
// (or a convnet) with a projector to five dimensions and, where there is one, a
// predictor.
const (
	traceSteps      = 3
	traceBatch      = 6
	traceWidth      = 5 // of projections
	tracePrototypes = 7
)

// tracedMethod is a method with what its steps do.
type tracedMethod struct {
	name string
	// encoder is "" for the MLP and its projector; shapes are those of another.
	encoder string
	shapes  []parameter
	views   int    // 2, or more with local crops, which have the same size
	target  string // prefix of a copy of the parameters that follows them, "" for none
	// less leaves out the projector's last bias, which the loss does not depend on: its
	// gradient is rounding errors, of which AdamW would make steps.
	less  bool
	more  []parameter
	batch []string // beside the views
	draw  func(d *draft)
	step  []action
}

type action = trace.Action

// The parts that steps are made of.

func ref(text string) trace.Ref {
	var r trace.Ref
	if err := r.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return r
}

func refs(texts ...string) (list []trace.Ref) {
	for _, text := range texts {
		list = append(list, ref(text))
	}
	return list
}

// named reads "query=online 1, key=target 2".
func named(text string) map[string]trace.Ref {
	in := map[string]trace.Ref{}
	for part := range strings.SplitSeq(text, ", ") {
		name, of, _ := strings.Cut(part, "=")
		in[name] = ref(of)
	}
	return in
}

func forward(name string, of []trace.Ref, layers ...string) action {
	return action{Do: trace.Forward, Name: name, Of: of, Layers: layers}
}

func constant(a action) action {
	a.Constant = true
	return a
}

func term(weight float64, op, in string, attrs golden.Attrs) action {
	output := "loss"
	for _, o := range []string{"entropy", "reconstruction"} {
		if strings.HasPrefix(op, "er_"+o) {
			output = o
		}
	}
	return action{Do: trace.Loss, Op: op, In: named(in), Attrs: attrs, Output: output, Weight: weight}
}

func assign(op, in string, attrs golden.Attrs, set map[string]string) action {
	return action{Do: trace.Assign, Op: op, In: named(in), Attrs: attrs, Set: set}
}

func push(rows, onto string, at trace.Place) action {
	r := ref(rows)
	return action{Do: trace.Push, Rows: &r, Onto: onto, At: at}
}

// follow is a target's with a momentum that rises from its base to 1 by half a cosine
// over the run of three steps.
func follow(prefix string, base float64) action {
	rest := 1 - base
	return action{Do: trace.Follow, Prefix: prefix, Attrs: golden.Attrs{"momentum": list(1-rest, 1-float64(0.75*rest), 1-float64(0.25*rest))}}
}

var gradients = action{Do: trace.Gradients}

// list is an attribute with a value for each step.
func list(values ...float64) []any {
	var l []any
	for _, v := range values {
		l = append(l, v)
	}
	return l
}

// falling is half a cosine from the peak over the run of three steps.
func falling(peak float64) []any { return list(peak, 0.75*peak, 0.25*peak) }

// sgd and adamw are the methods' recipes; the parameters are entered later.
func sgd(peak float64) action {
	return action{Do: trace.Update, Op: "sgd_step", Attrs: golden.Attrs{"lr": falling(peak), "momentum": 0.9, "weight_decay": 5e-4, "nesterov": false}}
}

func adamw(decay float64) action {
	return action{Do: trace.Update, Op: "adamw_step", Attrs: golden.Attrs{"lr": falling(0.002), "weight_decay": decay, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}}
}

// on restricts an update to some parameters.
func on(update action, parameters ...parameter) action {
	for _, p := range parameters {
		update.Parameters = append(update.Parameters, p.name)
	}
	return update
}

// from leaves out the first steps of an update.
func from(step int, update action) action {
	update.From = step
	return update
}

// parameters are what the method trains.
func (m *tracedMethod) parameters() []parameter {
	shapes := m.shapes
	if shapes == nil {
		shapes = mlpShapes
	}
	all := slices.Concat(shapes, m.more)
	if m.less {
		all = slices.DeleteFunc(all, func(p parameter) bool { return p.name == "projector.3.bias" })
	}
	return all
}

// prefixed are layers with parameters of other names.
func prefixed(prefix string, layers []string) []string {
	var all []string
	for _, l := range layers {
		if kind, name, some := strings.Cut(l, " "); some && kind != "divide" {
			l = kind + " " + prefix + name
		}
		all = append(all, l)
	}
	return all
}

// projector is the encoder with the projector, then further layers.
func projector(more ...string) []string { return slices.Concat(mlpLayers, more) }

var (
	// The convnet of the trainer, two channels wide, with its projector apart: crops of
	// another size go through the encoder by themselves.
	convnetLayers = []string{
		"conv2d encoder.conv1", "batch_norm encoder.bn1", "relu", "conv2d encoder.conv2", "batch_norm encoder.bn2", "relu",
		"conv2d encoder.conv3", "batch_norm encoder.bn3", "relu", "conv2d encoder.conv4 1", "batch_norm encoder.bn4", "relu", "global_avg_pool2d",
	}
	convnetShapes = []parameter{
		{"encoder.conv1.weight", []int{2, 3, 3, 3}}, {"encoder.bn1.weight", []int{2}}, {"encoder.bn1.bias", []int{2}},
		{"encoder.conv2.weight", []int{4, 2, 3, 3}}, {"encoder.bn2.weight", []int{4}}, {"encoder.bn2.bias", []int{4}},
		{"encoder.conv3.weight", []int{8, 4, 3, 3}}, {"encoder.bn3.weight", []int{8}}, {"encoder.bn3.bias", []int{8}},
		{"encoder.conv4.weight", []int{8, 8, 3, 3}}, {"encoder.bn4.weight", []int{8}}, {"encoder.bn4.bias", []int{8}},
		{"projector.0.weight", []int{8, 8}}, {"projector.1.weight", []int{8}}, {"projector.1.bias", []int{8}},
		{"projector.3.weight", []int{traceWidth, 8}}, {"projector.3.bias", []int{traceWidth}},
	}

	predictorLayers = []string{"linear predictor.0", "batch_norm predictor.1", "relu", "linear predictor.3"}
	predictorShapes = []parameter{
		{"predictor.0.weight", []int{7, traceWidth}}, {"predictor.1.weight", []int{7}}, {"predictor.1.bias", []int{7}},
		{"predictor.3.weight", []int{traceWidth, 7}}, {"predictor.3.bias", []int{traceWidth}},
	}
)

// trace adds a method's trace.
func (s *sheet) trace(m tracedMethod) {
	c, pixels := newTrace("train/"+m.name, "train/"+m.name, golden.Attrs{}), []int{12}
	if m.encoder != "" {
		c.Name += "-" + m.encoder
		pixels = []int{3, 8, 8}
	}
	c.views(max(m.views, 2), append([]int{traceSteps, traceBatch}, pixels...))
	batch := slices.Sorted(maps.Keys(c.In))
	batch = append(batch, m.batch...)
	for _, p := range m.parameters() {
		c.initialize(p)
		if m.target != "" && !strings.HasPrefix(p.name, "predictor.") {
			c.initialize(parameter{m.target + p.name, p.shape})
		}
	}
	if m.draw != nil {
		m.draw(c)
	}
	var step []action
	for _, a := range m.step {
		if a.Do == trace.Update && a.Parameters == nil {
			a = on(a, m.parameters()...)
		}
		step = append(step, a)
	}
	c.Attrs["batch"], c.Attrs["step"] = jsonValue(batch), throughJSON(step)
	s.drafts = append(s.drafts, c)
}

// throughJSON returns v as it is read from a file.
func throughJSON(v any) any {
	text, err := json.Marshal(v)
	if err == nil {
		var decoded any
		if err = json.Unmarshal(text, &decoded); err == nil {
			return decoded
		}
	}
	panic(fmt.Sprintf("suite: %v", err))
}
