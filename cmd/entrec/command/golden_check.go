package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"entrec/internal/files"
	"entrec/internal/strictjson"
	"entrec/reference/check"
	"entrec/reference/golden"
	"entrec/reference/large"
	"entrec/reference/report"
	"entrec/reference/suite"
)

// goldenCheck holds the flags of golden check.
type goldenCheck struct {
	exec, backend, mode, profile string
	json, junit, markdown, html  string
	badge                        string
	xfail, baseline, size        string
	ops, cases                   []string
	failed, shard, keep          string
	forward, failFast            bool
	jobs, repeat                 int
	timeout                      time.Duration
}

func newGoldenCheck() *cobra.Command {
	f := &goldenCheck{}
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check a backend against a golden suite",
		Long: `Puts the questions of the suite in DIR, or of this version's, to a backend and
compares its answers. The table has, for each operation, the worst error in
units of its tolerance. The exit code is 1 where any case fails, where none was
run, where nothing of a case is compared, where the suite has no tolerances for
the profile, or where answers are missing that the backend does not say it lacks
(exit code 3, or backend.json in the folder of answers).`,
		Example: "  entrec golden check suite --exec reference/backends/torch/backend.py\n" +
			"  entrec golden check --backend f64 --profile f64 --ops 'er_*'",
		Args: cobra.MaximumNArgs(1),
		RunE: f.run,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.exec, "exec", "", "command of the backend; questions and answers are added to it")
	flags.StringVar(&f.backend, "backend", "", "check one of this project's own instead: f64, f32 or naive")
	flags.StringVar(&f.mode, "mode", "folder", "how the command is called: with a folder of questions, file by file, or once as a server that is asked through pipes")
	flags.StringVar(&f.profile, "profile", "f32", "precision it is held to: f32, tf32, bf16, f16 or f64")
	flags.StringSliceVar(&f.ops, "ops", nil, "check these operations only; globs")
	flags.StringSliceVar(&f.cases, "case", nil, "check these cases only; globs, in which a dot stands for a slash too")
	flags.StringVar(&f.failed, "failed", "", "check the cases only that failed in this report (of --json)")
	flags.StringVar(&f.shard, "shard", "", "check a part of the cases only: i/n, from 1/n to n/n")
	flags.BoolVar(&f.forward, "forward", false, "ask for outputs alone, no gradients")
	flags.BoolVar(&f.failFast, "fail-fast", false, "end at the first failure")
	flags.StringVar(&f.size, "size", "normal", "size of the cases: normal, or large: those of a GPU, made before the check")
	complete(cmd, "size", []string{"normal", "large"})
	flags.IntVar(&f.repeat, "repeat", 1, "ask everything so often, and compare the answers' bits")
	flags.StringVar(&f.xfail, "xfail", "", "file of failures that are expected: lines of a glob of cases and a reason")
	flags.StringVar(&f.baseline, "baseline", "", "tell what has changed since this report (of --json)")
	flags.StringVar(&f.keep, "keep", "", "keep questions and answers in this new folder")
	flags.IntVar(&f.jobs, "jobs", 1, "calls of the command at a time")
	flags.DurationVar(&f.timeout, "timeout", 0, "time limit for each call (0: a minute a file, ten a folder)")
	flags.StringVar(&f.json, "json", "", "write the report to this file as JSON")
	flags.StringVar(&f.junit, "junit", "", "write the report to this file as JUnit XML")
	flags.StringVar(&f.markdown, "markdown", "", "write the report to this file as Markdown")
	flags.StringVar(&f.html, "html", "", "write the report to this file as a page that stands alone")
	flags.StringVar(&f.badge, "badge", "", "write how many operations pass to this file, as JSON of which shields.io makes a badge")
	complete(cmd, "backend", []string{"f64", "f32", "naive"})
	complete(cmd, "mode", []string{"folder", "file", "server"})
	complete(cmd, "profile", []string{"f32", "tf32", "bf16", "f16", "f64"})
	return cmd
}

