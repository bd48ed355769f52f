package train

import (
	"cmp"

	"entrec/autograd"
	"entrec/internal/parallel"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/tensor"
)

// viewSet makes all views of a batch of images. Consecutive views of one size make
// a group.
type viewSet[T tensor.Float] struct {
	views  []*view.Pipeline[T] // one a view of an image
	whole  int                 // the first so many are of the whole image
	groups []viewGroup
}

// viewGroup is the views lo ≤ v < hi, each c×h×w.
type viewGroup struct{ lo, hi, c, h, w int }

// newViewSet returns the views of images of so many channels, the first so many of the
// whole image.
func newViewSet[T tensor.Float](views []mvssl.View, whole, channels int) (*viewSet[T], error) {
	s := &viewSet[T]{whole: whole}
	for _, v := range views {
		p, err := view.New[T](v.Config, channels)
		if err != nil {
			return nil, err
		}
		c, h, w := p.OutputShape()
		for range v.Count {
			at := len(s.views)
			s.views = append(s.views, p)
			if n := len(s.groups); n > 0 && s.groups[n-1].h == h && s.groups[n-1].w == w {
				s.groups[n-1].hi++
			} else {
				s.groups = append(s.groups, viewGroup{at, at + 1, c, h, w})
			}
		}
	}
	return s, nil
}

// images is the views of some samples, by groups.
type images[T tensor.Float] struct {
	groups  []*tensor.Tensor[T] // (views·n, c, h, w), channels-last
	samples []int
	errs    []error // of reading these
	whole   int     // views of the whole image
}

// batch returns the images as a method sees them, on a tape.
func (m *images[T]) batch(tape *autograd.Tape[T], p mvssl.Progress) mvssl.Batch[T] {
	views := make([]*autograd.Var[T], len(m.groups))
	for i, g := range m.groups {
		views[i] = tape.Constant(g)
	}
	return mvssl.NewBatch(p, m.samples, views...).WithWhole(m.whole)
}

// allocate returns memory for the views of n samples.
func (s *viewSet[T]) allocate(n int) *images[T] {
	m := &images[T]{samples: make([]int, n), errs: make([]error, n), whole: s.whole}
	for _, g := range s.groups {
		count := (g.hi - g.lo) * n
		m.groups = append(m.groups, tensor.FromChannelsLast(make([]T, count*g.c*g.h*g.w), count, g.c, g.h, g.w))
	}
	return m
}

// fill makes the views of the samples of m, each of which is read once. A sample that the
// epoch has had repeats[i] times before gets views of its own. The error is that of the
// first sample that cannot be read.
func (s *viewSet[T]) fill(m *images[T], d *data.Dataset, seed uint64, epoch int, repeats []int) error {
	n := len(m.samples)
	parallel.For(n, func(i int) {
		m.errs[i] = d.With(m.samples[i], func(pixels []byte, height, width int) {
			for k, g := range s.groups {
				size, dst := g.c*g.h*g.w, m.groups[k].Data()
				for v := g.lo; v < g.hi; v++ {
					key := view.Key{Seed: seed, Epoch: epoch, Sample: m.samples[i], View: v + repeats[i]*len(s.views)}
					at := ((v-g.lo)*n + i) * size
					s.views[v].Apply(dst[at:at+size], pixels, height, width, key)
				}
			}
		})
	})
	return cmp.Or(m.errs...)
}
