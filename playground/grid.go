package playground

import (
	"entrec/internal/message"
	"entrec/mvssl/objective"
)

// The settings that the grid goes through.
var (
	gridKappas  = []float64{2, 5, 10, 20, 50}
	gridWeights = []float64{0, 0.1, 0.5, 1}
)

const gridSteps = 200

// grid: a network for each κ and weight of the entropy, all measured by the same bells.
var grid = &Exhibit{
	Name:     "grid",
	Controls: []Control{{"measure", []string{"information", "entropy", "reconstruction", "neighbors"}, "information"}},
	Steps:    gridSteps * len(gridKappas) * len(gridWeights), every: gridSteps,
	open: func(s setting) stage { return &cells{measure: s["measure"]} },
}

// cells is the networks that were trained so far, and the one that is.
type cells struct {
	measure string
	*training
	numbers []Number
}

func (c *cells) step() {
	n := len(c.numbers)
	kappa, weight := gridKappas[n%len(gridKappas)], gridWeights[n/len(gridKappas)]
	if c.training == nil {
		c.training = newTraining(options{batch: batchSize, steps: gridSteps, width: outputs}, er(kappa, weight, objective.Include))
	}
	c.training.step()
	if c.done == gridSteps {
		index := map[string]int{"entropy": 0, "reconstruction": 1, "information": 2, "neighbors": 3}[c.measure]
		number := c.training.look().Numbers[index]
		number.Name = message.Sprintf("κ %v, weight %v", kappa, weight)
		c.numbers = append(c.numbers, number)
		if n+1 < len(gridKappas)*len(gridWeights) {
			c.training = nil
		}
	}
}

func (c *cells) look() Look {
	return Look{Numbers: c.numbers}
}