func (f *goldenCheck) run(cmd *cobra.Command, args []string) error {
	progress := &goldenProgress{screen: newScreen(cmd.ErrOrStderr())}
	if (f.exec == "") == (f.backend == "") {
		return usageError{errors.New("expected either --exec or --backend"), cmd.UseLine()}
	}
	selection, err := f.selection()
	if err != nil {
		return err
	}
	asker, err := f.asker(progress)
	if err != nil {
		return err
	}
	before, expected, err := f.read()
	if err != nil {
		return failed(err)
	}
	if before != nil && before.Profile != golden.Profile(f.profile) {
		return fmt.Errorf("--baseline %s: found a report of profile %q, expected one of %s", f.baseline, before.Profile, f.profile)
	}
	cases, err := f.open(cmd.Context(), args, selection, progress)
	if err != nil {
		return err
	}
	if err := f.reportsApart(args, cases); err != nil {
		return err
	}
	defer hold(cmd.Context())() // what was answered is written
	result, err := check.Run(cmd.Context(), cases, asker, check.Options{
		Profile: golden.Profile(f.profile), Select: selection, Forward: f.forward, FailFast: f.failFast, Repeat: f.repeat, Again: true,
		Expect: expected, LooksLike: suite.LooksLike, Progress: progress.set})
	progress.end()
	var unknown *check.SelectionError
	var unstarted *check.StartError
	switch {
	case errors.As(err, &unknown), errors.As(err, &unstarted):
		return err
	case result == nil:
		return failed(err)
	}
	if result.Backend = f.exec; f.exec == "" {
		result.Backend = f.backend
	}
	if before != nil {
		if err := result.Since(before); err != nil {
			return failed(err)
		}
	}
	if err := f.write(cmd.OutOrStdout(), result); err != nil {
		return failed(err)
	}
	return failed(cmp.Or(err, result.Err()))
}

// open returns the suite that the flags ask for.
func (f *goldenCheck) open(ctx context.Context, args []string, selection check.Selection, progress *goldenProgress) (*golden.Suite, error) {
	if f.size != "large" {
		s, err := openGolden(args)
		return s, failed(err)
	}
	if len(args) > 0 {
		return nil, fmt.Errorf("--size large: found the folder %s, expected none, since these cases are made", args[0])
	}
	progress.phase("making large cases", 0, 0)
	s, err := large.Suite(ctx, golden.Profile(f.profile), selection.HasOp)
	if err == nil && len(s.Cases) == 0 {
		return nil, fmt.Errorf("--ops %s: found no large case of these operations", strings.Join(f.ops, ","))
	}
	return s, failed(err)
}

// openGolden returns the suite in the folder that is given, or that of this version.
func openGolden(args []string) (*golden.Suite, error) {
	if len(args) == 0 {
		return suite.Open()
	}
	return golden.OpenSuite(args[0])
}

// selection returns which cases the flags ask for.
func (f *goldenCheck) selection() (check.Selection, error) {
	s := check.Selection{Ops: f.ops, Cases: f.cases}
	if f.shard != "" {
		first, last, ok := strings.Cut(f.shard, "/")
		i, err := strconv.Atoi(first)
		n, err2 := strconv.Atoi(last)
		if !ok || err != nil || err2 != nil || i < 1 || i > n {
			return s, fmt.Errorf("--shard: found %q, expected i/n, from 1/n to n/n", f.shard)
		}
		s.Shard, s.Shards = i, n
	}
	if f.failed != "" {
		r, err := readReport(f.failed)
		if err != nil {
			return s, failed(fmt.Errorf("--failed: %w", err))
		}
		for _, res := range r.Results {
			if res.Verdict.Failure() {
				s.Only = append(s.Only, res.Case)
			}
		}
		if len(s.Only) == 0 {
			return s, fmt.Errorf("--failed: found no failed case in %s, expected one", f.failed)
		}
	}
	return s, nil
}

// read reads the report that this one is compared with, nil where there is none, and which
// failures are expected.
func (f *goldenCheck) read() (before *report.Report, expected []check.Expectation, err error) {
	if f.baseline != "" {
		if before, err = readReport(f.baseline); err != nil {
			return nil, nil, fmt.Errorf("--baseline: %w", err)
		}
	}
	if f.xfail != "" {
		content, err := files.Read(f.xfail, golden.MaxFile)
		if err != nil {
			return nil, nil, fmt.Errorf("--xfail: %w", err)
		}
		if expected, err = check.ParseExpectations(f.xfail, string(content)); err != nil {
			return nil, nil, fmt.Errorf("--xfail: %w", err)
		}
	}
	return before, expected, nil
}

// reports are the files to be written, by flag.
func (f *goldenCheck) reports() map[string]string {
	all := map[string]string{"--json": f.json, "--junit": f.junit, "--markdown": f.markdown, "--html": f.html, "--badge": f.badge}
	maps.DeleteFunc(all, func(_, file string) bool { return file == "" })
	return all
}

