package page

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// TestTicks: the numbers at an axis are those of its ticks, to a thousandth of their step,
// whatever the step is and wherever the axis begins.
func TestTicks(t *testing.T) {
	source, err := os.ReadFile("assets/30-svg.js")
	require.NoError(t, err)
	type axis struct {
		From, Step float64
		Ticks      []float64
		Text       []string
	}
	var answer struct {
		Axes  []axis
		Exact []string
	}
	foreign.Node(t, nil, `
const { ticksOf, tickText } = new Function("const minus = text => text.replace(/-/g, '−');\n" + x + "\nreturn { ticksOf, tickText };")();
const axes = [];
for (let power = -7; power <= 6; power++) for (const factor of [1, 2, 2.5, 5]) for (const from of [0, -3, 997, 40000]) {
	const step = factor * 10 ** power, ticks = [0, 1, 2, 3, 4, 5].map(i => (from + i) * step);
	axes.push({ from: from * step, step, ticks, text: ticks.map(v => tickText(v, ticks)) });
}
for (const [lo, hi] of [[0, 1e-3], [0, 2.3e-7], [0.9961, 0.9999], [-2.00031, -2], [1e6, 1.00001e6], [0.0123, 0.0124], [1e-12, 4e-12]]) {
	const ticks = ticksOf(lo, hi, 5);
	axes.push({ from: lo, step: ticks[1] - ticks[0], ticks, text: ticks.map(v => tickText(v, ticks)) });
}
return { axes, exact: [[0.0005, [0.0005, 0.001]], [0.9985, [0.998, 0.9985]], [0, [0, 0.0002]], [2, [1, 2]], [-0.5, [-1, -0.5]], [2.5e-6, [0, 2.5e-6]], [5e6, [0, 5e6]], [1.0005e6, [1e6, 1.0005e6]], [0.25, [0.25]], [7, [7]]].map(([v, ticks]) => tickText(v, ticks)) };`, string(source), &answer)
	require.Equal(t, []string{"0.0005", "0.9985", "0.0000", "2", "−0.5", "2.5e−6", "5e6", "1.0005e6", "0.25", "7"}, answer.Exact)
	require.Len(t, answer.Axes, 14*4*4+7)
	for _, a := range answer.Axes {
		require.Greater(t, len(a.Ticks), 1)
		for i, v := range a.Ticks {
			read, err := strconv.ParseFloat(strings.Replace(a.Text[i], "−", "-", 2), 64)
			require.NoError(t, err, a.Text[i])
			require.InDelta(t, v, read, 1e-3*a.Step, "from %v in steps of %v: %v", a.From, a.Step, a.Text)
			require.LessOrEqual(t, len([]rune(a.Text[i])), 13, a.Text)
		}
	}
}
