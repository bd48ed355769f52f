package main

import (
	"bytes"
	"embed"
	"html/template"
	"path"
	"slices"
)

//go:embed assets
var assets embed.FS

var templates = template.Must(template.ParseFS(assets, "assets/*.html"))

// link is a page in the navigation of another.
type link struct {
	Href, Title string
	Here        bool
}

// view is what the template of a page shows.
type view struct {
	Title, Root             string
	Body                    template.HTML
	Heads                   []head
	Chapters, Beside, Pages []link
	Previous, Next          *link
	Slides, Playground      string
	InCourse                bool
	List                    []slide
}

// dress returns a page as a file.
func (s *site) dress(p *page) []byte {
	v := s.view(p, p.out)
	v.Body = template.HTML(p.body) //nolint:gosec // of our own pages
	v.Heads = p.heads
	if slices.Contains(s.chapters, p) {
		v.Slides = relative(p.out, slidesOf(p))
	}
	v.InCourse = path.Dir(p.source) != "docs" && path.Dir(p.source) != "docs/methods"
	line := slices.Concat([]*page{s.pages[cover]}, s.chapters)
	if !slices.Contains(line, p) {
		line = s.reference
	}
	if i := slices.Index(line, p); i >= 0 {
		if i > 0 {
			v.Previous = &link{Href: relative(p.out, line[i-1].out), Title: line[i-1].title}
		}
		if i+1 < len(line) {
			v.Next = &link{Href: relative(p.out, line[i+1].out), Title: line[i+1].title}
		}
	}
	return fill("page.html", v)
}

// show returns the slides of a chapter as a file.
func (s *site) show(p *page) []byte {
	v := s.view(p, slidesOf(p))
	v.List = p.slides
	v.Previous = &link{Href: relative(slidesOf(p), p.out), Title: p.title}
	return fill("slides.html", v)
}

// view returns what a file that stands at out shows of the site around it.
func (s *site) view(p *page, out string) view {
	links := func(pages []*page) (all []link) {
		for _, other := range pages {
			all = append(all, link{relative(out, other.out), other.title, other == p})
		}
		return all
	}
	v := view{Title: p.title, Root: relative(out, ""), Chapters: links(s.chapters), Beside: links(s.beside), Pages: links(s.reference)}
	if s.playground {
		v.Playground = relative(out, "playground/index.html")
	}
	return v
}

// fill panics where a template does not fit what it shows, which a test would find.
func fill(name string, v view) []byte {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, v); err != nil {
		panic(err)
	}
	return b.Bytes()
}
