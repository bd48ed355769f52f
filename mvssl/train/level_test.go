package train_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
	"entrec/simd"
)

// A run that is interrupted goes on at the SIMD level that it was made at, at another
// only where it may, and then says so.
func TestLevel(t *testing.T) {
	all := simd.Levels()
	best := all[len(all)-1]
	if best == simd.Generic {
		t.Skip("this processor has no second SIMD level")
	}
	s := split()
	c := config(t, "simclr", s)
	out := t.TempDir()
	defer simd.Force(simd.Generic)()
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(context.Background())
	_, err := train.Run(ctx, c, s, train.Options{Out: out, Report: func(e train.Event) {
		if e.Step == 3 {
			stop(stopped)
		}
	}})
	require.ErrorIs(t, err, stopped)

	for _, tt := range []struct {
		dir, asked string
		level      simd.Level
		err        error
		words      string
	}{
		{"", "", best, nil, ""},
		{"", "any", best, nil, ""},
		{"", "generic", simd.Generic, nil, ""},
		{"", "vector", 0, train.ErrNoLevel, "SIMD level vector is not to be had here: this processor and build have generic, "},
		{out, "", simd.Generic, nil, ""},
		{out, "any", simd.Generic, nil, ""},
		{out, "generic", simd.Generic, nil, ""},
		{out, best.String(), 0, train.ErrOtherwise, "found SIMD level " + best.String() + ", expected the run's generic"},
		{t.TempDir(), "", best, nil, ""},
	} {
		level, before, err := train.Level(tt.dir, tt.asked)
		require.ErrorIs(t, err, tt.err, "%+v", tt)
		require.Equal(t, tt.dir == out, before == "generic")
		if tt.err != nil {
			require.ErrorContains(t, err, tt.words)
			continue
		}
		require.Equal(t, tt.level, level, "%+v", tt)
	}

	simd.Force(best)
	_, err = train.Run(t.Context(), c, s, train.Options{Out: out, Resume: true})
	require.ErrorIs(t, err, train.ErrOtherwise)
	summary, err := train.Run(t.Context(), c, s, train.Options{Out: out, Resume: true, AnyLevel: true})
	require.NoError(t, err)
	require.Equal(t, []string{"generic", best.String()}, summary.SIMDLevels)
	require.Equal(t, best.String(), summary.SIMD)
}
