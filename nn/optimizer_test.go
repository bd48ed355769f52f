package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"entrec/autograd"
	"entrec/internal/foreign"
	"entrec/nn"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// trajectory is what an optimizer is tried on: two parameters, a matrix and a
// vector, and their gradients at each step. The vector has none at every seventh
// step. Learning rate and weight decay follow schedules.
type trajectory struct {
	Matrix, Vector []float64
	Rows, Cols     int
	GradM, GradV   [][]float64
	LR, Decay      []float64
}

func newTrajectory(steps int) trajectory {
	rng := rand.New(rand.NewPCG(7, 8))
	draw := func(n int) []float64 {
		s := make([]float64, n)
		for i := range s {
			s[i] = float64(float32(rng.NormFloat64()))
		}
		return s
	}
	t := trajectory{Matrix: draw(15), Vector: draw(5), Rows: 3, Cols: 5}
	for i := range steps {
		t.GradM = append(t.GradM, draw(15))
		v := draw(5)
		if i%7 == 6 {
			v = nil
		}
		t.GradV = append(t.GradV, v)
		t.LR = append(t.LR, 0.05*nn.WarmupCosine(i, 10, steps+1))
		t.Decay = append(t.Decay, nn.Cosine(i, steps, 0.04, 0.4))
	}
	return t
}

// follow takes the trajectory's steps in the precision of T and returns the
// parameters at the end.
func follow[T nn.Float](t *testing.T, tr trajectory, c nn.OptimizerConfig) (matrix, vector []T) {
	leaf := func(values []float64, shape ...int) *autograd.Var[T] {
		return autograd.Param(tensor.Convert[T](tensor.FromSlice(values, shape...)))
	}
	m, v := leaf(tr.Matrix, tr.Rows, tr.Cols), leaf(tr.Vector, len(tr.Vector))
	opt, err := nn.NewOptimizer([]nn.Named[T]{{Name: "m", Var: m}, {Name: "v", Var: v}}, c)
	require.NoError(t, err)
	for i := range tr.LR {
		m.Grad = tensor.Convert[T](tensor.FromSlice(tr.GradM[i], m.Shape()...))
		if v.Grad = nil; tr.GradV[i] != nil {
			v.Grad = tensor.Convert[T](tensor.FromSlice(tr.GradV[i], v.Shape()...))
		}
		opt.Step(tr.LR[i], tr.Decay[i])
	}
	return m.Value.Data(), v.Value.Data()
}

// torchOptimizers runs the trajectory with each configuration in float64.
const torchOptimizers = `
import torch
tr = x["Trajectory"]
def lars(c, params):
    # Written from the formula of lars_step in the golden format.
    buffers = [torch.zeros_like(p) for p in params]
    def step(lr, decay, grads):
        with torch.no_grad():
            for p, b, g in zip(params, buffers, grads):
                if g is None:
                    continue
                ratio, wd = 1.0, 0.0
                if p.dim() > 1 or c["DecayNorms"]:
                    wd, pn, gn = decay, p.norm(), g.norm()
                    if pn > 0 and gn > 0:
                        ratio = (c["Trust"] or 0.001) * pn / (gn + wd * pn + c["Eps"])
                b.mul_(c["Momentum"]).add_(ratio * (g + wd * p))
                p.sub_(lr * b)
    return step
def run(c):
    m = torch.tensor(tr["Matrix"], dtype=torch.float64).reshape(tr["Rows"], tr["Cols"]).requires_grad_()
    v = torch.tensor(tr["Vector"], dtype=torch.float64).requires_grad_()
    groups = [{"params": [m]}, {"params": [v]}]
    opt = None
    if c["Name"] == "sgd":
        opt = torch.optim.SGD(groups, lr=1, momentum=c["Momentum"], nesterov=c["Nesterov"])
    elif c["Name"] == "adamw":
        opt = torch.optim.AdamW(groups, betas=(c["Beta1"] or 0.9, c["Beta2"] or 0.999), eps=c["Eps"] or 1e-8)
    else:
        step = lars(c, [m, v])
    for i in range(len(tr["LR"])):
        grads = [g if g is None else torch.tensor(g, dtype=torch.float64).reshape(p.shape) for g, p in [(tr["GradM"][i], m), (tr["GradV"][i], v)]]
        if opt is None:
            step(tr["LR"][i], tr["Decay"][i], grads)
            continue
        m.grad, v.grad = grads
        for g, decays in zip(opt.param_groups, [True, c["DecayNorms"]]):
            g["lr"], g["weight_decay"] = tr["LR"][i], tr["Decay"][i] if decays else 0
        opt.step()
    return {"Matrix": m.flatten().tolist(), "Vector": v.tolist()}
y = [run(c) for c in x["Configs"]]
`

