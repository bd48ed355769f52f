package house

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// room is a folder with the packages in it that are no room of their own.
type room struct {
	path    string
	imports string // the other rooms that it imports, separated by blanks
}

// rooms are all rooms of the house, from the ground up (see the README's architecture).
// A package belongs to the room with the longest path that begins its own. A new package
// gets a line here, above which stand the rooms that it imports.
var rooms = []room{
	{"internal/about", ""},
	{"internal/files", ""},
	{"internal/lock", ""},
	{"internal/memory", ""},
	{"internal/message", ""},
	{"internal/parallel", ""},
	{"internal/printable", ""},
	{"internal/strictjson", ""},
	{"internal/tfevents", ""},
	{"simd", "internal/message"},
	{"tensor", "internal/memory internal/message internal/parallel simd"},
	{"tensor/conv", "internal/memory internal/message internal/parallel simd tensor"},
	{"tensor/safetensors", "internal/files internal/strictjson"},
	{"tensor/onnx", "internal/files"},
	{"tensor/torch", "internal/files tensor/safetensors"},
	{"autograd", "internal/memory internal/message internal/parallel simd tensor tensor/conv"},
	{"nn", "internal/files internal/parallel internal/strictjson simd tensor tensor/onnx tensor/safetensors autograd"},
	{"mvssl/special", ""},
	{"mvssl/objective", "internal/memory internal/message internal/parallel simd tensor autograd mvssl/special"},
	{"mvssl/mi", "internal/files internal/parallel internal/printable internal/strictjson tensor tensor/safetensors autograd nn mvssl/special mvssl/objective"},
	{"mvssl/view", "simd"},
	{"mvssl/data", "internal/files internal/lock internal/memory internal/printable"},
	{"mvssl", "simd tensor autograd nn mvssl/objective mvssl/view"},
	{"mvssl/sheet", "internal/files mvssl/view mvssl/data mvssl"},
	{"mvssl/eval", "internal/memory internal/parallel tensor autograd nn mvssl/special mvssl/objective mvssl/view mvssl/data mvssl"},
	{"mvssl/train", "internal/about internal/files internal/lock internal/parallel internal/printable internal/strictjson internal/tfevents simd tensor tensor/safetensors autograd nn mvssl/view mvssl/data mvssl mvssl/sheet mvssl/eval"},
	{"mvssl/runs", "internal/about internal/files internal/strictjson tensor tensor/onnx tensor/safetensors tensor/torch autograd nn mvssl/view mvssl/data mvssl mvssl/eval mvssl/train"},
	{"mvssl/pictures", "internal/files internal/printable tensor tensor/safetensors autograd nn mvssl/data mvssl/sheet mvssl mvssl/eval mvssl/train"},
	{"docs", ""},
	{"docs/methods", ""},
	{"mvssl/page", "internal/files internal/lock internal/printable internal/strictjson mvssl/special mvssl mvssl/train mvssl/pictures docs/methods"},
	{"mvssl/sweep", "internal/files internal/lock internal/parallel internal/printable internal/strictjson mvssl/data mvssl mvssl/train mvssl/runs"},
	{"reference/golden", "internal/files internal/strictjson tensor/safetensors"},
	{"reference/trace", "reference/golden"},
	{"reference/report", "internal/printable reference/golden"},
	{"reference/diagnosis", "reference/golden"},
	{"reference/check", "internal/files internal/strictjson tensor/safetensors reference/golden reference/diagnosis reference/report"},
	{"reference/portable", ""},
	{"reference/naive", "reference/golden reference/trace reference/portable"},
	{"reference/engine", "tensor autograd nn mvssl/special mvssl/objective mvssl/view reference/golden reference/trace"},
	{"reference", "reference/golden reference/naive"},
	{"reference/suite", "docs internal/files reference/golden reference/trace reference/portable reference/naive"},
	{"reference/suite/measure", "simd tensor autograd mvssl/special reference/golden reference/engine reference/suite"},
	{"reference/scaffold", "internal/files reference/suite"},
	{"reference/large", "reference/golden reference/engine reference/suite"},
	{"reference/conformance", "reference/golden reference/report reference/check reference/suite"},
	{"docs/course", ""},
	{"docs/course/micro", ""},
	{"docs/course/things", ""},
	{"docs/course/answer", "reference/golden"},
	{"docs/course/exercises", "reference/golden docs/course/micro docs/course/answer"},
	{"docs/course/solutions", "reference/golden docs/course/micro docs/course/answer"},
	{"internal/chart", ""},
	{"docs/course/lab", "tensor autograd mvssl/special mvssl/objective mvssl/eval reference/golden reference/check reference/suite docs/course/micro docs/course/things internal/chart"},
	{"playground", "internal/message tensor autograd mvssl/objective docs/course/things"},
	{"internal/course", "internal/files internal/strictjson reference/golden reference/report reference/check reference/suite docs/course"},
	{"internal/bench", "internal/about simd tensor tensor/onnx autograd nn mvssl/objective mvssl/view mvssl/data mvssl/eval mvssl/train"},
	{"internal/soak", "internal/files internal/strictjson mvssl internal/bench"},
	{"internal/doctables", "mvssl"},
	{"internal/coursetext", ""},
	{"internal/tensortest", "tensor"},
	{"internal/runtest", "mvssl mvssl/data mvssl/train"},
	{"internal/schemas", "nn mvssl/data mvssl mvssl/train mvssl/sweep"},
	{"internal/foreign", ""},
	{"internal/house", ""},
	{"cmd/entrec/command", "internal/about internal/files internal/lock internal/parallel internal/printable simd tensor tensor/safetensors nn mvssl/mi mvssl/view mvssl/data mvssl mvssl/eval mvssl/train mvssl/runs mvssl/page mvssl/sheet mvssl/pictures mvssl/sweep reference/golden reference/report reference/check reference/naive reference/engine reference/suite internal/chart docs/course internal/course internal/strictjson docs reference/diagnosis reference/scaffold reference/large"},
	{"cmd/entrec", "cmd/entrec/command"},
	{"cmd/claims", "mvssl/train mvssl/sweep"},
	{"cmd/figure", "internal/files mvssl/special mvssl/mi mvssl mvssl/train mvssl/runs mvssl/sweep"},
	{"cmd/halves", "internal/files tensor autograd nn mvssl/mi mvssl/data mvssl/eval"},
	{"cmd/layers", "simd tensor tensor/conv autograd nn mvssl/objective mvssl mvssl/train internal/bench"},
	{"cmd/playground", "playground"},
	{"cmd/peers", "simd tensor mvssl/view mvssl/train internal/bench"},
}

