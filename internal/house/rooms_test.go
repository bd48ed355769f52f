package house

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rooms are the rooms of the house with what each may import of the others (see
// the README's architecture), from the ground up. A package belongs to the
// longest path that begins its own.
var rooms = []struct {
	path    string
	imports []string
}{
	{"internal/lock", nil},
	{"internal/memory", nil},
	{"internal/parallel", nil},
	{"simd", nil},
	{"tensor", []string{"internal/memory", "internal/parallel", "simd"}},
	{"tensor/conv", []string{"internal/memory", "internal/parallel", "simd", "tensor"}},
	{"tensor/safetensors", nil},
	{"internal/tensortest", []string{"tensor"}},
	{"autograd", []string{"internal/memory", "internal/parallel", "simd", "tensor", "tensor/conv"}},
	{"nn", []string{"internal/parallel", "simd", "tensor", "tensor/safetensors", "autograd"}},
	{"mvssl/objective", []string{"internal/memory", "internal/parallel", "simd", "tensor", "autograd", "mvssl/special"}},
	{"mvssl/special", nil},
	{"mvssl/view", []string{"simd"}},
	{"mvssl/data", nil},
	{"mvssl", []string{"simd", "tensor", "autograd", "nn", "mvssl/objective", "mvssl/view", "mvssl/data"}},
	{"mvssl/eval", []string{"internal/memory", "internal/parallel", "simd", "tensor", "tensor/safetensors", "autograd", "nn", "mvssl", "mvssl/objective", "mvssl/view", "mvssl/data"}},
	{"mvssl/train", []string{"internal/parallel", "simd", "tensor", "tensor/safetensors", "autograd", "nn", "mvssl", "mvssl/objective", "mvssl/view", "mvssl/data", "mvssl/eval"}},
	{"reference/golden", []string{"tensor/safetensors"}},
	{"reference/trace", []string{"reference/golden"}},
	{"reference/report", []string{"reference/golden"}},
	{"reference/check", []string{"reference/golden", "reference/report", "tensor/safetensors"}},
	{"reference/portable", nil},
	{"reference/naive", []string{"reference/golden", "reference/trace", "reference/portable"}},
	{"reference/engine", []string{"simd", "tensor", "autograd", "nn", "mvssl/objective", "mvssl/special", "mvssl/view", "reference/golden", "reference/trace"}},
}

// TestRooms: a room imports only the rooms below it. Above the last of the list
// (the golden suite, the commands) everything may be imported.
func TestRooms(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}}`, "entrec/...").Output()
	require.NoError(t, err)
	room := func(pkg string) (path string, imports []string, ok bool) {
		for _, r := range rooms {
			if (pkg == r.path || strings.HasPrefix(pkg, r.path+"/")) && len(r.path) > len(path) {
				path, imports, ok = r.path, r.imports, true
			}
		}
		return path, imports, ok
	}
	checked := 0
	for line := range strings.Lines(string(out)) {
		pkg, list, _ := strings.Cut(strings.TrimSpace(line), ":")
		here, allowed, ok := room(strings.TrimPrefix(pkg, "entrec/"))
		if !ok || (here == "reference" && pkg != "entrec/reference") {
			continue
		}
		for _, imp := range strings.Fields(list) {
			if !strings.HasPrefix(imp, "entrec/") {
				continue
			}
			there, _, _ := room(strings.TrimPrefix(imp, "entrec/"))
			require.True(t, there == here || slices.Contains(allowed, there), "%s imports %s: %s may import %v", pkg, imp, here, allowed)
			checked++
		}
	}
	require.Greater(t, checked, 30)
}

// TestEveryExportedIdentifierIsDocumented holds for all packages of the module.
func TestEveryExportedIdentifierIsDocumented(t *testing.T) {
	root := filepath.Join("..", "..")
	packages := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != root && (strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || name == "testdata") {
			return filepath.SkipDir
		}
		packages += documented(t, path)
		return nil
	}))
	require.Greater(t, packages, 10)
}

// documented checks the package in a folder and returns how many it found.
func documented(t *testing.T, dir string) int {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, filepath.Join(dir, e.Name()), nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, f)
	}
	if len(files) == 0 {
		return 0
	}
	p, err := doc.NewFromFiles(fset, files, dir)
	require.NoError(t, err)
	check := func(text, what string) {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s: %s has no doc comment", dir, what)
		}
	}
	check(p.Doc, "package "+p.Name)
	funcs := p.Funcs
	for _, typ := range p.Types {
		check(typ.Doc, typ.Name)
		funcs = append(append(funcs, typ.Funcs...), typ.Methods...)
	}
	for _, f := range funcs {
		check(f.Doc, f.Name)
	}
	for _, v := range append(p.Consts, p.Vars...) {
		if text := v.Doc; strings.TrimSpace(text) == "" {
			for _, spec := range v.Decl.Specs {
				s := spec.(*ast.ValueSpec)
				check(s.Doc.Text()+s.Comment.Text(), s.Names[0].Name)
			}
		}
	}
	return 1
}
