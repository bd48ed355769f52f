package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"entrec/internal/printable"
	"entrec/mvssl/data"
)

// loadFlags are the flags of commands that load a data set, beside its name.
type loadFlags struct {
	url     string
	skipBad bool
	memory  sizeFlag
}

func (f *loadFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.url, "data-url", "", "fetch the data set from this mirror")
	fs.BoolVar(&f.skipBad, "skip-bad", false, "pass over unreadable images")
	fs.Var(&f.memory, "memory", "most memory for images, such as 8G, 512M or 2GiB (default half of the machine's)")
	for _, flag := range []string{"data-url", "skip-bad", "memory"} {
		group(cmd, flag, groupData)
	}
}

// args returns the flags as they were given.
func (f *loadFlags) args() (args []string) {
	if f.url != "" {
		args = append(args, "--data-url", f.url)
	}
	if f.skipBad {
		args = append(args, "--skip-bad")
	}
	if f.memory.bytes > 0 {
		args = append(args, "--memory", strconv.FormatInt(f.memory.bytes, 10))
	}
	return args
}

// load loads a data set.
func (f *loadFlags) load(ctx context.Context, stderr io.Writer, nameOrPath string) (*data.Split, error) {
	progress := newLoadProgress(stderr, nameOrPath)
	split, err := data.Load(ctx, nameOrPath, data.Options{
		URL: f.url, SkipBad: f.skipBad, Memory: f.memory.bytes,
		Note: progress.print, Progress: progress.fetching, Reading: progress.phase,
	})
	progress.end()
	var unknown *data.UnknownError
	var short *data.MemoryError
	switch {
	case errors.As(err, &unknown):
		return nil, fmt.Errorf("%w%s", err, meant(nameOrPath, data.Names()))
	case errors.As(err, &short):
		return nil, failed(fmt.Errorf("%w; --memory SIZE allows more (--subset does not help: the whole set is loaded first)", err))
	case err != nil && ctx.Err() != nil && progress.fetched:
		return nil, failed(interruption{err, "; the same command goes on with the download"})
	case err != nil:
		return nil, failed(err)
	}
	switch n := len(split.Skipped); n {
	case 0:
	case 1:
		progress.print("passed over 1 unreadable image, " + printable.Text(split.Skipped[0]))
	default:
		progress.print(fmt.Sprintf("passed over %d unreadable images, the first %s", n, printable.Text(split.Skipped[0])))
	}
	return split, nil
}

// loadOwn loads the data of a run from where its configuration says that they are.
func (f *loadFlags) loadOwn(ctx context.Context, stderr io.Writer, nameOrPath, run string) (*data.Split, error) {
	split, err := f.load(ctx, stderr, nameOrPath)
	var gone *data.UnknownError
	if errors.As(err, &gone) {
		return nil, failed(fmt.Errorf("%s: found nothing at %s, expected the data of the run: --data takes their new place", run, printable.Word(nameOrPath)))
	}
	return split, err
}

// sizeFlag is a number of bytes.
type sizeFlag struct {
	text  string
	bytes int64 // 0 where none is given
}

// sizeUnits are those of sizes: powers of 1024 as a rule, of 1000 where they are written
// as such.
var sizeUnits = []struct {
	names string
	bytes int64
}{
	{"B", 1}, {"K KiB", 1 << 10}, {"M MiB", 1 << 20}, {"G GiB", 1 << 30}, {"T TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
}

// Set takes a number of bytes, with a unit or without.
func (s *sizeFlag) Set(text string) error {
	digits := strings.TrimRight(text, "BbKkMmGgTti ")
	unit, scale := strings.TrimSpace(text[len(digits):]), int64(0)
	for _, u := range sizeUnits {
		for _, name := range strings.Fields(u.names) {
			if strings.EqualFold(name, unit) {
				scale = u.bytes
			}
		}
	}
	if unit == "" {
		scale = 1
	}
	n, err := strconv.ParseFloat(digits, 64)
	const most = 1 << 60
	if bytes := n * float64(scale); err == nil && scale > 0 && bytes >= 1 && bytes <= most {
		s.text, s.bytes = text, int64(bytes)
		return nil
	}
	return fmt.Errorf("found %q, expected a number of bytes such as 8G, 512M, 2GiB or 1000000", text)
}

// String returns the size as it was written.
func (s *sizeFlag) String() string { return s.text }

// Type names the value in help.
func (s *sizeFlag) Type() string { return "SIZE" }
