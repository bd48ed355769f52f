package micro_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/docs/course/micro"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// numbers returns n numbers from ½ to 2 in size, negative ones too unless they are to be
// positive.
func numbers(rng *rand.Rand, n int, positive bool) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 0.5 + 1.5*rng.Float64()
		if !positive && rng.IntN(2) == 0 {
			x[i] = -x[i]
		}
	}
	return x
}

// TestAgainstTheEngine: values and gradients are those of the engine.
func TestAgainstTheEngine(t *testing.T) {
	type mv = *micro.Var
	type av = *autograd.Var[float64]
	for _, test := range []struct {
		name     string
		positive bool
		b        [2]int // the shape of the second matrix; the first is 5×3
		micro    func(a, b mv) mv
		engine   func(a, b av) av
	}{
		{"relu", false, [2]int{1, 1}, func(a, _ mv) mv { return micro.ReLU(a) }, func(a, _ av) av { return autograd.ReLU(a) }},
		{"exp", false, [2]int{1, 1}, func(a, _ mv) mv { return micro.Exp(a) }, func(a, _ av) av { return autograd.Exp(a) }},
		{"log", true, [2]int{1, 1}, func(a, _ mv) mv { return micro.Log(a) }, func(a, _ av) av { return autograd.Log(a) }},
		{"pow", true, [2]int{1, 1}, func(a, _ mv) mv { return micro.Pow(a, 1.5) }, func(a, _ av) av { return autograd.Pow(a, 1.5) }},
		{"scale", false, [2]int{1, 1}, func(a, _ mv) mv { return micro.Scale(a, -3) }, func(a, _ av) av { return autograd.Scale(a, -3) }},
		{"add", false, [2]int{5, 3}, func(a, b mv) mv { return micro.Add(a, b) }, func(a, b av) av { return autograd.Add(a, b) }},
		{"add a row", false, [2]int{1, 3}, func(a, b mv) mv { return micro.Add(a, b) }, func(a, b av) av { return autograd.Add(a, b) }},
		{"mul", false, [2]int{5, 3}, func(a, b mv) mv { return micro.Mul(a, b) }, func(a, b av) av { return autograd.Mul(a, b) }},
		{"mul a column", false, [2]int{5, 1}, func(a, b mv) mv { return micro.Mul(a, b) }, func(a, b av) av { return autograd.Mul(a, b) }},
		{"mul a number", false, [2]int{1, 1}, func(a, b mv) mv { return micro.Mul(a, b) }, func(a, b av) av { return autograd.Mul(a, b) }},
		{"matmul", false, [2]int{3, 4}, func(a, b mv) mv { return micro.MatMul(a, b) }, func(a, b av) av { return autograd.MatMul(a, b) }},
		{"transpose", false, [2]int{5, 4}, func(a, b mv) mv { return micro.MatMul(micro.Transpose(a), b) }, func(a, b av) av { return autograd.MatMul(autograd.Transpose(a, 1, 0), b) }},
		{"sum", false, [2]int{1, 1}, func(a, _ mv) mv { return micro.Sum(a) }, func(a, _ av) av { return autograd.Sum(a) }},
		{"used twice", false, [2]int{5, 3}, func(a, b mv) mv { return micro.Mul(micro.Add(a, b), a) }, func(a, b av) av { return autograd.Mul(autograd.Add(a, b), a) }},
		{"InfoNCE", false, [2]int{5, 3}, func(a, b mv) mv { return micro.InfoNCE(a, b, 0.2) }, func(a, b av) av { return objective.InfoNCE(a, b, 0.2) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(len(test.name))))
			x, y := numbers(rng, 15, test.positive), numbers(rng, test.b[0]*test.b[1], test.positive)
			tape := &micro.Tape{}
			a, b := tape.New(5, 3, x), tape.New(test.b[0], test.b[1], y)
			out := test.micro(a, b)
			weights := numbers(rng, len(out.Value), false)
			tape.Backward(micro.Sum(micro.Mul(out, tape.New(out.Rows, out.Cols, weights))))

			engine := autograd.NewTape[float64]()
			ea, eb := engine.Leaf(tensor.FromSlice(x, 5, 3)), engine.Leaf(tensor.FromSlice(y, test.b[0], test.b[1]))
			value := test.engine(ea, eb)
			close := func(want, found []float64) {
				require.Len(t, found, len(want))
				for i := range want {
					require.InDelta(t, want[i], found[i], 1e-12*math.Max(1, math.Abs(want[i])))
				}
			}
			close(tensor.Contiguous(value.Value).Data(), out.Value)
			engine.BackwardFrom([]*autograd.Var[float64]{value}, []*tensor.Tensor[float64]{tensor.FromSlice(weights, value.Shape()...)})
			close(ea.Grad.Data(), a.Grad)
			if eb.Grad != nil {
				close(eb.Grad.Data(), b.Grad)
			}
		})
	}
}

// TestWrongShapes: shapes that do not fit are refused where they are found.
func TestWrongShapes(t *testing.T) {
	tape := &micro.Tape{}
	a, b := tape.New(2, 3, make([]float64, 6)), tape.New(2, 2, make([]float64, 4))
	require.PanicsWithValue(t, "micro: found 5 values, expected 2×3", func() { tape.New(2, 3, make([]float64, 5)) })
	require.PanicsWithValue(t, "micro: found a loss of 2×3, expected one number", func() { tape.Backward(a) })
	require.PanicsWithValue(t, "micro: found 2×3 and 2×2, expected partners", func() { micro.Add(a, b) })
	require.PanicsWithValue(t, "micro: found 2×3 times 2×2", func() { micro.MatMul(a, b) })
}

// TestPowZero: a number to the power 0 is 1 and does not change, 0 neither.
func TestPowZero(t *testing.T) {
	tape := &micro.Tape{}
	x := tape.New(1, 3, []float64{0, -2, 3})
	y := micro.Pow(x, 0)
	tape.Backward(micro.Sum(y))
	require.Equal(t, []float64{1, 1, 1}, y.Value)
	require.Equal(t, []float64{0, 0, 0}, x.Grad)
}

// TestChapter: chapter 2, from which one writes along, shows each function of the engine or
// names it as one that is left to the reader.
func TestChapter(t *testing.T) {
	source, err := os.ReadFile("micro.go")
	require.NoError(t, err)
	chapter, err := os.ReadFile(filepath.Join("..", "02-an-engine.md"))
	require.NoError(t, err)
	heads := regexp.MustCompile(`(?m)^func (?:\(.*?\) )?(\w+)\(`).FindAllStringSubmatch(string(source), -1)
	require.NotEmpty(t, heads)
	for _, head := range heads {
		require.Regexp(t, "(?m)^"+regexp.QuoteMeta(head[0])+"|`"+head[1]+"`.* left to you", string(chapter))
	}
}

// TestLength: the engine has the length that the course says.
func TestLength(t *testing.T) {
	text, err := os.ReadFile("micro.go")
	require.NoError(t, err)
	lines := 0
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines++
		}
	}
	require.LessOrEqual(t, lines, 150)
}
