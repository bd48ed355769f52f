package runs

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"

	"entrec/internal/files"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// Embedding says what [Embed] wrote.
type Embedding struct {
	Files  []string `json:"files"`
	Images int      `json:"images"`
	Dim    int      `json:"dim"` // of the features
}

// Embed writes the features that the run in folder dir, whose configuration is cfg,
// has for all images of a data set, training images first, then test images, with
// their labels and which part each belongs to. The name's ending says how:
//
//   - F.safetensors holds features (n, dim) in the run's precision, labels (n) and
//     split (n), I64, where 0 is training and 1 test; its metadata name the classes,
//     one a line;
//   - F.npy holds the features, F_labels.npy and F_split.npy the others, as int64.
//
// Each file is written wholly or not at all.
func Embed(ctx context.Context, cfg train.Config, split *data.Split, dir, file string) (Embedding, error) {
	if cfg.Precision == train.F64 {
		return embed[float64](ctx, cfg, split, dir, file)
	}
	return embed[float32](ctx, cfg, split, dir, file)
}

// EmbedFormats lists the endings that [Embed] knows.
func EmbedFormats() []string { return []string{".safetensors", ".npy"} }

func embed[T tensor.Float](ctx context.Context, cfg train.Config, split *data.Split, dir, file string) (res Embedding, err error) {
	e, err := load[T](cfg, split, dir)
	if err != nil {
		return res, err
	}
	learned, tested, err := e.Features(ctx, split)
	if err != nil {
		return res, err
	}
	x := tensor.Concat(0, learned, tested)
	n := x.Dim(0)
	features := safetensors.FromFloats("features", x.Shape(), x.Data())
	labels, part := ints("labels", n), ints("split", n)
	for i := range n {
		label, of := 0, 0
		if i < split.Train.Len() {
			label = split.Train.Labels[i]
		} else {
			label, of = split.Test.Labels[i-split.Train.Len()], 1
		}
		binary.LittleEndian.PutUint64(labels.Data[8*i:], uint64(label))
		binary.LittleEndian.PutUint64(part.Data[8*i:], uint64(of))
	}
	res = Embedding{Images: n, Dim: x.Dim(1)}
	switch base := strings.TrimSuffix(file, filepath.Ext(file)); filepath.Ext(file) {
	case ".safetensors":
		res.Files = []string{file}
		return res, safetensors.Write(file, map[string]string{
			"format": "entrec-embedding/1", "data": split.Train.Name, "classes": strings.Join(split.Train.Classes, "\n"),
		}, []safetensors.Tensor{features, labels, part})
	case ".npy":
		for _, f := range []struct {
			name string
			safetensors.Tensor
		}{{base + "_split.npy", part}, {base + "_labels.npy", labels}, {file, features}} {
			if err := files.Write(f.name, npy(f.Tensor)); err != nil {
				return res, err
			}
			res.Files = append([]string{f.name}, res.Files...)
		}
		return res, nil
	}
	return res, fmt.Errorf("%s: the name must end in one of %s", file, strings.Join(EmbedFormats(), ", "))
}

// ints returns an I64 tensor of n zeros.
func ints(name string, n int) safetensors.Tensor {
	return safetensors.Tensor{Name: name, DType: "I64", Shape: []int{n}, Data: make([]byte, 8*n)}
}
