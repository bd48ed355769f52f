package runs

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// Embedding says what [Embed] wrote.
type Embedding struct {
	Files  []string `json:"files"`
	Images int      `json:"images"`
	Dim    int      `json:"dim"` // of the features, or of the projections
}

// What is written of images.
type What string

// Features are the encoder's; projections are what the projector makes of them, on the unit
// sphere.
const (
	Features    What = "features"
	Projections What = "projections"
)

// Choices returns what there is.
func (What) Choices() []string { return []string{string(Features), string(Projections)} }

// embedWriter writes an embedding to a file, and to others whose names follow from it.
type embedWriter[T tensor.Float] func(file string, e *embedding[T]) error

// Embed writes the features or projections that the run in folder dir, whose configuration
// is cfg, has for all images of a data set, training images first, then test images, each
// with its label, its part and the name of its file, as far as the data set has them. It
// keeps few of them in memory. The name's ending says how they are written:
//
//   - F.safetensors holds features (n, dim) in the run's precision, labels (n; -1
//     where there are none) and split (n), I64, where 0 is training and 1 test; its metadata name the classes
//     and the files, one a line (a newline in a name as \n);
//   - F.npz holds the same as features, labels, split, paths and classes;
//   - F.npy holds the features, F_labels.npy and F_split.npy the others, as int64. F.json,
//     an [EmbeddingRecord], says what they are;
//   - F.csv has a line of names, and a line an image: path, split, label, class, then a
//     column for each feature;
//   - F.parquet has the columns path, split, label and class, and features, a list.
//
// Projections are called so in the place of features. Names that the
// data set does not have are left out, of columns empty or null. All files are written
// wholly, or none is.
func Embed(ctx context.Context, cfg train.Config, split *data.Split, dir, file string, what What) (Embedding, error) {
	if cfg.Precision == train.F64 {
		return embed[float64](ctx, cfg, split, dir, file, what)
	}
	return embed[float32](ctx, cfg, split, dir, file, what)
}

// EmbeddingFiles returns the files that [Embed] may write for a name.
func EmbeddingFiles(file string) []string {
	base, is := strings.CutSuffix(file, ".npy")
	if !is {
		return []string{file}
	}
	return []string{file, base + "_labels.npy", base + "_split.npy", base + ".json"}
}

// EmbedFormats lists the endings that [Embed] knows.
func EmbedFormats() []string { return []string{".safetensors", ".npz", ".npy", ".csv", ".parquet"} }

// embedding is what is to be written.
type embedding[T tensor.Float] struct {
	what    What
	run     string
	name    string // the data set's
	classes []string
	images  int
	dim     int
	labels  []int    // -1 where there are none
	parts   []int    // 0 training, 1 test
	files   []string // nil where images have none
	// each calls take with the rows of some images after another.
	each func(take func(rows *tensor.Tensor[T]) error) error
}

func embed[T tensor.Float](ctx context.Context, cfg train.Config, split *data.Split, dir, file string, what What) (res Embedding, err error) {
	writers := map[string]embedWriter[T]{
		".safetensors": writeSafetensors[T], ".npz": writeNPZ[T], ".npy": writeNPY[T], ".csv": writeCSV[T], ".parquet": writeParquet[T],
	}
	write, ok := writers[filepath.Ext(file)]
	if !ok {
		return res, fmt.Errorf("%s: the name must end in one of %s", file, strings.Join(EmbedFormats(), ", "))
	}
	n, err := train.Load[T](dir, cfg)
	if err != nil {
		return res, err
	}
	e, err := newEmbedding(ctx, cfg, n.Method, split, what)
	if err != nil {
		return res, err
	}
	e.run = dir
	if err := write(file, e); err != nil {
		return res, err
	}
	return Embedding{Files: EmbeddingFiles(file), Images: e.images, Dim: e.dim}, nil
}

// newEmbedding describes the embedding of a data set.
func newEmbedding[T tensor.Float](ctx context.Context, cfg train.Config, m mvssl.Method[T], split *data.Split, what What) (*embedding[T], error) {
	plain, err := evaluator(cfg, m, split.Train)
	if err != nil {
		return nil, err
	}
	e := &embedding[T]{what: what, name: split.Train.Name, classes: split.Train.Classes}
	network := encode(m.Encoder())
	e.dim = m.Encoder().Dim()
	if what == Projections {
		if network, e.dim, err = projections(cfg, m); err != nil {
			return nil, err
		}
	}
	sets := []*data.Dataset{split.Train}
	if split.Test != nil {
		sets = append(sets, split.Test)
	}
	for part, d := range sets {
		e.images += d.Len()
		e.parts = append(e.parts, slices.Repeat([]int{part}, d.Len())...)
		if d.Labels != nil {
			e.labels = append(e.labels, d.Labels...)
		} else {
			e.labels = append(e.labels, slices.Repeat([]int{-1}, d.Len())...)
		}
		e.files = append(e.files, d.Files...)
	}
	if len(e.files) != e.images {
		e.files = nil
	}
	e.each = func(take func(rows *tensor.Tensor[T]) error) error {
		for _, d := range sets {
			if err := plain.Each(ctx, d, network, take); err != nil {
				return err
			}
		}
		return nil
	}
	return e, nil
}

// encode returns what makes features of images.
func encode[T tensor.Float](encoder nn.Encoder[T]) func(images *autograd.Var[T]) *autograd.Var[T] {
	return func(images *autograd.Var[T]) *autograd.Var[T] { return encoder.Forward(nn.Context{}, images) }
}

// projections returns what makes projections of images, rows of so many numbers.
func projections[T tensor.Float](cfg train.Config, m mvssl.Method[T]) (network func(images *autograd.Var[T]) *autograd.Var[T], dim int, err error) {
	parts, err := exportParts(cfg)
	if err != nil {
		return nil, 0, err
	}
	projected, err := mvssl.AsProjected(cfg.Model.Method, m)
	if err != nil {
		return nil, 0, err
	}
	for _, p := range parts {
		dim += projectionDim(projected.Projector(p.Name), m.Encoder().Dim())
	}
	if len(parts) > 1 {
		return m.Project, dim, nil // side by side
	}
	projector := projected.Projector("")
	return func(images *autograd.Var[T]) *autograd.Var[T] {
		return autograd.Normalize(projector.Forward(nn.Context{}, m.Encoder().Forward(nn.Context{}, images)), 1e-12)
	}, dim, nil
}

// part returns the name of an image's part.
func (e *embedding[T]) part(i int) data.Part {
	if e.parts[i] == 0 {
		return data.Training
	}
	return data.Test
}

// class returns the name of an image's class, "" where it has none.
func (e *embedding[T]) class(i int) string {
	if e.labels[i] < 0 || e.labels[i] >= len(e.classes) {
		return ""
	}
	return e.classes[e.labels[i]]
}
