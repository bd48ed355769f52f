package onnx

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"entrec/internal/files"
)

// The version of the operators, and that of the format that first had them: what ONNX 1.12
// and later read.
const (
	opset     = 17
	irVersion = 8
)

// producer says in each file who wrote it.
const producer = "entrec"

// The field numbers of ModelProto, and of its entries.
const (
	modelIR, modelProducer, modelProducerVersion, modelGraph, modelOpset, modelMetadata = 1, 2, 3, 7, 8, 14

	entryKey, entryValue, opsetVersion = 1, 2, 2
)

// maxBytes is what readers of protocol buffers take.
const maxBytes = 1<<31 - 1

// Write writes the graph as a model of that name to a file, wholly or not at all, with
// metadata and the version of the program. It errors where a name in the graph stands
// twice, where the model has more than the 2 GiB that the format allows, and where the file
// system does.
func (g *Graph) Write(path, name, version string, metadata map[string]string) error {
	fill, err := g.Filling(path, name, version, metadata)
	if err != nil {
		return err
	}
	return files.WriteBy(path, fill)
}

// Filling returns what writes the file of [Graph.Write], whose name is for errors.
func (g *Graph) Filling(path, name, version string, metadata map[string]string) (fill func(f *os.File) error, err error) {
	if g.twice != "" {
		return nil, fmt.Errorf("%s: found two values named %q in the graph, expected one", path, g.twice)
	}
	before, graph, after := g.model(name, version, metadata)
	size := len(before) + len(after)
	for _, part := range graph {
		size += len(part)
	}
	if size > maxBytes {
		return nil, fmt.Errorf("%s: found a model of %d bytes, expected at most the %d that ONNX files have", path, size, maxBytes)
	}
	return func(f *os.File) error {
		w := bufio.NewWriterSize(f, 1<<20)
		for _, part := range slices.Concat([][]byte{before}, graph, [][]byte{after}) {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return w.Flush()
	}, nil
}

// model returns a ModelProto in parts: what stands before the graph's content, that, and
// what stands after it.
func (g *Graph) model(name, version string, metadata map[string]string) (before []byte, graph [][]byte, after []byte) {
	size := 0
	add := func(field protowire.Number, messages ...[]byte) {
		for _, m := range messages {
			head := protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.BytesType), uint64(len(m)))
			graph = append(graph, head, m)
			size += len(head) + len(m)
		}
	}
	add(graphNode, g.nodes...)
	add(graphName, []byte(name))
	add(graphConstant, g.constants...)
	add(graphInput, g.inputs...)
	add(graphOutput, g.outputs...)

	before = text(head(), modelProducerVersion, version)
	before = protowire.AppendVarint(protowire.AppendTag(before, modelGraph, protowire.BytesType), uint64(size))
	after = message(nil, modelOpset, number(nil, opsetVersion, opset))
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		after = message(after, modelMetadata, text(text(nil, entryKey, key), entryValue, metadata[key]))
	}
	return before, graph, after
}

// head returns the beginning of every file that is written here.
func head() []byte { return text(number(nil, modelIR, irVersion), modelProducer, producer) }

// Ours reports whether a file begins as those that are written here.
func Ours(path string) bool {
	f, _, err := files.Open(path, maxBytes)
	if err != nil {
		return false
	}
	defer f.Close()
	found := make([]byte, len(head()))
	_, err = io.ReadFull(f, found)
	return err == nil && bytes.Equal(found, head())
}
