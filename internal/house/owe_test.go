package house

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
)

// TestMethodsOweNothing: each method has what CONTRIBUTING.md lists. For one that has
// not, this test prints all that is missing.
func TestMethodsOweNothing(t *testing.T) {
	for _, r := range mvssl.Rows() {
		if list := owed(t, r.Name); len(list) > 0 {
			t.Errorf("method %s owes (see CONTRIBUTING.md, A method):\n  %s", r.Name, strings.Join(list, "\n  "))
		}
	}
	require.Len(t, owed(t, "nothing"), 7, "what a method without anything owes")
}

// owed lists what a method owes, each with its file.
func owed(t *testing.T, method string) (list []string) {
	t.Helper()
	read := func(path ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
		if !os.IsNotExist(err) {
			require.NoError(t, err)
		}
		return string(text)
	}
	owes := func(has bool, format string, args ...any) {
		if !has {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	code := strings.ReplaceAll(method, "-", "_") + ".go"
	owes(read("mvssl", code) != "", "mvssl/%s: its parameters, row and objective", code)

	page := read("docs", "methods", method+".md")
	parts := []string{"**In the bound.**", "**What differs from …**", "**Defaults.**"}
	parts = slices.DeleteFunc(parts, func(part string) bool {
		begin, _, _ := strings.Cut(part, " from")
		return strings.Contains(page, begin)
	})
	owes(len(parts) == 0, "docs/methods/%s.md: a page with %s", method, strings.Join(parts, ", "))
	owes(strings.Contains(read("docs", "methods", "README.md"), "]("+method+".md)"), "docs/methods/README.md: a link to its page")

	owes(strings.Contains(read("docs", "sweeps", "short.json"), `"`+method+`"`), "docs/sweeps/short.json: a name among the methods")

	owes(strings.Contains(read("mvssl", "testdata", "methods.py"), `"`+method+`": (`), "mvssl/testdata/methods.py: its training step in PyTorch")

	var recorded struct {
		Digests map[string]string `json:"params_sha256"`
	}
	require.NoError(t, json.Unmarshal([]byte(read("mvssl", "train", "testdata", "numerics.json")), &recorded))
	covered := slices.ContainsFunc(slices.Collect(maps.Keys(recorded.Digests)), func(name string) bool {
		var c struct{ Model struct{ Method string } }
		return json.Unmarshal([]byte(read("mvssl", "train", "testdata", "numerics", name+".json")), &c) == nil && c.Model.Method == method
	})
	owes(covered, "mvssl/train/testdata/numerics/%s.json: a configuration, and its digest in numerics.json", method)

	owes(strings.Contains(read("docs", "schemas", "config.schema.json"), `"const": "`+method+`"`), "the generated tables and schemas: make generate")
	return list
}
