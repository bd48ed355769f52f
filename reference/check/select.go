package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"entrec/reference/golden"
)

// Selection says which cases of a suite are checked: those that fit all of it. The zero
// Selection is of all cases.
//
// Globs are those of [path.Match], but that * goes over slashes too; in the name of a case a dot
// stands for a slash as well.
type Selection struct {
	Ops   []string // globs of operations
	Cases []string // globs of cases
	Only  []string // names of cases
	// Shard is one of Shards parts of all that, counted from 1 to Shards. 0 is all.
	Shard, Shards int
}

// SelectionError says that a selection asks for what the suite does not have.
type SelectionError struct {
	What  string // of the suite, as "operation"
	Found string
	Known []string // what there is
}

// Error lists what there is.
func (e *SelectionError) Error() string {
	return fmt.Sprintf("%s: found %q, which the suite does not have, expected one of %s", e.What, e.Found, strings.Join(e.Known, ", "))
}

// of returns the indices of the suite's cases that are selected.
func (s Selection) of(suite *golden.Suite) ([]int, error) {
	var ops, names []string
	for _, e := range suite.Cases {
		if !slices.Contains(ops, e.Op) {
			ops = append(ops, e.Op)
		}
		names = append(names, e.Name())
	}
	slices.Sort(ops)
	for _, g := range s.Ops {
		if !slices.ContainsFunc(ops, func(op string) bool { return Fits(g, op) }) {
			return nil, &SelectionError{"operation", g, ops}
		}
	}
	for _, g := range s.Cases {
		if !slices.ContainsFunc(names, func(name string) bool { return Fits(g, name) }) {
			return nil, &SelectionError{"case", g, Near(g, names)}
		}
	}
	for _, name := range s.Only {
		if !slices.Contains(names, name) {
			return nil, &SelectionError{"case", name, Near(name, names)}
		}
	}
	var all []int
	for i, e := range suite.Cases {
		if fitsAny(s.Ops, e.Op) && fitsAny(s.Cases, e.Name()) && (len(s.Only) == 0 || slices.Contains(s.Only, e.Name())) {
			all = append(all, i)
		}
	}
	if s.Shard > 0 {
		var mine []int
		for k := s.Shard - 1; k < len(all); k += s.Shards {
			mine = append(mine, all[k])
		}
		all = mine
	}
	return all, nil
}

// HasOp reports whether the globs of operations fit one.
func (s Selection) HasOp(op string) bool { return fitsAny(s.Ops, op) }

// Fits reports whether a glob fits the name of a case, or of an operation, as in a [Selection].
func Fits(glob, name string) bool {
	ok, err := path.Match(strings.ReplaceAll(glob, "/", "."), strings.ReplaceAll(name, "/", "."))
	return err == nil && ok
}

func fitsAny(globs []string, name string) bool {
	return len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool { return Fits(g, name) })
}

// Near returns up to ten of the names that share the longest beginning with a name.
func Near(name string, names []string) []string {
	sorted := slices.SortedStableFunc(slices.Values(names), func(a, b string) int { return common(name, b) - common(name, a) })
	return sorted[:min(10, len(sorted))]
}

// common returns how many bytes two strings have in common at their beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
