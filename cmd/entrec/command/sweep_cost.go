package command

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// costSteps is how many steps of a row are measured.
const costSteps = 3

// printCost measures some steps of each row, and prints what all runs take in core-hours.
// Rows whose steps are the same are measured once.
func printCost(cmd *cobra.Command, p *sweep.Plan) error {
	threads := p.File.Resources.Threads
	tensor.SetThreads(threads)
	measured := map[string]float64{} // milliseconds of a step
	total := 0.0
	for i, row := range p.Rows {
		c := p.Runs[i].Config
		key, err := json.Marshal([]any{c.Model, c.Batch, c.Precision, c.Views, c.Recipe.Accumulate})
		if err != nil {
			return failed(err)
		}
		if _, ok := measured[string(key)]; !ok {
			res, err := train.Bench(cmd.Context(), c, costSteps)
			if err != nil {
				return failed(err)
			}
			measured[string(key)] = res.MSPerStep
		}
		const perHour = 3600 * 1000
		hours := measured[string(key)] * float64(c.TotalSteps()) * float64(threads) / perHour
		total += hours * float64(len(p.File.Seeds))
		fmt.Fprintf(cmd.OutOrStdout(), "%8.2f core-hours a run  %s\n", hours, row.Label())
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%8.2f core-hours for %d runs, steps alone: evaluations come on top\n", total, len(p.Runs))
	return nil
}
