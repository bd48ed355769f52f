package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/engine"
	"entrec/reference/golden"
	"entrec/reference/naive"
)

// TestSpoiltTraces spoils the actions of traces, one field after the other: it is left
// out, or becomes something that it cannot be or that names something else. The
// definition and the engine both answer, or both refuse.
func TestSpoiltTraces(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: makes a thousand traces")
	}
	s, err := Open()
	require.NoError(t, err)
	double := engine.Backend[float64]()
	asked, refused := 0, 0
	for i, e := range s.Cases {
		if !slices.Contains([]string{"train/swav", "train/byol"}, e.Name()) {
			continue
		}
		c := s.Loaded[i]
		for n, step := range spoilt(t, c.Attrs["step"]) {
			q := *c
			q.Attrs = maps.Clone(c.Attrs)
			q.Attrs["step"] = step
			what := func() string {
				text, err := json.Marshal(step)
				require.NoError(t, err)
				return fmt.Sprintf("%s, %d: %s", e.Name(), n, text)
			}
			a, wrong := naive.Answer(&q)
			b, wrongToo := golden.Ask(double, &q)
			asked++
			if wrong != nil || wrongToo != nil {
				var r *golden.RefusedError
				require.True(t, errors.As(wrong, &r), "naive: %v\n%s", wrong, what())
				require.True(t, errors.As(wrongToo, &r), "engine: %v\n%s", wrongToo, what())
				refused++
				continue
			}
			require.ElementsMatch(t, slices.Collect(maps.Keys(a.Out)), slices.Collect(maps.Keys(b.Out)), what())
			answered := golden.Case{Name: q.Name, Op: q.Op, Out: a.Out}
			for _, d := range golden.Compare(&answered, b, everyTensor(&answered, 1e-9)) {
				require.Empty(t, d.Detail, what())
			}
		}
	}
	require.Greater(t, asked, 500)
	t.Logf("%d spoilt traces, of which %d are refused", asked, refused)
}

// everyTensor is a tolerance for all tensors.
func everyTensor(c *golden.Case, rtol float64) map[string]golden.Tolerance {
	all := map[string]golden.Tolerance{}
	for _, name := range c.Tensors() {
		all[name] = golden.Tolerance{Rtol: rtol}
	}
	return all
}

// spoilt returns copies of a list of actions, in each of which one thing is wrong or
// at least another.
func spoilt(t *testing.T, step any) (all []any) {
	text, err := json.Marshal(step)
	require.NoError(t, err)
	for place := 0; ; place++ {
		found := false
		for kind := range 5 {
			var copied any
			require.NoError(t, json.Unmarshal(text, &copied))
			at := place
			if spoil(&copied, &at, kind) {
				all = append(all, copied)
			}
			found = found || at < 0
		}
		if !found {
			return all
		}
	}
}

// spoil changes the at-th value below v, counted from 0 in the order of names; at is
// below 0 when it has been found. It reports whether there is such a change.
func spoil(v *any, at *int, kind int) bool {
	*at--
	if *at < 0 {
		old := *v
		switch *v = [...]any{nil, "stranger", "view1", -1.0, []any{}}[kind]; old.(type) {
		case string:
			return kind <= 2
		case float64:
			return kind != 2
		case bool:
			return kind <= 1
		}
		return kind <= 1 || kind == 4
	}
	switch list := (*v).(type) {
	case []any:
		for i := range list {
			if changed := spoil(&list[i], at, kind); *at < 0 {
				return changed
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(list)) {
			child := list[name]
			changed := spoil(&child, at, kind)
			if *at < 0 {
				if child == nil {
					delete(list, name)
				} else {
					list[name] = child
				}
				return changed
			}
		}
	}
	return false
}
