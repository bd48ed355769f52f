package suite

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// inDocs holds what stands in a page of docs/ between its mark and the next end; -update writes it.
func inDocs(t *testing.T, page, mark, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", page)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(content), "<!-- "+mark+" -->\n")
	require.True(t, ok)
	found, after, ok := strings.Cut(rest, "<!-- end -->")
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+"<!-- "+mark+" -->\n"+want+"<!-- end -->"+after), 0o644))
		return
	}
	require.Equal(t, want, found)
}

// TestTableInDocs: the table of tolerances in docs/tolerances.md is that of the suite;
// -update writes it.
func TestTableInDocs(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	inDocs(t, "tolerances.md", "tolerances", tolerancesTable(s))
}

// TestOperationsInDocs: the rows of the table of operations name every input,
// attribute and output of the suite's cases.
func TestOperationsInDocs(t *testing.T) {
	s, err := Open()
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(content), "\n## The operations\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n## ")
	rows := map[string][]string{}
	word := regexp.MustCompile(`\w+`)
	for line := range strings.Lines(table) {
		ops, _, _ := strings.Cut(line, " |")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		for _, op := range word.FindAllString(ops, -1) {
			rows[op] = word.FindAllString(line, -1)
		}
	}
	for i, e := range s.Cases {
		if e.Reject || strings.HasPrefix(e.Op, "train/") {
			continue
		}
		row, c := rows[e.Op], s.Loaded[i]
		require.NotNil(t, row, e.Op)
		for _, names := range [][]string{slices.Collect(maps.Keys(c.In)), slices.Collect(maps.Keys(c.Attrs)), slices.Collect(maps.Keys(c.Out))} {
			for _, name := range names {
				require.True(t, name == "wrt" || slices.Contains(row, name), "%s: the row does not name %s", e.Op, name)
			}
		}
	}
}

// tolerancesTable has for each operation the median and the largest tolerance of
// its tensors, relative to their largest elements.
func tolerancesTable(s *golden.Suite) string {
	type row struct {
		cases  int
		f32    []float64
		narrow map[golden.Profile][]float64
		worst  string
	}
	rows := map[string]*row{}
	for i, e := range s.Cases {
		if e.Reject {
			continue
		}
		r := rows[e.Op]
		if r == nil {
			r = &row{narrow: map[golden.Profile][]float64{}}
			rows[e.Op] = r
		}
		r.cases++
		for _, tensor := range s.Loaded[i].Tensors() {
			x := s.Loaded[i].Tensor(tensor)
			relative := func(profile golden.Profile) (float64, bool) {
				t, there := e.Tolerances[profile][tensor]
				return t.Limit(x) / largestOf(x), there && largestOf(x) > 1e-6
			}
			if v, ok := relative(golden.F32); ok {
				if len(r.f32) == 0 || v > slices.Max(r.f32) {
					r.worst = e.Name() + " " + tensor
				}
				r.f32 = append(r.f32, v)
			}
			for _, profile := range []golden.Profile{golden.TF32, golden.BF16, golden.F16} {
				if v, ok := relative(profile); ok {
					r.narrow[profile] = append(r.narrow[profile], v)
				}
			}
		}
	}
	var b strings.Builder
	fmt.Fprintln(&b, "| op | cases | f32, median | f32, largest | of | tf32, median | bf16, median | f16, median |")
	fmt.Fprintln(&b, "| --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, op := range slices.Sorted(maps.Keys(rows)) {
		r := rows[op]
		fmt.Fprintf(&b, "| `%s` | %d | %.1e | %.1e | %s | %.1e | %.1e | %s |\n", op, r.cases, median(r.f32), slices.Max(r.f32), r.worst,
			median(r.narrow[golden.TF32]), median(r.narrow[golden.BF16]), medianOf(r.narrow[golden.F16]))
	}
	return b.String()
}

// medianOf is "-" where nothing is compared.
func medianOf(values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1e", median(values))
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
