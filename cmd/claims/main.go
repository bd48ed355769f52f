// Command claims says what came of the ER paper's claims (docs/paper.md) in the results
// that are committed: Table 2 in miniature, and a verdict for each claim.
//
//	go run ./cmd/claims
//
// It writes Markdown, which docs/paper.md has word for word. Figures of runs that have not
// been made are dashes, and a verdict on fewer seeds than planned says so.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"entrec/mvssl/sweep"
)

func main() {
	if newCommand().Execute() != nil {
		os.Exit(1) // cobra has said why
	}
}

func newCommand() *cobra.Command {
	var sweeps, results string
	c := &cobra.Command{
		Use: "claims", Short: "What came of the ER paper's claims",
		SilenceUsage: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := read(sweeps, results)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), found.table2(), "\n", found.verdicts())
			return err
		},
	}
	c.Flags().StringVar(&sweeps, "sweeps", "docs/sweeps", "the folder of the paper's sweep files")
	c.Flags().StringVar(&results, "results", "docs/results", "the folder with the results of the sweeps, each in a folder of its name")
	return c
}

// stage is a sweep of the experiment. One of which nothing was made has no result.
type stage struct {
	*sweep.Result
	ended []sweep.Ended
	seeds int // planned
}

// experiment are the stages that claims are about.
type experiment struct{ batch, ema, simclr, collapse stage }

// read reads the stages: the files in one folder, what came of them in another.
func read(sweeps, results string) (e experiment, err error) {
	for name, to := range map[string]*stage{"paper-batch": &e.batch, "paper-ema": &e.ema, "paper-simclr": &e.simclr, "paper-collapse": &e.collapse} {
		file, err := sweep.Read(filepath.Join(sweeps, name+".json"))
		if err != nil {
			return e, err
		}
		to.seeds = len(file.Seeds)
		dir := filepath.Join(results, name)
		plan, err := sweep.ReadCollected(file, dir)
		if err != nil {
			return e, err
		}
		if plan == nil {
			continue // nothing of it has been made
		}
		if to.Result, err = plan.Read(dir); err != nil {
			return e, err
		}
		if to.ended, err = plan.Ended(dir); err != nil {
			return e, err
		}
	}
	return e, nil
}

// made reports whether the stage has been begun.
func (s stage) made() bool { return s.Result != nil }

// cell returns what a column says of a row, nil where it has not been made.
func (s stage) cell(label, column string) *sweep.Estimate {
	if !s.made() {
		return nil
	}
	row := slices.IndexFunc(s.Rows, func(r sweep.ResultRow) bool {
		return sweep.Planned{Method: r.Method, Setting: r.Setting}.Label() == label
	})
	return s.Rows[row].Cells[slices.Index(s.Columns, column)]
}

// comparison returns a pair or contrast by its name; it has no difference where it has not
// been made.
func (s stage) comparison(name string) sweep.Comparison {
	if !s.made() {
		return sweep.Comparison{Name: name}
	}
	all := slices.Concat(s.Compared, s.Contrast)
	return all[slices.IndexFunc(all, func(c sweep.Comparison) bool { return c.Name == name })]
}
