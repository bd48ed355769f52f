// Command doctables writes the tables of methods in the documentation from the types,
// between the lines that name them:
//
//	go run ./internal/doctables
package main

import (
	"fmt"
	"log"
	"os"
	"path"
	"path/filepath"
	"strings"

	"entrec/mvssl"
)

// The lines that a table stands between.
const (
	begin = "<!-- methods: written by `make generate` -->\n"
	end   = "<!-- end of methods -->\n"
)

// pages are the files with a table, from the repository's root.
var pages = []string{"README.md", "docs/methods/README.md"}

func main() {
	log.SetFlags(0)
	for _, page := range pages {
		file := filepath.FromSlash(page)
		old, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		text, err := written(string(old), page)
		if err == nil {
			err = os.WriteFile(file, []byte(text), 0o644)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}

// written returns the text of a page with its table written anew.
func written(text, page string) (string, error) {
	before, rest, ok := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("%s: found no lines %q and %q, expected a table between them", page, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + begin + table(path.Dir(page)) + end + after, nil
}

// table returns the table of methods in Markdown, with links from a folder.
func table(from string) string {
	to := "docs/methods/"
	if from == "docs/methods" {
		to = ""
	}
	var b strings.Builder
	b.WriteString("\n| method | branches | projections | objective |\n| --- | --- | --- | --- |\n")
	for _, r := range mvssl.Rows() {
		branches, projections := r.Figure()
		name := fmt.Sprintf("[%s](%s%s.md)", r.Name, to, r.Name)
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, branches, projections, r.Objective)
	}
	b.WriteByte('\n')
	return b.String()
}
