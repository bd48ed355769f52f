package naive

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// estimatorCases: the gradients of JS, SMILE and MINE are not the estimates', which
// differences would show.
var estimatorCases = []testCase{
	{"plain", "mi_dv", attrs{}, criticScores(5, 1), true},
	{"k 2", "mi_dv", attrs{}, criticScores(2, 1), true},
	{"apart", "mi_dv", attrs{}, apart(4), false},
	{"plain", "mi_nwj", attrs{}, criticScores(5, 1), true},
	{"k 2", "mi_nwj", attrs{}, criticScores(2, 1), true},
	{"apart", "mi_nwj", attrs{}, apart(4), false},
	{"plain", "mi_js", attrs{}, criticScores(5, 1), false},
	{"k 2", "mi_js", attrs{}, criticScores(2, 2), false},
	{"plain", "mi_smile", attrs{"tau": 1.0}, criticScores(6, 2), false},
	{"not clipped", "mi_smile", attrs{"tau": 50.0}, criticScores(6, 2), false},
	{"plain", "mi_mine", attrs{"log_running": 0.5, "decay": 0.9}, criticScores(5, 1), false},
	{"no decay", "mi_mine", attrs{"log_running": -3.0, "decay": 0.0}, criticScores(4, 1), false},
	{"plain", "mi_infonce", attrs{}, criticScores(5, 1), true},
	{"k 2", "mi_infonce", attrs{}, criticScores(2, 1), true},
	{"apart", "mi_infonce", attrs{}, apart(4), false},
	{"plain", "mi_club", attrs{}, criticScores(5, 1), true},
	{"plain", "mi_tuba", attrs{}, withBaseline(criticScores(5, 1), 5), true},
	{"k 2", "mi_tuba", attrs{}, withBaseline(criticScores(2, 1), 2), true},
	{"plain", "mi_interpolated", attrs{"alpha": 0.5}, withBaseline(criticScores(5, 1), 5), true},
	{"k 2", "mi_interpolated", attrs{"alpha": 0.01}, withBaseline(criticScores(2, 1), 2), true},
	{"tuba", "mi_interpolated", attrs{"alpha": 0.0}, withBaseline(criticScores(4, 1), 4), true},
	{"infonce", "mi_interpolated", attrs{"alpha": 1.0}, withBaseline(criticScores(4, 1), 4), true},
	{"apart", "mi_interpolated", attrs{"alpha": 0.5}, withBaseline(apart(4), 4), false},
}

func criticScores(k int, size float64) func(s source) arrays {
	return func(s source) arrays {
		return arrays{"scores": s.filled(func() float64 { return size * s.NormFloat64() }, k, k)}
	}
}

// apart are scores of a thousand of the pairs, and minus a thousand of the others.
func apart(k int) func(s source) arrays {
	return func(s source) arrays {
		in := criticScores(k, 1)(s)
		for i, row := range rowsOf(in["scores"]) {
			for j := range row {
				row[j] -= 1000
			}
			row[i] += 2000
		}
		return in
	}
}

func withBaseline(of func(s source) arrays, k int) func(s source) arrays {
	return func(s source) arrays {
		in := of(s)
		in["log_baseline"] = s.normal(k)
		return in
	}
}

// TestEstimatorsInClosedForm: equal scores are worth nothing, and the ends of what is
// interpolated are TUBA and, but for 1 + log, InfoNCE's kin.
func TestEstimatorsInClosedForm(t *testing.T) {
	zero := newRows(4, 4)
	require.Zero(t, MIDV(zero))
	require.Zero(t, MIInfoNCE(zero))
	require.Zero(t, MICLUB(zero))
	require.Zero(t, MISMILE(zero, 1))
	require.InDelta(t, -1/math.E, MINWJ(zero), 1e-16)
	require.Zero(t, MITUBA(zero, make([]float64, 4)))
	require.Zero(t, MIInterpolated(zero, make([]float64, 4), 0.25))
	s := [][]float64{{3, -1}, {0.5, 2}}
	b := []float64{0.25, -1}
	require.InDelta(t, MITUBA(s, b), MIInterpolated(s, b, 0), 1e-15)
	require.InDelta(t, MINWJ(s), MITUBA(s, []float64{1, 1}), 1e-15)
	high := [][]float64{{1e3, 0}, {0, 1e3}}
	require.Equal(t, math.Log(2), MIInfoNCE(high)) // log k, and no more
	require.Equal(t, 1e3, MIDV(high))
	require.Equal(t, 1e3-1/math.E, MINWJ(high))
}
