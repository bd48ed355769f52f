package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

// comments are the doc comments of a struct's fields, each on one line.
type comments map[string]string

// commentsOf reads those of a struct of this module.
func (w *walker) commentsOf(t reflect.Type) (comments, error) {
	key := t.PkgPath() + "." + t.Name()
	if c, ok := w.comments[key]; ok {
		return c, nil
	}
	dir := filepath.Join(root, filepath.FromSlash(strings.TrimPrefix(t.PkgPath(), "entrec/")))
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	found := comments{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.Name == t.Name() {
				if of, ok := spec.Type.(*ast.StructType); ok {
					found.read(of)
				}
			}
			return true
		})
	}
	w.comments[key] = found
	return found, nil
}

// read reads the comments above and beside fields.
func (c comments) read(s *ast.StructType) {
	for _, f := range s.Fields.List {
		text := strings.Join(strings.Fields(f.Doc.Text()+" "+f.Comment.Text()), " ")
		for _, id := range f.Names {
			c[id.Name] = docLink.ReplaceAllString(text, "$1")
		}
	}
}

// docLink is a Go identifier in brackets.
var docLink = regexp.MustCompile(`\[([A-Za-z][\w.]*)\]`)
