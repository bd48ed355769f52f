package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"entrec/internal/about"
	"entrec/internal/lock"
	"entrec/mvssl/runs"
	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// sweepRunFlags are the flags of sweep run.
type sweepRunFlags struct {
	sweepFlags
	index, jobs, threads int
	all                  bool
}

func newSweepRun() *cobra.Command {
	var f sweepRunFlags
	cmd := &cobra.Command{
		Use:   "run SWEEP.json",
		Short: "Make one run of a sweep, or all",
		Long: `Make the run of a number, or all of them. A run that is done is left alone, one
that was interrupted goes on, and any number of processes can do this at once.
Exit codes: 0 done; 1 failed, and may be tried again; 2 asked wrongly; 4 a
figure was not finite, which it would be again; 75 after SIGUSR1, with a
checkpoint: run it again; 76 another process makes this run; 130, 143 ended by
Ctrl-C or SIGTERM, with a checkpoint. --all goes on past runs that fail.`,
		Example: "  entrec sweep run sweep.json --all --jobs 2\n  entrec sweep run sweep.json --index 17 --out /shared/sweep",
	}
	f.add(cmd)
	fs := cmd.Flags()
	fs.IntVar(&f.index, "index", 0, "number of the run, from 0")
	fs.BoolVar(&f.all, "all", false, "make all runs, each in a process of its own")
	fs.IntVar(&f.jobs, "jobs", 0, "how many runs at a time with --all (default as many as there are processors for)")
	fs.IntVar(&f.threads, "threads", 0, "threads of a run; results do not depend on them (default: as the file says, or a Slurm task has)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case f.all == cmd.Flags().Changed("index"):
			return errors.New("--index N makes one run and --all makes all: expected one of them")
		case cmd.Flags().Changed("threads") && f.threads < 1:
			return fmt.Errorf("--threads: found %d, expected at least 1", f.threads)
		case cmd.Flags().Changed("jobs") && !f.all:
			return errors.New("--jobs: found it beside --index, which makes one run, expected it beside --all")
		case cmd.Flags().Changed("jobs") && f.jobs < 1:
			return fmt.Errorf("--jobs: found %d, expected at least 1", f.jobs)
		}
		means(cmd.Context(), func(cause error) error { return f.interrupted(cause, args[0]) })
		p, err := f.plan(cmd, args[0])
		if err != nil {
			return err
		}
		if !f.all && (f.index < 0 || f.index >= len(p.Runs)) {
			return fmt.Errorf("--index: found %d, expected 0 to %d", f.index, len(p.Runs)-1)
		}
		if f.threads == 0 {
			f.threads = p.File.Resources.Threads
			if os.Getenv(slurmThreads) != "" {
				f.threads = tensor.Threads()
			}
		}
		if err := p.Keep(f.out); err != nil {
			return failed(err)
		}
		if f.all {
			return f.runAll(cmd, args[0], p)
		}
		return f.runOne(cmd, p, p.Runs[f.index])
	}
	return cmd
}

// runOne makes a run, or goes on with it.
func (f *sweepRunFlags) runOne(cmd *cobra.Command, p *sweep.Plan, r sweep.Run) error {
	folders, err := sweep.FindFolders(f.out)
	if err != nil {
		return failed(err)
	}
	dir := folders.Of(f.out, r)
	if h, err := sweep.ReadRun(dir); err == nil && h.Summary != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s is done\n", dir)
		return nil
	}
	if last, err := sweep.ReadFailure(dir); err == nil && last.Final() {
		return failure{fmt.Errorf("%s: %s: found a failure that would come again, expected none: entrec train --overwrite, or another folder, makes the run anew", dir, last.Error), exitNotFinite}
	}
	split, err := p.Split(r)
	if err != nil {
		return err
	}
	level := levelFlag{p.File.SIMD}
	goesOn := ""
	if _, ok := folders[r.SHA256]; ok {
		goesOn = dir
	}
	if err := level.force(goesOn, cmd.ErrOrStderr()); err != nil {
		return err
	}
	tensor.SetThreads(f.threads)
	ctx := cmd.Context()
	defer hold(ctx)()
	progress := newTrainProgress(cmd.ErrOrStderr(), r.Config, split)
	defer progress.end()
	forget := func() error { return sweep.ForgetFailure(dir) }
	draw := func(train.Summary) error {
		h, err := runs.ReadHistory(dir)
		if err == nil {
			_, err = writePlots(dir, []*runs.History{h})
		}
		return errors.Join(err, forget())
	}
	_, err = train.Run(ctx, r.Config, split, train.Options{Out: dir, Resume: true, AnyLevel: level.name == train.AnyLevel, Report: progress.report, Advanced: forget, Ended: draw})
	progress.end()
	if err == nil {
		return nil
	}
	return f.ended(ctx, cmd.ErrOrStderr(), p.File, r, dir, err)
}

