package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync"

	"entrec/mvssl/pictures"
)

//go:embed assets/* uplot/uPlot.iife.min.js uplot/uPlot.min.css uplot/LICENSE
var assets embed.FS

// MaxBytes is how large a report is at most.
const MaxBytes = 3_000_000

// The most and the least points of a run that a report tries, and about how much room one
// takes.
const (
	mostPoints    = 4000
	leastPoints   = 16
	bytesPerPoint = 40
)

// Report returns one HTML page of runs that were read: it needs nothing else, and loads
// nothing. Numbers of steps are thinned until they fit, extremes kept; where that is not
// enough, pictures are left out, of the last runs first. The error is about more runs than
// there is room for.
func Report(runs []*Run) ([]byte, error) {
	for {
		text, err := thinned(runs)
		if err == nil || !dropPictures(runs) {
			return text, err
		}
	}
}

// thinned is a page without more than fits of numbers of steps.
func thinned(runs []*Run) ([]byte, error) {
	size := 0
	for points := min(mostPoints, max(leastPoints, MaxBytes/(bytesPerPoint*max(1, len(runs))))); points >= leastPoints; points /= 2 {
		for _, r := range runs {
			r.At(math.Inf(-1), math.Inf(1), points)
		}
		text, err := Document(Content{Runs: runs})
		if err != nil || len(text) <= MaxBytes {
			return text, err
		}
		size = len(text)
	}
	return nil, fmt.Errorf("%d runs make a page of %.1f MB, expected at most %.0f: choose fewer", len(runs), float64(size)/1e6, MaxBytes/1e6)
}

// dropPictures takes the pictures of the last run that has some, and reports whether one
// had.
func dropPictures(runs []*Run) bool {
	for _, r := range slices.Backward(runs) {
		if p := r.Pictures; p != nil && p.Format != "" {
			r.Pictures = pictures.Without(fmt.Sprintf("the report would have more than %.0f MB; a report of this run alone has them", MaxBytes/1e6))
			return true
		}
	}
	return false
}

// Mark stands in every page, and in no other file.
const Mark = `<meta name="generator" content="entrec report">`

// Content is what a page is about.
type Content struct {
	// Live says whether the page asks the server that it came from for runs, and goes on
	// asking.
	Live bool   `json:"live"`
	Runs []*Run `json:"runs"`
	// Methods are those of the runs, by their names, with what is long about them.
	Methods map[string]*Method `json:"methods"`
}

// withMethods returns the content with what is long about methods said once.
func (c Content) withMethods() Content {
	c.Methods = map[string]*Method{}
	short := make([]*Run, len(c.Runs))
	for i, r := range c.Runs {
		copied := *r
		if m := r.Method; m != nil {
			c.Methods[m.Name] = m
			brief := *m
			brief.Formula, brief.Bound = "", ""
			copied.Method = &brief
		}
		short[i] = &copied
	}
	c.Runs = short
	return c
}

// Document returns the page with its scripts, styles and content.
func Document(c Content) ([]byte, error) {
	data, err := json.Marshal(c.withMethods()) // in which nothing ends a script: < is \u003c
	if err != nil {
		return nil, err
	}
	s := shell()
	return []byte(strings.NewReplacer(
		"{{policy}}", Policy(c.Live), "{{mark}}", Mark, "{{style}}", s.style, "{{script}}", s.script, "{{data}}", string(data),
	).Replace(s.page)), nil
}

// Policy returns the content security policy of the page: it runs its own scripts and no
// others, and asks nobody but the server that it came from, or, in a file, nobody.
func Policy(live bool) string {
	s := shell()
	connect := "'none'"
	if live {
		connect = "'self'"
	}
	return fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src blob: data:; connect-src %s; base-uri 'none'; form-action 'none'",
		digest(s.script), digest(s.style), connect)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// shellText is the page without content.
type shellText struct{ page, style, script string }

var shell = sync.OnceValue(func() shellText {
	read := func(names ...string) string {
		var b bytes.Buffer
		for _, name := range names {
			text, err := assets.ReadFile(name)
			if err != nil {
				panic(err) // it is embedded
			}
			b.Write(bytes.TrimSpace(text))
			b.WriteByte('\n')
		}
		return b.String()
	}
	scripts, err := fs.Glob(assets, "assets/*.js")
	if err != nil {
		panic(err) // the pattern is one
	}
	license := "/* uPlot 1.6.32\n" + read("uplot/LICENSE") + "*/\n"
	return shellText{
		page:   read("assets/page.html"),
		style:  read("uplot/uPlot.min.css", "assets/style.css"),
		script: license + read("uplot/uPlot.iife.min.js") + "(() => {\n'use strict';\n" + read(scripts...) + "})();\n",
	}
})
