package runs

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"entrec/internal/files"
	"entrec/internal/strictjson"
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
//   - F.safetensors holds features (n, dim) in the run's precision, labels (n; -1 where
//     there are none) and split (n), I64, where 0 is training and 1 test; its metadata name the classes,
//     one a line;
//   - F.npy holds the features, F_labels.npy and F_split.npy the others, as int64. F.json,
//     an [EmbeddingRecord], is written last.
//
// Each file is written wholly or not at all.
func Embed(ctx context.Context, cfg train.Config, split *data.Split, dir, file string) (Embedding, error) {
	if cfg.Precision == train.F64 {
		return embed[float64](ctx, cfg, split, dir, file)
	}
	return embed[float32](ctx, cfg, split, dir, file)
}

// EmbeddingFormat is the format of what [Embed] writes.
const EmbeddingFormat = "entrec-embedding/1"

// EmbeddingRecord is F.json, which says what the files of an embedding hold.
type EmbeddingRecord struct {
	Format  string       `json:"format"` // EmbeddingFormat
	Run     string       `json:"run"`    // the run's folder, as it was named
	Data    string       `json:"data"`
	Classes []string     `json:"classes"`
	Images  int          `json:"images"`
	Dim     int          `json:"dim"` // of the features
	Files   []FileRecord `json:"files"`
}

// FileRecord is about one file.
type FileRecord struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// EmbeddingFiles returns the files that [Embed] writes for a name.
func EmbeddingFiles(file string) []string {
	base, is := strings.CutSuffix(file, ".npy")
	if !is {
		return []string{file}
	}
	return []string{file, base + "_labels.npy", base + "_split.npy", base + ".json"}
}

// IsEmbedding reports whether F.json beside F.npy says that [Embed] wrote it.
func IsEmbedding(file string) bool {
	text, err := files.Read(strings.TrimSuffix(file, ".npy")+".json", maxSummaryBytes)
	var r EmbeddingRecord
	return err == nil && strictjson.Unmarshal(text, &r) == nil && r.Format == EmbeddingFormat
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
	x := learned
	if tested != nil {
		x = tensor.Concat(0, learned, tested)
	}
	n := x.Dim(0)
	features := safetensors.FromFloats("features", x.Shape(), x.Data())
	labels, part := ints("labels", n), ints("split", n)
	for i := range n {
		label, of, d, at := -1, 0, split.Train, i
		if i >= split.Train.Len() {
			of, d, at = 1, split.Test, i-split.Train.Len()
		}
		if d.Labels != nil {
			label = d.Labels[at]
		}
		binary.LittleEndian.PutUint64(labels.Data[8*i:], uint64(label))
		binary.LittleEndian.PutUint64(part.Data[8*i:], uint64(of))
	}
	res = Embedding{Images: n, Dim: x.Dim(1)}
	switch base := strings.TrimSuffix(file, filepath.Ext(file)); filepath.Ext(file) {
	case ".safetensors":
		res.Files = []string{file}
		return res, safetensors.Write(file, map[string]string{
			"format": EmbeddingFormat, "data": split.Train.Name, "classes": strings.Join(split.Train.Classes, "\n"),
		}, []safetensors.Tensor{features, labels, part})
	case ".npy":
		res.Files = EmbeddingFiles(file)
		record := EmbeddingRecord{
			Format: EmbeddingFormat, Run: dir, Data: split.Train.Name, Classes: split.Train.Classes, Images: n, Dim: res.Dim,
		}
		var contents [][]byte
		for i, t := range []safetensors.Tensor{features, labels, part} {
			content := npy(t)
			contents = append(contents, content)
			record.Files = append(record.Files, FileRecord{filepath.Base(res.Files[i]), len(content), fmt.Sprintf("%x", sha256.Sum256(content))})
		}
		text, err := json.MarshalIndent(record, "", "  ")
		if err != nil {
			return res, err
		}
		// The record comes first: what it tells of and is not there yet does not fit it, and
		// the same command may write it again.
		if err := files.Write(base+".json", append(text, '\n')); err != nil {
			return res, err
		}
		for i, content := range contents {
			if err := files.Write(res.Files[i], content); err != nil {
				return res, err
			}
		}
		return res, nil
	}
	return res, fmt.Errorf("%s: the name must end in one of %s", file, strings.Join(EmbedFormats(), ", "))
}

// ints returns an I64 tensor of n zeros.
func ints(name string, n int) safetensors.Tensor {
	return safetensors.Tensor{Name: name, DType: "I64", Shape: []int{n}, Data: make([]byte, 8*n)}
}
