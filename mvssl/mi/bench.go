package mi

import (
	"fmt"
	"slices"
)

// Part is what a part of the bench is of.
type Part string

// The parts: the staircase of Poole et al. (2019) and of Song and Ermon (2020), the same with
// a cubed Y, and tasks of each kind.
const (
	Staircase Part = "steps"
	Cubed     Part = "cubed"
	Kinds     Part = "kinds"
)

// Parts lists the parts.
func Parts() []Part { return []Part{Staircase, Cubed, Kinds} }

// Item is a piece of the bench: an estimator with a critic, on the tasks of a part.
type Item struct {
	Part      Part   `json:"part"`
	Estimator string `json:"estimator"`
	Critic    Critic `json:"critic"`
	Seed      uint64 `json:"seed"`
	K         int    `json:"k"`     // pairs that an estimate is of
	Steps     int    `json:"steps"` // of training on each task
	Cells     []Cell `json:"cells"` // nil before it has run
}

// Name is what an item goes by; no other has it.
func (i Item) Name() string {
	critic := ""
	if i.Critic != "" {
		critic = " " + string(i.Critic)
	}
	return fmt.Sprintf("%s %s%s, seed %d", i.Part, i.Estimator, critic, i.Seed)
}

// Same reports whether another item asks the same.
func (i Item) Same(other Item) bool {
	return i.Name() == other.Name() && i.K == other.K && i.Steps == other.Steps
}

// kindsSteps is how many times as long a step of the staircase is trained for as a task of a
// kind.
const kindsSteps = 4

// kinds are tasks of each family.
var kinds = []string{
	"normal", "uniform-normal", "bimodal-normal", "wiggly-normal", "half-cube-normal", "additive-0.1", "additive-0.75", "swiss-roll-uniform-normal",
	"student-1-1", "asinh-student-1-1", "student-5-2", "dense-5", "dense-50", "pairs-25", "spiral-uniform-pairs-3",
	"vmf-16-20", "vmf-64-50", "vmf-512-1024", "poles-16-5", "classes-8-0.5", "classes-32-0.1",
	"rows-2", "rows-4", "rows-8", "rows-4-pooled", "rows-4-twice",
}

// Items lists the bench: every estimator with its usual critic, and InfoNCE with each, over
// so many seeds of the staircase. The concatenated critic, which costs some 25 times as much as
// the separable one, and the kinds, which are many, have one.
func Items(parts []Part, seeds, steps int) (list []Item) {
	for _, part := range parts {
		for _, e := range Estimators() {
			critics := e.Critics()
			switch {
			case critics == nil:
				critics = []Critic{""}
			case part == Kinds && e.density != nil:
				// each where it fits
			case e.Name != "infonce":
				critics = critics[:1]
			case part == Cubed:
				critics = []Critic{Separable, Bilinear}
			case part == Kinds:
				critics = []Critic{Separable, Directions}
			default:
				critics = []Critic{Separable, Bilinear, Concatenated}
			}
			for _, c := range critics {
				for seed := range seeds {
					if (c == Concatenated || part == Kinds) && seed > 0 {
						continue
					}
					list = append(list, newItem(part, e, c, uint64(seed), steps))
				}
			}
		}
	}
	return list
}

func newItem(part Part, e Estimator, c Critic, seed uint64, steps int) Item {
	i := Item{Part: part, Estimator: e.Name, Critic: c, Seed: seed, K: UsualK, Steps: steps}
	if c == "" {
		i.K, i.Steps = usualPairs, 0
	} else if part == Kinds {
		i.Steps = (steps + kindsSteps - 1) / kindsSteps
	}
	return i
}

// tasks are those of the item's part.
func (i Item) tasks() (list []Task) {
	steps := staircase()
	half := len(steps) / 2
	switch i.Part {
	case Staircase:
		return steps[:half]
	case Cubed:
		return steps[half:]
	}
	for _, t := range Tasks() {
		fits := i.Critic != Directions || t.Kappa > 0
		if slices.Contains(kinds, t.Name) && fits {
			list = append(list, t)
		}
	}
	return list
}
