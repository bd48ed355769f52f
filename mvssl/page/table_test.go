package page

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Of a million points a few thousand are left, with the extremes of every part and column.
func TestThinKeepsExtremes(t *testing.T) {
	const n, points = 1_000_000, 4000
	random := rand.New(rand.NewPCG(1, 2))
	var all table
	for i := range n {
		loss := random.NormFloat64()
		switch i {
		case 123_456:
			loss = 1000
		case 654_321:
			loss = -1000
		case 500_000:
			loss = math.NaN()
		}
		all.add(i+1, []field{{"epoch", float64(i+1) / 1000}, {"loss", loss}, {"lr", float64(i % 7)}})
	}
	which := all.thin(math.Inf(-1), math.Inf(1), points)
	require.LessOrEqual(t, len(which), points+points/6+2)
	require.Greater(t, len(which), points/4)
	thin := all.rows(which)
	require.Equal(t, int32(1), thin.steps[0])
	require.Equal(t, int32(n), thin.steps[len(thin.steps)-1])
	require.True(t, slices.IsSorted(thin.steps))
	require.True(t, slices.Contains(thin.values("loss"), 1000) && slices.Contains(thin.values("loss"), -1000))
	parts := points / 6
	for p := 0; p < parts; p += 50 { // not all of them: Contains is slow
		lo, hi := p*n/parts, (p+1)*n/parts
		for _, c := range all.columns {
			least, most := extremes(c.values[lo:hi])
			require.True(t, slices.Contains(which, lo+least) && slices.Contains(which, lo+most))
		}
	}

	// A part of it is whole, with a row more on each side.
	which = all.thin(1000, 1999, points)
	require.Len(t, which, 1002)
	require.Equal(t, []int{998, 999, 1000}, which[:3])
	require.Empty(t, (&table{}).thin(0, 1, points))
}

// A run of more lines than are kept is thinned, and its extremes are still there.
func TestTableIsBounded(t *testing.T) {
	var all table
	for i := range maxRows + 5 {
		loss := 0.
		if i == 777 {
			loss = 5
		}
		all.add(i, []field{{"loss", loss}})
	}
	require.Less(t, len(all.steps), maxRows)
	require.True(t, slices.Contains(all.values("loss"), 5))
	require.Equal(t, int32(maxRows+4), all.steps[len(all.steps)-1])
}

func TestTable(t *testing.T) {
	var a table
	a.add(1, []field{{"x", 1}})
	a.add(2, []field{{"y", math.Inf(1)}, {"x", 2.5}})
	a.add(3, []field{{"</script>", 3}})
	text, err := json.Marshal(a)
	require.NoError(t, err)
	require.JSONEq(t, `{"step":[1,2,3],"x":[1,2.5,null],"y":[null,null,null],"\u003c/script\u003e":[null,null,3]}`, string(text))
	require.NotContains(t, string(text), "<")
	require.Equal(t, map[string][2]float64{"x": {1, 2.5}, "</script>": {3, 3}}, a.ranges())
	require.Equal(t, map[string]float64{"x": 2.5}, a.row(1))
	a.add(2, []field{{"x", 7}}) // the run was resumed
	require.Equal(t, []int32{1, 2}, a.steps)
	require.Equal(t, []float32{1, 7}, a.values("x"))
	for i := range 2 * maxColumns {
		a.add(3+i, []field{{string(rune('a' + i)), 1}})
	}
	require.Len(t, a.columns, maxColumns)
}
