package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"entrec/internal/printable"
	"entrec/mvssl/mi"
	"entrec/mvssl/mi/rows"
	"entrec/tensor"
)

// miFlags are the flags of mi.
type miFlags struct {
	task, estimator, critic string
	x, y, xKey, yKey        string
	k, steps, threads       int
	lr, kappa               float64
	seed                    uint64
	json, list, quick       bool
}

func newMI() *cobra.Command {
	var f miFlags
	cmd := &cobra.Command{
		Use:   "mi",
		Short: "Estimate mutual information, known or of your own pairs",
		Long: `Estimate the mutual information of pairs, in nats: of a task whose truth is
known (--task), or of two files whose rows are samples (--x, --y), row i of
one with row i of the other. --list shows the tasks, the estimators and their
critics. A critic is trained, then fresh pairs are estimated in batches of k:
the mean and its standard error. Of files, one half of the rows is trained on
and the other is estimated; beside the estimate stands what a Gaussian of the
same covariance has. Files are .npy, .npz, .csv or .safetensors; the first line
of a .csv may name its columns, or number them 0,1,… as pandas does, whose
index, a first column without a name that counts the rows, is left out.`,
		Example: "  entrec mi --task steps-4 --estimator infonce --critic separable --k 64\n  entrec mi --x a.npy --y b.npy --estimator ksg --json\n  entrec mi --list",
		Args:    cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.task, "task", "", "task with a known truth, see --list")
	flags.StringVar(&f.x, "x", "", "file of your own: a row a sample")
	flags.StringVar(&f.y, "y", "", "file of your own: the row that belongs to each of --x")
	flags.StringVar(&f.xKey, "x-key", "", "array in --x, or column of a .csv, where it has several")
	flags.StringVar(&f.yKey, "y-key", "", "array in --y, or column of a .csv, where it has several")
	flags.StringVar(&f.estimator, "estimator", "infonce", "estimator, see --list")
	flags.StringVar(&f.critic, "critic", "", "critic of the estimator (default separable; normal of club and er-…)")
	flags.IntVar(&f.k, "k", 0, "pairs in a batch; of ksg and cca, pairs in all (default 64; 4096, or up to 8192 of your own)")
	flags.IntVar(&f.steps, "steps", mi.UsualSteps, "steps of training")
	flags.BoolVar(&f.quick, "quick", false, fmt.Sprintf("try it: %d steps where --steps does not say otherwise", quickSteps))
	flags.Float64Var(&f.lr, "lr", mi.UsualLR, "learning rate of Adam")
	flags.Float64Var(&f.kappa, "kappa", 0, "concentration of the critic vmf (default that of the task, or else 10)")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of the pairs, of their order and of the critic")
	flags.IntVar(&f.threads, "threads", tensor.Threads(), "threads; results do not depend on them")
	flags.BoolVar(&f.list, "list", false, "list tasks, estimators and critics")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	completeBy(cmd, "task", taskNames)
	complete(cmd, "estimator", estimatorNames())
	complete(cmd, "critic", criticNames())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f.threads < 1 {
			return fmt.Errorf("--threads: found %d, expected at least 1", f.threads)
		}
		tensor.SetThreads(f.threads)
		if f.list {
			if err := besideList(cmd); err != nil {
				return err
			}
			return f.printLists(cmd)
		}
		r, err := f.measure(cmd)
		if err != nil {
			return err
		}
		if f.json {
			return printJSON(cmd, r)
		}
		printEstimate(cmd.OutOrStdout(), r)
		return nil
	}
	cmd.AddCommand(newMIBench())
	return cmd
}

// besideList reports a flag beside --list that it does not look at.
func besideList(cmd *cobra.Command) error {
	for _, name := range []string{"task", "x", "y", "x-key", "y-key", "estimator", "critic", "k", "steps", "quick", "lr", "kappa", "seed"} {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--list: found --%s beside it, expected --json or nothing: it lists what there is", name)
		}
	}
	return nil
}

