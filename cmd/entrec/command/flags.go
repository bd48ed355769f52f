package command

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/tensor"
)

// runFlags are the flags that determine a run; they are also those of bench step.
// Most stand for a field of the configuration.
type runFlags struct {
	fields  []*fieldFlag
	config  string
	set     []string
	threads int
	simd    levelFlag
}

// Groups of flags, in the order of help.
const (
	groupData     = "Data"
	groupNetwork  = "Encoder"
	groupTraining = "Training"
	groupFolder   = "The run's folder"
	groupReports  = "Reports"
	groupSheet    = "The sheet"
	groupWeights  = "Weights of another program"
	groupOther    = "Other"
)

// add adds the flags to a command whose method is that of the arguments.
func (f *runFlags) add(cmd *cobra.Command, method string) {
	row := rowOf(method)
	r := row.Recipe
	encoders := nn.EncoderNames()
	f.short(cmd, groupData, "data", "string", "fashion-mini", "data set: "+strings.Join(data.Names(), ", ")+", or the path of a folder, an archive (zip, tar), an .npz or a .parquet; PATH#NAME takes one of several")
	f.short(cmd, groupData, "subset", "int", "all", "use that many training images, of a fixed shuffle")
	f.short(cmd, groupData, "holdout", "float", "0; 0.1 without test images", "part of the training images to set aside: accuracies are of these")
	f.short(cmd, groupData, "size", "int", "the images', or by the median of their shorter sides, 96 at most", "side in pixels of views and of what is evaluated")
	f.short(cmd, groupData, "resize", "string", "shorter", "how images come to that size for evaluation: the shorter side resized and the center taken, both sides resized, or the center cut out").choices = view.Resize("").Choices()
	f.short(cmd, groupTraining, "method", "string", train.DefaultMethod, "method; entrec methods lists them")
	f.short(cmd, groupNetwork, "encoder", "string", cmp.Or(row.Encoder, "resnet18"), "encoder: "+strings.Join(encoders, ", "))
	f.short(cmd, groupNetwork, "width", "int", "8; of another encoder its standard", "channels of the encoder's first stage, or features of its layers or tokens")
	f.short(cmd, groupNetwork, "init", "string", "none: they are drawn", "file of weights to begin the encoder with: safetensors of torchvision's, timm's or DINO's names, or an export")
	for _, p := range nn.EncoderParameters() {
		kind := "int"
		if p.Words != nil {
			kind = "string"
		}
		f.short(cmd, groupNetwork, flagName(p.Name), kind, p.Usual, p.Doc).choices = p.Words
	}
	f.short(cmd, groupTraining, "epochs", "int", "3", "passes over the data")
	f.short(cmd, groupTraining, "steps", "int", "all", "stop after that many steps")
	f.short(cmd, groupTraining, "batch", "int", "32", "source images a pass; each becomes several views")
	f.short(cmd, groupTraining, "views", "int", fmt.Sprint(row.UsualViews()), "views of the whole image that each becomes; some methods take more than 2")
	f.short(cmd, groupTraining, "optimizer", "string", r.Optimizer.String(), "optimizer: "+strings.Join(nn.OptimizerNames(), ", "))
	f.short(cmd, groupTraining, "lr", "float", fmt.Sprint(r.LR), "learning rate at its peak")
	f.short(cmd, groupTraining, "precision", "string", "f32", "precision of all numbers").choices = train.Precision("").Choices()
	f.short(cmd, groupTraining, "seed", "uint", "0", "seed of weights, order and views")
	fs := cmd.Flags()
	fs.IntVar(&f.threads, "threads", tensor.Threads(), "threads; results do not depend on them")
	group(cmd, "threads", groupTraining)
	fs.Var(&f.simd, "simd", "SIMD level (default the best of this processor, of a run that goes on its own); any goes on at the best where its own is not to be had")
	group(cmd, "simd", groupTraining)
	complete(cmd, "simd", train.LevelNames)
	fs.StringVar(&f.config, "config", "", "configuration as JSON, whole or in part, such as a run's config.json; flags win")
	fs.StringArrayVar(&f.set, "set", nil, "PATH=VALUE: set any field of the configuration, such as recipe.warmup=0.2 or views.*.flip=0; may be repeated")
	group(cmd, "config", groupFolder)
	group(cmd, "set", groupFolder)
	completeData(cmd)
	complete(cmd, "method", methodNames())
	complete(cmd, "encoder", encoders)
	complete(cmd, "resize", view.Resize("").Choices())
	complete(cmd, "optimizer", nn.OptimizerNames())
	complete(cmd, "precision", train.Precision("").Choices())
}

