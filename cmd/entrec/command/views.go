package command

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"entrec/internal/files"
	"entrec/mvssl/data"
	"entrec/mvssl/sheet"
	"entrec/mvssl/train"
)

// viewsFlags are the flags of views.
type viewsFlags struct {
	runFlags
	loadFlags
	out    string
	images int
	json   bool
}

// viewsMark stands in the sheets that views draws.
const viewsMark = "entrec views"

func newViews(args []string) *cobra.Command {
	var f viewsFlags
	cmd := &cobra.Command{
		Use:   "views [RUN] --out FILE.png",
		Short: "Draw images and their views, as training sees them",
		Long: `Draw a sheet of training images, a row each: the image, then its views, as the
first epoch of training has them. They are those of the run in a folder or,
before there is one, of the run that train would begin by the same flags.
Views that are small are enlarged by a whole factor. Of a run, --seed draws
other views, and --data takes other images.`,
		Example: `  entrec views --data cifar10 --method byol --out views.png
  entrec views --set views.*.crop.scale_min=0.08 --images 4 --out views.png
  entrec views runs/mine --seed 7 --out views.png`,
		Args: cobra.MaximumNArgs(1),

		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeRun(cmd, args, typed)
		},
	}
	f.runFlags.add(cmd, methodOf(args))
	f.loadFlags.add(cmd)
	fs := cmd.Flags()
	fs.StringVar(&f.out, "out", "", "PNG to draw in")
	fs.IntVar(&f.images, "images", sheet.Usual, "images on the sheet")
	fs.BoolVar(&f.json, "json", false, "print one JSON object")
	for _, flag := range []string{"out", "images", "json"} {
		group(cmd, flag, groupSheet)
	}
	f.addMethod(cmd, methodOf(args))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.out == "" {
			return usageError{errors.New("--out: found nothing, expected the PNG to draw in"), cmd.UseLine()}
		}
		if !strings.EqualFold(filepath.Ext(f.out), ".png") {
			return fmt.Errorf("--out: found %q, expected a file whose name ends in .png", f.out)
		}
		if f.images < 1 {
			return fmt.Errorf("--images: found %d, expected at least 1", f.images)
		}
		return f.explain(f.views(cmd, args))
	}
	return cmd
}

func (f *viewsFlags) views(cmd *cobra.Command, args []string) error {
	var cfg train.Config
	var d *data.Dataset
	var err error
	if len(args) > 0 {
		cfg, d, err = f.ofRun(cmd, args[0])
	} else {
		cfg, d, err = f.ofFlags(cmd)
	}
	if err != nil {
		return err
	}
	if err := spare("--out", f.out, func(path string) bool { return sheet.By(path, viewsMark) }, append(args, cfg.Data, f.config)...); err != nil {
		return err
	}
	v, err := sheet.NewViews(cfg.Views, d.Channels)
	if err != nil {
		return failed(err)
	}
	which := sheet.Spread(d, f.images)
	if most := v.MostImages(); len(which) > most {
		return fmt.Errorf("--images: found %d, expected at most %d, of %d views each", f.images, most, v.Len())
	}
	drawn, err := v.Draw(d, which, cfg.Seed)
	if err != nil {
		return failed(err)
	}
	text, err := sheet.PNG(drawn, viewsMark)
	if err == nil {
		err = files.Write(f.out, text)
	}
	if err != nil {
		return failed(err)
	}
	if f.json {
		return printJSON(cmd, newDrawnViews(f.out, cfg, d, which, v))
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %d images of %s, %d views each, seed %d\n", f.out, len(which), d.Name, v.Len(), cfg.Seed)
	return nil
}

// ofRun returns the configuration of the run in a folder, with the seed that is asked for,
// and its training images.
func (f *viewsFlags) ofRun(cmd *cobra.Command, run string) (train.Config, *data.Dataset, error) {
	look := lookFlags{loadFlags: f.loadFlags, threads: f.threads}
	for _, field := range f.fields {
		switch {
		case !field.given || field.name == "seed":
		case field.name == "data":
			look.data = field.text
		default:
			return train.Config{}, nil, notOfRun(field.name, run)
		}
	}
	switch {
	case f.config != "":
		return train.Config{}, nil, notOfRun("config", run)
	case f.set != nil:
		return train.Config{}, nil, notOfRun("set", run)
	}
	cfg, split, err := look.look(cmd, run, data.Validation)
	if err != nil {
		return cfg, nil, err
	}
	for _, field := range f.fields {
		if field.given && field.name == "seed" {
			cfg.Seed = field.seed()
		}
	}
	return cfg, split.Train, nil
}

func notOfRun(flag, run string) error {
	return fmt.Errorf("--%s: found a value, expected none: the views are those of the run in %s", flag, run)
}

// ofFlags returns the configuration of the run that train would begin, and its training
// images.
func (f *viewsFlags) ofFlags(cmd *cobra.Command) (cfg train.Config, d *data.Dataset, err error) {
	r, err := f.request()
	if err != nil {
		return cfg, nil, err
	}
	if err := r.Check(); err != nil {
		return cfg, nil, err
	}
	f.skipBad = f.skipBad || r.SkipsBad()
	full, err := f.load(cmd.Context(), cmd.ErrOrStderr(), r.Data())
	if err != nil {
		return cfg, nil, err
	}
	cfg, split, err := train.Resolve(r, full)
	var unfit *train.InitError
	if errors.Is(err, train.ErrData) || errors.As(err, &unfit) {
		err = failed(err)
	}
	if err != nil {
		return cfg, nil, err
	}
	return cfg, split.Train, nil
}

// drawnViews is what views --json prints.
type drawnViews struct {
	Sheet  string   `json:"sheet"`
	Method string   `json:"method"`
	Data   string   `json:"data"`
	Seed   uint64   `json:"seed"`
	Images []string `json:"images"` // such as train:17
	Views  []int    `json:"views"`  // their sides in pixels
}

func newDrawnViews(out string, cfg train.Config, d *data.Dataset, which []int, v *sheet.Views) drawnViews {
	drawn := drawnViews{Sheet: out, Method: cfg.Model.Method, Data: d.Name, Seed: cfg.Seed}
	for _, i := range which {
		drawn.Images = append(drawn.Images, fmt.Sprintf("%s:%d", data.Training, i))
	}
	for k := range v.Len() {
		drawn.Views = append(drawn.Views, v.Size(k))
	}
	return drawn
}
