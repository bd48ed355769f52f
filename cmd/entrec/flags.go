package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"entrec/mvssl"
	"entrec/mvssl/objective"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// runFlags are the flags that determine a run; they are also those of bench step.
type runFlags struct {
	data, method, encoder, optimizer, erSelf, precision, config string
	subset, width, epochs, steps, batch, threads                int
	lr, kappa, temperature, ema                                 float64
	seed                                                        uint64
}

func (f *runFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.data, "data", "fashion-mini", "data set: fashion-mini, fashion-mnist, cifar10, or a path")
	fs.IntVar(&f.subset, "subset", 0, "use that many training images, of a fixed shuffle (0: all)")
	fs.StringVar(&f.method, "method", "simclr-er", "method; entrec methods lists them")
	fs.StringVar(&f.encoder, "encoder", "resnet18", "encoder: mlp, convnet or resnet18")
	fs.IntVar(&f.width, "width", 0, "channels of the encoder's first stage (0: the encoder's standard)")
	fs.IntVar(&f.epochs, "epochs", 0, "passes over the data")
	fs.IntVar(&f.steps, "steps", 0, "stop after that many steps (0: all epochs)")
	fs.IntVar(&f.batch, "batch", 0, "source images a step; each becomes two views")
	fs.Float64Var(&f.lr, "lr", 0, "learning rate at its peak")
	fs.StringVar(&f.optimizer, "optimizer", "sgd", "optimiser: sgd")
	fs.Float64Var(&f.kappa, "kappa", 0, "concentration of the von Mises-Fisher kernel (ER objectives)")
	fs.Float64Var(&f.temperature, "temperature", 0, "what similarities are divided by (contrastive objectives)")
	fs.StringVar(&f.erSelf, "er-self", "include", "whether a point is its own neighbour in the entropy: include or exclude")
	fs.Float64Var(&f.ema, "ema", 0, "base momentum of the target network (distillation)")
	fs.StringVar(&f.precision, "precision", "f32", "f32 or f64")
	fs.IntVar(&f.threads, "threads", tensor.Threads(), "threads; results do not depend on them")
	fs.Uint64Var(&f.seed, "seed", 0, "seed of weights, order and views")
	fs.StringVar(&f.config, "config", "", "configuration as JSON, such as a run's config.json; flags win")
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
	method := f.method
	if !given("method") && base == nil && f.config != "" {
		named, err := train.ReadConfig(f.config, train.Config{Model: mvssl.Config{Method: method}})
		if err != nil {
			return train.Config{}, err
		}
		method = named.Model.Method
	}
	var c train.Config
	if base != nil {
		c = *base
		if given("method") {
			c.Model.Method = method
		}
	} else {
		var err error
		if c, err = train.Defaults(method); err != nil {
			return c, err
		}
		if f.config != "" {
			if c, err = train.ReadConfig(f.config, c); err != nil {
				return c, err
			}
			c.Model.Method = method
		}
	}
	if given("encoder") {
		c.Model.Encoder.Name, c.Model.Encoder.Width = f.encoder, 0
	}
	set(given("width"), &c.Model.Encoder.Width, f.width)
	set(given("data"), &c.Data, f.data)
	set(given("subset"), &c.Subset, f.subset)
	set(given("epochs"), &c.Epochs, f.epochs)
	set(given("steps"), &c.Steps, f.steps)
	set(given("batch"), &c.Batch, f.batch)
	set(given("lr"), &c.Recipe.LR, f.lr)
	set(given("optimizer"), &c.Recipe.Optimizer, f.optimizer)
	set(given("precision"), &c.Precision, f.precision)
	set(given("seed"), &c.Seed, f.seed)
	set(given("kappa"), &c.Model.Kappa, f.kappa)
	set(given("temperature"), &c.Model.Temperature, f.temperature)
	if given("er-self") {
		var s objective.Self
		if err := s.UnmarshalText([]byte(f.erSelf)); err != nil {
			return c, fmt.Errorf("--er-self: %w", err)
		}
		c.Model.ERSelf = s
	}
	return c, f.meaningful(cmd, c.Model.Method)
}

func set[V any](given bool, field *V, value V) {
	if given {
		*field = value
	}
}

// meaningful refuses hyperparameters that were given but that the method does not
// take.
func (f *runFlags) meaningful(cmd *cobra.Command, method string) error {
	row, err := mvssl.Find(method)
	if err != nil {
		return err
	}
	for _, h := range [][2]string{{"kappa", "kappa"}, {"temperature", "temperature"}, {"er-self", "er_self"}, {"ema", "ema"}} {
		if cmd.Flags().Changed(h[0]) && !slices.Contains(row.Hyperparameters, h[1]) {
			return fmt.Errorf("--%s means nothing to method %s, which takes %v", h[0], method, row.Hyperparameters)
		}
	}
	return nil
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
