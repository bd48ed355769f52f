package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"entrec/mvssl/sweep"
)

// sweepFlags are the flags that all commands about a sweep have.
type sweepFlags struct {
	loadFlags
	data, out string
}

func newSweep() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Make many runs, here or by a scheduler, and tables of them",
		Long: `Make the runs of a sweep file: rows of methods in settings, each from several
seeds. Every run has a number, and making one again that is done does nothing,
so any scheduler that counts can make them.`,
		Example: "  entrec sweep plan sweep.json\n  entrec sweep run sweep.json --all --jobs 2\n  entrec sweep table sweep.json",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSweepPlan(), newSweepRun(), newSweepSubmit(), newSweepStatus(), newSweepTable(), newSweepCollect())
	return cmd
}

func (f *sweepFlags) add(cmd *cobra.Command) {
	cmd.Args = cobra.ExactArgs(1)
	fs := cmd.Flags()
	fs.StringVar(&f.data, "data", "", "where the data are, a name or a path (default: as the file says)")
	fs.StringVar(&f.out, "out", "", "folder of the runs' folders (default runs/NAME)")
	group(cmd, "data", groupData)
	f.loadFlags.add(cmd)
	completeData(cmd)
}

// args returns the flags about the data, for a process that makes one of the runs.
func (f *sweepFlags) args() []string {
	args := f.loadFlags.args()
	if f.data != "" {
		args = append([]string{"--data", located(f.data)}, args...)
	}
	return args
}

// read reads a sweep file and settles the folder of its runs.
func (f *sweepFlags) read(path string) (*sweep.File, error) {
	file, err := sweep.Read(path)
	if err != nil {
		return nil, err
	}
	if f.data != "" {
		file.Data = f.data
	}
	file.Data = located(file.Data)
	if f.out == "" {
		f.out = filepath.Join("runs", file.Name)
	}
	return file, checkFolder("--out", f.out)
}

// checkFolder reports a file in the place of a folder that a flag names and that need not be
// there, or of one above it.
func checkFolder(flag, path string) error {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return fmt.Errorf("%s: found the file %s, expected a folder", flag, at)
		case err == nil, at == filepath.Dir(at):
			return nil
		}
	}
}

// plan loads the data of a file and plans its runs.
func (f *sweepFlags) plan(cmd *cobra.Command, path string) (*sweep.Plan, error) {
	file, err := f.read(path)
	if err != nil {
		return nil, err
	}
	full, err := f.load(cmd.Context(), cmd.ErrOrStderr(), file.Data)
	if err != nil {
		return nil, err
	}
	p, err := sweep.NewPlan(file, full)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// listed is plan for who only has to tell the runs apart, which the sweep's folder may do
// without the data.
func (f *sweepFlags) listed(cmd *cobra.Command, path string) (*sweep.Plan, error) {
	file, err := f.read(path)
	if err != nil {
		return nil, err
	}
	p, ok, err := sweep.ReadPlan(file, f.out)
	if ok || err != nil {
		return p, failed(err)
	}
	return f.plan(cmd, path)
}

func newSweepPlan() *cobra.Command {
	var f sweepFlags
	var asJSON, count, cost bool
	cmd := &cobra.Command{
		Use:     "plan SWEEP.json",
		Short:   "List the runs of a sweep file, with their complete configurations",
		Example: "  entrec sweep plan sweep.json\n  entrec sweep plan sweep.json --cost\n  entrec sweep plan sweep.json --json",
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&count, "count", false, "print how many there are, and nothing else")
	cmd.Flags().BoolVar(&cost, "cost", false, "measure some steps of each row, and print what all take")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object, with the configurations")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if count && (cost || asJSON) || cost && asJSON {
			return errors.New("--count, --cost and --json: expected at most one of them")
		}
		p, err := f.plan(cmd, args[0])
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		switch {
		case count:
			fmt.Fprintln(out, len(p.Runs))
			return nil
		case asJSON:
			return printJSON(cmd, map[string]any{"name": p.File.Name, "runs": p.Runs})
		case cost:
			return printCost(cmd, p)
		}
		for _, r := range p.Runs {
			fmt.Fprintf(out, "%4d  %.12s  %s, seed %d\n", r.Index, r.SHA256, r.Row, r.Seed)
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%d runs: %d rows from %d seeds\n", len(p.Runs), len(p.Rows), len(p.File.Seeds))
		return nil
	}
	return cmd
}