// quickSteps are the steps of training of mi --quick.
const quickSteps = 200

func taskNames() (names []string) {
	for _, t := range mi.Tasks() {
		names = append(names, t.Name)
	}
	return names
}

func estimatorNames() (names []string) {
	for _, e := range mi.Estimators() {
		names = append(names, e.Name)
	}
	return names
}

func criticNames() (names []string) {
	seen := map[mi.Critic]bool{}
	for _, e := range mi.Estimators() {
		for _, c := range e.Critics() {
			if !seen[c] {
				seen[c] = true
				names = append(names, string(c))
			}
		}
	}
	return names
}

// measure reads what the flags ask for, and asks the estimator.
func (f *miFlags) measure(cmd *cobra.Command) (r mi.Result, err error) {
	s, err := f.settings(cmd)
	if err != nil {
		return r, err
	}
	progress := newScreen(cmd.ErrOrStderr())
	defer progress.end()
	s.Progress = func(done, total int) { progress.phase("training the critic", done, total) }
	var of interface {
		Measure(ctx context.Context, s mi.Settings) (mi.Result, error)
	}
	switch files := f.x != "" || f.y != ""; {
	case f.task != "" && files:
		return r, errors.New("found --task and --x or --y, expected a task or your own files")
	case f.task != "":
		task, err := mi.Find(f.task)
		if err != nil {
			return r, fmt.Errorf("--task: unknown task %q, see entrec mi --list%s", f.task, meant(f.task, taskNames()))
		}
		of = task
	case f.x == "" || f.y == "":
		return r, usageError{errors.New("found no pairs, expected --task NAME, or --x FILE and --y FILE"), cmd.UseLine()}
	default:
		if of, err = f.read(progress); err != nil {
			return r, err
		}
	}
	r, err = of.Measure(cmd.Context(), s)
	var usage mi.UsageError
	switch {
	case errors.As(err, &usage):
		return r, err
	case err != nil:
		return r, failed(err)
	}
	return r, nil
}

// settings returns those of the flags.
func (f *miFlags) settings(cmd *cobra.Command) (s mi.Settings, err error) {
	e, err := mi.FindEstimator(f.estimator)
	if err != nil {
		return s, fmt.Errorf("--estimator: %w%s", err, meant(f.estimator, estimatorNames()))
	}
	if cmd.Flags().Changed("k") && f.k < 2 {
		return s, fmt.Errorf("--k: found %d, expected at least 2", f.k)
	}
	if err := f.unused(cmd, e); err != nil {
		return s, err
	}
	if f.quick && !cmd.Flags().Changed("steps") {
		f.steps = quickSteps
		fmt.Fprintf(cmd.ErrOrStderr(), "--quick: steps %d; to see it run, not for results\n", f.steps)
	}
	return mi.Settings{Estimator: e, Critic: mi.Critic(f.critic), K: f.k, Steps: f.steps, LR: f.lr, Kappa: f.kappa, Seed: f.seed}, nil
}

// unused reports a flag that does nothing beside the others.
func (f *miFlags) unused(cmd *cobra.Command, e mi.Estimator) error {
	given := cmd.Flags().Changed
	by, critic := e.Name, mi.Critic(f.critic)
	if critics := e.Critics(); critics != nil {
		if critic == "" {
			critic = critics[0]
		}
		by += " with the critic " + string(critic)
	}
	switch {
	case given("x-key") && f.x == "":
		return errors.New("--x-key: found no --x, expected the file whose array or column it names")
	case given("y-key") && f.y == "":
		return errors.New("--y-key: found no --y, expected the file whose array or column it names")
	case given("kappa") && critic != mi.Directions:
		return fmt.Errorf("--kappa: found %s, expected the critic vmf, whose concentration it is", by)
	}
	for _, name := range []string{"steps", "lr", "quick"} {
		if given(name) && !e.Trains(critic) {
			return fmt.Errorf("--%s: found %s, which trains nothing, expected an estimator with a critic that is trained", name, by)
		}
	}
	return nil
}

