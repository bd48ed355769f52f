package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"entrec/internal/files"
	"entrec/mvssl/mi"
	"entrec/tensor"
)

// What mi bench writes in its folder.
const (
	benchFile     = "bench.json"
	benchMarkdown = "table.md"
	benchCSV      = "table.csv"
	benchTable    = "table.json"
)

// miBenchFlags are the flags of mi bench.
type miBenchFlags struct {
	out                   string
	parts, estimators     []string
	seeds, steps, threads int
	json                  bool
}

func newMIBench() *cobra.Command {
	var f miBenchFlags
	cmd := &cobra.Command{
		Use:   "bench --out DIR",
		Short: "Ask every estimator of tasks whose mutual information is known",
		Long: `Ask every estimator of tasks whose mutual information is known: of the
staircase of 2 to 10 nats (steps), of the same with Y cubed (cubed), and of
tasks of each kind (kinds). The folder gets bench.json, from which the same
command goes on after an interruption, and the table as table.md, table.csv
and table.json: bias, variance and error in nats.`,
		Example: "  entrec mi bench --out bench\n  entrec mi bench --out bench --only steps --estimators infonce,nwj --seeds 1",
		Args:    cobra.NoArgs,
	}
	var parts []string
	for _, p := range mi.Parts() {
		parts = append(parts, string(p))
	}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "folder for what comes out")
	flags.StringSliceVar(&f.parts, "only", parts, "parts of the bench")
	flags.StringSliceVar(&f.estimators, "estimators", nil, "estimators to ask (default all)")
	flags.IntVar(&f.seeds, "seeds", 2, "seeds of the staircase")
	flags.IntVar(&f.steps, "steps", mi.UsualSteps, "steps of training on each step of the staircase; a quarter on other tasks")
	flags.IntVar(&f.threads, "threads", tensor.Threads(), "threads; results do not depend on them")
	flags.BoolVar(&f.json, "json", false, "print the table as one JSON object")
	complete(cmd, "only", parts)
	complete(cmd, "estimators", estimatorNames())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		items, err := f.items(parts)
		if err != nil {
			return err
		}
		if f.out == "" {
			return usageError{errors.New("--out: found nothing, expected a folder"), cmd.UseLine()}
		}
		if err := checkFolder("--out", f.out); err != nil {
			return err
		}
		done, err := f.done(items)
		if err != nil {
			return err
		}
		if err := f.run(cmd, items, done); err != nil {
			return err
		}
		return f.report(cmd, done)
	}
	return cmd
}

// items are what the flags ask for.
func (f *miBenchFlags) items(known []string) ([]mi.Item, error) {
	switch {
	case len(f.parts) == 0:
		return nil, fmt.Errorf("--only: found nothing, expected some of %s", strings.Join(known, ", "))
	case f.estimators != nil && len(f.estimators) == 0:
		return nil, fmt.Errorf("--estimators: found nothing, expected some of %s", strings.Join(estimatorNames(), ", "))
	}
	var parts []mi.Part
	for _, name := range f.parts {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("--only: found %q, expected some of %s", name, strings.Join(known, ", "))
		}
		parts = append(parts, mi.Part(name))
	}
	for _, name := range f.estimators {
		if _, err := mi.FindEstimator(name); err != nil {
			return nil, fmt.Errorf("--estimators: %w%s", err, meant(name, estimatorNames()))
		}
	}
	const most = 100
	switch {
	case f.seeds < 1 || f.seeds > most:
		return nil, fmt.Errorf("--seeds: found %d, expected 1 to %d", f.seeds, most)
	case f.steps < 8 || f.steps > 1_000_000:
		return nil, fmt.Errorf("--steps: found %d, expected 8 to 1000000", f.steps)
	case f.threads < 1:
		return nil, fmt.Errorf("--threads: found %d, expected at least 1", f.threads)
	}
	var items []mi.Item
	for _, i := range mi.Items(parts, f.seeds, f.steps) {
		if f.estimators == nil || slices.Contains(f.estimators, i.Estimator) {
			items = append(items, i)
		}
	}
	return items, nil
}

