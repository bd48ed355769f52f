package data

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseShare(t *testing.T) {
	for text, want := range map[string]int{ // of 5800 images
		"1%": 58, "10%": 580, "100%": 5800, "0.5%": 29, ".5%": 29, "0.01": 58, "0.1": 580, ".1": 580, "1.0": 5800, "500": 500, "1": 1, "5801": 5801, "0.01%": 1, "0.001%": 0,
	} {
		s, err := ParseShare(text)
		require.NoError(t, err, text)
		require.Equal(t, want, s.of(5800), text)
	}
	for _, text := range []string{
		"", "%", ".", "0", "0%", "0.0", "00", "-1", "-1%", "+1%", "101%", "100.1%", "1.5", "1e2", "1 %", " 1%", "1%%", "%1", "1,5%", "NaN", "Inf", "all", "0x10", "1_000", "99999999999999999999", "1\n", "１％",
	} {
		_, err := ParseShare(text)
		require.ErrorContains(t, err, "expected a percentage such as 1%, a part such as 0.1, or a number of images such as 500", text)
		require.NotContains(t, err.Error(), "\n")
	}
}

// classes returns a split of so many training images of each class, class by class.
func classes(counts ...int) *Split {
	s := &Split{Train: &Dataset{Name: "made-up", Channels: 1, Height: 1, Width: 2}}
	for class, n := range counts {
		s.Train.Classes = append(s.Train.Classes, string(rune('a'+class)))
		for range n {
			s.Train.Pixels = append(s.Train.Pixels, byte(s.Train.Len()), byte(class))
			s.Train.Labels = append(s.Train.Labels, class)
		}
	}
	return s
}

func TestLabeled(t *testing.T) {
	for _, test := range []struct {
		counts []int
		n      int
		want   [][]int // how many of each class there may be
	}{
		{[]int{20, 20, 20}, 3, [][]int{{1, 1, 1}}},
		{[]int{20, 20, 20}, 30, [][]int{{10, 10, 10}}},
		{[]int{20, 20, 20}, 31, [][]int{{11, 10, 10}, {10, 11, 10}, {10, 10, 11}}},
		{[]int{2, 40, 40}, 22, [][]int{{2, 10, 10}}},
		{[]int{1, 0, 3}, 2, [][]int{{1, 0, 1}}},
		{[]int{1, 0, 3}, 4, [][]int{{1, 0, 3}}},
		{[]int{5}, 1, [][]int{{1}}},
	} {
		s := classes(test.counts...)
		got, err := s.Labeled(Share{images: test.n})
		require.NoError(t, err)
		counts := make([]int, len(test.counts))
		for i, l := range got.Train.Labels {
			require.Equal(t, []byte{got.Train.Image(i)[0], byte(l)}, got.Train.Image(i), "with its label")
			counts[l]++
		}
		require.Contains(t, test.want, counts)
		require.Equal(t, s.Train.Len()-test.n, got.Unlabeled)
		require.Zero(t, s.Unlabeled)
	}
}

// More labels are those that there were, and some more, in the images' own order; all are
// all.
func TestLabeledGrows(t *testing.T) {
	s, before := classes(30, 7, 50), []byte{}
	for n := 3; n <= s.Train.Len(); n++ {
		got, err := s.Labeled(Share{images: n})
		require.NoError(t, err)
		var images []byte
		for i := range got.Train.Len() {
			images = append(images, got.Train.Image(i)[0])
		}
		require.Len(t, images, n)
		require.True(t, slices.IsSorted(images))
		for _, i := range before {
			require.Contains(t, images, i)
		}
		before = images
	}
	all, err := s.Labeled(Share{part: 1})
	require.NoError(t, err)
	require.Equal(t, s, all)
}

// The choice is the same on every machine and in every version.
func TestLabeledIsFixed(t *testing.T) {
	require.Equal(t, []int{0, 2, 3, 13, 18, 21, 24}, balanced(classes(10, 10, 10).Train.Labels, 7))
}

func TestLabeledRefuses(t *testing.T) {
	s := classes(5, 5, 5)
	for _, test := range []struct {
		share Share
		want  string
	}{
		{Share{images: 2}, "found 2 of the 15 training images of made-up, expected 3, one of each class, to 15"},
		{Share{part: 0.01}, "found 0 of the 15 training images of made-up, expected 3, one of each class, to 15"},
		{Share{images: 16}, "found 16 of the 15 training images of made-up, expected 3, one of each class, to 15"},
	} {
		_, err := s.Labeled(test.share)
		require.EqualError(t, err, test.want)
	}
	s.Train.Labels = nil
	_, err := s.Labeled(Share{part: 1})
	require.EqualError(t, err, "the images of made-up have no labels")
}