// rowOf returns the row of a method, or the default one's where there is none, which
// request will say.
func rowOf(method string) mvssl.Row {
	row, err := mvssl.Find(method)
	if err != nil {
		row, _ = mvssl.Find(train.DefaultMethod)
	}
	return row
}

// addMethod adds the flags of the parameters of the arguments' method, after all others:
// a parameter whose name is another flag's has none, and is asked for by --set.
func (f *runFlags) addMethod(cmd *cobra.Command, method string) {
	row := rowOf(method)
	own := "Method " + row.Name
	for _, p := range row.Describe() {
		if cmd.Flags().Lookup(p.Flag()) == nil {
			f.parameter(cmd, own, p)
		}
	}
	for _, other := range mvssl.Rows() {
		for _, p := range other.Describe() {
			if cmd.Flags().Lookup(p.Flag()) == nil {
				f.foreign(cmd, p)
			}
		}
	}
}

// short adds a flag for a field of the configuration that goes by one of
// train.ShortNames.
func (f *runFlags) short(cmd *cobra.Command, in, name, kind, standard, doc string) *fieldFlag {
	path, ok := train.PathOf(name, "")
	if !ok {
		panic("command: no field goes by the name " + name)
	}
	return f.field(cmd, in, name, path, kind, standard, doc)
}

// field adds a flag for a field of the configuration.
func (f *runFlags) field(cmd *cobra.Command, in, name, path, kind, standard, doc string) *fieldFlag {
	field := &fieldFlag{name: name, path: path, kind: kind}
	cmd.Flags().Var(field, name, fmt.Sprintf("%s (default %s)", doc, standard))
	group(cmd, name, in)
	f.fields = append(f.fields, field)
	return field
}

// parameter adds the flag of one of the method's parameters.
func (f *runFlags) parameter(cmd *cobra.Command, in string, p mvssl.Parameter) {
	kind, standard := p.Type, p.Default
	if p.Choices != nil {
		kind = "string"
	}
	if p.Default == mvssl.Auto {
		standard = "auto: " + p.Auto
	}
	field := f.field(cmd, in, p.Flag(), "model."+p.Name, kind, standard, p.Doc)
	field.choices, field.auto = p.Choices, p.Auto != ""
	if p.Choices != nil {
		complete(cmd, p.Flag(), p.Choices)
	}
}

// foreign adds the flag of a parameter that the method does not have, so that using
// it is answered by what the method has.
func (f *runFlags) foreign(cmd *cobra.Command, p mvssl.Parameter) {
	field := &fieldFlag{name: p.Flag(), path: "model." + p.Name, kind: "any"}
	cmd.Flags().Var(field, p.Flag(), p.Doc)
	if err := cmd.Flags().MarkHidden(p.Flag()); err != nil {
		panic(err) // there is no such flag
	}
	f.fields = append(f.fields, field)
}

// completeData lets shells complete a data set: by its name, or as a path.
func completeData(cmd *cobra.Command) {
	err := cmd.RegisterFlagCompletionFunc("data", cobra.FixedCompletions(data.Names(), cobra.ShellCompDirectiveDefault))
	if err != nil {
		panic(err) // there is no such flag
	}
}

// complete lets shells complete a flag's value.
func complete(cmd *cobra.Command, flag string, values []string) {
	completeBy(cmd, flag, func() []string { return values })
}

// completeBy is [complete] with values that take time to find, once a shell asks for them.
func completeBy(cmd *cobra.Command, flag string, values func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // there is no such flag
	}
}

