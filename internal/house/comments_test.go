package house

import (
	"cmp"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCommentsNameWhatIsThere: every identifier in brackets in a doc comment is one of the
// package itself, of one that it imports or of the standard library. Every file that a
// doc comment names is in the repository, or stands under that name in the code.
func TestCommentsNameWhatIsThere(t *testing.T) {
	folders := packageFolders(t)
	symbols := map[string]map[string]bool{} // by import path
	of := func(path string) map[string]bool {
		if symbols[path] == nil {
			symbols[path] = declared(t, folders[path])
		}
		return symbols[path]
	}
	files := repositoryFiles(t)
	links := 0
	for path, folder := range folders {
		if !strings.HasPrefix(path, "entrec/") {
			continue
		}
		parsed := parse(t, folder)
		imports := importsOf(parsed)
		for file, tree := range parsed {
			for _, text := range docComments(tree) {
				prose, found := read(text)
				for _, link := range found {
					links++
					from, name := path, strings.TrimPrefix(link.Recv+"."+link.Name, ".")
					if p := link.ImportPath; p != "" {
						from = cmp.Or(imports[p], p)
						if name == "" && of(path)[p] {
							continue // it names what is not exported
						}
					}
					switch {
					case folders[from] == "":
						t.Errorf("%s: there is no package %s", file, link.ImportPath)
					case name != "" && !of(from)[name]:
						t.Errorf("%s: %s has no %s", file, from, name)
					}
				}
				for _, name := range fileNames.FindAllString(prose, -1) {
					if !files.has(folder, name) {
						t.Errorf("%s: there is no file %s", file, name)
					}
				}
			}
		}
	}
	require.Greater(t, links, 50)
}

// read returns the text of a doc comment's paragraphs, without its code and addresses,
// and its doc links, whether they lead anywhere or not.
func read(text string) (prose string, links []*comment.DocLink) {
	p := &comment.Parser{
		LookupPackage: func(name string) (string, bool) { return name, packageName.MatchString(name) },
		LookupSym:     func(string, string) bool { return true },
	}
	var b strings.Builder
	words := func(list []comment.Text) {
		for _, item := range list {
			switch item := item.(type) {
			case *comment.DocLink:
				links = append(links, item)
			case comment.Plain:
				b.WriteString(string(item))
			}
		}
		b.WriteString("\n")
	}
	var blocks func(list []comment.Block)
	blocks = func(list []comment.Block) {
		for _, block := range list {
			switch block := block.(type) {
			case *comment.Paragraph:
				words(block.Text)
			case *comment.Heading:
				words(block.Text)
			case *comment.List:
				for _, item := range block.Items {
					blocks(item.Content)
				}
			}
		}
	}
	blocks(p.Parse(text).Content)
	return b.String(), links
}

var packageName = regexp.MustCompile(`^[a-z][\w/]*$`)

// packageFolders returns the folders of the module's packages and of all that they
// import, by import path.
func packageFolders(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}}\t{{.Dir}}", "entrec/...", "std").Output()
	require.NoError(t, err)
	folders := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, folder, _ := strings.Cut(strings.TrimSpace(line), "\t")
		folders[path] = folder
	}
	return folders
}

// parse returns the files of a package, without its tests.
func parse(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
	}
	return files
}

// importsOf returns the import paths of a package by the names that they have in it.
func importsOf(files map[string]*ast.File) map[string]string {
	imports := map[string]string{}
	for _, file := range files {
		for _, spec := range file.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			name := path.Base(p)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			imports[name] = p
		}
	}
	return imports
}

// declared returns what a package declares at its top level, methods and fields as
// Type.Name.
func declared(t *testing.T, folder string) map[string]bool {
	all := map[string]bool{}
	for _, file := range parse(t, folder) {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					name = receiver(d.Recv.List[0].Type) + "." + name
				}
				all[name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						for _, id := range spec.Names {
							all[id.Name] = true
						}
					case *ast.TypeSpec:
						all[spec.Name.Name] = true
						for _, member := range members(spec.Type) {
							all[spec.Name.Name+"."+member] = true
						}
					}
				}
			}
		}
	}
	return all
}

// receiver returns the name of a receiver's type.
func receiver(typ ast.Expr) string {
	switch typ := typ.(type) {
	case *ast.StarExpr:
		return receiver(typ.X)
	case *ast.IndexExpr:
		return receiver(typ.X)
	case *ast.IndexListExpr:
		return receiver(typ.X)
	case *ast.Ident:
		return typ.Name
	}
	return ""
}

// members returns the fields of a struct or the methods of an interface.
func members(typ ast.Expr) (names []string) {
	var list *ast.FieldList
	switch typ := typ.(type) {
	case *ast.StructType:
		list = typ.Fields
	case *ast.InterfaceType:
		list = typ.Methods
	default:
		return nil
	}
	for _, f := range list.List {
		for _, id := range f.Names {
			names = append(names, id.Name)
		}
	}
	return names
}

// docComments returns the doc comments of a file: of the package, of what it declares and
// of fields.
func docComments(file *ast.File) (texts []string) {
	add := func(groups ...*ast.CommentGroup) {
		for _, g := range groups {
			if text := g.Text(); text != "" {
				texts = append(texts, text)
			}
		}
	}
	add(file.Doc)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			add(n.Doc)
		case *ast.GenDecl:
			add(n.Doc)
		case *ast.TypeSpec:
			add(n.Doc, n.Comment)
		case *ast.ValueSpec:
			add(n.Doc, n.Comment)
		case *ast.Field:
			add(n.Doc, n.Comment)
		}
		return true
	})
	return texts
}

// fileNames finds what looks like the name of a file, perhaps with folders. Python
// programs are left out: most that are named are the official sources of methods.
var fileNames = regexp.MustCompile(`[\w*./-]*\w\.(?:go|md|tsv|csv|jsonl?|svg|html|txt|npy|safetensors)\b`)

// known are the files of the repository and the strings in its code.
type known struct {
	root  string
	bases map[string]bool // names without folders
	words string          // all string literals of the code
}

// has reports whether a file that a comment in a folder names is known.
func (k known) has(folder, name string) bool {
	for _, dir := range []string{folder, k.root} {
		if found, _ := filepath.Glob(filepath.Join(dir, name)); len(found) > 0 {
			return true
		}
	}
	return !strings.Contains(name, "/") && k.bases[name] || strings.Contains(k.words, name)
}

func repositoryFiles(t *testing.T) known {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	k := known{root: root, bases: map[string]bool{}}
	var words strings.Builder
	require.NoError(t, filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		k.bases[d.Name()] = true
		if strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, literal := range stringLiterals.FindAllString(string(content), -1) {
				words.WriteString(literal)
			}
		}
		return nil
	}))
	k.words = words.String()
	return k
}

var stringLiterals = regexp.MustCompile("\"[^\"\n]*\"|`[^`]*`")
