package page

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// TestBands: runs of a group become their mean with a band: place by place where all have a
// value, over parts of the epochs where their places differ, and with gaps where one has none.
func TestBands(t *testing.T) {
	source, err := os.ReadFile("assets/50-charts.js")
	require.NoError(t, err)
	type line struct {
		XS   []float64    `json:"xs"`
		YS   []*float64   `json:"ys"`
		Band [][]*float64 `json:"band"`
	}
	var answer struct {
		Same, Parts, Alone line
		Chart              struct {
			Lines []struct {
				Name, Label, Color string
				Band               [][]*float64
			}
			Levels []struct{ Y float64 }
		}
	}
	foreign.Node(t, nil, `
const { meanLine, banded } = new Function("const isNumber = v => typeof v === 'number' && isFinite(v), dashes = [[]], dashOf = () => [], colorOf = i => 'color ' + i;\n" + x + "\nreturn { meanLine, banded };")();
const line = (xs, ys) => ({ xs, ys }), steps = (n, from) => line([...Array(n).keys()].map(i => (i + from) / 10), [...Array(n).keys()].map(i => from));
const runs = ["a", "b", "c"], of = (r, y) => ({ of: r, part: 0, what: "", name: r, label: r, xs: [0, 1], ys: [0, y] });
return {
	same: meanLine([line([0, 1, 2, 3], [0, 1, null, 3]), line([0, 1, 2], [2, 5, 7])]),
	parts: meanLine([steps(40, 0.25), steps(40, 0.75)]),
	alone: meanLine([line([0, 1], [2, 3])]),
	chart: banded({ lines: [of("a", 1), of("b", 3), of("c", 9)], levels: [{ of: "a", y: 1, part: 0 }, { of: "b", y: 2, part: 0 }, { y: 7, name: "ceiling" }] }, [{ title: "one", runs: ["a", "b"] }, { title: "two", runs: ["c"] }]),
};`, string(source), &answer)
	number := func(v float64) *float64 { return &v }
	require.Equal(t, line{[]float64{0, 1, 2}, []*float64{number(1), number(3), nil}, [][]*float64{{number(0), number(1), nil}, {number(2), number(5), nil}}}, answer.Same)
	require.Greater(t, len(answer.Parts.XS), 15)
	for i, y := range answer.Parts.YS {
		require.InDelta(t, 0.5, *y, 1e-12)
		require.Equal(t, [2]float64{0.25, 0.75}, [2]float64{*answer.Parts.Band[0][i], *answer.Parts.Band[1][i]})
	}
	require.Equal(t, line{[]float64{0, 1}, []*float64{number(2), number(3)}, nil}, answer.Alone)
	require.Len(t, answer.Chart.Lines, 2)
	first, second := answer.Chart.Lines[0], answer.Chart.Lines[1]
	require.Equal(t, []string{"one", "one", "color 0"}, []string{first.Name, first.Label, first.Color})
	require.Equal(t, []any{1., 3.}, []any{*first.Band[0][1], *first.Band[1][1]})
	require.Equal(t, "two", second.Name)
	require.Nil(t, second.Band)
	require.Equal(t, 1.5, answer.Chart.Levels[1].Y)
	require.Equal(t, 7., answer.Chart.Levels[0].Y)
}
