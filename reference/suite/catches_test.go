package suite

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// TestCatches: every planted error is caught at float32's tolerances and at float64's, but for
// those that the page tells of, and what the page says of the other profiles is true; -update
// writes it.
func TestCatches(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	ratios := worstErrors(t, s, planted())
	for name, of := range ratios {
		for _, p := range []golden.Profile{golden.F32, golden.F64} {
			require.True(t, of[p] > 1 || slices.Contains(untold[name], p), "%s at %s: %.3g tolerances", name, p, of[p])
		}
	}
	require.GreaterOrEqual(t, len(ratios), 315)
	inDocs(t, "witnesses.md", "catches", catchesTable(t, ratios))
}

// untold are the errors that a profile's tolerances do not tell from rounding, or that are none
// in its format, of which the page says why.
var untold = map[string][]golden.Profile{
	"gelu: what is below 1e-7 flushed to 0": {golden.F32, golden.TF32, golden.BF16},
}

func init() {
	for _, m := range planted() {
		name := m.op + ": " + m.name
		switch {
		case m.name == inBfloat16:
			untold[name] = []golden.Profile{golden.BF16}
		case m.name == inFloat16 && m.op == "er_entropy_sphere": // unit rows are within its range
			untold[name] = []golden.Profile{golden.TF32, golden.BF16, golden.F16}
		case m.name == inFloat16:
			untold[name] = []golden.Profile{golden.F16}
		case m.name == "what is below 1e-7 flushed to 0", m.name == "subnormal numbers flushed to 0":
			untold[name] = append(untold[name], golden.F16)
		}
	}
}

// worstErrors returns how far each planted error is off at most, over the cases of its operation
// and in tolerances of each profile.
func worstErrors(t *testing.T, s *golden.Suite, mutations []mutation) map[string]map[golden.Profile]float64 {
	t.Helper()
	ratios := map[string]map[golden.Profile]float64{}
	for _, m := range mutations {
		name := m.op + ": " + m.name
		require.Nil(t, ratios[name], name)
		ratios[name] = map[golden.Profile]float64{}
		for i, e := range s.Cases {
			if e.Op != m.op || e.Reject {
				continue
			}
			c := *s.Loaded[i]
			a := m.spoil(&c)
			for _, p := range golden.Profiles {
				ratios[name][p] = max(ratios[name][p], worstOf(s.Loaded[i], a, e.TolerancesFor(p)))
			}
		}
	}
	return ratios
}

// worstOf returns the worst error of an answer in units of its tolerance.
func worstOf(c *golden.Case, a *golden.Answer, tolerances map[string]golden.Tolerance) (worst float64) {
	for _, d := range golden.Compare(c, a, tolerances) {
		switch {
		case d.Uncompared:
		case d.Flaw != golden.NoFlaw && d.Flaw != golden.Mismatch:
			return math.Inf(1)
		default:
			worst = max(worst, d.Units())
		}
	}
	return worst
}

