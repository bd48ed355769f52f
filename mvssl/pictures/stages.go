package pictures

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/sheet"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// stages makes what is of encoders: of that before training, those that the run has kept,
// and that of the checkpoint. The error is about the checkpoint, or images that cannot be
// read.
func (m *maker[T]) stages(ctx context.Context) error {
	for _, i := range sheet.Spread(m.sets.queries, shownImages) {
		t, err := m.tile(m.sets.queries, i, fmt.Sprintf("%s image", m.Part), 0)
		if err != nil {
			return err
		}
		m.Shown = append(m.Shown, t)
	}
	first, err := train.Untrained[T](m.cfg)
	if err == nil {
		err = m.stage(ctx, Stage{Name: untrained}, first.Method, true)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		m.miss(untrained, err)
	}
	epochs, err := keptOf(m.dir)
	if err != nil {
		return err
	}
	last, broken := m.last()
	for _, epoch := range epochs {
		if broken == nil && last.Step() == epoch*m.cfg.StepsPerEpoch() { // it is the checkpoint's
			continue
		}
		n, err := train.LoadKept[T](m.dir, m.cfg, epoch)
		if err == nil {
			err = m.stage(ctx, Stage{Name: fmt.Sprintf("epoch %d", epoch), Epoch: float64(epoch)}, n.Method, false)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			m.miss(fmt.Sprintf("epoch %d", epoch), err)
		}
	}
	if broken != nil {
		return broken
	}
	m.Step = last.Step()
	m.Epoch = float64(m.Step) / float64(max(1, m.cfg.StepsPerEpoch()))
	if err := m.stage(ctx, Stage{Name: "now", Epoch: m.Epoch}, last.Method, true); err != nil {
		return err
	}
	if d, ok := last.Method.(mvssl.Discrete[T]); ok {
		return m.clusters(ctx, last.Method, d)
	}
	return nil
}

// last returns the networks of the run's checkpoint.
func (m *maker[T]) last() (*train.Networks[T], error) {
	if err := checkpointed(m.dir); err != nil {
		return nil, err
	}
	return train.Load[T](m.dir, m.cfg)
}

// keptOf returns some of the epochs after which the run in a folder has kept its encoder,
// the last among them.
func keptOf(dir string) ([]int, error) {
	epochs, err := train.Kept(dir)
	if err != nil || len(epochs) <= keptStages {
		return epochs, err
	}
	var some []int
	for i := range keptStages {
		some = append(some, epochs[(i+1)*len(epochs)/keptStages-1])
	}
	return some, nil
}

// evaluator returns what looks at networks.
func (m *maker[T]) evaluator(method mvssl.Method[T]) (*eval.Evaluator[T], error) {
	return eval.NewEvaluator(method, m.cfg.Views, m.train.Channels, m.cfg.Model.Encoder.Height, m.cfg.Resize)
}

// stage adds what is of an encoder and, where its projector is known, of projections.
func (m *maker[T]) stage(ctx context.Context, s Stage, method mvssl.Method[T], projector bool) error {
	m.o.tell(s.Name, 0, 0)
	e, err := m.evaluator(method)
	if err != nil {
		return err
	}
	encode := func(images *autograd.Var[T]) *autograd.Var[T] { return method.Encoder().Forward(nn.Context{}, images) }
	bank, err := e.Map(ctx, m.sets.bank, encode)
	if err != nil {
		return err
	}
	queries, err := e.Map(ctx, m.sets.queries, encode)
	if err != nil {
		return err
	}
	if s.Neighbors, err = m.near(ctx, bank, queries); err != nil {
		return err
	}
	if m.Points != nil {
		s.Map = principal(queries.Slice(0, 0, min(m.o.Points, m.Queries)))
	}
	if err := m.confuse(ctx, &s, bank, queries); err != nil {
		return err
	}
	if projector {
		if err := m.similar(ctx, s.Name, e, method); err != nil {
			return err
		}
	}
	m.Stages = append(m.Stages, s)
	return nil
}

// near returns the neighbors of the images that are shown.
func (m *maker[T]) near(ctx context.Context, bank, queries *tensor.Tensor[T]) ([][]Tile, error) {
	var rows []*tensor.Tensor[T]
	for _, i := range sheet.Spread(m.sets.queries, shownImages) {
		rows = append(rows, queries.Slice(0, i, i+1))
	}
	found, err := eval.Neighbors(ctx, bank, tensor.Concat(0, rows...), neighbors)
	if err != nil {
		return nil, err
	}
	var all [][]Tile
	for _, of := range found {
		var tiles []Tile
		for _, n := range of {
			t, err := m.tile(m.sets.bank, n.Row, "training image", rounded(n.Distance))
			if err != nil {
				return nil, err
			}
			tiles = append(tiles, t)
		}
		all = append(all, tiles)
	}
	return all, nil
}

// rounded keeps four digits behind the point, what is no number as 0, which JSON can hold.
func rounded(v float64) float64 {
	if v-v != 0 {
		return 0
	}
	return math.Round(1e4*v) / 1e4
}

