package train_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/train"
	"entrec/tensor/safetensors"
)

// TestInitOfParts: a method whose encoder has several parts does not begin with the weights
// of one.
func TestInitOfParts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "e.safetensors")
	require.NoError(t, safetensors.Write(file, nil, []safetensors.Tensor{safetensors.FromFloats("fc1.weight", []int{1}, []float32{0})}))
	_, _, err := train.Resolve(runtest.Request(t, "cmc", "model.variant", "color", "init", file), runtest.ColorSplit())
	var field *train.FieldError
	require.ErrorAs(t, err, &field)
	require.Equal(t, "init", field.Path)
	require.EqualError(t, field.Err, file+": found weights of one encoder, expected none for a method that has 2")
	_, _, err = train.Resolve(runtest.Request(t, "cmc", "init", file), runtest.ColorSplit())
	require.NoError(t, err, "of crops it is one encoder")
}
