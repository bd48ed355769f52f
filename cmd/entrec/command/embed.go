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
	var out string
	cmd := &cobra.Command{
		Use:   "embed RUN --out FILE",
		Short: "Write a run's features of a data set, with labels",
		Long: `Write the features that the encoder in a run's folder has for all images of a
data set, training images first, then test images. F.safetensors holds features
(n, dim), labels (n) and split (n; 0 training, 1 test). F.npy holds the features
alone; F_labels.npy and F_split.npy beside it hold the others, and F.json says
what they are, with their digests.`,
		Example: "  entrec embed runs/mine --data fashion-mini --out features.safetensors\n  entrec embed runs/mine --out features.npy",
		Args:    cobra.ExactArgs(1),

		ValidArgsFunction: completeRun,
	}
	f.add(cmd)
	cmd.Flags().StringVar(&out, "out", "", "file to write: .safetensors or .npy")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if out == "" || !slices.Contains(runs.EmbedFormats(), filepath.Ext(out)) {
			return usageError{fmt.Errorf("--out: found %q, expected a file whose name ends in %s", out, strings.Join(runs.EmbedFormats(), " or ")), cmd.UseLine()}
		}
		if err := f.spare(args[0], out); err != nil {
			return err
		}
		cfg, split, err := f.look(cmd, args[0], data.Test)
		if err != nil {
			return err
		}
		progress := newScreen(cmd.ErrOrStderr())
		res, err := runs.Embed(eval.WithProgress(cmd.Context(), progress.phase), cfg, split, args[0], out)
		progress.end()
		if err != nil {
			return failed(err)
		}
		if f.json {
			return printJSON(cmd, res)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%d images, %d features each, in %s\n", res.Images, res.Dim, strings.Join(res.Files, ", "))
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
	ours := hasMetadata("format", runs.EmbeddingFormat)
	if filepath.Ext(out) == ".npy" {
		ours = func(string) bool { return runs.IsEmbedding(out) }
	}
	for _, file := range runs.EmbeddingFiles(out) {
		if err := spare("--out", file, ours, inputs...); err != nil {
			return err
		}
	}
	return nil
}
