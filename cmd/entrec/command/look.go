package command

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// lookFlags are the flags of commands that look at a run's encoder through a data
// set.
type lookFlags struct {
	loadFlags
	data    string
	threads int
	json    bool
}

func (f *lookFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.data, "data", "", "data set: a name or a path (default: the run's, and its subset)")
	fs.IntVar(&f.threads, "threads", tensor.Threads(), "threads; results do not depend on them")
	fs.BoolVar(&f.json, "json", false, "print one JSON object")
	f.loadFlags.add(cmd)
	completeData(cmd)
}

// check reports flags that cannot be, and sets the number of threads.
func (f *lookFlags) check() error {
	if f.threads < 1 {
		return fmt.Errorf("--threads: found %d, expected at least 1", f.threads)
	}
	tensor.SetThreads(f.threads)
	return nil
}

// look returns the configuration of the run in a folder, and the data: of the run's own,
// also where they have moved, the part that it used, with its test images where part
// says so, of which a set may have none; of others, all, or for [data.Validation] of those
// without test images with some held out. Its own that have changed are told of.
func (f *lookFlags) look(cmd *cobra.Command, run string, part data.Part) (train.Config, *data.Split, error) {
	if err := f.check(); err != nil {
		return train.Config{}, nil, err
	}
	cfg, err := train.ReadConfig(run)
	if err != nil {
		return cfg, nil, failed(err)
	}
	f.skipBad = f.skipBad || cfg.SkipBad
	var full *data.Split
	if f.data == "" {
		full, err = f.loadOwn(cmd.Context(), cmd.ErrOrStderr(), cfg.Data, run)
	} else {
		full, err = f.load(cmd.Context(), cmd.ErrOrStderr(), f.data)
	}
	if err != nil {
		return cfg, nil, err
	}
	holdout, subset := cfg.Holdout, cfg.Subset
	switch changed := cfg.CheckData(full); {
	case f.data != "" && (changed != nil || cfg.DataSHA256 == ""):
		if holdout, subset = 0, nil; full.Test == nil && part == data.Validation {
			holdout, err = train.UsualHoldout(full)
		}
	case changed != nil:
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s: %v\n", run, changed)
	case full.Test == nil && part == data.Test: // nothing is to be held out of all that there is
		holdout = 0
	}
	if err != nil {
		return cfg, nil, failed(err)
	}
	split, err := full.Select(holdout, subset)
	if err == nil && part == data.Test {
		split.Test, split.Part = full.Test, data.Test
	}
	return cfg, split, failed(err)
}

// completeRun lets shells complete a run's folder: those below runs/ or below what is
// typed, and folders where there is none.
func completeRun(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	var found []string
	for _, below := range []string{typed + "*", typed + "*/*", "runs/*", "runs/*/*"} {
		files, err := filepath.Glob(filepath.Join(below, train.ConfigFile))
		if err != nil { // what is typed is no pattern
			continue
		}
		for _, file := range files {
			run := filepath.Dir(file)
			if strings.HasPrefix(run, typed) && !slices.Contains(found, run) && !slices.Contains(args, run) {
				found = append(found, run)
			}
		}
	}
	if found == nil {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	slices.Sort(found)
	return found, cobra.ShellCompDirectiveNoFileComp
}

// partFlag is which images accuracies are of.
type partFlag struct{ data.Part }

// Set takes one of the parts.
func (p *partFlag) Set(text string) error {
	if !slices.Contains([]data.Part{data.Test, data.Validation}, data.Part(text)) {
		return fmt.Errorf("found %q, expected test or val", text)
	}
	p.Part = data.Part(text)
	return nil
}

// String returns the part.
func (p *partFlag) String() string { return string(p.Part) }

// Type names the value in help.
func (p *partFlag) Type() string { return "test|val" }
