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

// TestFormatsInDocs: in each operation of products or of long sums, a wrong format is off by more
// than twice the tolerance, but for those of which docs/formats.md says why not, and the page's
// table is true; -update writes it.
func TestFormatsInDocs(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	ratios := worstErrors(t, s, formatMutations)
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
	inDocs(t, "formats.md", "formats", b.String())
}
