package main

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// execute runs the command and returns what it printed and how it failed.
func execute(args ...string) (string, error) {
	var out bytes.Buffer
	c := newCommand()
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(&out)
	err := c.Execute()
	return out.String(), err
}

// TestCoupled: a new encoder changes nothing, a trained one does, and has an inverse and a
// Jacobian of determinant 1.
func TestCoupled(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const d = 6
	c := newCoupled(rng, d)
	x := tensor.New[float32](50, d)
	for i := range x.Data() {
		x.Data()[i] = float32(rng.NormFloat64())
	}
	codes := func(x *tensor.Tensor[float32]) *tensor.Tensor[float32] {
		return c.Forward(nn.Context{}, autograd.NewFrozenTape[float32]().Constant(x)).Value
	}
	require.Equal(t, x.Data(), tensor.Contiguous(codes(x)).Data())
	c.State("", func(_ string, v *autograd.Var[float32]) {
		for i := range v.Value.Data() {
			v.Value.Data()[i] = float32(rng.NormFloat64()) / 8
		}
	})
	require.Greater(t, math.Abs(float64(codes(x).At(0, 0)-x.At(0, 0))), 1e-3)
	require.Less(t, c.off(x), 1e-5)

	const h = 1e-2
	moved := tensor.New[float32](2*d, d) // the first row, a little to either side in each coordinate
	for i := range d {
		for j := range d {
			moved.Set(x.At(0, j), 2*i, j)
			moved.Set(x.At(0, j), 2*i+1, j)
		}
		moved.Set(x.At(0, i)-h, 2*i, i)
		moved.Set(x.At(0, i)+h, 2*i+1, i)
	}
	y := codes(moved)
	jacobian := tensor.New[float64](d, d)
	for i := range d {
		for j := range d {
			jacobian.Set(float64(y.At(2*i+1, j)-y.At(2*i, j))/(2*h), i, j)
		}
	}
	gram := tensor.New[float64](d, d)
	tensor.MatMulTo(gram, jacobian, jacobian, tensor.NoTrans, tensor.Trans)
	factor, definite := tensor.NewCholesky(gram)
	require.True(t, definite)
	require.InDelta(t, 0, factor.LogDet(), 0.02) // the determinant squared is 1
}

// TestLinear: classes that a plane parts are told apart, of unequal shares too, and what says
// nothing leaves the larger class.
func TestLinear(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	draw := func(n int) (x *tensor.Tensor[float32], labels []int) {
		x = tensor.New[float32](n, 3)
		for i := range n {
			label := 0
			if rng.Float64() < 0.25 {
				label = 1
			}
			x.Set(float32(100+rng.NormFloat64()), i, 0)
			x.Set(float32(10*label)+float32(rng.NormFloat64()), i, 1)
			x.Set(float32(rng.NormFloat64()), i, 2)
			labels = append(labels, label)
		}
		return x, labels
	}
	x, labels := draw(400)
	q, want := draw(400)
	accuracy, err := linear(x, labels, q, want)
	require.NoError(t, err)
	require.Greater(t, accuracy, 0.99)
	none := func(x *tensor.Tensor[float32]) *tensor.Tensor[float32] { return tensor.Contiguous(x.Slice(1, 2, 3)) }
	accuracy, err = linear(none(x), labels, none(q), want)
	require.NoError(t, err)
	larger := 0.0
	for _, label := range want {
		larger += float64(1-label) / 400
	}
	require.InDelta(t, larger, accuracy, 1e-12)
	_, err = linear(tensor.New[float32](4, 2), []int{0, 1, 0, 1}, tensor.New[float32](1, 2), []int{0})
	require.ErrorContains(t, err, "codes that are all the same")
}

// TestNormals: dependent pairs are distributed as independent ones are, one by one, with the
// mutual information that is given.
func TestNormals(t *testing.T) {
	for _, shared := range []bool{false, true} {
		rng := rand.New(rand.NewPCG(3, 4))
		task := normals(shared)
		var a, b, first, second []float64
		for range 20000 {
			x, y := task.Sample(rng, 2)
			a, b = append(a, x[0][0]), append(b, y[0][0])
			first, second = append(first, x[0][0]), append(second, x[1][0])
		}
		require.InDelta(t, 2, stat.Variance(a, nil), 0.08)
		require.InDelta(t, 2, stat.Variance(b, nil), 0.08)
		rho := stat.Correlation(a, b, nil)
		require.InDelta(t, 0.2, rho, 0.03)
		require.InDelta(t, -math.Log(1-0.2*0.2)/2, task.MI, 1e-15)
		between := 0.
		if shared {
			between = 0.5
		}
		require.InDelta(t, between, stat.Correlation(first, second, nil), 0.03)
	}
}

