package suite

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/naive"
)

// TestLooksLike: an answer with a planted error is recognized by it, or by one that gives the
// same there; the right answer is not.
func TestLooksLike(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	shown, named := 0, 0
	for _, m := range planted() {
		for i, e := range s.Cases {
			if e.Op != m.op || e.Reject {
				continue
			}
			c, tolerances := s.Loaded[i], e.Tolerances[golden.F32]
			spoiled := spoiledBy(m, c)
			if spoiled == nil {
				continue
			}
			if explained, against := m.explains(c, spoiled, tolerances); explained > 0 {
				require.Zero(t, against, "%s: %s", e.Name(), m.name)
				shown++
				if found := LooksLike(c, spoiled, tolerances); found == m.name {
					named++
				} else {
					require.NotEmpty(t, found, "%s: %s", e.Name(), m.name)
				}
				break
			}
		}
	}
	t.Logf("%d planted errors, %d shown by a case, %d of them recognized by their own name", len(planted()), shown, named)
	require.Greater(t, shown, len(planted())*9/10)
	require.Greater(t, named, shown*3/4)
	for i, e := range s.Cases {
		if !e.Reject && e.Op == "nt_xent" {
			c := s.Loaded[i]
			require.Empty(t, LooksLike(c, &golden.Answer{Out: c.Out, Grad: c.Grad}, e.Tolerances[golden.F32]))
		}
	}
}

// spoiledBy is nil where an error cannot be made of a case.
func spoiledBy(m mutation, c *golden.Case) (a *golden.Answer) {
	defer func() {
		if recover() != nil {
			a = nil
		}
	}()
	q := *c
	return m.spoil(&q)
}

// TestLooksLikeAnywhere: errors of any operation, and those whose name the issue of the suite
// is known for.
func TestLooksLikeAnywhere(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	for _, tc := range []struct {
		name, want string
		answer     func(c *golden.Case) *golden.Answer
	}{
		{"softmax-3x5", "cotangent ignored, ones in its place", func(c *golden.Case) *golden.Answer {
			a, err := naive.Answer(&golden.Case{Op: c.Op, Attrs: c.Attrs, In: c.In, CT: arrays{"y": golden.FromSlice([]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 3, 5)}})
			require.NoError(t, err)
			return a
		}},
		{"nt_xent-17x5", "temperature applied twice", asked("temperature", func(v float64) float64 { return v * v })},
		{"nt_xent-17x5", "inputs rounded to bfloat16", rounded(golden.BF16)},
	} {
		for i, e := range s.Cases {
			if e.Name() == tc.name {
				require.Equal(t, tc.want, LooksLike(s.Loaded[i], tc.answer(s.Loaded[i]), e.Tolerances[golden.F32]), tc.name)
			}
		}
	}
}
