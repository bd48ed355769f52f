package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/internal/printable"
	"entrec/mvssl/sweep"
)

func newSweepSubmit() *cobra.Command {
	var f sweepFlags
	var slurm, k8s, parallel, onlyMissing bool
	var job sweep.Job
	cmd := &cobra.Command{
		Use:   "submit SWEEP.json",
		Short: "Print what a scheduler takes: a script or a manifest",
		Long: `Print what makes the runs of a sweep: a script for Slurm's sbatch or for GNU
parallel, or a manifest for kubectl. Nothing is submitted: look at it, then pipe
it on.

A job of Kubernetes starts all runs, of which those that are done end at once.
That of --missing has a name of its own, since a job that has ended is not begun
again.`,
		Example: "  entrec sweep submit --slurm sweep.json --out /shared/sweep\n  entrec sweep submit --k8s --image example.org/entrec sweep.json",
	}
	f.add(cmd)
	fs := cmd.Flags()
	fs.BoolVar(&slurm, "slurm", false, "a script for sbatch: an array of a task for each run")
	fs.BoolVar(&k8s, "k8s", false, "a manifest for kubectl: an indexed job")
	fs.BoolVar(&parallel, "parallel", false, "a script for GNU parallel")
	fs.BoolVar(&onlyMissing, "missing", false, "only runs that are not done and that nobody makes")
	fs.IntVar(&job.Part, "part", 0, fmt.Sprintf("which part, from 0, of a sweep of more than %d runs, for Slurm (default the first with runs to make)", sweep.MaxArray))
	fs.StringVar(&job.Image, "image", "", "container with entrec, for Kubernetes")
	fs.IntVar(&job.Jobs, "jobs", 16, "pods at a time, for Kubernetes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		chosen := map[sweep.Scheduler]bool{sweep.Slurm: slurm, sweep.Kubernetes: k8s, sweep.Parallel: parallel}
		var to sweep.Scheduler
		for s, is := range chosen {
			if is && to != "" {
				return errors.New("--slurm, --k8s and --parallel: found more than one, expected one of them")
			}
			if is {
				to = s
			}
		}
		switch {
		case to == "":
			return errors.New("found no scheduler, expected --slurm, --k8s or --parallel")
		case k8s && job.Image == "":
			return errors.New("--k8s needs --image, the container with entrec")
		case job.Jobs < 1:
			return fmt.Errorf("--jobs: found %d, expected at least 1", job.Jobs)
		}
		p, err := f.listed(cmd, args[0])
		if err != nil {
			return err
		}
		if parts := p.Parts(); job.Part < 0 || job.Part >= parts {
			return fmt.Errorf("--part: found %d, expected 0 to %d", job.Part, parts-1)
		}
		if job.Indices, err = f.indices(p, onlyMissing); err != nil {
			return failed(err)
		}
		if parts := sweep.PartsOf(job.Indices); to == sweep.Slurm && !slices.Contains(parts, job.Part) {
			if cmd.Flags().Changed("part") {
				return fmt.Errorf("--part: found %d, of which no run is missing, expected one of %s", job.Part, sweep.Ranges(parts))
			}
			job.Part = parts[0]
		}
		return f.submit(cmd, p, to, job, args[0])
	}
	return cmd
}

// indices returns those of the runs to submit: all, or the missing ones.
func (f *sweepFlags) indices(p *sweep.Plan, onlyMissing bool) (indices []int, err error) {
	states, err := p.States(f.out)
	if err != nil {
		return nil, err
	}
	if onlyMissing {
		if indices = missing(states); len(indices) == 0 {
			return nil, errors.New("no run is missing: all are done or being made")
		}
		return indices, nil
	}
	for _, s := range states {
		indices = append(indices, s.Run)
	}
	return indices, nil
}

// submit prints what submits the runs of a plan, and tells what else there is to know.
func (f *sweepFlags) submit(cmd *cobra.Command, p *sweep.Plan, to sweep.Scheduler, job sweep.Job, path string) (err error) {
	if job.File, err = filepath.Abs(path); err != nil {
		return failed(err)
	}
	if job.Out, err = filepath.Abs(f.out); err != nil {
		return failed(err)
	}
	job.Load = f.args()
	if to != sweep.Kubernetes {
		if job.Command, err = lasting(); err != nil {
			return failed(err)
		}
		if err := os.MkdirAll(filepath.Join(job.Out, "logs"), 0o755); err != nil { // which schedulers do not make
			return failed(err)
		}
		if err := p.Keep(job.Out); err != nil {
			return failed(err)
		}
	}
	if err := p.Submit(cmd.OutOrStdout(), to, job); err != nil {
		return failed(err)
	}
	if parts := sweep.PartsOf(job.Indices); to == sweep.Slurm && len(parts) > 1 {
		fmt.Fprintf(cmd.ErrOrStderr(), "part %d of %s: --part N prints the others\n", job.Part, sweep.Ranges(parts))
	}
	return nil
}

// lasting returns the path of this program, unless it is one that go run removes.
func lasting() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if strings.Contains(self, string(filepath.Separator)+"go-build") {
		return "", fmt.Errorf("found the program of go run, which is gone when the runs begin; expected one that stays: go build -o entrec ./cmd/entrec")
	}
	return printable.Word(self), nil
}
