package golden

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompareArray(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	v := func(values ...float64) *Array { return FromSlice(values, len(values)) }
	tolerance := Tolerance{Atol: 0.25, Rtol: 0.125} // of max 2: 0.5
	for name, tc := range map[string]struct {
		got, want *Array
		flaw      Flaw
		index     int
		units     float64
	}{
		"equal":               {v(1, 2), v(1, 2), "", 0, 0},
		"just within":         {v(1, 2.5), v(1, 2), "", 1, 1},
		"just beyond":         {v(0.499, 2), v(1, 2), Mismatch, 0, 1.002},
		"worst is named":      {v(2, 4, 5), v(1, 2, 2), Mismatch, 2, 6},
		"NaN found":           {v(1, nan), v(1, 2), NotANumber, 1, inf},
		"NaN expected":        {v(1, 2), v(nan, 2), Mismatch, 0, inf},
		"NaN both":            {v(nan, 2), v(nan, 2), "", 0, 0},
		"infinity":            {v(inf, 2), v(inf, 2), "", 0, 0},
		"sign of infinity":    {v(-inf, 2), v(inf, 2), Mismatch, 0, inf},
		"infinity found":      {v(1, inf), v(1, 2), Mismatch, 1, inf},
		"finite for infinity": {v(1e300, 2), v(inf, 2), Mismatch, 0, inf},
		"infinity is no size": {v(inf, 2.6), v(inf, 2), Mismatch, 1, 1.2},
		"zero for minus zero": {v(0, 2), v(math.Copysign(0, -1), 2), "", 0, 0},
		"another length":      {v(1), v(1, 2), WrongShape, -1, 0},
		"another shape":       {FromSlice([]float64{1, 2}, 2, 1), v(1, 2), WrongShape, -1, 0},
		"scalar is not a row": {v(1), Scalar(1), WrongShape, -1, 0},
		"nothing to compare":  {v(), v(), "", -1, 0},
		"scalar, beyond":      {Scalar(3), Scalar(2), Mismatch, 0, 2},
		"overflow":            {v(1.7e308, 2), v(-1.7e308, 2), Mismatch, 0, inf},
	} {
		t.Run(name, func(t *testing.T) {
			d := CompareArray("out/y", tc.got, tc.want, tolerance)
			require.Equal(t, tc.flaw, d.Flaw)
			require.Equal(t, tc.flaw == "", d.Detail == "")
			if tc.index >= 0 && len(tc.want.Shape) > 0 {
				require.Equal(t, []int{tc.index}, d.Index)
			}
			if math.IsInf(tc.units, 1) {
				require.Equal(t, inf, d.Units())
			} else {
				require.InDelta(t, tc.units, d.Units(), 1e-3)
			}
		})
	}
}

func TestExactToleranceAllowsNothing(t *testing.T) {
	one, more := Scalar(1), Scalar(math.Nextafter(1, 2))
	require.Empty(t, CompareArray("y", one, one, Tolerance{}).Flaw)
	d := CompareArray("y", more, one, Tolerance{})
	require.Equal(t, Mismatch, d.Flaw)
	require.Equal(t, math.Inf(1), d.Units())
}

// TestElements: small elements are looked at by their own size, within the tensor's tolerance,
// and subnormal ones may be 0 where they are flushed.
func TestElements(t *testing.T) {
	want := FromSlice([]float64{2, 1e-9, 1e-40, 0}, 4)
	tolerance := Tolerance{Rtol: 1e-6, Elements: &Elements{Absolute: 1e-44, Relative: 1e-3}}
	for name, tc := range map[string]struct {
		found   []float64
		flushed float64
		index   int
		units   float64
	}{
		"within":              {[]float64{2 + 5e-7, 1.0005e-9, 1e-40, 0}, 0, 1, 0.5},
		"largest is off":      {[]float64{2 + 1e-5, 1e-9, 1e-40, 0}, 0, 0, 5},
		"small is off":        {[]float64{2, 1.002e-9, 1e-40, 0}, 0, 1, 2},
		"small is 0":          {[]float64{2, 0, 1e-40, 0}, 0, 1, 1000},
		"subnormal is 0":      {[]float64{2, 1e-9, 0, 0}, 0, 2, 1e-40 / (1e-44 + 1e-43)},
		"flushed":             {[]float64{2, 1e-9, 0, 0}, 0x1p-126, 0, 0},
		"0 is a small number": {[]float64{2, 1e-9, 1e-40, 1e-43}, 0x1p-126, 3, 10},
	} {
		tolerance.Flushed = tc.flushed
		d := CompareArray("out/y", FromSlice(tc.found, 4), want, tolerance)
		require.Equal(t, tc.units > 1, d.Flaw == Mismatch, name)
		require.Equal(t, []int{tc.index}, d.Index, name)
		require.InDelta(t, tc.units, d.Units(), 1e-2*max(1, tc.units), name)
	}
	flushed := FlushedToZero(map[string]Tolerance{"out/y": tolerance}, TF32)
	require.Equal(t, 0x1p-126, flushed["out/y"].Flushed)
}

func TestCompareNamesWhatIsMissingAndTooMuch(t *testing.T) {
	c := sampleCase()
	tolerances := map[string]Tolerance{"out/y": {}, "grad/x": {}}
	flaws := func(a *Answer) (all []string) {
		for _, d := range Compare(c, a, tolerances) {
			if d.Flaw != "" {
				all = append(all, string(d.Flaw)+" "+d.Tensor)
			}
		}
		return all
	}
	require.Empty(t, flaws(&Answer{c.Out, c.Grad}))
	require.Equal(t, []string{"missing tensor grad/x"}, flaws(&Answer{Out: c.Out}))
	require.Equal(t, []string{"missing tensor out/y", "extra tensor out/z"}, flaws(&Answer{map[string]*Array{"z": Scalar(0)}, c.Grad}))
	require.Equal(t, []string{"wrong shape out/y"}, flaws(&Answer{map[string]*Array{"y": NewArray(1)}, c.Grad}))

	// A tensor that the profile does not compare, or without elements, must be there in its
	// shape, and is not counted as compared.
	for _, d := range Compare(c, &Answer{c.Out, c.Grad}, tolerances) {
		require.False(t, d.Uncompared)
	}
	empty := &Case{Out: map[string]*Array{"y": NewArray(0, 2)}}
	require.Equal(t, []Deviation{{Tensor: "out/y", Uncompared: true}}, Compare(empty, &Answer{Out: empty.Out}, tolerances))
	delete(tolerances, "out/y")
	require.True(t, Compare(c, &Answer{c.Out, c.Grad}, tolerances)[0].Uncompared)
	require.Empty(t, flaws(&Answer{map[string]*Array{"y": Scalar(-1)}, c.Grad}))
	require.Equal(t, []string{"missing tensor out/y"}, flaws(&Answer{Grad: c.Grad}))
	require.Equal(t, []string{"wrong shape out/y"}, flaws(&Answer{map[string]*Array{"y": NewArray(1)}, c.Grad}))
}