// TestOptimizersAgainstTorch holds 100 steps against torch.optim, LARS against
// its formula in Python.
func TestOptimizersAgainstTorch(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: PyTorch")
	}
	tr := newTrajectory(100)
	configs := []nn.OptimizerConfig{
		{Name: "sgd"},
		{Name: "sgd", Momentum: 0.9},
		{Name: "sgd", Momentum: 0.9, DecayNorms: true},
		{Name: "sgd", Momentum: 0.9, Nesterov: true},
		{Name: "adamw"},
		{Name: "adamw", DecayNorms: true},
		{Name: "adamw", Beta1: 0.8, Beta2: 0.95, Eps: 1e-4},
		{Name: "lars", Momentum: 0.9},
		{Name: "lars", Momentum: 0.9, Trust: 0.02, Eps: 1e-3, DecayNorms: true},
		{Name: "lars"},
	}
	var want []struct{ Matrix, Vector []float64 }
	foreign.Run(t, []string{"torch"}, torchOptimizers, map[string]any{"Configs": configs, "Trajectory": tr}, &want)
	for i, c := range configs {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			m, v := follow[float64](t, tr, c)
			// Each of the 100 steps rounds a handful of times at values below 8:
			// 100·10·8·2⁻⁵³ = 1e-12.
			require.LessOrEqual(t, maxDifference(m, want[i].Matrix), 1e-12)
			require.LessOrEqual(t, maxDifference(v, want[i].Vector), 1e-12)
			// The same count in float32 gives 100·10·8·2⁻²⁴ = 5e-4. Rounding errors do not
			// all point the same way: 2.3e-6 is measured at most, and four times that asked.
			m32, v32 := follow[float32](t, tr, c)
			require.LessOrEqual(t, maxDifference(m32, want[i].Matrix), 9e-6)
			require.LessOrEqual(t, maxDifference(v32, want[i].Vector), 9e-6)
		})
	}
}

// maxDifference returns the largest |got − want|, +Inf where a NaN or another
// length is found.
func maxDifference[T nn.Float](got []T, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	worst := 0.0
	for i, g := range got {
		d := math.Abs(float64(g) - want[i])
		if d != d {
			return math.Inf(1)
		}
		worst = max(worst, d)
	}
	return worst
}

// TestOptimizerState shows that an optimizer whose state is copied goes on as the
// other.
func TestOptimizerState(t *testing.T) {
	tr := newTrajectory(6)
	for _, name := range nn.OptimizerNames() {
		t.Run(name, func(t *testing.T) {
			config := nn.OptimizerConfig{Name: nn.OptimizerName(name), Momentum: 0.9}
			start := func() (*autograd.Var[float64], nn.Optimizer[float64]) {
				p := autograd.Param(tensor.FromSlice(append([]float64{}, tr.Matrix...), tr.Rows, tr.Cols))
				opt, err := nn.NewOptimizer([]nn.Named[float64]{{Name: "p", Var: p}}, config)
				require.NoError(t, err)
				return p, opt
			}
			steps := func(p *autograd.Var[float64], opt nn.Optimizer[float64], lo, hi int) {
				for i := lo; i < hi; i++ {
					p.Grad = tensor.FromSlice(append([]float64{}, tr.GradM[i]...), p.Shape()...)
					opt.Step(tr.LR[i], tr.Decay[i])
				}
			}
			state := func(opt nn.Optimizer[float64]) (names []string, all []*autograd.Var[float64]) {
				opt.State("optimizer.", func(name string, v *autograd.Var[float64]) {
					names, all = append(names, name), append(all, v)
				})
				return names, all
			}
			whole, opt := start()
			steps(whole, opt, 0, 6)

			p, first := start()
			steps(p, first, 0, 3)
			q, second := start()
			tensor.CopyTo(q.Value, p.Value)
			names, from := state(first)
			require.NotEmpty(t, names)
			require.Contains(t, names[0], "optimizer.")
			_, to := state(second)
			for i := range from {
				require.False(t, from[i].NeedsGrad())
				tensor.CopyTo(to[i].Value, from[i].Value)
			}
			steps(q, second, 3, 6)
			require.Equal(t, whole.Value.Data(), q.Value.Data())
		})
	}
}

