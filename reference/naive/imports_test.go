package naive

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSharesNothing demands that the definitions use nothing of the engine, nor a
// function of package math whose bits depend on the processor.
func TestSharesNothing(t *testing.T) {
	allowed := []string{"cmp", "fmt", "maps", "math", "slices", "strings",
		"entrec/reference/golden", "entrec/reference/portable", "entrec/reference/trace"}
	for _, folder := range []string{".", "../portable"} {
		files, err := filepath.Glob(folder + "/*.go")
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			require.NoError(t, err)
			for _, spec := range parsed.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				require.NoError(t, err)
				require.True(t, slices.Contains(allowed, path), "%s imports %s", file, path)
			}
			for _, name := range selectedFrom(parsed, "math") {
				require.Contains(t, exact, name, "%s uses math.%s", file, name)
			}
		}
	}
}

// exact are the names of package math whose values are exact by definition.
var exact = []string{"Abs", "Ceil", "FMA", "Floor", "Frexp", "Inf", "IsInf", "IsNaN", "Ldexp", "Ln2", "NaN", "Pi", "Sqrt", "Sqrt2"}

// selectedFrom returns the names that a file takes from a package.
func selectedFrom(file *ast.File, pkg string) (names []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg {
				names = append(names, s.Sel.Name)
			}
		}
		return true
	})
	return names
}
