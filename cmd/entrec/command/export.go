package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

func newExport() *cobra.Command {
	var out, format string
	var o runs.ExportOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "export RUN --out FILE",
		Short: "Write a run's encoder for PyTorch, or as ONNX",
		Long: `Write the encoder in a run's folder. F.safetensors and F.pt hold its state dict
under PyTorch's names; torch.load(F, weights_only=True) reads the latter. F.onnx
is a graph for other runtimes, in float32, of a batch of any length: its input
are images that are normalized or, with --normalize, pixels of 0 to 1. The
metadata of each hold the encoder's configuration, and the mean and standard
deviation that images, scaled to 0…1, are normalized by. An encoder of several
parts (cmc --variant color) makes a file of each: F.luma.onnx and F.chroma.onnx
for F.onnx. docs/export.md shows how to load them.`,
		Example: `  entrec export runs/simclr-er-fashion-mini-0 --out encoder.safetensors
  entrec export runs/mine --out encoder.onnx --normalize
  entrec export runs/mine --out encoder.pt --projector`,
		Args: cobra.ExactArgs(1),

		ValidArgsFunction: completeRun,
	}
	fs := cmd.Flags()
	fs.StringVar(&out, "out", "", "file to write: .safetensors, .onnx or .pt")
	fs.StringVar(&format, "format", "", "format: "+strings.Join(runs.ExportFormats(), ", ")+" (default by the file's ending)")
	fs.BoolVar(&o.Projector, "projector", false, "add the projector, and to a graph its projections, unit rows")
	fs.BoolVar(&o.Normalize, "normalize", false, "have the graph normalize images, so that they go in as pixels of 0 to 1 (onnx alone)")
	fs.BoolVar(&asJSON, "json", false, "print one JSON object")
	complete(cmd, "format", runs.ExportFormats())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if out == "" {
			return usageError{errors.New("--out: found nothing, expected the file to write"), cmd.UseLine()}
		}
		if format != "" && !slices.Contains(runs.ExportFormats(), format) {
			return fmt.Errorf("--format: found %q, expected one of %s", format, strings.Join(runs.ExportFormats(), ", "))
		}
		var err error
		if o.Format, err = runs.FindExportFormat(out, format); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
		if o.Normalize && o.Format != runs.ONNX {
			return fmt.Errorf("--normalize: found format %s, which holds no graph, expected onnx", o.Format)
		}
		return export(cmd, args[0], out, o, asJSON)
	}
	return cmd
}

func export(cmd *cobra.Command, run, out string, o runs.ExportOptions, asJSON bool) error {
	cfg, err := train.ReadConfig(run)
	if err != nil {
		return failed(err)
	}
	files, err := runs.ExportFiles(cfg, out)
	if err != nil {
		return failed(err)
	}
	for _, file := range files {
		if err := spare("--out", file, o.Format.IsExport, run); err != nil {
			return err
		}
	}
	res, err := runs.Export(cfg, run, out, o)
	if err != nil {
		return failed(err)
	}
	if asJSON {
		return printJSON(cmd, res)
	}
	what := "tensors"
	if o.Format == runs.ONNX {
		what = "tensors, as a graph"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s of width %d, %d %s, in %s\n", cfg.Model.Encoder.Name, cfg.Model.Encoder.Width, res.Tensors, what, strings.Join(files, ", "))
	if len(res.Python) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "In Python:\n\n%s\n\n", strings.Join(res.Python, "\n"))
	}
	return nil
}
