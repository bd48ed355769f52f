package data

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Share is how many images of a data set: a part of them, or a number.
type Share struct {
	part   float64 // in (0, 1]; 0 where images says
	images int
}

var shareForm = regexp.MustCompile(`^(\d+|\d*\.\d+)(%?)$`)

// ParseShare reads a share: a percentage such as 1%, a part in (0, 1] with a decimal point
// such as 0.1, or a number of images such as 500. The error is one line.
func ParseShare(text string) (Share, error) {
	wrong := fmt.Errorf("found %q, expected a percentage such as 1%%, a part such as 0.1, or a number of images such as 500", text)
	m := shareForm.FindStringSubmatch(text)
	if m == nil {
		return Share{}, wrong
	}
	if m[2] == "" && !strings.Contains(m[1], ".") {
		n, err := strconv.Atoi(m[1])
		if err != nil || n < 1 {
			return Share{}, wrong
		}
		return Share{images: n}, nil
	}
	part, err := strconv.ParseFloat(m[1], 64)
	if m[2] != "" {
		part /= 100
	}
	if err != nil || !(part > 0 && part <= 1) {
		return Share{}, wrong
	}
	return Share{part: part}, nil
}

// of returns how many of n images the share is, rounded.
func (s Share) of(n int) int {
	if s.images > 0 {
		return s.images
	}
	return int(math.Round(s.part * float64(n)))
}

// Labeled returns the split with a share of its training images alone: those whose labels
// are known to a classifier. They are the same for every run on the same images, as evenly
// from all classes as there are images, in their own order, and a larger share contains a
// smaller one: in the shuffle of seed 0 of their stream, the first image of each class,
// then the second of each, and so on. The error is one line: images without labels, fewer
// of them than classes, more than there are.
func (s *Split) Labeled(share Share) (*Split, error) {
	d := s.Train
	if d.Labels == nil {
		return nil, fmt.Errorf("the images of %s have no labels", d.Name)
	}
	classes, n := distinct(d.Labels), share.of(d.Len())
	if n < classes || n > d.Len() {
		return nil, fmt.Errorf("found %d of the %d training images of %s, expected %d, one of each class, to %d", n, d.Len(), d.Name, classes, d.Len())
	}
	labeled := *s
	labeled.Unlabeled += d.Len() - n
	labeled.Train = d.pick(balanced(d.Labels, n))
	return &labeled, nil
}

// balanced returns the places of n labels, in order: see [Split.Labeled].
func balanced(labels []int, n int) []int {
	order, turns, taken := shuffled(len(labels), 0, streamLabeled), make([]int, len(labels)), map[int]int{}
	for _, i := range order {
		turns[i] = taken[labels[i]]
		taken[labels[i]]++
	}
	slices.SortStableFunc(order, func(a, b int) int { return turns[a] - turns[b] })
	chosen := order[:n]
	slices.Sort(chosen)
	return chosen
}

// distinct returns how many different labels there are.
func distinct(labels []int) int {
	seen := map[int]bool{}
	for _, l := range labels {
		seen[l] = true
	}
	return len(seen)
}