// methodOf returns the method of a command line: that of --set or --method, or else of
// the file --config, or of the run to resume, or the default.
func methodOf(args []string) string {
	method, config, out, resume := "", "", "", false
	for i, a := range args {
		flag, value, ok := strings.Cut(a, "=")
		if !ok && i+1 < len(args) {
			value = args[i+1]
		}
		switch flag {
		case "--method":
			method = value
		case "--config":
			config = value
		case "--out":
			out = value
		case "--resume":
			resume = a == "--resume" || value == "true"
		}
	}
	for i, a := range args { // over --method
		if i > 0 && args[i-1] == "--set" {
			a = "--set=" + a
		}
		if m, ok := strings.CutPrefix(a, "--set=model.method="); ok {
			method = m
		}
	}
	if method != "" {
		return method
	}
	if stored := filepath.Join(out, train.ConfigFile); out != "" && resume && isFile(stored) {
		config = stored
	}
	if r, err := train.ReadRequest(config); err == nil {
		return r.Method()
	}
	return train.DefaultMethod
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// request returns what the flags ask for, over the file --config.
func (f *runFlags) request() (*train.Request, error) {
	if f.threads < 1 {
		return nil, fmt.Errorf("--threads: found %d, expected at least 1", f.threads)
	}
	tensor.SetThreads(f.threads)
	r := &train.Request{}
	if f.config != "" {
		var err error
		if r, err = train.ReadRequest(f.config); err != nil {
			return nil, err
		}
	}
	// What other fields depend on comes first, whatever the order of the flags.
	for _, first := range []bool{true, false} {
		if err := f.ask(r, func(path string) bool { return slices.Contains(leading, path) == first }); err != nil {
			return nil, err
		}
	}
	if d := r.Text("data"); d != "" {
		r.Set("data", located(d))
	}
	if file := r.Text("init"); file != "" {
		r.Set("init", located(file))
	}
	return r, checkNames(r)
}

// leading are the fields that drop what was asked of others when they change.
var leading = []string{"model.method", "model.encoder.name", "recipe.optimizer"}

// ask sets the fields of which that says that they are meant.
func (f *runFlags) ask(r *train.Request, meant func(path string) bool) error {
	for _, field := range f.fields {
		if field.given && meant(field.path) {
			r.Set(field.path, field.value())
		}
	}
	for _, s := range f.set {
		path, value, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("--set: found %q, expected PATH=VALUE, such as recipe.warmup=0.2", s)
		}
		if !meant(path) {
			continue
		}
		if err := r.SetText(path, value); err != nil {
			return fmt.Errorf("--set: %w", err)
		}
	}
	return nil
}

// checkNames reports a method, encoder or optimizer that there is none of, and which
// may be meant.
func checkNames(r *train.Request) error {
	if _, err := mvssl.Find(r.Method()); err != nil {
		return fmt.Errorf("%w%s", err, meant(r.Method(), methodNames()))
	}
	if name := r.Text("model.encoder.name"); name != "" {
		if _, err := nn.FindEncoder(name); err != nil {
			return fmt.Errorf("%w%s", err, meant(name, nn.EncoderNames()))
		}
	}
	if name, known := r.Text("recipe.optimizer"), nn.OptimizerNames(); name != "" && !slices.Contains(known, name) {
		return fmt.Errorf("optimizer %q is unknown: there are %s%s", name, strings.Join(known, ", "), meant(name, known))
	}
	return nil
}

// methodNames lists the methods.
func methodNames() []string {
	var names []string
	for _, r := range mvssl.Rows() {
		names = append(names, r.Name)
	}
	return names
}

// explain says of an error about a field which flag, or else which file, asked for it.
func (f *runFlags) explain(err error) error {
	var field *train.FieldError
	if !errors.As(err, &field) || err.Error() != field.Error() {
		return err
	}
	for _, flag := range f.fields {
		if flag.given && flag.path == field.Path {
			return fmt.Errorf("--%s: %w", flag.name, field.Err)
		}
	}
	for _, s := range f.set {
		if path, _, _ := strings.Cut(s, "="); path == field.Path || strings.HasPrefix(field.Path, path+".") {
			return fmt.Errorf("--set: %w", err)
		}
	}
	if f.config != "" {
		return fmt.Errorf("%s: %w", f.config, err)
	}
	return err
}

// located returns where data are, from wherever the run's folder is looked at: names
// of data sets and what is not there stay as they are.
func located(nameOrPath string) string {
	if slices.Contains(data.Names(), nameOrPath) {
		return nameOrPath
	}
	place, choice := data.Cut(nameOrPath)
	path, err := filepath.Abs(place)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return nameOrPath
	}
	if choice != "" {
		path += "#" + choice
	}
	return path
}

// flagName returns the flag of a field.
func flagName(name string) string { return strings.ReplaceAll(name, "_", "-") }

// printJSON prints v as one JSON object on standard output.
func printJSON(cmd *cobra.Command, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), plainJSON(text))
	return failed(err)
}
