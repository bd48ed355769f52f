package nn

import (
	"fmt"
	"slices"
	"strings"

	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// batchesTracked is the name under which batch norm counts its batches; PyTorch
// keeps that number as an integer.
const batchesTracked = "num_batches_tracked"

// WriteState writes a state dict to a safetensors file under its names, wholly or
// not at all, in the precision of T; batch norm's num_batches_tracked is an I64
// scalar, as PyTorch's. The metadata get the digests of safetensors.Seal.
func WriteState[T Float](path string, metadata map[string]string, state []Named[T]) error {
	return stateWriter(state).Write(path, metadata)
}

// ReplaceState is WriteState that keeps the file before, if any, under the name previous:
// see files.Replace.
func ReplaceState[T Float](path, previous string, metadata map[string]string, state []Named[T]) error {
	return stateWriter(state).Replace(path, previous, metadata)
}

func stateWriter[T Float](state []Named[T]) *safetensors.Writer {
	w := &safetensors.Writer{}
	for _, s := range state {
		w.Add(s.Tensor())
	}
	return w
}

// Tensor returns a copy of the tensor as files hold it: num_batches_tracked as an I64
// scalar, others in the precision of T.
func (s Named[T]) Tensor() safetensors.Tensor {
	value := tensor.Contiguous(s.Value)
	if strings.HasSuffix(s.Name, batchesTracked) {
		return safetensors.FromInt(s.Name, int64(value.Item()))
	}
	return safetensors.FromFloats(s.Name, value.Shape(), value.Data())
}

// LoadState reads a state dict from a safetensors file, whose digests must be right where
// it has any, and is [SetState] with it.
func LoadState[T Float](path string, state []Named[T]) error {
	f, err := safetensors.Read(path)
	if err != nil {
		return err
	}
	if f.Sealed() {
		if err := f.Verify(path); err != nil {
			return err
		}
	}
	return SetState(path, f, state)
}

// SetState copies a state dict from the file that was read from path into the tensors of
// state, converting the precision where it differs. The file must hold exactly the names
// of state, each with its shape; the error names the file, the tensor, what was
// found and what was expected, and state is then unchanged.
func SetState[T Float](path string, f *safetensors.File, state []Named[T]) error {
	known := map[string]bool{}
	values := make([][]T, len(state))
	for i, s := range state {
		known[s.Name] = true
		t, ok := f.Tensor(s.Name)
		if !ok {
			return fmt.Errorf("%s: tensor %q is missing", path, s.Name)
		}
		if !slices.Equal(t.Shape, s.Shape()) {
			return fmt.Errorf("%s: tensor %q: found shape %v, expected %v", path, s.Name, t.Shape, s.Shape())
		}
		if strings.HasSuffix(s.Name, batchesTracked) {
			n, err := safetensors.Int(t)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			values[i] = []T{T(n)}
			continue
		}
		var err error
		if values[i], err = safetensors.Floats[T](t); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	for _, t := range f.Tensors {
		if !known[t.Name] {
			return fmt.Errorf("%s: found tensor %q, expected no such name", path, t.Name)
		}
	}
	for i, s := range state {
		tensor.CopyTo(s.Value, tensor.FromSlice(values[i], s.Shape()...))
	}
	return nil
}
