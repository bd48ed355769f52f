package runs

import (
	"encoding/binary"
	"io"
	"strings"

	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// EmbeddingFormat is the format of what [Embed] writes.
const EmbeddingFormat = "entrec-embedding/1"

// writeSafetensors writes an embedding as tensors.
func writeSafetensors[T tensor.Float](file string, e *embedding[T]) error {
	metadata := map[string]string{"format": EmbeddingFormat, "data": e.name}
	if e.classes != nil {
		metadata["classes"] = lines(e.classes)
	}
	if e.files != nil {
		metadata["files"] = lines(e.files)
	}
	var w safetensors.Writer
	rows := safetensors.FromFloats[T](string(e.what), []int{e.images, e.dim}, nil)
	w.AddStreamed(rows, e.images*e.dim*floatBytes[T](), e.writeRows)
	w.Add(ints("labels", e.labels))
	w.Add(ints("split", e.parts))
	return w.Write(file, metadata)
}

// lines are names one a line: a newline in a name is written as \n, a backslash and an n.
func lines(names []string) string {
	one := strings.NewReplacer("\n", `\n`)
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.Replace(name))
	}
	return b.String()
}

// floatBytes returns how many bytes a number has.
func floatBytes[T tensor.Float]() int {
	if _, single := any(T(0)).(float32); single {
		return 4
	}
	return 8
}

// writeRows writes all rows one after another, little-endian.
func (e *embedding[T]) writeRows(w io.Writer) error {
	return e.each(func(rows *tensor.Tensor[T]) error {
		_, err := w.Write(safetensors.FromFloats("", rows.Shape(), tensor.Contiguous(rows).Data()).Data)
		return err
	})
}

// ints returns an I64 tensor.
func ints(name string, values []int) safetensors.Tensor {
	t := safetensors.Tensor{Name: name, DType: "I64", Shape: []int{len(values)}}
	for _, v := range values {
		t.Data = binary.LittleEndian.AppendUint64(t.Data, uint64(v))
	}
	return t
}
