package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// block is what stands between two lines of a page: the first says what, `code: FILE
// NAME…` or `exercises of chapter N`.
var block = regexp.MustCompile(`(?ms)^<!-- (code: |exercises of chapter )([^\n]*) -->\n.*?^<!-- end -->$`)

// written returns the text of a page with its blocks written anew from the repository at
// root.
func written(text, root string) (string, error) {
	var failed error
	text = block.ReplaceAllStringFunc(text, func(old string) string {
		m := block.FindStringSubmatch(old)
		content := code
		if m[1] != "code: " {
			content = exercises
		}
		words, err := content(root, strings.Fields(m[2]))
		if err != nil && failed == nil {
			failed = err
		}
		return "<!-- " + m[1] + m[2] + " -->\n" + words + "<!-- end -->"
	})
	return text, failed
}

// code returns the declarations of a Go file that args name after the file, as Markdown.
func code(root string, args []string) (string, error) {
	if len(args) < 2 {
		return "", fmt.Errorf("code: found %v, expected a file and names", args)
	}
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(args[0])))
	if err != nil {
		return "", err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, args[0], source, parser.ParseComments)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, name := range args[1:] {
		i := slices.IndexFunc(file.Decls, func(d ast.Decl) bool { return declares(d, name) })
		if i < 0 {
			return "", fmt.Errorf("code: %s declares no %s", args[0], name)
		}
		begin := file.Decls[i].Pos()
		if doc := docOf(file.Decls[i]); doc != nil {
			begin = doc.Pos()
		}
		parts = append(parts, string(source[fset.Position(begin).Offset:fset.Position(file.Decls[i].End()).Offset]))
	}
	return "```go\n" + strings.Join(parts, "\n\n") + "\n```\n", nil
}

// declares says whether a declaration is that of a name; a method's is Type.Name.
func declares(d ast.Decl, name string) bool {
	switch d := d.(type) {
	case *ast.FuncDecl:
		own := d.Name.Name
		if d.Recv != nil {
			own = receiver(d.Recv.List[0].Type) + "." + own
		}
		return own == name
	case *ast.GenDecl:
		return slices.ContainsFunc(d.Specs, func(s ast.Spec) bool {
			typ, ok := s.(*ast.TypeSpec)
			return ok && typ.Name.Name == name
		})
	}
	return false
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

// exercises returns those of a chapter, as Markdown.
func exercises(root string, args []string) (string, error) {
	if len(args) != 1 {
		return "", fmt.Errorf("exercises: found %v, expected a chapter", args)
	}
	folders, err := filepath.Glob(filepath.Join(root, "docs", "course", "exercises", args[0]+".*"))
	if err != nil {
		return "", err
	}
	place := func(folder string) int {
		_, number, _ := strings.Cut(filepath.Base(folder), ".")
		n, _ := strconv.Atoi(number)
		return n
	}
	slices.SortFunc(folders, func(a, b string) int { return place(a) - place(b) })
	var b strings.Builder
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "README.md"))
		if err != nil {
			return "", err
		}
		number := filepath.Base(folder)
		title, rest, ok := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n\n")
		if !ok {
			return "", fmt.Errorf("exercise %s: found no title with an empty line below", number)
		}
		fmt.Fprintf(&b, "\n**%s. %s.** %s", number, title, strings.ReplaceAll(strings.TrimRight(rest, "\n"), "](../../", "]("))
		if _, err := os.Stat(filepath.Join(folder, "main.go")); err == nil {
			fmt.Fprintf(&b, " Begin with [Go](exercises/%s/main.go) or [Python](exercises/%s/main.py).", number, number)
		}
		b.WriteString("\n")
	}
	return b.String() + "\n", nil
}
