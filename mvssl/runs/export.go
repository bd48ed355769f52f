package runs

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// Exported says what [Export] wrote.
type Exported struct {
	File    string   `json:"file"`            // the first, as a rule the only one
	Files   []string `json:"files,omitempty"` // where there are several, all
	Tensors int      `json:"tensors"`         // in all of them
}

// Export writes the encoder of the run in folder dir, whose configuration is cfg, as
// a safetensors file: its state dict under PyTorch's names, in the run's precision.
// The metadata hold what is needed to use it: the encoder's configuration as JSON, and
// the mean and standard deviation of each channel, on a scale of 0 to 1, that images
// are normalized by. An encoder of several parts makes a file of each, to be loaded by
// itself, under the names of [ExportFiles]; their metadata also say which channels the
// input has. Each file is written wholly or not at all.
func Export(cfg train.Config, dir, file string) (Exported, error) {
	if cfg.Precision == train.F64 {
		return export[float64](cfg, dir, file)
	}
	return export[float32](cfg, dir, file)
}

// ExportFiles returns the files that [Export] writes for a name: that file or, of an encoder
// of several parts, one for each, with the part's name before the ending.
func ExportFiles(cfg train.Config, file string) ([]string, error) {
	parts, err := cfg.Model.Parts()
	if len(parts) == 0 {
		return []string{file}, err
	}
	var names []string
	for _, p := range parts {
		names = append(names, exportFile(p, file))
	}
	return names, nil
}

func exportFile(p mvssl.Part, file string) string {
	if p.Name == "" {
		return file
	}
	ending := filepath.Ext(file)
	return strings.TrimSuffix(file, ending) + "." + p.Name + ending
}

// exportParts returns what is written to a file each, for a valid configuration: the
// encoder's parts, or the whole of it as one without a name.
func exportParts(cfg train.Config) ([]mvssl.Part, error) {
	parts, err := cfg.Model.Parts()
	if err != nil || len(parts) > 0 {
		return parts, err
	}
	return []mvssl.Part{{Encoder: cfg.Model.Encoder, Mean: cfg.Views[0].Mean, Std: cfg.Views[0].Std}}, nil
}

func export[T tensor.Float](cfg train.Config, dir, file string) (res Exported, err error) {
	n, err := train.Load[T](dir, cfg)
	if err != nil {
		return res, err
	}
	parts, err := exportParts(cfg)
	if err != nil {
		return res, err
	}
	whole := nn.State[T](n.Method.Encoder())
	for _, p := range parts {
		meta, err := exportMetadata(p)
		if err != nil {
			return res, err
		}
		state := ofPart(whole, p)
		name := exportFile(p, file)
		if err := nn.WriteState(name, meta, state); err != nil {
			return res, err
		}
		res.Files = append(res.Files, name)
		res.Tensors += len(state)
	}
	if res.File = res.Files[0]; len(res.Files) == 1 {
		res.Files = nil
	}
	return res, nil
}

// exportMetadata returns what is needed to use an encoder.
func exportMetadata(p mvssl.Part) (map[string]string, error) {
	meta := map[string]string{"format": "pt"} // as PyTorch's readers expect
	if p.Input != "" {
		meta["input"] = p.Input
	}
	for key, value := range map[string]any{"encoder": p.Encoder, "mean": p.Mean, "std": p.Std} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		meta[key] = string(text)
	}
	return meta, nil
}

// ofPart returns the state of a part under the names that it has by itself.
func ofPart[T tensor.Float](whole []nn.Named[T], p mvssl.Part) []nn.Named[T] {
	if p.Name == "" {
		return whole
	}
	var state []nn.Named[T]
	for _, s := range whole {
		if name, is := strings.CutPrefix(s.Name, p.Name+"."); is {
			state = append(state, nn.Named[T]{Name: name, Var: s.Var})
		}
	}
	return state
}