// confuse classifies the images that are asked about by their nearest neighbors.
func (m *maker[T]) confuse(ctx context.Context, s *Stage, bank, queries *tensor.Tensor[T]) error {
	of, labels := m.sets.bank.Labels, m.sets.queries.Labels
	if of == nil || labels == nil {
		m.miss("confusion", errors.New("the images have no labels"))
		return nil
	}
	found, err := eval.KNNClasses(ctx, bank, of, queries, labels, m.cfg.KNN)
	if err != nil {
		return err
	}
	count := map[[2]int]int{}
	for i, class := range found {
		count[[2]int{labels[i], class}]++
	}
	for pair, n := range count {
		s.Confusion = append(s.Confusion, [3]int{pair[0], pair[1], n})
	}
	slices.SortFunc(s.Confusion, func(a, b [3]int) int { return cmp.Or(a[0]-b[0], a[1]-b[1]) })
	accuracy := eval.Accuracy(found, labels)
	s.Accuracy = &accuracy
	return nil
}

// cells is how many a histogram has.
const cells = 50

// similar adds the histograms of similarities.
func (m *maker[T]) similar(ctx context.Context, name string, e *eval.Evaluator[T], method mvssl.Method[T]) error {
	held := sample(m.sets.queries, train.HeldOut)
	n := held.Len()
	if n < 2 {
		m.miss("similarities", fmt.Errorf("found %d %s image, expected at least 2", n, m.Part))
		return nil
	}
	var z [2][]float64
	d := 0
	for v := range z {
		p, err := e.MapView(ctx, v, held, method.Project)
		if err != nil {
			return err
		}
		d = p.Dim(1)
		z[v] = tensor.Contiguous(tensor.Convert[float64](p)).Data()
	}
	s := Similarities{Name: name, Images: n, Positives: make([]float64, cells), Negatives: make([]float64, cells)}
	for i := range n {
		for j := range n {
			cos := 0.0
			for k, v := range z[0][i*d : (i+1)*d] {
				cos += v * z[1][j*d+k]
			}
			if cos-cos != 0 {
				m.miss("similarities", errors.New("projections are not finite"))
				return nil
			}
			cell := min(max(int((cos+1)/2*cells), 0), cells-1)
			if i == j {
				s.Positives[cell] += 1 / float64(n)
				s.Positive += cos / float64(n)
			} else {
				s.Negatives[cell] += 1 / float64(n*(n-1))
				s.Negative += cos / float64(n*(n-1))
			}
		}
	}
	for i := range cells {
		s.Positives[i], s.Negatives[i] = rounded(s.Positives[i]), rounded(s.Negatives[i])
	}
	s.Positive, s.Negative = rounded(s.Positive), rounded(s.Negative)
	m.Similarities = append(m.Similarities, s)
	return nil
}

// What is shown of clusters, and how many numbers an assignment may have.
const (
	shownClusters = 12
	members       = 8
	assigned      = 2000
	mostNumbers   = 1 << 23
)

// clusters makes those of a method that has some, of training images.
func (m *maker[T]) clusters(ctx context.Context, method mvssl.Method[T], discrete mvssl.Discrete[T]) error {
	m.o.tell("clusters", 0, 0)
	e, err := m.evaluator(method)
	if err != nil {
		return err
	}
	assign := func(n int) (*data.Dataset, *tensor.Tensor[T], error) {
		d := sample(m.sets.bank, n)
		w, _, err := discrete.Assign(func(f func(*autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error) {
			return e.Map(ctx, d, f)
		})
		return d, w, err
	}
	_, few, err := assign(2) // which tells how many classes there are
	if err != nil {
		return err
	}
	classes := few.Dim(1)
	d, w, err := assign(min(assigned, max(train.HeldOut, mostNumbers/classes)))
	if err != nil {
		return err
	}
	n, p := d.Len(), tensor.Contiguous(w).Data()
	in := make([][]int, classes)
	surest := make([]float64, n)
	for i := range n {
		best := 0
		for c, v := range p[i*classes : (i+1)*classes] {
			if v > p[i*classes+best] {
				best = c
			}
		}
		surest[i] = float64(p[i*classes+best])
		in[best] = append(in[best], i)
	}
	all := &Clusters{All: classes, Images: n}
	order := make([]int, 0, classes)
	for c := range in {
		if len(in[c]) > 0 {
			order = append(order, c)
		}
	}
	all.Used = len(order)
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(len(in[b])-len(in[a]), a-b) })
	for _, c := range order[:min(shownClusters, len(order))] {
		slices.SortFunc(in[c], func(a, b int) int { return cmp.Or(cmp.Compare(surest[b], surest[a]), a-b) })
		one := Cluster{Index: c, Size: len(in[c])}
		for _, i := range in[c][:min(members, len(in[c]))] {
			t, err := m.tile(d, i, "training image", rounded(surest[i]))
			if err != nil {
				return err
			}
			one.Members = append(one.Members, t)
		}
		all.Shown = append(all.Shown, one)
	}
	m.Clusters = all
	return nil
}
