package runs

import (
	"encoding/json"

	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// Exported says what [Export] wrote.
type Exported struct {
	File    string `json:"file"`
	Tensors int    `json:"tensors"`
}

// Export writes the encoder of the run in folder dir, whose configuration is cfg, as
// a safetensors file: its state dict under PyTorch's names, in the run's precision.
// The metadata hold what is needed to use it: the encoder's configuration as JSON, and
// the mean and standard deviation of each channel, on a scale of 0 to 1, that images
// are normalized by.
func Export(cfg train.Config, dir, file string) (Exported, error) {
	if cfg.Precision == train.F64 {
		return export[float64](cfg, dir, file)
	}
	return export[float32](cfg, dir, file)
}

func export[T tensor.Float](cfg train.Config, dir, file string) (Exported, error) {
	n, err := train.Load[T](dir, cfg)
	if err != nil {
		return Exported{}, err
	}
	meta := map[string]string{"format": "pt"} // as PyTorch's readers expect
	for key, value := range map[string]any{"encoder": cfg.Model.Encoder, "mean": cfg.Views[0].Mean, "std": cfg.Views[0].Std} {
		text, err := json.Marshal(value)
		if err != nil {
			return Exported{}, err
		}
		meta[key] = string(text)
	}
	state := nn.State[T](n.Method.Encoder())
	return Exported{file, len(state)}, nn.WriteState(file, meta, state)
}
