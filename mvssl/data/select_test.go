package data

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// numbered returns a split of n training and three test images of 1×1×2 bytes that tell
// which they are.
func numbered(n int) *Split {
	part := func(n int, first byte) *Dataset {
		d := &Dataset{Name: "numbered", Channels: 1, Height: 1, Width: 2, Classes: []string{"even", "odd"}}
		for i := range n {
			d.Pixels = append(d.Pixels, byte(i), first)
			d.Labels = append(d.Labels, i%2)
		}
		return d
	}
	return &Split{Train: part(n, 0), Test: part(3, 1), Skipped: []string{"one"}}
}

// which returns the numbers of a data set's images, which must have their labels.
func which(t *testing.T, d *Dataset) []int {
	t.Helper()
	requireSound(t, d)
	var images []int
	for i := range d.Len() {
		require.Equal(t, byte(0), d.Image(i)[1], "a test image")
		images = append(images, int(d.Image(i)[0]))
		require.Equal(t, images[i]%2, d.Labels[i])
	}
	return images
}

func TestSelect(t *testing.T) {
	s := numbered(40)
	order := shuffled(40, 0, streamSubset)
	count := func(n int) *int { return &n }
	for _, test := range []struct {
		holdout    float64
		subset     *int
		held, kept int // how many
	}{
		{0.25, nil, 10, 30},
		{0.25, count(30), 10, 30},
		{0.25, count(1), 10, 1},
		{0.26, count(12), 10, 12}, // 10.4
		{0.2624, nil, 10, 30},     // 10.496
		{0.2625, nil, 11, 29},     // 10.5
		{0.0125, nil, 1, 39},      // 0.5
		{0.975, nil, 39, 1},
		{0.975, count(1), 39, 1},
		{0, count(40), 0, 40},
		{0, count(7), 0, 7},
	} {
		got, err := s.Select(test.holdout, test.subset)
		require.NoError(t, err)
		require.Equal(t, s.Skipped, got.Skipped)
		train := which(t, got.Train)
		require.Len(t, train, test.kept)
		if test.holdout == 0 {
			require.Same(t, s.Test, got.Test)
		} else {
			// The same images whatever the subset: the last of the shuffle.
			held := which(t, got.Test)
			require.Equal(t, order[40-test.held:], held, test.holdout)
			for _, i := range train {
				require.NotContains(t, held, i, "held out, and trained on")
			}
		}
		if test.subset == nil { // all that are left, in their order
			require.True(t, slices.IsSorted(train))
		} else { // the first of the shuffle, as Subset has them
			require.Equal(t, order[:test.kept], train)
			subset, err := s.Train.Subset(test.kept, 0)
			require.NoError(t, err)
			require.Equal(t, subset, got.Train)
		}
		got.Train.Pixels[0]++ // a copy
	}
	require.Equal(t, numbered(40), s, "what is selected from stays as it is")

	all, err := s.Select(0, nil)
	require.NoError(t, err)
	require.Same(t, s.Train, all.Train)
	require.Same(t, s.Test, all.Test)
}

func TestSelectRefuses(t *testing.T) {
	count := func(n int) *int { return &n }
	for _, test := range []struct {
		holdout float64
		subset  *int
		want    string
	}{
		{0.01, nil, "holdout 0.01 of the 40 training images of numbered are 0, expected 1 to 39"},
		{0.99, nil, "holdout 0.99 of the 40 training images of numbered are 40, expected 1 to 39"},
		{0.25, count(31), "subset of numbered: found 31 images asked for, expected 1 to 30"},
		{0.25, count(0), "subset of numbered: found 0 images asked for, expected 1 to 30"},
		{0, count(41), "subset of numbered: found 41 images asked for, expected 1 to 40"},
		{0, count(-1), "subset of numbered: found -1 images asked for, expected 1 to 40"},
	} {
		got, err := numbered(40).Select(test.holdout, test.subset)
		require.EqualError(t, err, test.want)
		require.Nil(t, got)
	}
	// One image cannot be divided.
	for _, holdout := range []float64{0.1, 0.5, 0.9} {
		_, err := numbered(1).Select(holdout, nil)
		require.ErrorContains(t, err, fmt.Sprintf("holdout %v of the 1 training images", holdout))
	}
}
