package page

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// TestNames: on the plane the ends of a trajectory are named by their epochs where both
// numbers are there, over no other name, and not over the line of no information.
func TestNames(t *testing.T) {
	source, err := os.ReadFile("assets/30-svg.js")
	require.NoError(t, err)
	type name struct {
		Words string
		X, Y  float64
	}
	var answer struct{ Steep, Gaps, Alone, Later []name }
	foreign.Node(t, nil, `
const { namesOf } = new Function("const isNumber = v => typeof v === 'number' && isFinite(v), middle = w => w, epochText = String, textWidth = w => 7 * w.length;\n" + x + "\nreturn { namesOf };")();
const area = { left: 0, right: 400, top: 0, base: 300, diagonals: [{ sum: 0, ends: [0, 0, 300, 300] }, { sum: 1, ends: [60, 0, 360, 300] }] };
const names = (xs, ys, epochs) => namesOf({ lines: [{ name: 'a', xs, ys, epochs }] }, v => v, v => v, area, []);
return {
	steep: names([20, 150, 300, 330], [12, 70, 60, 55], [0, 1, 2, 3]),
	gaps: names([null, 100, 200, 300], [10, 20, 30, null], [0, 1, 2, 3]),
	alone: names([100, null], [20, 30], [0, 1]),
	later: names([100, 300], [20, 20], [4, 5]),
};`, string(source), &answer)
	words := func(list []name) (all []string) {
		for _, n := range list {
			all = append(all, n.Words)
		}
		return all
	}
	require.Equal(t, []string{"epoch 3", "untrained"}, words(answer.Steep)[:2])
	require.Equal(t, []string{"epoch 2", "epoch 1"}, words(answer.Gaps))
	require.Equal(t, []string{"untrained"}, words(answer.Alone))
	require.Equal(t, []string{"epoch 5", "epoch 4"}, words(answer.Later))
	untrained := answer.Steep[1]
	for at := range 301 { // where there is no information
		x, y := float64(at), float64(at)
		inside := x > untrained.X && x < untrained.X+7*9 && y > untrained.Y-10 && y < untrained.Y+2
		require.False(t, inside, "%v at %v, %v", untrained, x, y)
	}
	for i, a := range answer.Steep {
		for _, b := range answer.Steep[:i] {
			require.True(t, a.Y-b.Y > 12 || b.Y-a.Y > 12 || a.X-b.X > 50 || b.X-a.X > 50, "%v over %v", a, b)
		}
	}
}
