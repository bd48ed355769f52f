package train

import (
	"encoding/json"

	"entrec/nn"
	"entrec/tensor"
)

// Export writes the encoder of the run in folder dir, whose configuration is cfg, as
// a safetensors file: its state dict under PyTorch's names, in the run's precision.
// The metadata hold what is needed to use it: the encoder's configuration as JSON, and
// the mean and standard deviation of each channel, on a scale of 0 to 1, that images
// are normalised by.
func Export(cfg Config, dir, file string) error {
	if cfg.Precision == "f64" {
		return export[float64](&cfg, dir, file)
	}
	return export[float32](&cfg, dir, file)
}

func export[T tensor.Float](cfg *Config, dir, file string) error {
	t, err := restore[T](cfg, dir)
	if err != nil {
		return err
	}
	meta := map[string]string{"format": "pt"} // as PyTorch's readers expect
	for key, value := range map[string]any{"encoder": cfg.Model.Encoder, "mean": cfg.Views[0].Mean, "std": cfg.Views[0].Std} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		meta[key] = string(text)
	}
	return nn.WriteState(file, meta, nn.State[T](t.method.Encoder()))
}
