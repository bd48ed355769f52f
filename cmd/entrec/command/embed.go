package command

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

func newEmbed() *cobra.Command {
	var f lookFlags
	var out, what string
	cmd := &cobra.Command{
		Use:   "embed RUN --out FILE",
		Short: "Write a run's features of a data set, with labels",
		Long: `Write the features that the encoder in a run's folder has for all images of a
data set, training images first, then test images, with their labels and the
names of their files where the data set has them. --what projections writes what
the projector makes of the features, unit rows. The name's ending says how:
  F.safetensors  features (n, dim), labels (n), split (n; 0 training, 1 test)
  F.npz          the same arrays, and paths and classes
  F.npy          the features; F_labels.npy, F_split.npy and F.json beside it
  F.csv          a line an image: path, split, label, class, and the features
  F.parquet      the same as columns, the features as a list`,
		Example: "  entrec embed runs/mine --data fashion-mini --out features.safetensors\n  entrec embed runs/mine --data photos/ --what projections --out z.parquet",
		Args:    cobra.ExactArgs(1),

		ValidArgsFunction: completeRun,
	}
	f.add(cmd)
	cmd.Flags().StringVar(&out, "out", "", "file to write: "+strings.Join(runs.EmbedFormats(), ", "))
	cmd.Flags().StringVar(&what, "what", string(runs.Features), "what to write: "+strings.Join(runs.What("").Choices(), " or "))
	complete(cmd, "what", runs.What("").Choices())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if out == "" || !slices.Contains(runs.EmbedFormats(), filepath.Ext(out)) {
			return usageError{fmt.Errorf("--out: found %q, expected a file whose name ends in %s", out, strings.Join(runs.EmbedFormats(), ", ")), cmd.UseLine()}
		}
		if !slices.Contains(runs.What("").Choices(), what) {
			return fmt.Errorf("--what: found %q, expected %s", what, strings.Join(runs.What("").Choices(), " or "))
		}
		if err := f.spare(args[0], out); err != nil {
			return err
		}
		cfg, split, err := f.look(cmd, args[0], data.Test)
		if err != nil {
			return err
		}
		progress := newScreen(cmd.ErrOrStderr())
		res, err := runs.Embed(eval.WithProgress(cmd.Context(), progress.phase), cfg, split, args[0], out, runs.What(what))
		progress.end()
		if err != nil {
			return failed(err)
		}
		if f.json {
			return printJSON(cmd, res)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%d images, %d %s each, in %s\n", res.Images, res.Dim, what, strings.Join(res.Files, ", "))
		return nil
	}
	return cmd
}

// spare reports files of an embedding that would be written over others.
func (f *lookFlags) spare(run, out string) error {
	inputs := []string{run}
	if f.data != "" {
		inputs = append(inputs, f.data)
	} else if cfg, err := train.ReadConfig(run); err == nil {
		inputs = append(inputs, cfg.Data)
	}
	ours := runs.IsEmbedding
	if filepath.Ext(out) == ".npy" { // whose record tells of the others
		ours = func(string) bool { return runs.IsEmbedding(out) }
	}
	for _, file := range runs.EmbeddingFiles(out) {
		if err := spare("--out", file, ours, inputs...); err != nil {
			return err
		}
	}
	return nil
}
