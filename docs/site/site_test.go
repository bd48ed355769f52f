package main

import (
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var root = filepath.Join("..", "..")

// built returns a folder with the site, which the tests share.
func built(t *testing.T) string {
	t.Helper()
	out, err := buildOnce()
	require.NoError(t, err)
	return out
}

var buildOnce = sync.OnceValues(func() (string, error) {
	out, err := os.MkdirTemp("", "entrec-site-*")
	if err == nil {
		shared = out
		_, err = build(root, out)
	}
	return out, err
})

var shared string

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(shared)
	os.Exit(code)
}

// unnamed finds blocks that are no program with a name, and no formula.
var unnamed = regexp.MustCompile(`(?s)<pre><code>(.*?)</code>`)

// TestSite: all links of the site lead somewhere, each formula of the chapters is one, and
// each chapter has slides.
func TestSite(t *testing.T) {
	out := built(t)
	require.NoError(t, check(out))
	pages, err := filepath.Glob(filepath.Join(out, "course", "[0-9]*.html"))
	require.NoError(t, err)
	sources, err := filepath.Glob(filepath.Join(root, "docs", "course", "[0-9]*.md"))
	require.NoError(t, err)
	require.Len(t, pages, len(sources))
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		require.NotContains(t, string(text), "<!-- ", page)
		require.Contains(t, string(text), "<h2 id=", page)
		slides, err := os.ReadFile(filepath.Join(out, "slides", filepath.Base(page)))
		require.NoError(t, err)
		require.Contains(t, string(slides), `<section id="slide-4"`, page)
		require.Contains(t, string(slides), "Prediction.", page)
		for _, m := range unnamed.FindAllSubmatch(text, -1) {
			require.Regexp(t, `^(entrec|go|cd|make) `, string(m[1]), "%s: neither a formula nor a command", page)
		}
	}
	text, err := os.ReadFile(filepath.Join(out, "course", "05-nt-xent.html"))
	require.NoError(t, err)
	require.Contains(t, string(text), "<mtext>minus entropy</mtext>")
}

// TestCheck: what is wrong with a site is told.
func TestCheck(t *testing.T) {
	for text, message := range map[string]string{
		`<a href="b.html">`:                          "leads to no file",
		`<a href="#b">`:                              "leads to no place",
		`<p id="a"><p id="a">`:                       "two places",
		`<script src="https://example.org/a.js">`:    "expected nothing from elsewhere",
		`<link href="//example.org/a.css">`:          "expected nothing from elsewhere",
		`<a href="https://example.org"><a href="#">`: "",
		`<p id="é"><a href="a.html#%C3%A9">`:         "",
	} {
		out := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(out, "a.html"), []byte(text), 0o600))
		err := check(out)
		if message == "" {
			require.NoError(t, err, text)
		} else {
			require.ErrorContains(t, err, message, text)
		}
	}
}

// TestNoLink: a link to what is not in the repository stops the build.
func TestNoLink(t *testing.T) {
	root := t.TempDir()
	course := filepath.Join(root, "docs", "course")
	require.NoError(t, os.MkdirAll(course, 0o755))
	for name, text := range map[string]string{"README.md": "# C", "../README.md": "# M", "00-a.md": "# 0\n\n[x](none.md)"} {
		require.NoError(t, os.WriteFile(filepath.Join(course, name), []byte(text), 0o600))
	}
	_, err := build(root, t.TempDir())
	require.ErrorContains(t, err, `docs/course/00-a.md: link "none.md"`)
}
