package mvssl

import (
	"entrec/autograd"
	"entrec/nn"
)

// stages is a backbone with heads on the maps of the encoder's stages: what each place
// says is compared with what the image says.
type stages[T Float] struct {
	Backbone[T]
	staged nn.Staged[T]
	heads  []*nn.Projector[T] // of the maps, the finer one first
	places []int              // of each of these maps, for the views that the run has
}

// newStages builds a backbone and heads on so many of the maps, each as the projector. The
// error is that of [NewBackbone], or says that the encoder has no maps, against its row.
func newStages[T Float](b Build, maps int) (stages[T], error) {
	n, err := NewBackbone[T](b)
	if err != nil {
		return stages[T]{}, err
	}
	staged, rows, err := asStaged(b, n.encoder)
	m := stages[T]{Backbone: n, staged: staged}
	if err != nil {
		return m, err
	}
	channels := staged.StageDims()
	for i := range maps {
		m.places = append(m.places, rows[i]*rows[i])
		m.heads = append(m.heads, nn.NewProjector[T](b.Rand, channels[i], b.Projector.Hidden, b.Projector.Out))
	}
	return m, nil
}

// asStaged returns an encoder with its maps, and how many rows and columns these have of the
// views that the run has.
func asStaged[T Float](b Build, e nn.Encoder[T]) (staged nn.Staged[T], rows [2]int, err error) {
	if staged, err = nn.AsStaged(b.Encoder.Name, e); err == nil {
		rows, err = rowsOfMaps(b.Encoder, b.Setting)
	}
	return staged, rows, err
}

// rowsOfMaps returns how many rows and columns an encoder's maps have of the whole views. The
// error says that it has no maps.
func rowsOfMaps(e nn.EncoderConfig, s Setting) ([2]int, error) { return e.Maps(s.Views[0].Size) }

// checkMaps reports an encoder without maps.
func checkMaps(e nn.EncoderConfig, s Setting) error {
	_, err := rowsOfMaps(e, s)
	return err
}

// Parameters returns the parameters of all networks.
func (m *stages[T]) Parameters() []nn.Named[T] { return Trained(m.State) }

// State visits the backbone, and the heads under "local.0." and "local.1.".
func (m *stages[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	nn.Sequential[T](modules(m.heads)).State(prefix+"local.", visit)
}

func modules[T Float](heads []*nn.Projector[T]) []nn.Module[T] {
	all := make([]nn.Module[T], len(heads))
	for i, h := range heads {
		all[i] = h
	}
	return all
}

// project returns, in training, the projections of images (n, d) and those of the places
// of each map (n, places, d).
func (m *stages[T]) project(images *autograd.Var[T]) (global *autograd.Var[T], local []*autograd.Var[T]) {
	maps, features := m.staged.Stages(training, images)
	global = m.projector.Forward(training, m.seen(training, features))
	n, d := global.Value.Dim(0), global.Value.Dim(1)
	for i, h := range m.heads {
		local = append(local, autograd.Reshape(h.Forward(training, nn.Places(maps[i])), n, -1, d))
	}
	return global, local
}
