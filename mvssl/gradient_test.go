package mvssl_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// TestGradients checks, for each method, that the loss reaches every parameter, and
// nothing else of the state: targets, queues, centers and memories are constants.
func TestGradients(t *testing.T) {
	for _, row := range mvssl.Rows() {
		t.Run(row.Name, func(t *testing.T) {
			c, _, s := small(t, row.Name, "", nil)
			rng := rand.New(rand.NewPCG(1, 2))
			m, err := mvssl.New[float64](rng, c, s)
			require.NoError(t, err)
			prepare(t, m, rng)
			tape := autograd.NewTape[float64]()
			b, _ := made(tape, rng, s, 0)
			tape.Backward(m.Loss(b).Loss)
			trained := map[*autograd.Var[float64]]bool{}
			for _, p := range m.Parameters() {
				require.True(t, p.HasGrad(), p.Name)
				trained[p.Var] = true
			}
			m.State("", func(name string, v *autograd.Var[float64]) {
				require.Equal(t, trained[v], v.HasGrad(), name)
			})
		})
	}
}

// TestFreeze checks that frozen prototypes stay as they are in the first steps, and
// move afterward.
func TestFreeze(t *testing.T) {
	for _, method := range []string{"swav", "dino", "dino-er"} {
		c, r, s := small(t, method, `{"freeze":0.3}`, nil)
		m, err := mvssl.New[float64](rand.New(rand.NewPCG(1, 2)), c, s)
		require.NoError(t, err)
		var prototypes *autograd.Var[float64]
		m.State("", func(name string, v *autograd.Var[float64]) {
			if name == "prototypes.weight" {
				prototypes = v
			}
		})
		stepper, err := train.NewStepper(m, r)
		require.NoError(t, err)
		tape := autograd.NewTape[float64]()
		rng := rand.New(rand.NewPCG(3, 4))
		before := prototypes.Value.Clone()
		for step := range 3 {
			b, _ := made(tape, rng, s, step)
			result := m.Loss(b)
			if step == 0 {
				before = prototypes.Value.Clone() // SwAV has normalized them
			}
			stepper.Backward(tape, result)
			stepper.Update(b.Progress)
			tape.Reset()
			require.Equal(t, step < 2, equal(before.Data(), prototypes.Value.Data()), "%s after step %d of %d", method, step+1, s.Steps)
		}
	}
}

// equal reports equality within the rounding of a normalization repeated.
func equal(a, b []float64) bool {
	for i := range a {
		if d := a[i] - b[i]; d > 1e-15 || d < -1e-15 {
			return false
		}
	}
	return true
}

// inParts maps functions over images, n at a time.
func inParts(images *autograd.Var[float64], n int) mvssl.Mapper[float64] {
	return func(f func(*autograd.Var[float64]) *autograd.Var[float64]) (*tensor.Tensor[float64], error) {
		var parts []*tensor.Tensor[float64]
		for at, all := 0, images.Value.Dim(0); at < all; at += n {
			parts = append(parts, f(&autograd.Var[float64]{Value: images.Value.Slice(0, at, min(at+n, all))}).Value)
		}
		return tensor.Concat(0, parts...), nil
	}
}

// TestAssign checks that W is a distribution whose prediction is one too.
func TestAssign(t *testing.T) {
	for _, row := range mvssl.Rows() {
		c, _, s := small(t, row.Name, "", nil)
		rng := rand.New(rand.NewPCG(1, 2))
		m, err := mvssl.New[float64](rng, c, s)
		require.NoError(t, err)
		d, ok := m.(mvssl.Discrete[float64])
		if !ok {
			continue
		}
		prepare(t, m, rng)
		s.Batch = 24
		b, _ := made(autograd.NewFrozenTape[float64](), rng, s, 0)
		w, logq, err := d.Assign(inParts(b.Whole(), 48))
		require.NoError(t, err)
		q := autograd.Exp(&autograd.Var[float64]{Value: logq}).Value
		for _, p := range []*tensor.Tensor[float64]{w, q} {
			require.Equal(t, []int{48, 5}, p.Shape(), row.Name)
			for _, sum := range tensor.Sum(p, 1).Data() {
				require.Less(t, (sum-1)*(sum-1), 1e-20, row.Name)
			}
		}
		// A mapper that fails, at once or later, is heard.
		for fails := range 2 {
			calls, why := 0, errors.New("enough")
			_, _, err = d.Assign(func(f func(*autograd.Var[float64]) *autograd.Var[float64]) (*tensor.Tensor[float64], error) {
				if calls++; calls > fails {
					return nil, why
				}
				return inParts(b.Whole(), 48)(f)
			})
			if calls > fails {
				require.ErrorIs(t, err, why, row.Name)
			}
		}
		// W is over all the images, however few at a time the networks see.
		w7, logq7, err := d.Assign(inParts(b.Whole(), 7))
		require.NoError(t, err)
		require.InDeltaSlice(t, w.Data(), w7.Data(), 1e-12, row.Name)
		require.InDeltaSlice(t, logq.Data(), logq7.Data(), 1e-12, row.Name)
	}
}

// TestCodesAreSpread: Sinkhorn's codes keep the entropy of W near log c, after three
// iterations the nearer the larger epsilon is.
func TestCodesAreSpread(t *testing.T) {
	for _, tc := range []struct{ epsilon, part float64 }{{0.05, 0.98}, {0.03, 0.94}} {
		c, _, s := small(t, "swav", fmt.Sprintf(`{"epsilon":%v}`, tc.epsilon), nil)
		rng := rand.New(rand.NewPCG(1, 2))
		m, err := mvssl.New[float64](rng, c, s)
		require.NoError(t, err)
		s.Batch = 24
		b, _ := made(autograd.NewFrozenTape[float64](), rng, s, 0)
		w, _, err := m.(mvssl.Discrete[float64]).Assign(inParts(b.Whole(), 48))
		require.NoError(t, err)
		mean := autograd.Mean(&autograd.Var[float64]{Value: w}, 0)
		entropy := -autograd.Sum(autograd.Mul(mean, autograd.Log(mean))).Value.Item()
		largest, known := m.(mvssl.Plateaued).CollapsedLoss() // log c
		require.True(t, known)
		require.Greater(t, entropy, tc.part*largest, tc.epsilon)
	}
}