// done reads what the folder holds of earlier: items that the flags do not ask for stay. It
// refuses a folder whose items were asked with other settings, and one without a record that
// holds a file of a table's name.
func (f *miBenchFlags) done(items []mi.Item) (*mi.Record, error) {
	path := filepath.Join(f.out, benchFile)
	r, err := mi.ReadRecord(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &r, f.spareTables()
	case err != nil:
		return nil, failed(err)
	}
	for _, old := range r.Items {
		for _, i := range items {
			if old.Name() == i.Name() && !old.Same(i) {
				return nil, fmt.Errorf("%s: found %s with %d steps and k = %d, expected %d and %d: another --out, or the same --steps", path, i.Name(), old.Steps, old.K, i.Steps, i.K)
			}
		}
	}
	return &r, nil
}

// spareTables reports a file that a table would be written over.
func (f *miBenchFlags) spareTables() error {
	for _, name := range []string{benchMarkdown, benchCSV, benchTable} {
		path := filepath.Join(f.out, name)
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("--out: %s is there already, without a %s, and was not written by this command: remove it, or choose another folder", path, benchFile)
		}
	}
	return nil
}

// run runs the items that the record lacks, a group a thread, and adds them to it.
func (f *miBenchFlags) run(cmd *cobra.Command, items []mi.Item, record *mi.Record) error {
	var left []mi.Item
	for _, i := range items {
		if !slices.ContainsFunc(record.Items, i.Same) {
			left = append(left, i)
		}
	}
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return failed(err)
	}
	tensor.SetThreads(1) // a training is too small to be shared
	progress := newScreen(cmd.ErrOrStderr())
	defer progress.end()
	ctx, stop := context.WithCancelCause(cmd.Context())
	defer stop(nil)
	queue := make(chan mi.Group)
	var mu sync.Mutex
	var workers sync.WaitGroup
	finished := len(items) - len(left)
	for range f.threads {
		workers.Go(func() {
			for g := range queue {
				mu.Lock()
				what := fmt.Sprintf("%d of %d done; %s", finished, len(items), g.Name())
				mu.Unlock()
				ran, err := g.Run(ctx, func(done, total int) { progress.phase(what, done, total) })
				mu.Lock()
				if err == nil {
					finished += len(ran)
					record.Items = append(record.Items, ran...)
					err = f.write(benchFile, record)
				}
				if err != nil {
					stop(err)
				}
				mu.Unlock()
			}
		})
	}
	for _, g := range mi.Groups(left) {
		if ctx.Err() != nil {
			break
		}
		queue <- g
	}
	close(queue)
	workers.Wait()
	switch {
	case cmd.Context().Err() != nil:
		return failed(interruption{context.Cause(cmd.Context()), "; the same command goes on"})
	case ctx.Err() != nil:
		return failed(context.Cause(ctx))
	}
	return nil
}

// write writes a value as indented JSON into the folder.
func (f *miBenchFlags) write(name string, v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return files.Write(filepath.Join(f.out, name), append(text, '\n'))
}

// benchTables is the table as JSON.
type benchTables struct {
	Rows []mi.Row `json:"rows"`
}

// report orders the record, writes the tables and prints one.
func (f *miBenchFlags) report(cmd *cobra.Command, record *mi.Record) error {
	order := map[string]int{}
	const most = 100
	for n, i := range mi.Items(mi.Parts(), most, f.steps) {
		order[i.Name()] = n
	}
	slices.SortStableFunc(record.Items, func(a, b mi.Item) int { return order[a.Name()] - order[b.Name()] })
	rows := mi.Rows(record.Items)
	var asCSV bytes.Buffer
	err := mi.WriteCSV(&asCSV, rows)
	markdown := mi.Markdown(rows)
	for _, step := range []func() error{
		func() error { return f.write(benchFile, record) },
		func() error { return f.write(benchTable, benchTables{rows}) },
		func() error { return files.Write(filepath.Join(f.out, benchCSV), asCSV.Bytes()) },
		func() error { return files.Write(filepath.Join(f.out, benchMarkdown), []byte(markdown)) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		return failed(err)
	}
	if f.json {
		return printJSON(cmd, benchTables{rows})
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), markdown)
	return failed(err)
}
