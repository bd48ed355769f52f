package safetensors

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAddStreamed: a tensor that is streamed makes the same file as one that is in memory;
// one that is not of its size makes none.
func TestAddStreamed(t *testing.T) {
	dir := t.TempDir()
	whole := FromFloats("features", []int{4, 3}, make([]float32, 12))
	whole.Data[5], whole.Data[47] = 1, 2
	others := []Tensor{FromInt("split", 3), FromFloats("a", []int{1}, []float32{1})}
	one, two := filepath.Join(dir, "1"), filepath.Join(dir, "2")
	require.NoError(t, Write(one, map[string]string{"k": "v"}, append(others, whole)))
	stream := func(path string, content []byte, failure error) error {
		var w Writer
		w.AddStreamed(Tensor{Name: whole.Name, DType: whole.DType, Shape: whole.Shape}, len(whole.Data), func(to io.Writer) error {
			for _, b := range content {
				if _, err := to.Write([]byte{b}); err != nil {
					return err
				}
			}
			return failure
		})
		for _, o := range others {
			w.Add(o)
		}
		return w.Write(path, map[string]string{"k": "v"})
	}
	require.NoError(t, stream(two, whole.Data, nil))
	first, err := os.ReadFile(one)
	require.NoError(t, err)
	second, err := os.ReadFile(two)
	require.NoError(t, err)
	require.Equal(t, first, second)
	f, err := Read(two)
	require.NoError(t, err)
	require.NoError(t, f.Verify(two))

	three := filepath.Join(dir, "3")
	require.ErrorContains(t, stream(three, whole.Data[1:], nil), `tensor "features": found 47 bytes of data, expected 48`)
	broken := errors.New("broken")
	require.ErrorIs(t, stream(three, whole.Data, broken), broken)
	require.NoFileExists(t, three)
}
