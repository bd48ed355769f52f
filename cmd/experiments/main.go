// Command experiments trains what the tables on CIFAR-10 in docs/results.md show, and prints
// the tables:
//
//	go run ./cmd/experiments --data DIR short    # every method, 8,000 images, 8 epochs, two seeds
//	go run ./cmd/experiments --data DIR long     # six methods, all images, 20 epochs
//	go run ./cmd/experiments --data DIR claim    # small batches and fast targets, with ER and without
//	go run ./cmd/experiments --data DIR er       # entropy and reconstruction of all kinds, on images held out
//
// Each run is an entrec train of its own, on one thread, as many at a time as --jobs
// says; the results depend on neither. A run that has ended is not repeated and one
// that was interrupted goes on, so the command can be stopped and started again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"entrec/mvssl/runs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "experiments:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	data, out, only string
	jobs            int
	report          bool
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	flags := flag.NewFlagSet("experiments", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.data, "data", "cifar10", "CIFAR-10, as entrec train --data takes it")
	flags.StringVar(&s.out, "out", filepath.Join("runs", "experiments"), "folder of the runs")
	flags.StringVar(&s.only, "only", "", "methods to run, as in byol,byol-er (default all)")
	flags.IntVar(&s.jobs, "jobs", runtime.NumCPU(), "runs at a time")
	flags.BoolVar(&s.report, "report", false, "train nothing; print the table of what there is")
	if err := flags.Parse(args); err != nil {
		return err
	}
	t, ok := tables[flags.Arg(0)]
	s.out = filepath.Join(s.out, flags.Arg(0))
	if !ok || flags.NArg() != 1 {
		return fmt.Errorf("found %q, expected the name of one table: short, long, claim or er", strings.Join(flags.Args(), " "))
	}
	if s.jobs < 1 {
		return fmt.Errorf("--jobs %d must be at least 1", s.jobs)
	}
	if s.only != "" {
		t.rows = slices.DeleteFunc(slices.Clone(t.rows), func(r row) bool { return !slices.Contains(strings.Split(s.only, ","), r.method) })
		for _, method := range strings.Split(s.only, ",") {
			if !slices.ContainsFunc(t.rows, func(r row) bool { return r.method == method }) {
				return fmt.Errorf("--only: found %q, expected methods of the table %s", method, flags.Arg(0))
			}
		}
	}
	if !s.report {
		if err := trainAll(ctx, t, s, stderr); err != nil {
			return err
		}
	}
	return t.write(stdout, func(r row, seed int) *runs.History {
		h, err := runs.ReadHistory(filepath.Join(s.out, r.folder(seed)))
		if err != nil || h.Summary == nil {
			return nil
		}
		return h
	})
}

// trainAll makes the runs of a table that have not ended yet.
func trainAll(ctx context.Context, t table, s settings, log io.Writer) error {
	dir, err := os.MkdirTemp("", "experiments-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	entrec := filepath.Join(dir, "entrec")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", entrec, "entrec/cmd/entrec").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.jobs)
	for seed := range t.seeds {
		for _, r := range t.rows {
			out := filepath.Join(s.out, r.folder(seed))
			args := slices.Concat([]string{"train", "--data", s.data, "--out", out, "--threads", "1", "--json",
				"--method", r.method, "--seed", strconv.Itoa(seed)}, t.flags, r.flags)
			if h, err := runs.ReadHistory(out); err == nil { // a run began here
				if h.Summary != nil {
					continue
				}
				args = append(args, "--resume")
			}
			group.Go(func() error {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				fmt.Fprintln(log, "entrec", strings.Join(args, " "))
				cmd := exec.CommandContext(ctx, entrec, args...)
				cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it writes a checkpoint
				var why strings.Builder
				cmd.Stderr = &why
				if err := cmd.Run(); err != nil {
					return fmt.Errorf("%s: %w: %s", out, err, lastLine(why.String()))
				}
				return nil
			})
		}
	}
	return group.Wait()
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