// mistakes are those that implementations make most, with the planted errors that are such.
var mistakes = []struct {
	name    string
	planted []string
}{
	{"eps outside of the root", []string{"batch_norm: eps beside the root", "layer_norm: eps beside the root"}},
	{"unbiased for biased variance", []string{"batch_norm: unbiased variance", "layer_norm: unbiased variance"}},
	{"biased for unbiased variance", []string{"vicreg: biased variance"}},
	{"self kept, or missing", []string{"er_entropy_sphere: self kept where it is excluded", "nt_xent: self kept among the others", "er_entropy_sphere: self left out where it is included"}},
	{"plug-in weights detached", []string{"er_entropy_sphere: no gradient through plug-in weights"}},
	{"kernel transposed", []string{"conv2d: kernel turned", "linear: weight transposed"}},
	{"padding off by one", []string{"conv2d: padding off by one"}},
	{"temperature applied twice", []string{"info_nce: temperature applied twice", "nt_xent: temperature applied twice", "moco: temperature applied twice"}},
	{"gradients of two inputs exchanged", []string{"nt_xent: gradients of the views exchanged", "batch_norm: gradients of weight and bias exchanged"}},
	{"cotangent ignored", []string{"softmax: cotangent ignored, ones in its place", "conv2d: cotangent ignored, ones in its place", "nt_xent: cotangent ignored, ones in its place"}},
	{"gradient without 1/n", []string{"info_nce: gradient without 1/n", "global_avg_pool2d: gradient not divided"}},
	{"NaN through 0·∞", []string{"normalize: NaN through 0·∞", "alignment: NaN through 0·∞"}},
	{"a partial sum lost, as in a race", []string{"matmul: a partial sum lost, as in a race", "global_avg_pool2d: a partial sum lost, as in a race"}},
	{"a fast exponential, linear between powers of 2", []string{"softmax: a fast exponential, linear between powers of 2", "logsumexp: a fast exponential, linear between powers of 2"}},
	{accumulated, allNamed(accumulated)},
	{inBfloat16, allNamed(inBfloat16)},
	{inFloat16, allNamed(inFloat16)},
	{"subnormal numbers flushed to 0", allNamed("subnormal numbers flushed to 0")},
	{"what is below 1e-7 flushed to 0", allNamed("what is below 1e-7 flushed to 0", "gelu")},
	{"tanh's form of GELU for erf's", []string{"gelu: always by tanh"}},
	{"QuickGELU for GELU", []string{"gelu: x·σ(1.702·x) in its place (QuickGELU)"}},
}

// allNamed returns the planted errors of that name, but for some operations'.
func allNamed(name string, but ...string) (all []string) {
	for _, m := range planted() {
		if m.name == name && !slices.Contains(but, m.op) {
			all = append(all, m.op+": "+m.name)
		}
	}
	return all
}

// catchesTable has for each profile how many planted errors it catches, how far the mistakes are
// beyond the tolerance, and which are not caught.
func catchesTable(t *testing.T, ratios map[string]map[golden.Profile]float64) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintln(&b, "| profile | planted | caught | by twice the tolerance |")
	fmt.Fprintln(&b, "| --- | --- | --- | --- |")
	missed := map[golden.Profile][]string{}
	for _, p := range golden.Profiles {
		planted, caught, twice := 0, 0, 0
		for name, of := range ratios {
			if slices.Contains(untold[name], p) {
				continue
			}
			planted++
			if of[p] > 1 {
				caught++
			} else {
				missed[p] = append(missed[p], name)
			}
			if of[p] > 2 {
				twice++
			}
		}
		fmt.Fprintf(&b, "| `%s` | %d | %d | %d |\n", p, planted, caught, twice)
	}
	fmt.Fprintf(&b, "\nOf the mistakes that are made most, the least error in tolerances over the operations that have it:\n\n| mistake |")
	for _, p := range golden.Profiles {
		fmt.Fprintf(&b, " %s |", p)
	}
	fmt.Fprintf(&b, "\n| ---%s |\n", strings.Repeat(" | ---", len(golden.Profiles)))
	for _, mistake := range mistakes {
		fmt.Fprintf(&b, "| %s |", mistake.name)
		for _, p := range golden.Profiles {
			fmt.Fprintf(&b, " %s |", leastOf(t, ratios, mistake.planted, p))
		}
		fmt.Fprintln(&b)
	}
	fmt.Fprintln(&b)
	for _, p := range golden.Profiles {
		if slices.Sort(missed[p]); len(missed[p]) > 0 {
			fmt.Fprintf(&b, "`%s` does not catch, since they are within its rounding or beyond its range: %s.\n", p, strings.Join(missed[p], "; "))
		}
	}
	return b.String()
}

// leastOf returns the least ratio of some planted errors in words.
func leastOf(t *testing.T, ratios map[string]map[golden.Profile]float64, planted []string, p golden.Profile) string {
	t.Helper()
	least, told := math.Inf(1), false
	for _, name := range planted {
		require.NotNil(t, ratios[name], name)
		if !slices.Contains(untold[name], p) {
			least, told = min(least, ratios[name][p]), true
		}
	}
	switch {
	case !told:
		return "no error"
	case math.IsInf(least, 1):
		return "∞"
	case least < 10:
		return fmt.Sprintf("%.1f", least)
	}
	return fmt.Sprintf("%.0e", least)
}
