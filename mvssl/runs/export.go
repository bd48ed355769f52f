package runs

import (
	"os"
	"path/filepath"
	"strings"

	"entrec/internal/files"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
	"entrec/tensor/safetensors"
	"entrec/tensor/torch"
)

// ExportOptions say how [Export] writes an encoder.
type ExportOptions struct {
	Format    ExportFormat
	Projector bool // with the projector behind it
	// Normalize has an ONNX graph normalize images, so that they go in as pixels of 0 to 1.
	// The other formats hold no graph.
	Normalize bool
}

// Exported says what [Export] wrote.
type Exported struct {
	File    string   `json:"file"`            // the first, as a rule the only one
	Files   []string `json:"files,omitempty"` // where there are several, all
	Tensors int      `json:"tensors"`         // in all of them, of the state dict
	// Python are lines that load each file, as m or under its part's name, none where
	// PyTorch's users have to write the network themselves, or another runtime reads the file.
	Python []string `json:"-"`
}

// Export writes the encoder of the run in folder dir, whose configuration is cfg: as
// safetensors or for PyTorch its state dict under PyTorch's names, in the run's precision;
// as ONNX a graph in float32, of images of the run's size in a batch of any. The metadata
// hold what is needed to use it: the encoder's configuration as JSON, and the mean and
// standard deviation of each channel, on a scale of 0 to 1, that images are normalized by;
// and where it comes from: the method, the views and the data it was trained on, and the
// digest of its parameters. The projector's state goes by names that begin with
// "projector."; in a graph it makes a second output, projections on the unit sphere. An encoder of
// several parts makes a file of each, to be loaded by itself, under the names of
// [ExportFiles]; their metadata also say which channels the input has. All files
// are written wholly, or none is.
func Export(cfg train.Config, dir, file string, o ExportOptions) (Exported, error) {
	if cfg.Precision == train.F64 {
		return export[float64](cfg, dir, file, o)
	}
	return export[float32](cfg, dir, file, o)
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

// exported is what goes into one file.
type exported[T tensor.Float] struct {
	mvssl.Part
	encoder   nn.Encoder[T]
	projector nn.Module[T] // nil where none is asked for
	metadata  map[string]string
}

func export[T tensor.Float](cfg train.Config, dir, file string, o ExportOptions) (res Exported, err error) {
	n, err := train.Load[T](dir, cfg)
	if err != nil {
		return res, err
	}
	parts, err := exportParts(cfg)
	if err != nil {
		return res, err
	}
	err = files.WriteTogether(func(b *files.Batch) error {
		for _, p := range parts {
			e, err := newExported(cfg, n.Method, p, o)
			if err != nil {
				return err
			}
			name := exportFile(p, file)
			fill, err := e.filling(name, o)
			if err == nil {
				err = b.WriteBy(name, fill)
			}
			if err != nil {
				return err
			}
			res.Files = append(res.Files, name)
			res.Tensors += len(e.state())
			res.Python = append(res.Python, pythonLines(p, o, name)...)
		}
		return nil
	})
	if err != nil {
		return Exported{}, err
	}
	if res.File = res.Files[0]; len(res.Files) == 1 {
		res.Files = nil
	}
	return res, nil
}

func newExported[T tensor.Float](cfg train.Config, m mvssl.Method[T], p mvssl.Part, o ExportOptions) (e exported[T], err error) {
	e.Part = p
	if e.encoder, err = encoderOf(m.Encoder(), p); err != nil {
		return e, err
	}
	if o.Projector {
		projected, err := mvssl.AsProjected(cfg.Model.Method, m)
		if err != nil {
			return e, err
		}
		e.projector = projected.Projector(p.Name)
	}
	e.metadata, err = train.ExportMetadata(cfg, p, train.ParamsSHA256(m.Encoder()))
	return e, err
}

// encoderOf returns a part of an encoder by itself.
func encoderOf[T tensor.Float](whole nn.Encoder[T], p mvssl.Part) (nn.Encoder[T], error) {
	if p.Name == "" {
		return whole, nil
	}
	part, err := nn.NewEncoder[T](unused(), p.Encoder)
	if err != nil {
		return nil, err
	}
	from := map[string]nn.Named[T]{}
	for _, s := range nn.State(nn.Module[T](whole)) {
		from[s.Name] = s
	}
	for _, s := range nn.State(nn.Module[T](part)) {
		tensor.CopyTo(s.Value, from[p.Name+"."+s.Name].Value)
	}
	return part, nil
}

// state returns the state dict.
func (e exported[T]) state() []safetensors.Tensor {
	var tensors []safetensors.Tensor
	for _, s := range nn.State(nn.Module[T](e.encoder)) {
		tensors = append(tensors, s.Tensor())
	}
	if e.projector != nil {
		for _, s := range nn.State(e.projector) {
			s.Name = projectorPrefix + s.Name
			tensors = append(tensors, s.Tensor())
		}
	}
	return tensors
}

// projectorPrefix begins the names of the projector's state.
const projectorPrefix = "projector."

// filling returns what writes the file.
func (e exported[T]) filling(path string, o ExportOptions) (fill func(f *os.File) error, err error) {
	switch o.Format {
	case ONNX:
		return e.fillingGraph(path, o)
	case Torch:
		return torch.Filling(path, e.metadata, e.state())
	}
	e.metadata["format"] = "pt" // as PyTorch's readers expect
	return safetensors.Filling(path, e.metadata, e.state())
}