// readReport reads a report that was written with --json.
func readReport(path string) (*report.Report, error) {
	content, err := files.Read(path, golden.MaxFile)
	if err != nil {
		return nil, err
	}
	r := &report.Report{}
	if err := strictjson.Unmarshal(content, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// reportsApart checks that the reports are files of their own, not those of a suite in a folder.
func (f *goldenCheck) reportsApart(dirs []string, s *golden.Suite) error {
	var ours []string
	for _, dir := range dirs {
		ours = append(ours, filepath.Join(dir, golden.ManifestFile))
		for _, e := range s.Cases {
			ours = append(ours, filepath.Join(dir, filepath.FromSlash(e.File)))
		}
	}
	for flag, report := range f.reports() {
		for _, file := range ours {
			if same(report, file) {
				return fmt.Errorf("%s %s: found a file of the suite, expected one of the report's own", flag, report)
			}
		}
	}
	inputs := []string{f.xfail, f.failed}
	if f.exec != "" { // the words of its command that are files
		command, err := words(f.exec)
		if err != nil {
			return err
		}
		inputs = append(inputs, command...)
	}
	for flag, file := range f.reports() {
		for other, too := range f.reports() {
			if flag != other && (filepath.Clean(file) == filepath.Clean(too) || regular(file) && same(file, too)) {
				return fmt.Errorf("%s and %s: found %s twice, expected two files", min(flag, other), max(flag, other), file)
			}
		}
		if err := spare(flag, file, nil, inputs...); err != nil {
			return err
		}
		if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
			return fmt.Errorf("%s %s: found no folder %s, expected one that is there", flag, file, filepath.Dir(file))
		}
	}
	return nil
}

// regular says whether there is a regular file at a path, unlike a terminal or a pipe.
func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// asker returns what asks the backend that the flags name.
func (f *goldenCheck) asker(progress *goldenProgress) (check.Asker, error) {
	switch {
	case f.mode != "folder" && f.mode != "file" && f.mode != "server":
		return nil, fmt.Errorf("--mode %q: expected folder, file or server", f.mode)
	case f.size != "normal" && f.size != "large":
		return nil, fmt.Errorf("--size %q: expected normal or large", f.size)
	case f.repeat < 1:
		return nil, fmt.Errorf("--repeat %d must be at least 1", f.repeat)
	case f.jobs < 1:
		return nil, fmt.Errorf("--jobs %d must be at least 1", f.jobs)
	case f.timeout < 0:
		return nil, fmt.Errorf("--timeout %v must not be negative", f.timeout)
	}
	if _, err := golden.ParseProfile(f.profile); err != nil {
		return nil, fmt.Errorf("--%w", err)
	}
	if err := f.keepsApart(); err != nil {
		return nil, err
	}
	if f.backend != "" {
		b, _, err := builtIn(f.backend)
		return check.InProcess{Backend: b, Jobs: f.jobs}, err
	}
	args, err := words(f.exec)
	if err != nil {
		return nil, fmt.Errorf("--exec %q: %w", f.exec, err)
	}
	return check.Command{Args: args, Folder: f.mode == "folder", Server: f.mode == "server", Jobs: f.jobs, Timeout: f.timeout, Alone: true, Answered: progress.add, Keep: f.keep}, nil
}

// keepsApart checks that what is kept has a folder of its own.
func (f *goldenCheck) keepsApart() error {
	if f.keep == "" {
		return nil
	}
	if f.exec == "" {
		return errors.New("--keep: found --backend, expected --exec, whose answers are files")
	}
	if entries, err := os.ReadDir(f.keep); err == nil && len(entries) > 0 {
		return fmt.Errorf("--keep %s: found a folder with %d files, expected a new one", f.keep, len(entries))
	}
	return nil
}

// write writes the table and the reports that are asked for.
func (f *goldenCheck) write(stdout io.Writer, r *report.Report) error {
	if err := r.WriteTable(stdout); err != nil {
		return err
	}
	writeJSON := func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(r)
	}
	var errs []error // one report that cannot be written keeps no other from being
	for _, kind := range []struct {
		file  string
		write func(w io.Writer) error
	}{{f.json, writeJSON}, {f.junit, r.WriteJUnit}, {f.markdown, r.WriteMarkdown}, {f.html, r.WriteHTML}, {f.badge, r.WriteBadge}} {
		if kind.file == "" {
			continue
		}
		var text bytes.Buffer
		if err := kind.write(&text); err != nil {
			return err
		}
		errs = append(errs, files.Write(kind.file, text.Bytes()))
	}
	return errors.Join(errs...)
}

// goldenProgress shows how many cases have been answered. Its methods may be called by
// several goroutines.
type goldenProgress struct {
	*screen
	mutex       sync.Mutex
	seen, total int // answers that a command has left in folders so far, and cases
}

// add tells of more answers in folders, before they are compared.
func (p *goldenProgress) add(more int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.seen += more
	p.phase("checking", p.seen, p.total)
}

// set tells how many cases have been judged.
func (p *goldenProgress) set(done, total int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.total = total
	p.phase("checking", max(done, p.seen), total)
}
