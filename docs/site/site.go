package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// page is a file of the site.
type page struct {
	source, out string // from the repository's root, and from the site's
	title       string
	body        []byte
	heads       []head
	slides      []slide
}

// head is a heading of the second level.
type head struct{ ID, Text string }

// site is what is built.
type site struct {
	root, out string
	pages     map[string]*page // by source
	waiting   []*page
	copies    map[string]string // images, by source
	navigation
}

// navigation is what every page shows of the others, in order.
type navigation struct {
	chapters, beside, reference []*page
	playground                  bool
}

// The sources that the site begins with; what they link is built too.
const (
	courseFolder = "docs/course"
	cover        = courseFolder + "/README.md"
	manual       = "docs/README.md"
)

// chapterFile finds the number of a chapter in the name of its file.
var chapterFile = regexp.MustCompile(`^(\d\d)-.*\.md$`)

// build writes the site of the repository at root into out, and returns how many pages it
// has. A playground that is there already, out/playground, is linked and left alone.
func build(root, out string) (int, error) {
	s := &site{root: root, out: out, pages: map[string]*page{}, copies: map[string]string{}}
	_, err := os.Stat(filepath.Join(out, "playground", "index.html"))
	s.playground = err == nil
	files, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(courseFolder)))
	if err != nil {
		return 0, err
	}
	s.reference = append(s.reference, s.add(manual)) // first, so that pages stand in its order
	s.add(cover)
	for _, f := range files {
		if f.IsDir() || !strings.HasSuffix(f.Name(), ".md") || f.Name() == "README.md" {
			continue
		}
		p := s.add(courseFolder + "/" + f.Name())
		if chapterFile.MatchString(f.Name()) {
			s.chapters = append(s.chapters, p)
		} else {
			s.beside = append(s.beside, p)
		}
	}
	if len(s.chapters) == 0 {
		return 0, fmt.Errorf("%s: found no chapter", courseFolder)
	}
	for len(s.waiting) > 0 {
		p := s.waiting[0]
		s.waiting = s.waiting[1:]
		if err := s.render(p); err != nil {
			return 0, fmt.Errorf("%s: %w", p.source, err)
		}
	}
	return len(s.pages), s.write()
}

// add returns the page of a source, which is rendered later.
func (s *site) add(source string) *page {
	if p := s.pages[source]; p != nil {
		return p
	}
	p := &page{source: source, out: outOf(source)}
	s.pages[source] = p
	s.waiting = append(s.waiting, p)
	if path.Dir(source) == "docs" && strings.HasSuffix(source, ".md") && source != manual {
		s.reference = append(s.reference, p)
	}
	return p
}

// outOf returns where the page of a source is.
func outOf(source string) string {
	switch source {
	case cover:
		return "index.html"
	case manual:
		return "pages.html"
	}
	name, ok := strings.CutSuffix(source, ".md")
	if !ok { // a folder or a file of the repository
		return "repository/" + source + ".html"
	}
	if inside, ok := strings.CutPrefix(name, "docs/"); ok {
		name = inside
	} else {
		name = "repository/" + name
	}
	if folder, ok := strings.CutSuffix(name, "README"); ok {
		name = folder + "index"
	}
	return name + ".html"
}

// render fills a page.
func (s *site) render(p *page) error {
	file := filepath.Join(s.root, filepath.FromSlash(p.source))
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return s.renderFolder(p, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if strings.HasSuffix(p.source, ".md") {
		return s.renderText(p, text)
	}
	return s.renderSource(p, text)
}

// renderFolder lists what is in a folder, with links to what has a page of its own.
func (s *site) renderFolder(p *page, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return byNumber(a.Name(), b.Name()) })
	var text bytes.Buffer
	fmt.Fprintf(&text, "# %s\n\n", p.source)
	for _, e := range entries {
		name, label := e.Name(), e.Name()
		readme, err := os.ReadFile(filepath.Join(folder, name, "README.md"))
		if err == nil {
			title, _, _ := strings.Cut(string(readme), "\n")
			label = strings.TrimPrefix(title, "# ")
			if !strings.Contains(label, name) {
				label = name + ". " + label
			}
			label = fmt.Sprintf("[%s](%s)", label, path.Join(path.Base(p.source), name))
		}
		fmt.Fprintf(&text, "- %s\n", label)
	}
	return s.renderText(p, text.Bytes())
}

// byNumber compares names as 2.9 and 10.1 by their first number, then as texts.
func byNumber(a, b string) int {
	if x, y := leading(a), leading(b); x != y {
		return x - y
	}
	return strings.Compare(a, b)
}

func leading(name string) (n int) {
	for _, c := range name {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// target returns where a link of a page leads, from the page. A file of the repository
// that it names becomes part of the site.
func (s *site) target(from *page, link string) (string, error) {
	if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
		return link, nil
	}
	name, anchor, marked := strings.Cut(link, "#")
	if marked {
		anchor = "#" + anchor
	}
	if name == "" {
		return anchor, nil
	}
	source := path.Join(path.Dir(from.source), name)
	file := filepath.Join(s.root, filepath.FromSlash(source))
	info, err := os.Stat(file)
	if err != nil || strings.HasPrefix(source, "../") {
		return "", fmt.Errorf("link %q: expected a file of the repository: %w", link, err)
	}
	if info.IsDir() {
		if _, err := os.Stat(filepath.Join(file, "README.md")); err == nil {
			source += "/README.md"
		}
	}
	switch path.Ext(source) {
	case ".svg", ".png", ".jpg":
		to := "files/" + source
		s.copies[source] = to
		return relative(from.out, to), nil
	}
	return relative(from.out, s.add(source).out) + anchor, nil
}

// relative returns the way from a page to a file, both from the site's root.
func relative(from, to string) string {
	back := strings.Repeat("../", strings.Count(from, "/"))
	return back + to
}

// write writes all pages, their slides, and what they use.
func (s *site) write() error {
	for _, p := range s.pages {
		if err := s.writeFile(p.out, s.dress(p)); err != nil {
			return err
		}
	}
	for _, p := range s.chapters {
		if err := s.writeFile(slidesOf(p), s.show(p)); err != nil {
			return err
		}
	}
	for source, to := range s.copies {
		content, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(source)))
		if err == nil {
			err = s.writeFile(to, content)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range []string{"style.css", "theme.js", "slides.js"} {
		content, err := assets.ReadFile("assets/" + name)
		if err == nil {
			err = s.writeFile(name, content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *site) writeFile(name string, content []byte) error {
	file := filepath.Join(s.out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
