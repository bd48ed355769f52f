package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

func newExport() *cobra.Command {
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "export RUN --out FILE",
		Short: "Write a run's encoder under PyTorch's names",
		Long: `Write the encoder in a run's folder as a safetensors file: its state dict under
PyTorch's names. The metadata hold the encoder's configuration, and the mean and
standard deviation that images, scaled to 0…1, are normalized by. An encoder of
several parts (cmc --variant color) makes a file of each: F.luma.safetensors and
F.chroma.safetensors for F.safetensors.`,
		Example: "  entrec export runs/simclr-er-fashion-mini-0 --out encoder.safetensors",
		Args:    cobra.ExactArgs(1),

		ValidArgsFunction: completeRun,
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if out == "" {
			return usageError{errors.New("--out: found nothing, expected the file to write"), cmd.UseLine()}
		}
		cfg, err := train.ReadConfig(args[0])
		if err != nil {
			return failed(err)
		}
		files, err := runs.ExportFiles(cfg, out)
		if err != nil {
			return failed(err)
		}
		for _, file := range files {
			if err := spare("--out", file, hasMetadata("encoder", "{"), args[0]); err != nil {
				return err
			}
		}
		res, err := runs.Export(cfg, args[0], out)
		if err != nil {
			return failed(err)
		}
		if asJSON {
			return printJSON(cmd, res)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s of width %d, %d tensors, in %s\n", cfg.Model.Encoder.Name, cfg.Model.Encoder.Width, res.Tensors, strings.Join(files, ", "))
		return nil
	}
	return cmd
}
