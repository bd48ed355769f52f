package suite

import (
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/naive"
)

// formatOps are the operations of the golden format's table, and the traces.
const formatOps = `matmul logdet linear conv2d batch_norm layer_norm relu gelu softmax log_softmax logsumexp normalize
	max_pool2d avg_pool2d global_avg_pool2d attention info_nce nt_xent dcl dhel dim_jsd dim_nce dim_dv amdim cpc moco er_entropy_sphere er_reconstruction_sphere
	koleo tico sigreg mmcr mi_dv mi_mine mi_nwj mi_tuba mi_js mi_smile mi_interpolated mi_infonce mi_club
	er_entropy_discrete er_reconstruction_discrete er_discrete vmf_log_normalizer byol dino sinkhorn swapped_prediction alignment
	uniformity barlow_twins vicreg corinfomax ema_update sgd_step adamw_step lars_step adjust_brightness adjust_contrast
	adjust_saturation adjust_hue rgb_to_grayscale gaussian_blur solarize resized_crop train/simclr train/simclr-er
	train/moco train/align-uniform train/deepcluster train/swav train/byol train/byol-er train/simsiam train/dino train/dino-er
	train/barlow-twins train/vicreg train/dcl train/dhel train/koleo train/tico train/mmcr train/corinfomax train/er-discrete`

// TestCommittedSuite: what is committed is what Build gives, to the byte.
// `entrec golden export reference/testdata/golden/v1` writes it.
func TestCommittedSuite(t *testing.T) {
	files, err := Build()
	require.NoError(t, err)
	dir := filepath.Join("..", "testdata", "golden", "v1")
	found := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		want, there := files[filepath.ToSlash(name)]
		require.True(t, there, "%s is not of the suite", path)
		require.True(t, slices.Equal(want, content), "%s differs", path)
		found++
		return nil
	}))
	require.Len(t, files, found)
}

// TestSuiteIsWhole: all operations, with cases that differentiate, and rejects.
func TestSuiteIsWhole(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	answered, differentiated, rejected := map[string]int{}, map[string]int{}, map[string]int{}
	oracles := map[string]int{}
	size := 0
	for i, e := range s.Cases {
		oracles[e.Oracle]++
		c := s.Loaded[i]
		for _, x := range c.In {
			size += 8 * len(x.Data)
		}
		if e.Reject {
			require.True(t, strings.HasPrefix(e.File, "reject/"), e.File)
			rejected[e.Op]++
			continue
		}
		answered[e.Op]++
		if len(c.Grad) > 0 {
			differentiated[e.Op]++
		}
	}
	ops := strings.Fields(formatOps)
	slices.Sort(ops)
	require.Equal(t, ops, slices.Sorted(maps.Keys(answered)))
	total := 0
	for _, op := range ops {
		total += answered[op]
		if strings.HasPrefix(op, "train/") {
			continue
		}
		require.GreaterOrEqual(t, answered[op], 3, op)
		if !strings.HasSuffix(op, "_step") {
			require.NotZero(t, differentiated[op], op)
		}
	}
	require.GreaterOrEqual(t, total, 300)
	require.GreaterOrEqual(t, len(rejected), 30)
	require.NotZero(t, oracles["mpmath"])
	require.NotZero(t, oracles["analytic"])
}

// TestSymmetries: permuting the axes of a sum permutes the answer and no more.
func TestSymmetries(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	asked := 0
	for i, e := range s.Cases {
		if e.Reject {
			continue
		}
		for _, p := range Permuted(s.Loaded[i], 0) {
			a, err := naive.Answer(p)
			require.NoError(t, err, p.Name)
			asked++
			for _, d := range golden.Compare(p, a, e.TolerancesFor(golden.F64)) {
				require.Empty(t, d.Detail, p.Name)
			}
		}
	}
	require.Greater(t, asked, 300)
}

// TestComparator: for each case, zeros, the negated answer, a neighbor's, ten
// tolerances more and NaN fail; the answer itself and half a tolerance more pass.
func TestComparator(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	neighbors := map[string]*golden.Answer{}
	for i, e := range s.Cases {
		if e.Reject {
			continue
		}
		c := s.Loaded[i]
		tolerances := e.Tolerances[golden.F32]
		passes := func(a *golden.Answer) bool {
			for _, d := range golden.Compare(c, a, tolerances) {
				if d.Flaw != "" {
					return false
				}
			}
			return true
		}
		changed := func(f func(name string, x *golden.Array) *golden.Array) *golden.Answer {
			a := &golden.Answer{Out: map[string]*golden.Array{}, Grad: map[string]*golden.Array{}}
			for name, x := range c.Out {
				a.Out[name] = f("out/"+name, x)
			}
			for name, x := range c.Grad {
				a.Grad[name] = f("grad/"+name, x)
			}
			return a
		}
		shifted := func(tolerance float64) func(name string, x *golden.Array) *golden.Array {
			return func(name string, x *golden.Array) *golden.Array {
				limit := tolerances[name].Limit(x)
				y := golden.FromSlice(slices.Clone(x.Data), x.Shape...)
				last := len(y.Data) - 1
				y.Data[last] += tolerance * limit
				return y
			}
		}
		require.True(t, passes(&golden.Answer{Out: c.Out, Grad: c.Grad}), e.File)
		require.True(t, passes(changed(shifted(0.5))), "%s with half a tolerance", e.File)
		require.False(t, passes(changed(shifted(10))), "%s with ten tolerances", e.File)
		require.False(t, passes(changed(func(_ string, x *golden.Array) *golden.Array { return golden.NewArray(x.Shape...) })), "%s with zeros", e.File)
		require.False(t, passes(changed(func(_ string, x *golden.Array) *golden.Array { return times(-1)(x) })), "%s negated", e.File)
		require.False(t, passes(changed(func(_ string, x *golden.Array) *golden.Array {
			y := golden.FromSlice(slices.Clone(x.Data), x.Shape...)
			y.Data[len(y.Data)/2] = math.NaN()
			return y
		})), "%s with NaN", e.File)
		if n := neighbors[e.Op]; n != nil {
			require.False(t, passes(n), "%s with its neighbor's answer", e.File)
		}
		neighbors[e.Op] = &golden.Answer{Out: c.Out, Grad: c.Grad}

		content, err := (&golden.Answer{Out: c.Out, Grad: c.Grad}).Marshal(c, golden.Single)
		require.NoError(t, err)
		whole, err := golden.ParseAnswer(e.File, content)
		require.NoError(t, err)
		require.True(t, passes(whole), "%s rounded to float32", e.File)
		_, err = golden.ParseAnswer(e.File, content[:len(content)-1])
		require.Error(t, err, "%s cut off", e.File)
	}
}
