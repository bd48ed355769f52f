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
alone; F_labels.npy and F_split.npy beside it hold the others.`,
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
