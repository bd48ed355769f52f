package data

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFashionMini(t *testing.T) {
	split, err := Load(context.Background(), "fashion-mini", Options{})
	require.NoError(t, err)
	require.Empty(t, split.Skipped)
	for _, part := range []struct {
		d        *Dataset
		perClass int
	}{{split.Train, 580}, {split.Test, 100}} {
		d := part.d
		require.Equal(t, "fashion-mini", d.Name)
		require.Equal(t, []int{1, 28, 28}, []int{d.Channels, d.Height, d.Width})
		require.Equal(t, fashionClasses, d.Classes)
		require.Equal(t, 10*part.perClass, d.Len())
		require.Len(t, d.Pixels, d.Len()*28*28)
		count := make([]int, 10)
		for i, label := range d.Labels {
			count[label]++
			require.NotZero(t, slices.Max(d.Image(i)), "image %d is black", i)
		}
		require.Equal(t, slices.Repeat([]int{part.perClass}, 10), count)
	}
}

func TestSubset(t *testing.T) {
	d := &Dataset{Name: "toy", Channels: 1, Height: 1, Width: 2, Classes: []string{"a", "b"}}
	for i := range 50 {
		d.Pixels = append(d.Pixels, byte(i), byte(i+100))
		d.Labels = append(d.Labels, i%2)
	}
	small, err := d.Subset(10, 7)
	require.NoError(t, err)
	large, err := d.Subset(20, 7)
	require.NoError(t, err)
	require.Equal(t, small.Labels, large.Labels[:10])
	require.Equal(t, small.Pixels, large.Pixels[:20])
	for i := range small.Len() {
		p := small.Image(i)
		require.Equal(t, p[0]+100, p[1])
		require.Equal(t, int(p[0])%2, small.Labels[i])
	}
	other, err := d.Subset(10, 8)
	require.NoError(t, err)
	require.NotEqual(t, small.Pixels, other.Pixels)

	small.Pixels[0], small.Labels[0] = 255, 9
	require.NotContains(t, d.Pixels, byte(255), "a subset must be a copy")

	for _, n := range []int{-1, 0, 51} {
		_, err := d.Subset(n, 7)
		require.ErrorContains(t, err, "expected 1 to 50")
	}
}
