package runs

import (
	"fmt"
	"path/filepath"
	"strings"

	"entrec/tensor/onnx"
	"entrec/tensor/safetensors"
	"entrec/tensor/torch"
)

// ExportFormat is what [Export] writes.
type ExportFormat string

// The formats: two of state dicts, and a graph.
const (
	Safetensors ExportFormat = "safetensors"
	ONNX        ExportFormat = "onnx"
	Torch       ExportFormat = "torch"
)

// exportEndings are those of the formats' files.
var exportEndings = []struct {
	format ExportFormat
	ending string
}{{Safetensors, ".safetensors"}, {ONNX, ".onnx"}, {Torch, ".pt"}}

// ExportFormats lists the formats' names.
func ExportFormats() []string {
	var names []string
	for _, e := range exportEndings {
		names = append(names, string(e.format))
	}
	return names
}

// FindExportFormat returns the format of a file by its ending and by the one of
// [ExportFormats] that is asked for, "" where none is. A file whose name has no ending may
// have any. The error is one line: an unknown ending, no format at all, or two that differ.
func FindExportFormat(file, asked string) (ExportFormat, error) {
	var endings []string
	ending := filepath.Ext(file)
	for _, e := range exportEndings {
		if strings.EqualFold(e.ending, ending) {
			if asked != "" && asked != string(e.format) {
				return "", fmt.Errorf("found %s, which ends as %s, expected %s or format %s", file, e.format, endingOf(ExportFormat(asked)), e.format)
			}
			return e.format, nil
		}
		endings = append(endings, e.ending)
	}
	if asked != "" && ending == "" {
		return ExportFormat(asked), nil
	}
	return "", fmt.Errorf("found %q, expected a file whose name ends in %s", file, strings.Join(endings, ", "))
}

// endingOf returns the ending of a format's files.
func endingOf(f ExportFormat) string {
	for _, e := range exportEndings {
		if e.format == f {
			return e.ending
		}
	}
	return ""
}

// IsExport reports whether a file of the format was written by [Export].
func (f ExportFormat) IsExport(path string) bool {
	const encoder = "encoder" // that of the metadata that every export has
	switch f {
	case ONNX:
		return onnx.Ours(path)
	case Torch:
		metadata, err := torch.Metadata(path)
		return err == nil && metadata[encoder] != ""
	}
	file, err := safetensors.Read(path)
	return err == nil && strings.HasPrefix(file.Metadata[encoder], "{")
}
