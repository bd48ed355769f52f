package command

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// runFlags are the flags that determine a run; they are also those of bench step.
type runFlags struct {
	data, method, encoder, optimizer, precision, config string
	subset, width                                       int
	epochs, steps, batch, threads                       int
	lr                                                  float64
	seed                                                uint64
	own                                                 map[string]*int    // the encoder's own parameters, by name
	hyper                                               map[string]*string // by name
}

func (f *runFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.data, "data", "fashion-mini", "data set: "+strings.Join(data.Names(), ", ")+", or a path")
	fs.IntVar(&f.subset, "subset", 0, "use that many training images, of a fixed shuffle (0: all)")
	fs.StringVar(&f.method, "method", "simclr-er", "method; entrec methods lists them")
	fs.StringVar(&f.encoder, "encoder", "resnet18", "encoder: "+strings.Join(nn.EncoderNames(), ", "))
	fs.IntVar(&f.width, "width", 0, "channels of the encoder's first stage, features of a layer or token (0: the encoder's standard)")
	f.own = map[string]*int{}
	for _, p := range nn.EncoderParameters() {
		f.own[p.Name] = fs.Int(flagName(p.Name), 0, fmt.Sprintf("%s (left out: %s)", p.Doc, p.Usual))
	}
	fs.IntVar(&f.epochs, "epochs", 0, "passes over the data")
	fs.IntVar(&f.steps, "steps", 0, "stop after that many steps (0: all epochs)")
	fs.IntVar(&f.batch, "batch", 0, "source images a pass; each becomes several views")
	fs.Float64Var(&f.lr, "lr", 0, "learning rate at its peak")
	fs.StringVar(&f.optimizer, "optimizer", "", "optimizer: "+strings.Join(nn.OptimizerNames(), ", "))
	f.hyper = map[string]*string{}
	for _, h := range mvssl.Hyperparameters() {
		f.hyper[h.Name] = fs.String(flagName(h.Name), "", fmt.Sprintf("%s (%s)", h.Doc, strings.Join(takers(h.Name), ", ")))
	}
	fs.StringVar(&f.precision, "precision", "f32", "f32 or f64")
	fs.IntVar(&f.threads, "threads", tensor.Threads(), "threads; results do not depend on them")
	fs.Uint64Var(&f.seed, "seed", 0, "seed of weights, order and views")
	fs.StringVar(&f.config, "config", "", "configuration as JSON, such as a run's config.json; flags win")
	var methods []string
	for _, r := range mvssl.Rows() {
		methods = append(methods, r.Name)
	}
	complete(cmd, "method", methods)
	complete(cmd, "encoder", nn.EncoderNames())
	complete(cmd, "optimizer", nn.OptimizerNames())
	complete(cmd, "precision", []string{"f32", "f64"})
}

// takers returns the methods that take a hyperparameter.
func takers(name string) []string {
	var methods []string
	for _, r := range mvssl.Rows() {
		if r.Takes(name) {
			methods = append(methods, r.Name)
		}
	}
	return methods
}

// complete lets shells complete a flag's value.
func complete(cmd *cobra.Command, flag string, values []string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag
	}
}

// resolve returns the configuration: the method's defaults, over them the file
// --config, over it the flags that were given. base, if not nil, takes the place
// of the defaults.
func (f *runFlags) resolve(cmd *cobra.Command, base *train.Config) (train.Config, error) {
	given := cmd.Flags().Changed
	if f.threads < 1 {
		return train.Config{}, fmt.Errorf("--threads %d must be at least 1", f.threads)
	}
	tensor.SetThreads(f.threads)
	var c train.Config
	if base != nil {
		c = *base
		set(given("method"), &c.Model.Method, f.method)
	} else {
		var err error
		if c, err = f.begin(given("method")); err != nil {
			return c, err
		}
	}
	crops, usual := c.Model.LocalCrops, c.HasUsualViews()
	e := &c.Model.Encoder
	if given("encoder") {
		*e = nn.EncoderConfig{Name: f.encoder, Channels: e.Channels, Height: e.Height, ImgWidth: e.ImgWidth}
	}
	set(given("width"), &e.Width, f.width)
	for name, value := range f.own {
		if given(flagName(name)) {
			e.Set(name, *value)
		}
	}
	set(given("data") && located(f.data) != located(c.Data), &c.Data, f.data)
	set(base == nil, &c.Data, located(c.Data))
	set(given("subset"), &c.Subset, f.subset)
	set(given("epochs"), &c.Epochs, f.epochs)
	set(given("steps"), &c.Steps, f.steps)
	set(given("batch"), &c.Batch, f.batch)
	if given("optimizer") {
		c.Recipe = c.Recipe.WithOptimizer(f.optimizer)
	}
	set(given("lr"), &c.Recipe.LR, f.lr)
	set(given("precision"), &c.Precision, f.precision)
	set(given("seed"), &c.Seed, f.seed)
	for _, h := range mvssl.Hyperparameters() {
		if name := flagName(h.Name); given(name) {
			if err := c.Model.Set(h.Name, *f.hyper[h.Name]); err != nil {
				return c, fmt.Errorf("--%s: %w", name, err)
			}
		}
	}
	if usual && c.Model.LocalCrops != crops {
		c.Views = nil // Complete makes those of the new number
	}
	return c, nil
}

// begin returns the method's defaults, over them the file --config. The method is
// that of the flag, if it was given or the file names none. Where the file names
// an optimizer, the rates that it leaves open are usual for that one.
func (f *runFlags) begin(flag bool) (train.Config, error) {
	if f.config == "" {
		return train.Defaults(f.method)
	}
	named, err := train.ReadConfig(f.config, train.Config{Model: mvssl.Config{Method: f.method}})
	if err != nil {
		return named, err
	}
	set(flag, &named.Model.Method, f.method)
	c, err := train.Defaults(named.Model.Method)
	if err != nil {
		return c, err
	}
	if named.Recipe.Optimizer != "" {
		c.Recipe = c.Recipe.WithOptimizer(named.Recipe.Optimizer)
	}
	c, err = train.ReadConfig(f.config, c)
	c.Model.Method = named.Model.Method
	return c, err
}

// located returns where data are, from wherever the run's folder is looked at: names
// of data sets and what is not there stay as they are.
func located(nameOrPath string) string {
	if slices.Contains(data.Names(), nameOrPath) {
		return nameOrPath
	}
	path, err := filepath.Abs(nameOrPath)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return nameOrPath
	}
	return path
}

// flagName returns the flag of a hyperparameter.
func flagName(name string) string { return strings.ReplaceAll(name, "_", "-") }

func set[V any](given bool, field *V, value V) {
	if given {
		*field = value
	}
}

// printJSON prints v as one JSON object on standard output.
func printJSON(cmd *cobra.Command, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), string(text))
	return failed(err)
}