// TestOptimizerLeavesOut shows that a parameter without a gradient is left alone,
// however large the weight decay.
func TestOptimizerLeavesOut(t *testing.T) {
	for _, name := range nn.OptimizerNames() {
		frozen := autograd.Param(tensor.FromSlice([]float64{1, 2}, 1, 2))
		stale := autograd.Param(tensor.FromSlice([]float64{3, 4}, 1, 2))
		stale.Grad = tensor.FromSlice([]float64{9, 9}, 1, 2)
		stale.ZeroGrad()
		opt, err := nn.NewOptimizer([]nn.Named[float64]{{Name: "a", Var: frozen}, {Name: "b", Var: stale}}, nn.OptimizerConfig{Name: nn.OptimizerName(name)})
		require.NoError(t, err)
		opt.Step(0.1, 0.5)
		require.Equal(t, []float64{1, 2}, frozen.Value.Data(), name)
		require.Equal(t, []float64{3, 4}, stale.Value.Data(), name)
	}
}

// TestLARSZeros shows the ratio of 1 where a norm is 0.
func TestLARSZeros(t *testing.T) {
	for _, c := range []struct{ param, grad, want []float64 }{
		{[]float64{0, 0}, []float64{3, 4}, []float64{-0.3, -0.4}},
		{[]float64{3, 4}, []float64{0, 0}, []float64{3 - 0.1*0.5*3, 4 - 0.1*0.5*4}},
		{[]float64{0, 0}, []float64{0, 0}, []float64{0, 0}},
	} {
		nn.LARSStep(c.param, c.grad, make([]float64, 2), 0.1, 0.9, 0.5, 0.001, 0)
		require.LessOrEqual(t, maxDifference(c.param, c.want), 1e-15)
	}
}

func TestOptimizerRefuses(t *testing.T) {
	for _, c := range []struct {
		config nn.OptimizerConfig
		says   string
	}{
		{nn.OptimizerConfig{Name: "adam"}, `"adam" is unknown: there are sgd, adamw, lars`},
		{nn.OptimizerConfig{Name: "sgd", Momentum: 1}, "momentum 1"},
		{nn.OptimizerConfig{Name: "sgd", Momentum: math.NaN()}, "momentum NaN"},
		{nn.OptimizerConfig{Name: "sgd", Nesterov: true}, "Nesterov"},
		{nn.OptimizerConfig{Name: "adamw", Beta2: 1}, "betas 0 and 1"},
		{nn.OptimizerConfig{Name: "adamw", Eps: -1}, "eps -1"},
		{nn.OptimizerConfig{Name: "lars", Trust: math.NaN()}, "trust NaN"},
	} {
		_, err := nn.NewOptimizer[float64](nil, c.config)
		require.ErrorContains(t, err, c.says)
	}
}

// ExampleNewOptimizer takes one step of SGD on ½·w².
func ExampleNewOptimizer() {
	w := autograd.Param(tensor.FromSlice([]float64{4}, 1, 1))
	opt, err := nn.NewOptimizer([]nn.Named[float64]{{Name: "w", Var: w}}, nn.OptimizerConfig{Name: "sgd", Momentum: 0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	tape := autograd.NewTape[float64]()
	for range 2 {
		w.ZeroGrad()
		x := autograd.Add(w, tape.Constant(tensor.Scalar(0.0)))
		tape.Backward(autograd.Scale(autograd.Sum(autograd.Mul(x, x)), 0.5))
		opt.Step(0.5, 0)
		tape.Reset()
	}
	fmt.Println(w.Value)
	// Output: Tensor[1 1][0]
}