func newSweepStatus() *cobra.Command {
	var f sweepFlags
	var asJSON, ranges bool
	cmd := &cobra.Command{
		Use:   "status SWEEP.json",
		Short: "Tell where the runs of a sweep stand, from their files alone",
		Long: `Tell of each run whether it is done, running (on which machine, and until about
when), stale (its process has died), interrupted, failed (with the line that
says why) or missing. The exit code is 0 where all are done, and 1 else.`,
		Example: "  entrec sweep status sweep.json\n  entrec sweep status sweep.json --missing",
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&ranges, "missing", false, "print the numbers of the runs that are not done and that nobody makes, as 0-3,17, and nothing else")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if ranges && asJSON {
			return errors.New("--missing and --json: expected at most one of them")
		}
		p, err := f.listed(cmd, args[0])
		if err != nil {
			return err
		}
		states, err := p.States(f.out)
		if err != nil {
			return failed(err)
		}
		done := 0
		for _, s := range states {
			if s.Where == sweep.Done {
				done++
			}
		}
		switch {
		case ranges:
			fmt.Fprintln(cmd.OutOrStdout(), sweep.Ranges(missing(states)))
			return nil
		case asJSON:
			err = printJSON(cmd, map[string]any{"name": p.File.Name, "done": done, "runs": states})
		default:
			for _, s := range states {
				fmt.Fprintln(cmd.OutOrStdout(), stateLine(s))
			}
		}
		if err == nil && done < len(states) {
			err = failed(fmt.Errorf("%d of %d runs are done", done, len(states)))
		}
		return err
	}
	return cmd
}

// missing returns the indices of the runs that are still to be made and that nobody makes.
func missing(states []sweep.State) (indices []int) {
	for _, s := range states {
		if s.Where != sweep.Done && s.Where != sweep.Running {
			indices = append(indices, s.Run)
		}
	}
	return indices
}

// stateLine is the line about a run.
func stateLine(s sweep.State) string {
	line := fmt.Sprintf("%4d  %-11s  %s, seed %d", s.Run, s.Where, s.Row, s.Seed)
	if s.Steps > 0 && s.Where != sweep.Done {
		line += fmt.Sprintf(", step %d of %d", s.Step, s.Steps)
	}
	if s.Host != "" {
		line += ", on " + s.Host
	}
	if s.Until != nil {
		line += ", until about " + s.Until.Local().Format(time.DateTime)
	}
	if s.Error != "" {
		line += ": " + s.Error
	}
	return line
}

func newSweepTable() *cobra.Command {
	var f sweepFlags
	var asJSON, asCSV bool
	cmd := &cobra.Command{
		Use:   "table SWEEP.json",
		Short: "Print the table of a sweep: means, intervals, comparisons",
		Long: `Print the table of the runs that have ended: means over the seeds with 95 %
t-intervals, and the differences that the file asks for, seed by seed, with the
p-value of an exact sign-flip test, adjusted after Holm. Runs of different SIMD
levels or numerics are refused.`,
		Example: "  entrec sweep table sweep.json\n  entrec sweep table sweep.json --csv",
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print a line for each figure, in full precision")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if asCSV && asJSON {
			return errors.New("--csv and --json: expected at most one of them")
		}
		p, err := f.listed(cmd, args[0])
		if err != nil {
			return err
		}
		res, err := p.Read(f.out)
		if err != nil {
			return failed(err)
		}
		switch {
		case asCSV:
			return failed(res.CSV(cmd.OutOrStdout()))
		case asJSON:
			return printJSON(cmd, res)
		}
		return failed(res.Markdown(cmd.OutOrStdout()))
	}
	return cmd
}