// read reads the files.
func (f *miFlags) read(progress *screen) (d mi.Data, err error) {
	d.XName, d.YName = named(f.x, f.xKey), named(f.y, f.yKey)
	for _, side := range []struct {
		flag, file, key, name string
		rows                  *[][]float64
	}{{"--x", f.x, f.xKey, d.XName, &d.X}, {"--y", f.y, f.yKey, d.YName, &d.Y}} {
		progress.phase("reading "+side.name, 0, 0)
		matrix, note, err := rows.Read(side.file, side.key)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return d, failed(fmt.Errorf("%s: found nothing at %s, expected a file of numbers", side.flag, printable.Word(side.file)))
		case err != nil:
			return d, failed(err)
		}
		if note != "" {
			progress.print(note)
		}
		*side.rows = matrix
	}
	return d, nil
}

// named is what an array in a file is called.
func named(file, key string) string {
	if key == "" {
		return file
	}
	return file + "#" + key
}

// printEstimate prints a result as text.
func printEstimate(w io.Writer, r mi.Result) {
	by := r.Estimator
	if r.Critic != nil {
		by += " with the critic " + string(*r.Critic)
	}
	of := "your pairs"
	if r.Task != nil {
		of = *r.Task
	}
	fmt.Fprintf(w, "%s of %s, d = %d and %d, k = %d\n\n", by, of, r.D, r.DY, r.K)
	row := func(value, text string) { fmt.Fprintf(w, "  %10s nats  %s\n", value, text) }
	text := string(r.Kind)
	if r.StandardError != nil {
		text += fmt.Sprintf(", ± %.4f (standard error, %d pairs)", *r.StandardError, r.Pairs)
	}
	row(fmt.Sprintf("%.4f", r.Value), text)
	if r.Truth != nil {
		row(fmt.Sprintf("%.4f", *r.Truth), "the truth")
	}
	if r.Gaussian != nil {
		row(fmt.Sprintf("%.4f", *r.Gaussian), "of a Gaussian with the same covariance")
	}
	if r.Warning != nil {
		fmt.Fprintf(w, "\n%s\n", wrapped("warning: "+*r.Warning, helpWidth))
	}
}

// miLists is what mi --list --json prints.
type miLists struct {
	Tasks      []miTask      `json:"tasks"`
	Estimators []miEstimator `json:"estimators"`
}

type miTask struct {
	Name  string  `json:"name"`
	Doc   string  `json:"doc"`
	D     int     `json:"d"`
	DY    int     `json:"d_y"`
	Truth float64 `json:"truth"`
}

type miEstimator struct {
	Name    string      `json:"name"`
	Doc     string      `json:"doc"`
	Kind    mi.Kind     `json:"kind"`
	Critics []mi.Critic `json:"critics"`
}

// printLists prints the tasks and the estimators.
func (f *miFlags) printLists(cmd *cobra.Command) error {
	var lists miLists
	for _, t := range mi.Tasks() {
		lists.Tasks = append(lists.Tasks, miTask{t.Name, t.Doc, t.X, t.Y, t.MI})
	}
	for _, e := range mi.Estimators() {
		lists.Estimators = append(lists.Estimators, miEstimator{e.Name, e.Doc, e.Kind, e.Critics()})
	}
	if f.json {
		return printJSON(cmd, lists)
	}
	t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TASK\tD\tNATS")
	for _, of := range lists.Tasks {
		d := fmt.Sprint(of.D)
		if of.DY != of.D {
			d += fmt.Sprintf(", %d", of.DY)
		}
		fmt.Fprintf(t, "%s\t%s\t%.4f\n", of.Name, d, of.Truth)
	}
	fmt.Fprintln(t, "\nESTIMATOR\tKIND\tCRITICS")
	for _, e := range lists.Estimators {
		critics := make([]string, len(e.Critics))
		for i, c := range e.Critics {
			critics[i] = string(c)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", e.Name, e.Kind, strings.Join(critics, " "))
	}
	return failed(t.Flush())
}