// TestHalves makes every experiment, for a moment and of few images.
func TestHalves(t *testing.T) {
	im, err := load(t.Context(), "fashion-mini", 128)
	require.NoError(t, err)
	c := newCommand()
	c.SetContext(t.Context())
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetErr(&bytes.Buffer{})
	r := experiments("fashion-mini", im, looks)
	require.NoError(t, r.make(c, im, 2))
	dir := t.TempDir()
	require.NoError(t, r.save(c, dir))
	text, err := os.ReadFile(filepath.Join(dir, "halves.json"))
	require.NoError(t, err)
	var read record
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, *r, read)
	require.Len(t, r.Invertible, 2*trials)
	for _, of := range r.Invertible {
		require.Len(t, of.Points, looks+1)
		require.Less(t, *of.Inverse, 1e-5)
	}
	require.Len(t, r.Critics, 4*trials+2)
	for _, of := range r.Critics {
		require.Equal(t, []int{0, looks}, []int{of.Points[0].Steps, of.Points[1].Steps})
	}
	require.NotEqual(t, r.Critics[0].Points, r.Critics[1].Points)
	require.Contains(t, out.String(), "| | 0 | 1 | 2 | 3 | 4 |\n")
	require.Contains(t, out.String(), "| nwj concat | ")
}

// TestRefuses: what the command cannot use is told on one line.
func TestRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		`required flag(s) "out" not set`:      {},
		"--steps: found 3, expected at least": {"--out", "a", "--steps", "3"},
		"no/where":                            {"--out", "a", "--data", "no/where"},
	} {
		_, err := execute(args...)
		require.ErrorContains(t, err, want)
	}
}

// TestPublished: the tables and the page are what the record gives, and it shows what the
// page says.
func TestPublished(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	read := func(path ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{docs}, path...)...))
		require.NoError(t, err)
		return string(text)
	}
	var r record
	require.NoError(t, json.Unmarshal([]byte(read("results", "mi", "halves.json")), &r))
	tables := r.markdown()
	require.Equal(t, tables, read("results", "mi", "halves.md"))
	_, rest, found := strings.Cut(read("bounds.md"), "<!-- halves -->\n")
	require.True(t, found)
	page, _, found := strings.Cut(rest, "<!-- end -->")
	require.True(t, found)
	require.Equal(t, strings.TrimSpace(tables), strings.TrimSpace(page))

	for _, of := range r.Invertible { // 1
		require.Less(t, *of.Inverse, 1e-6)
		require.Greater(t, of.Points[looks].Linear, of.Points[0].Linear+0.01)
		require.Greater(t, of.Points[looks].Bound, of.Points[0].Bound)
	}
	bound, linear := map[string]float64{}, map[string]float64{}
	for _, group := range seeds(r.Critics) { // 2
		for _, of := range group {
			name := of.Estimator + " " + string(of.Critic)
			bound[name] += of.Points[1].Bound / float64(len(group))
			linear[name] += of.Points[1].Linear / float64(len(group))
		}
	}
	require.Greater(t, bound["nwj concat"], max(bound["nwj bilinear"], bound["nwj separable"]))
	require.InDelta(t, linear["nwj concat"], linear["nwj bilinear"], 0.01)
	require.Greater(t, bound["infonce concat"], bound["infonce separable"])
	require.InDelta(t, 0.04, linear["infonce separable"]-linear["infonce concat"], 0.005)
	for _, of := range r.Dependent { // 3
		require.InDelta(t, 0.020, of.Truth, 0.0005)
		require.Less(t, of.Independent.Value, of.Truth+4*of.Independent.Error)
		require.Greater(t, of.Dependent.Value, of.Truth+4*of.Dependent.Error)
	}
}
