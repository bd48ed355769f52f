package command

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// lookFlags are the flags of commands that look at a run's encoder through a data
// set.
type lookFlags struct {
	data, url string
	threads   int
	skipBad   bool
	json      bool
}

func (f *lookFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.data, "data", "", "data set: a name or a path (default: the run's, and its subset)")
	fs.StringVar(&f.url, "data-url", "", "fetch the data set from this mirror")
	fs.IntVar(&f.threads, "threads", tensor.Threads(), "threads; results do not depend on them")
	fs.BoolVar(&f.skipBad, "skip-bad", false, "pass over unreadable images in a folder")
	fs.BoolVar(&f.json, "json", false, "print one JSON object")
}

// load returns the configuration of the run in a folder, and the data.
func (f *lookFlags) load(cmd *cobra.Command, run string) (train.Config, *data.Split, error) {
	if f.threads < 1 {
		return train.Config{}, nil, fmt.Errorf("--threads %d must be at least 1", f.threads)
	}
	tensor.SetThreads(f.threads)
	cfg, err := train.ReadConfig(filepath.Join(run, "config.json"), train.Config{})
	if err != nil {
		return cfg, nil, failed(err)
	}
	from := cfg
	if f.data != "" {
		from.Data, from.Subset = f.data, 0
	}
	split, err := load(cmd.Context(), cmd.ErrOrStderr(), from, data.Options{URL: f.url, SkipBad: f.skipBad})
	return cfg, split, err
}
