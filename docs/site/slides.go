package main

import (
	"bytes"
	"html/template"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
)

// slide is what a lecturer shows at once.
type slide struct {
	Title string
	Body  template.HTML
	Class string // title, code, or none
}

// silent finds commands that draw a figure and print nothing.
var silent = regexp.MustCompile(`^\$ .* --out \S+\s*$`)

// slidesFrom takes from a chapter what goes on a screen: its question and its prediction,
// formulas, figures, tables, runs and code, and of what one sees the words that are set
// in bold. The sentences are the lecturer's.
func slidesFrom(r renderer.Renderer, doc ast.Node, source []byte) (all []slide, err error) {
	render := func(n ast.Node) template.HTML {
		var b bytes.Buffer
		if e := r.Render(&b, source, n); e != nil && err == nil {
			err = e
		}
		return template.HTML(b.String()) //nolint:gosec // of our own pages
	}
	title, caption := "", template.HTML("")
	last := func() *slide { return &all[len(all)-1] }
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			title = plain(n, source)
			class := ""
			if n.Level == 1 {
				class = "title"
			}
			if len(all) > 0 && last().Body == "" {
				*last() = slide{Title: title}
				continue
			}
			all = append(all, slide{Title: title, Class: class})
		case *ast.Paragraph:
			switch words := lead(n, source); {
			case len(all) == 1 && strings.HasPrefix(words, "Question"):
				last().Body += render(n)
			case strings.HasPrefix(words, "Prediction"):
				all = append(all, slide{Title: title, Body: render(n)})
			case n.ChildCount() == 1 && n.FirstChild().Kind() == ast.KindImage:
				all = append(all, slide{Title: title, Body: render(n), Class: "picture"})
			case title == "Exercises" && words != "":
				last().Body += template.HTML("<p>" + template.HTMLEscapeString(words) + "</p>\n") //nolint:gosec // escaped
			}
		case *ast.HTMLBlock:
			caption = render(n)
		case *ast.CodeBlock:
			if _, ok := display(strings.Split(strings.TrimRight(string(n.Lines().Value(source)), "\n"), "\n")); ok {
				last().Body += render(n)
			}
		case *ast.FencedCodeBlock:
			if silent.Match(n.Lines().Value(source)) {
				continue
			}
			all = append(all, slide{Title: title, Body: caption + render(n), Class: "code"})
			caption = ""
		case *extensionast.Table:
			all = append(all, slide{Title: title, Body: render(n)})
		case *ast.List:
			points := ""
			for item := n.FirstChild(); item != nil; item = item.NextSibling() {
				if words := lead(item, source); words != "" {
					points += "<li>" + template.HTMLEscapeString(words) + "</li>\n"
				}
			}
			if points != "" {
				last().Body += template.HTML("<ul>\n" + points + "</ul>\n") //nolint:gosec // escaped
			}
		}
	}
	kept := all[:0]
	for _, s := range all {
		if s.Body != "" {
			kept = append(kept, s)
		}
	}
	return kept, err
}

// lead returns what a paragraph or the first of an item's begins with in bold.
func lead(n ast.Node, source []byte) string {
	first := n.FirstChild()
	if first != nil && first.Type() == ast.TypeBlock {
		first = first.FirstChild()
	}
	if e, ok := first.(*ast.Emphasis); ok && e.Level == 2 {
		return plain(e, source)
	}
	return ""
}

// slidesOf returns where the slides of a chapter are.
func slidesOf(p *page) string { return strings.Replace(p.out, "course/", "slides/", 1) }
