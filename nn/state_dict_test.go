package nn_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"entrec/nn"
	"entrec/tensor/safetensors"

	"github.com/stretchr/testify/require"
)

// TestStateDict writes and reads back, in the same and in the other precision.
func TestStateDict(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	rng := rand.New(rand.NewPCG(1, 2))
	from := nn.NewProjector[float32](rng, 3, 4, 2)
	for _, s := range nn.State(from) {
		if s.Name == "1.num_batches_tracked" {
			s.Value.Fill(12345)
		}
	}
	require.NoError(t, nn.WriteState(path, map[string]string{"who": "test"}, nn.State(from)))
	written, err := safetensors.Read(path)
	require.NoError(t, err)
	require.Equal(t, "test", written.Metadata["who"])
	require.NoError(t, written.Verify(path))

	same, wide := nn.NewProjector[float32](rng, 3, 4, 2), nn.NewProjector[float64](rng, 3, 4, 2)
	require.NoError(t, nn.LoadState(path, nn.State(same)))
	require.NoError(t, nn.LoadState(path, nn.State(wide)))
	sames, wides := nn.State(same), nn.State(wide)
	for i, s := range nn.State(from) {
		require.Equal(t, s.Value.Data(), sames[i].Value.Data(), s.Name)
		for j, v := range s.Value.Data() {
			require.Equal(t, float64(v), wides[i].Value.Data()[j], s.Name)
		}
	}
	f, err := safetensors.Read(path)
	require.NoError(t, err)
	batches, ok := f.Tensor("1.num_batches_tracked")
	require.True(t, ok)
	n, err := safetensors.Int(batches)
	require.NoError(t, err, "an integer, as PyTorch's")
	require.Equal(t, int64(12345), n)
}

// TestLoadStateRefuses reads files that do not fit: the error names file, tensor,
// what was found and expected, and nothing has changed.
func TestLoadStateRefuses(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	write := func(name string, state []nn.Named[float64]) string {
		path := filepath.Join(dir, name)
		require.NoError(t, nn.WriteState(path, nil, state))
		return path
	}
	good := nn.State(nn.NewProjector[float64](rng, 3, 4, 2))
	garbage := filepath.Join(dir, "garbage")
	require.NoError(t, os.WriteFile(garbage, []byte("not safetensors"), 0o644))
	counted := write("counted", good)
	content, err := os.ReadFile(counted)
	require.NoError(t, err)
	truncated := filepath.Join(dir, "truncated")
	require.NoError(t, os.WriteFile(truncated, content[:len(content)-3], 0o644))
	float := filepath.Join(dir, "float")
	require.NoError(t, safetensors.Write(float, nil, []safetensors.Tensor{safetensors.FromFloats("num_batches_tracked", nil, []float64{1})}))
	for _, c := range []struct {
		path string
		into []nn.Named[float64]
		says []string
	}{
		{filepath.Join(dir, "none"), good, []string{"none"}},
		{garbage, good, []string{garbage}},
		{truncated, good, []string{truncated}},
		{write("fewer", good[:3]), good, []string{"fewer", `"1.running_mean" is missing`}},
		{counted, good[:3], []string{"counted", `"1.num_batches_tracked"`, "no such name"}},
		{write("other shapes", nn.State(nn.NewProjector[float64](rng, 3, 5, 2))), good, []string{"other shapes", `"0.weight"`, "[5 3]", "[4 3]"}},
		{float, []nn.Named[float64]{{Name: "num_batches_tracked", Var: good[5].Var}}, []string{"float", "num_batches_tracked"}},
	} {
		before := good[0].Value.Clone()
		err := nn.LoadState(c.path, c.into)
		for _, s := range c.says {
			require.ErrorContains(t, err, s)
		}
		require.Equal(t, before.Data(), good[0].Value.Data())
	}
	sealed, err := safetensors.Read(counted)
	require.NoError(t, err)
	sealed.Tensors[0].Data[0] ^= 1
	changed, err := safetensors.Marshal(sealed.Metadata, sealed.Tensors)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(counted, changed, 0o644))
	require.ErrorContains(t, nn.LoadState(counted, good), `tensor "`+sealed.Tensors[0].Name+`": found content of SHA-256 `)
	require.Error(t, nn.WriteState(filepath.Join(dir, "no", "folder"), nil, good))
}