// ended says what the error of a run means for who asked for it, and keeps that of one
// that failed.
func (f *sweepRunFlags) ended(ctx context.Context, stderr io.Writer, file *sweep.File, r sweep.Run, dir string, err error) error {
	var held *lock.Held
	var lost *lock.Lost
	code := exitFailed
	switch {
	case errors.As(err, &held), errors.As(err, &lost):
		return failure{err, exitHeld}
	case errors.Is(err, train.ErrNoProgress) && errors.Is(context.Cause(ctx), Interrupted{nearlyUp}):
		err = errTooShort
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		if errors.Is(context.Cause(ctx), Interrupted{nearlyUp}) {
			requeue(stderr, file.Resources.Attempts)
		}
		return failed(interruption{context.Cause(ctx), goOnWith(r.Index)})
	case errors.Is(err, train.ErrNotFinite):
		code = exitNotFinite
	}
	return failure{errors.Join(err, sweep.Failure{Error: oneLine(err), Code: code, Host: about.Host()}.Write(dir)), code}
}

// goOnWith says what goes on with a run.
func goOnWith(index int) string { return fmt.Sprintf("; entrec sweep run --index %d goes on", index) }

// interrupted says what it means that the command was interrupted before it held a run: a run
// that was told then that time is nearly up has failed, which its folder tells where it is
// known without the data.
func (f *sweepRunFlags) interrupted(cause error, path string) error {
	switch {
	case f.all:
		return failed(interruption{cause, allGoOn})
	case !errors.Is(cause, Interrupted{nearlyUp}):
		return failed(interruption{cause, goOnWith(f.index)})
	}
	return failed(errors.Join(errTooShort, f.reportTooShort(path)))
}

// reportTooShort keeps [errTooShort] in the run's folder.
func (f sweepRunFlags) reportTooShort(path string) error {
	file, err := f.read(path)
	if err != nil {
		return err
	}
	p, ok, err := sweep.ReadPlan(file, f.out)
	if err != nil || !ok || f.index < 0 || f.index >= len(p.Runs) {
		return err
	}
	return f.report(p.Runs[f.index], errTooShort.Error())
}

// report keeps why a run failed that no process makes any more.
func (f sweepRunFlags) report(r sweep.Run, why string) error {
	folders, err := sweep.FindFolders(f.out)
	if err != nil {
		return err
	}
	return sweep.Failure{Error: why, Code: exitFailed, Host: about.Host()}.Report(folders.Of(f.out, r))
}

// errTooShort is the error of a run that was told that time is nearly up before it had done
// anything that lasts.
var errTooShort = fmt.Errorf("%w before time was nearly up: expected a longer limit, or a later warning", train.ErrNoProgress)

// requeue puts the task of a Slurm array back into its queue, unless it was there as often
// as it may be. Slurm itself does so with tasks that it preempts, and never with one whose
// time is up.
func requeue(stderr io.Writer, attempts int) {
	array, task := os.Getenv("SLURM_ARRAY_JOB_ID"), os.Getenv("SLURM_ARRAY_TASK_ID")
	if array == "" || task == "" {
		return
	}
	restarts, _ := strconv.Atoi(os.Getenv("SLURM_RESTART_COUNT"))
	if restarts+1 >= attempts {
		fmt.Fprintf(stderr, "not requeued: %d attempts were made, as many as the file allows\n", restarts+1)
		return
	}
	job := array + "_" + task // SLURM_JOB_ID may be the whole array's
	if out, err := exec.Command("scontrol", "requeue", job).CombinedOutput(); err != nil {
		fmt.Fprintf(stderr, "scontrol requeue %s: %v: %s\n", job, err, oneLine(errors.New(strings.TrimSpace(string(out)))))
		return
	}
	fmt.Fprintf(stderr, "requeued as %s\n", job)
}

