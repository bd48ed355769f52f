package playground

import "entrec/mvssl/objective"

// forces: reconstruction pulls the views of a thing together, entropy pushes things apart.
var forces = &Exhibit{
	Name:     "forces",
	Controls: []Control{{"weight", []string{"0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"}, "1"}},
	Steps:    200, every: 10,
	open: func(s setting) stage {
		return newTraining(options{batch: batchSize, steps: 200, width: outputs}, er(viewKappa, s.number("weight"), objective.Include))
	},
}