// TestRooms: every package has a room, a room imports what its line says and
// nothing else, and those rooms stand above it.
func TestRooms(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}}`, "entrec/...").Output()
	require.NoError(t, err)
	found := map[string]map[string]bool{}
	for line := range strings.Lines(string(out)) {
		pkg, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		here := roomOf(pkg)
		require.NotEmpty(t, here, "%s has no room", pkg)
		if found[here] == nil {
			found[here] = map[string]bool{}
		}
		for _, imported := range strings.Fields(imports) {
			if there := roomOf(imported); there != "" && there != here {
				found[here][there] = true
			}
		}
	}
	above := map[string]bool{}
	for _, r := range rooms {
		require.NotNil(t, found[r.path], "no package is in %s", r.path)
		listed := strings.Fields(r.imports)
		for _, there := range listed {
			require.True(t, above[there], "%s may not import %s, which does not stand above it", r.path, there)
		}
		require.ElementsMatch(t, slices.Collect(maps.Keys(found[r.path])), listed, "the imports of %s", r.path)
		above[r.path] = true
	}
}

// roomOf returns the room of a package, "" for one that is not of this module.
func roomOf(pkg string) (path string) {
	name, ours := strings.CutPrefix(pkg, "entrec/")
	for _, r := range rooms {
		if ours && (name == r.path || strings.HasPrefix(name, r.path+"/")) && len(r.path) > len(path) {
			path = r.path
		}
	}
	return path
}

// TestGoldenNeedsLittle: the package that a backend's author imports needs one module
// besides the standard library's, that of the file format, and what that one needs.
func TestGoldenNeedsLittle(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{.Path}}{{end}}`, "entrec/reference/golden").Output()
	require.NoError(t, err)
	for _, module := range strings.Fields(string(out)) {
		require.Contains(t, []string{modulePath(t), "github.com/nlpodyssey/safetensors", "golang.org/x/sys"}, module)
	}
}

// TestAnotherModule: a module outside this one that imports that package has no more than these
// in its go.sum: no fonts, no PDF, nothing of a command line.
func TestAnotherModule(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	dir, ours := t.TempDir(), modulePath(t)
	for name, content := range map[string]string{
		"go.mod":  fmt.Sprintf("module backend\n\ngo 1.26\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", ours, ours, root),
		"main.go": fmt.Sprintf("package main\n\nimport \"%s/reference/golden\"\n\nfunc main() { _ = golden.Format }\n", ours),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	tidy := exec.Command("go", "mod", "tidy")
	tidy.Dir = dir
	out, err := tidy.CombinedOutput()
	require.NoError(t, err, "%s", out)
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	require.NoError(t, err)
	for line := range strings.Lines(string(sum)) {
		module, _, _ := strings.Cut(line, " ")
		require.Contains(t, []string{"github.com/nlpodyssey/safetensors", "golang.org/x/sys", "github.com/stretchr/testify", "go.yaml.in/yaml/v3"}, module)
	}
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
