package main

import (
	"bytes"
	"fmt"
	"html"
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown returns what turns Markdown into HTML in the way of this site.
func markdown() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(nodes{}, 1))))
}

// renderText fills a page from Markdown.
func (s *site) renderText(p *page, content []byte) error {
	md := markdown()
	doc := md.Parser().Parse(text.NewReader(content), parser.WithContext(parser.NewContext(parser.WithIDs(&ids{seen: map[string]int{}}))))
	mend(doc)
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		var err error
		switch n := n.(type) {
		case *ast.Link:
			n.Destination, err = s.rewritten(p, n.Destination)
		case *ast.Image:
			n.Destination, err = s.rewritten(p, n.Destination)
		case *ast.HTMLBlock:
			err = s.caption(p, n, content)
		case *ast.Heading:
			id, _ := n.AttributeString("id")
			words := plain(n, content)
			if n.Level == 1 && p.title == "" {
				p.title = words
			} else if n.Level == 2 {
				name, _ := id.([]byte)
				p.heads = append(p.heads, head{string(name), words})
			}
		}
		return ast.WalkContinue, err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, content, doc); err != nil {
		return err
	}
	p.body = b.Bytes()
	if chapterFile.MatchString(path.Base(p.source)) {
		p.slides, err = slidesFrom(md.Renderer(), doc, content)
	}
	return err
}

// mend joins the texts that the parser has cut at marks of emphasis that are none, as the
// underscore of C_d(κ), so that formulas are found in them.
func mend(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		t, ok := c.(*ast.Text)
		for next, _ := c.NextSibling().(*ast.Text); ok && next != nil && !t.SoftLineBreak() && !t.HardLineBreak() && t.Segment.Stop == next.Segment.Start; next, _ = c.NextSibling().(*ast.Text) {
			t.Segment = t.Segment.WithStop(next.Segment.Stop)
			t.SetSoftLineBreak(next.SoftLineBreak())
			t.SetHardLineBreak(next.HardLineBreak())
			n.RemoveChild(n, next)
		}
		mend(c)
	}
}

func (s *site) rewritten(p *page, link []byte) ([]byte, error) {
	to, err := s.target(p, string(link))
	return []byte(to), err
}

// comment finds where code comes from, in the line above it.
var comment = regexp.MustCompile(`^<!-- code: (\S+) (.*) -->\s*$`)

// caption makes the line above extracted code a link to its source.
func (s *site) caption(p *page, n *ast.HTMLBlock, content []byte) error {
	m := comment.FindSubmatch(n.Lines().Value(content))
	if m == nil {
		return nil
	}
	up := strings.Repeat("../", strings.Count(p.source, "/"))
	to, err := s.target(p, up+string(m[1]))
	n.SetAttributeString("caption", fmt.Sprintf("<p class=\"from\"><a href=\"%s\">%s</a></p>\n", html.EscapeString(to), html.EscapeString(string(m[1]))))
	return err
}

// plain returns the text of a node.
func plain(n ast.Node, content []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(content))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// ids names headings as forges do, so that links to them hold on both.
type ids struct{ seen map[string]int }

// Generate returns a new name.
func (i *ids) Generate(value []byte, _ ast.NodeKind) []byte {
	var b strings.Builder
	for _, c := range strings.ToLower(strings.TrimSpace(string(value))) {
		switch {
		case c == ' ':
			b.WriteByte('-')
		case unicode.IsLetter(c) || unicode.IsDigit(c) || c == '-' || c == '_':
			b.WriteRune(c)
		}
	}
	name := b.String()
	n := i.seen[name]
	i.seen[name]++
	if n > 0 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	return []byte(name)
}

// Put does nothing: names are counted when they are made.
func (i *ids) Put([]byte) {}

// nodes renders what this site does in its own way.
type nodes struct{}

// RegisterFuncs says what.
func (nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindCodeBlock, indented)
	r.Register(ast.KindFencedCodeBlock, fenced)
	r.Register(ast.KindHTMLBlock, htmlBlock)
	r.Register(ast.KindText, prose)
}

// indented renders a formula, or a program without a name.
func indented(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	content := string(n.Lines().Value(source))
	if ml, ok := display(strings.Split(strings.TrimRight(content, "\n"), "\n")); ok {
		_, err := w.WriteString(ml)
		return ast.WalkContinue, err
	}
	return ast.WalkContinue, highlight(w, content, "")
}

func fenced(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	return ast.WalkContinue, highlight(w, string(n.Lines().Value(source)), string(n.(*ast.FencedCodeBlock).Language(source)))
}

// htmlBlock leaves comments out but for captions; the documentation has no other HTML.
func htmlBlock(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if caption, ok := n.AttributeString("caption"); ok && entering {
		_, err := w.WriteString(caption.(string))
		return ast.WalkContinue, err
	}
	return ast.WalkContinue, nil
}

// prose renders text with its small formulas.
func prose(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	t := n.(*ast.Text)
	value := t.Segment.Value(source)
	end := ""
	if t.HardLineBreak() {
		end = "<br>\n"
	} else if t.SoftLineBreak() {
		end = "\n"
	}
	_, err := w.WriteString(inline(html.UnescapeString(string(util.UnescapePunctuations(value)))) + end)
	return ast.WalkContinue, err
}

// highlight writes a program in colors, which are classes; a console's commands stand out.
func highlight(w util.BufWriter, program, language string) error {
	if language == "console" {
		var b strings.Builder
		for line := range strings.Lines(program) {
			line = html.EscapeString(line)
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				line = "<b><span>$ </span>" + strings.TrimSuffix(command, "\n") + "</b>\n"
			}
			b.WriteString(line)
		}
		_, err := w.WriteString("<pre class=\"console\"><code>" + b.String() + "</code></pre>\n")
		return err
	}
	lexer := lexers.Get(language)
	if language == "" || lexer == nil {
		_, err := w.WriteString("<pre><code>" + html.EscapeString(program) + "</code></pre>\n")
		return err
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, program)
	if err != nil {
		return err
	}
	return chromahtml.New(chromahtml.WithClasses(true)).Format(w, styles.Fallback, tokens)
}

// renderSource fills a page from a file of the repository.
func (s *site) renderSource(p *page, content []byte) error {
	p.title = p.source
	language := map[string]string{".go": "go", ".py": "python", ".json": "json"}[path.Ext(p.source)]
	var b bytes.Buffer
	w := &buffered{&b}
	fmt.Fprintf(&b, "<h1>%s</h1>\n", html.EscapeString(p.source))
	err := highlight(w, string(content), language)
	p.body = b.Bytes()
	return err
}

// buffered is a buffer with what goldmark wants of a writer.
type buffered struct{ *bytes.Buffer }

// Available, Buffered and Flush are of no use here.
func (*buffered) Available() int { return 0 }

// Buffered returns 0.
func (*buffered) Buffered() int { return 0 }

// Flush does nothing.
func (*buffered) Flush() error { return nil }
