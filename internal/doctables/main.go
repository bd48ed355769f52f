// Command doctables writes the tables of methods and of recipes in the documentation from the types,
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

// tables are the tables that a page can have, by the word that the lines around them begin
// with.
var tables = map[string]func(page string) string{
	"methods": func(page string) string { return methods(path.Dir(page)) },
	"recipes": func(string) string { return recipes() },
}

// around returns the lines that a table stands between.
func around(table string) (begin, end string) {
	return fmt.Sprintf("<!-- %s: written by `make generate` -->\n", table), fmt.Sprintf("<!-- end of %s -->\n", table)
}

// pages are the files with tables, from the repository's root.
var pages = map[string][]string{"README.md": {"methods"}, "docs/methods/README.md": {"methods", "recipes"}}

func main() {
	log.SetFlags(0)
	for page := range pages {
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

// written returns the text of a page with its tables written anew.
func written(text, page string) (string, error) {
	for _, table := range pages[page] {
		begin, end := around(table)
		before, rest, ok := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			return "", fmt.Errorf("%s: found no lines %q and %q, expected a table between them", page, strings.TrimSpace(begin), strings.TrimSpace(end))
		}
		text = before + begin + tables[table](page) + end + after
	}
	return text, nil
}

// methods returns the table of methods in Markdown, with links from a folder.
func methods(from string) string {
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

// recipes returns the table of the methods' recipes in Markdown, with the methods that each
// serves.
func recipes() string {
	var b strings.Builder
	b.WriteString("\n| optimizer | learning rate | momentum | weight decay | clip | methods |\n| --- | --- | --- | --- | --- | --- |\n")
	var lines []string
	served := map[string][]string{}
	for _, r := range mvssl.Rows() {
		line := recipe(r.Recipe)
		if served[line] == nil {
			lines = append(lines, line)
		}
		served[line] = append(served[line], r.Name)
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "%s %s |\n", line, strings.Join(served[line], ", "))
	}
	b.WriteByte('\n')
	return b.String()
}

// recipe returns the cells of a recipe.
func recipe(r mvssl.Recipe) string {
	momentum, clip := "–", "–"
	if r.Momentum != 0 {
		momentum = fmt.Sprint(r.Momentum)
	}
	if r.Clip != nil {
		clip = fmt.Sprint(*r.Clip)
		if r.ClipEach {
			clip += ", each parameter"
		}
	}
	decay := fmt.Sprint(r.WeightDecay)
	if r.WeightDecayEnd != r.WeightDecay {
		decay += fmt.Sprintf(" to %v", r.WeightDecayEnd)
	}
	return fmt.Sprintf("| %s | %v | %s | %s | %s |", r.Optimizer, r.LR, momentum, decay, clip)
}
