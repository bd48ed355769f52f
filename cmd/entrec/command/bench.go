package command

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"entrec/internal/parallel"
	"entrec/internal/printable"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/mvssl/view"
	"entrec/tensor"
)

func newBenchStep(args []string) *cobra.Command {
	var f runFlags
	var profile profileFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "step",
		Short: "Measure a training step on made-up images of 3×32×32",
		Long: `Measure forward, objective, backward and update, without augmentation: the
median over --steps steps (default 10) after two to warm up. Images are source
images, of which each is seen in two views. They are made up, as many as
CIFAR-10's: --data has to be there but is not read, --subset and --holdout are
of their number, and --size is their side.`,
		Example: "  entrec bench step --method simclr --width 16 --batch 256 --json",
		Args:    cobra.NoArgs,
	}
	f.add(cmd, methodOf(args))
	cmd.Flags().Lookup("steps").Usage = "how many steps to measure (default 10)"
	profile.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	f.addMethod(cmd, methodOf(args))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		r, err := f.request()
		if err != nil {
			return err
		}
		if err := f.unread(r, cmd.ErrOrStderr()); err != nil {
			return f.explain(err)
		}
		cfg, err := train.ResolveFor(r, train.BenchSource())
		if err != nil {
			return initFailure(f.explain(err))
		}
		if err := noteInit(cfg, cmd.ErrOrStderr()); err != nil {
			return err
		}
		if err := f.simd.force("", cmd.ErrOrStderr()); err != nil {
			return err
		}
		steps := 10
		if cfg.Steps != nil {
			steps = *cfg.Steps
		}
		var res train.BenchResult
		err = profile.record(func() error {
			res, err = train.Bench(cmd.Context(), cfg, steps)
			return err
		})
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(cmd, res)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%.1f images/s, %.1f ms a step, %.0f MB at most\n%.0f allocations of %.0f bytes in all a step\n",
			res.ImagesPerSecond, res.MSPerStep, float64(res.PeakRSSBytes)/1e6, res.AllocsPerStep, res.BytesPerStep)
		return nil
	}
	return cmd
}

// unread says that a data set which is asked for is not what is measured. The error is about
// one that a flag names and that is not there; a configuration's may lie on another machine.
func (f *runFlags) unread(r *train.Request, stderr io.Writer) error {
	if !r.Asks("data") {
		return nil
	}
	if f.gives("data") && !slices.Contains(data.Names(), r.Data()) {
		place, _ := data.Cut(r.Data())
		if _, err := os.Stat(place); err != nil {
			unknown := &data.UnknownError{Name: r.Data()}
			return fmt.Errorf("%w%s", unknown, meant(r.Data(), data.Names()))
		}
	}
	fmt.Fprintf(stderr, "images are made up, 3×32×32 or of --size, and not those of %s\n", printable.Word(r.Data()))
	return nil
}

// gives reports whether a flag sets the field at a path.
func (f *runFlags) gives(path string) bool {
	return slices.ContainsFunc(f.fields, func(flag *fieldFlag) bool { return flag.given && flag.path == path }) ||
		slices.ContainsFunc(f.set, func(s string) bool { return strings.HasPrefix(s, path+"=") })
}

// maxBenchViews is more than an hour's.
const maxBenchViews = 1 << 30

func newBenchViews() *cobra.Command {
	var n, threads int
	var profile profileFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "views",
		Short:   "Measure the augmentation of made-up images of 3×32×32",
		Example: "  entrec bench views --threads 1 --json",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().IntVar(&n, "views", 20000, "how many views to make")
	cmd.Flags().IntVar(&threads, "threads", tensor.Threads(), "threads")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	profile.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if n < 1 || n > maxBenchViews || threads < 1 {
			return fmt.Errorf("--views %d and --threads %d must be at least 1, and views at most %d", n, threads, maxBenchViews)
		}
		tensor.SetThreads(threads)
		var rate float64
		err := profile.record(func() (err error) {
			rate, err = benchViews(n)
			return failed(err)
		})
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(cmd, map[string]float64{"images_per_second": rate})
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%.0f views/s\n", rate)
		return nil
	}
	return cmd
}

// benchViews makes n of SimCLR's views of a made-up image of 3×32×32 and returns
// how many a second.
func benchViews(n int) (float64, error) {
	const channels, size = 3, 32
	cfg := view.SimCLR(channels, size)
	cfg.Mean, cfg.Std = []float64{0.5, 0.5, 0.5}, []float64{0.25, 0.25, 0.25}
	p, err := view.New[float32](cfg, channels)
	if err != nil {
		return 0, err
	}
	src := make([]byte, channels*size*size)
	for i := range src {
		src[i] = byte(i * 37)
	}
	const perTask = 64
	began := time.Now()
	parallel.For((n+perTask-1)/perTask, func(t int) {
		dst := make([]float32, len(src))
		for i := t * perTask; i < min((t+1)*perTask, n); i++ {
			p.Apply(dst, src, size, size, view.Key{Sample: i})
		}
	})
	return float64(n) / max(time.Since(began), time.Nanosecond).Seconds(), nil // a clock may be coarse
}
