package suite

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// TestFormatsInDocs: in each operation of products or of long sums, a wrong format is off by more
// than twice the tolerance, but for those of which docs/formats.md says why not, and the page's
// table is true; -update writes it.
func TestFormatsInDocs(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	ratios := map[string]map[golden.Profile]float64{}
	for _, m := range formatMutations {
		name := m.op + ": " + m.name
		ratios[name] = map[golden.Profile]float64{}
		for i, e := range s.Cases {
			if e.Op != m.op || e.Reject {
				continue
			}
			a := m.spoil(s.Loaded[i])
			for _, p := range golden.Profiles {
				ratios[name][p] = max(ratios[name][p], worstOf(s.Loaded[i], a, e.TolerancesFor(p)))
			}
		}
	}
	columns := []struct {
		title, mistake string
		profile        golden.Profile
		untold         []string // operations in which it is within the rounding
	}{
		{"bfloat16 in `tf32`", inBfloat16, golden.TF32, nil},
		{"float16 in `tf32`", inFloat16, golden.TF32, []string{"er_entropy_sphere"}},
		{"float16 in `bf16`", inFloat16, golden.BF16, []string{"er_entropy_sphere"}},
		{"bfloat16 in `f16`", inBfloat16, golden.F16, slices.DeleteFunc(slices.Clone(products), func(op string) bool {
			return slices.Contains([]string{"matmul", "linear", "conv2d", "attention"}, op)
		})},
		{"sums in float16, in `f32`", accumulated, golden.F32, nil},
		{"in `tf32`", accumulated, golden.TF32, nil},
		{"in `bf16`", accumulated, golden.BF16, nil},
		{"in `f16`", accumulated, golden.F16, nil},
	}
	var b strings.Builder
	fmt.Fprint(&b, "| operation |")
	for _, c := range columns {
		fmt.Fprintf(&b, " %s |", c.title)
	}
	fmt.Fprintf(&b, "\n| ---%s |\n", strings.Repeat(" | ---", len(columns)))
	ops := slices.Compact(slices.Sorted(slices.Values(slices.Concat(products, sums))))
	for _, op := range ops {
		fmt.Fprintf(&b, "| `%s` |", op)
		for _, c := range columns {
			of, there := ratios[op+": "+c.mistake]
			switch r := of[c.profile]; {
			case !there:
				fmt.Fprint(&b, " |")
			case math.IsInf(r, 1):
				fmt.Fprint(&b, " ∞ |")
			default:
				if !slices.Contains(c.untold, op) {
					require.Greater(t, r, 2.0, "%s, %s", op, c.title)
				}
				fmt.Fprintf(&b, " %.2g |", r)
			}
		}
		fmt.Fprintln(&b)
	}
	path := filepath.Join("..", "..", "docs", "formats.md")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(content), "<!-- formats -->\n")
	require.True(t, ok)
	found, after, ok := strings.Cut(rest, "<!-- end -->")
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+"<!-- formats -->\n"+b.String()+"<!-- end -->"+after), 0o644))
		return
	}
	require.Equal(t, b.String(), found)
}
