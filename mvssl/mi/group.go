package mi

import (
	"context"
	"fmt"
)

// Group are items that one training serves: estimators that differ in what they say of a
// critic, not in what it is trained by.
type Group []Item

// Groups returns items in groups, in the order of the first of each.
func Groups(items []Item) (list []Group) {
	type training struct {
		part   Part
		by     string
		critic Critic
		seed   uint64
		steps  int
	}
	at := map[training]int{}
	for _, i := range items {
		of := training{i.Part, i.Estimator, i.Critic, i.Seed, i.Steps}
		if e, err := FindEstimator(i.Estimator); err == nil {
			of.by = e.trainedBy()
		}
		n, seen := at[of]
		if !seen {
			n = len(list)
			at[of] = n
			list = append(list, nil)
		}
		list[n] = append(list[n], i)
	}
	return list
}

// Run asks the estimators of the part's tasks, and returns the items with their cells: each
// with those that it would have alone.
func (g Group) Run(ctx context.Context, progress func(done, total int)) (ran []Item, err error) {
	var estimators []Estimator
	for _, i := range g {
		e, err := FindEstimator(i.Estimator)
		if err != nil {
			return nil, err
		}
		estimators = append(estimators, e)
	}
	first := g[0]
	s := Settings{Estimator: estimators[0], Critic: first.Critic, K: first.K, Steps: first.Steps, LR: UsualLR, Seed: first.Seed, Progress: progress}
	cells := make([][]Cell, len(g))
	switch tasks := first.tasks(); {
	case first.Critic == "":
		cells[0], err = s.ofPairs(ctx, tasks)
	case first.Part == Kinds:
		cells, err = s.each(ctx, estimators, tasks)
	default:
		cells, err = s.climb(ctx, estimators, tasks)
	}
	if err != nil {
		return nil, err
	}
	for n, i := range g {
		i.Cells = cells[n]
		ran = append(ran, i)
	}
	return ran, nil
}

// Name is what the group goes by.
func (g Group) Name() string {
	if more := len(g) - 1; more > 0 {
		return fmt.Sprintf("%s, and %d more by its critic", g[0].Name(), more)
	}
	return g[0].Name()
}