// runAll makes all runs that are not done, some at a time, each in a process of its own.
// It goes on past those that fail, and waits for those that other processes make.
func (f *sweepRunFlags) runAll(cmd *cobra.Command, path string, p *sweep.Plan) error {
	states, err := p.States(f.out)
	if err != nil {
		return failed(err)
	}
	self, err := os.Executable()
	if err != nil {
		return failed(err)
	}
	jobs := f.jobs
	if jobs == 0 {
		jobs = max(1, runtime.GOMAXPROCS(0)/f.threads)
	}
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	defer hold(ctx)()
	var mu sync.Mutex
	var failures []string
	ended, todo := 0, []int(nil)
	for _, s := range states {
		if s.Where != sweep.Done {
			todo = append(todo, s.Run)
		}
	}
	for left := todo; len(left) > 0 && ctx.Err() == nil; {
		var held []int
		var group errgroup.Group
		group.SetLimit(jobs)
		for _, i := range left {
			group.Go(func() error {
				if ctx.Err() != nil {
					return nil
				}
				code, line := f.runChild(ctx, self, path, p.Runs[i])
				mu.Lock()
				defer mu.Unlock()
				if code == exitHeld {
					held = append(held, i)
					return nil
				}
				if ctx.Err() != nil {
					return nil
				}
				ended++
				what := fmt.Sprintf("run %d, %s, seed %d", i, p.Runs[i].Row, p.Runs[i].Seed)
				if code != exitDone {
					what += ": " + line
					failures = append(failures, what)
				}
				fmt.Fprintf(stderr, "%d of %d %s: %s\n", ended, len(todo), map[bool]string{true: "done", false: "failed"}[code == exitDone], what)
				return nil
			})
		}
		_ = group.Wait()
		slices.Sort(held)
		if left = held; len(held) > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(heldPause):
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		return failed(interruption{context.Cause(ctx), allGoOn})
	case len(failures) > 0:
		return failed(fmt.Errorf("%d of %d runs failed, the first: %s", len(failures), len(p.Runs), failures[0]))
	}
	return nil
}

// allGoOn says what goes on with all runs.
const allGoOn = "; the same command goes on"

// heldPause is how long runAll waits before it looks again whether other processes have
// made their runs.
const heldPause = time.Second

// runChild makes a run in a process of its own and returns its exit code and why it failed:
// the error that it said, or else how it ended, which is kept where it was killed.
func (f *sweepRunFlags) runChild(ctx context.Context, self, path string, r sweep.Run) (code int, why string) {
	args := []string{"sweep", "run", path, "--index", strconv.Itoa(r.Index), "--out", f.out, "--threads", strconv.Itoa(f.threads)}
	args = append(args, f.sweepFlags.args()...)
	runtime.LockOSThread() // see leash
	defer runtime.UnlockOSThread()
	child := exec.Command(self, args...)
	leash(child)
	var stderr strings.Builder
	child.Stderr = &stderr
	if err := child.Start(); err != nil {
		return exitFailed, err.Error()
	}
	done := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
			_ = child.Process.Signal(os.Interrupt) // it writes a checkpoint
		case <-done:
		}
	}()
	_ = child.Wait()
	close(done)
	if child.ProcessState.Exited() {
		return child.ProcessState.ExitCode(), reason(child.ProcessState, stderr.String())
	}
	why = ending(child.ProcessState)
	if ctx.Err() == nil {
		if err := f.report(r, why); err != nil {
			why += "; " + oneLine(err)
		}
	}
	return exitFailed, why
}

// reason is the error that a process said last, or else how it ended.
func reason(s *os.ProcessState, stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if line, ok := strings.CutPrefix(lines[len(lines)-1], "entrec: "); ok {
		return line
	}
	return ending(s)
}

// ending says how a process ended that did not say why.
func ending(s *os.ProcessState) string {
	text := "ended by " + s.String()
	if strings.Contains(text, "signal: killed") {
		text += " (out of memory?)"
	}
	return text
}
