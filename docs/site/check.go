package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// check reads a site's pages, but for those of the playground, and returns an error for
// each link to a file or a place that is not there, each script or style from elsewhere,
// and each name that two places have.
func check(out string) error {
	places, links := map[string][]string{}, map[string][]string{}
	var errs []error
	err := filepath.WalkDir(out, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && d.Name() == "playground" {
				return filepath.SkipDir
			}
			return err
		}
		name, err := filepath.Rel(out, file)
		if err != nil || path.Ext(name) != ".html" {
			return err
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		places[name], links[name], err = scan(content)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for from, all := range links {
		for _, link := range all {
			if err := follow(out, from, link, places); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", from, err))
			}
		}
	}
	return errors.Join(errs...)
}

// scan returns the names of places in a page, and where its links lead within the site.
func scan(content []byte) (places, links []string, err error) {
	tokens := html.NewTokenizer(bytes.NewReader(content))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return places, links, err
		case html.StartTagToken, html.SelfClosingTagToken:
			t := tokens.Token()
			for _, a := range t.Attr {
				switch a.Key {
				case "id":
					if slices.Contains(places, a.Val) {
						err = fmt.Errorf("two places are named %q", a.Val)
					}
					places = append(places, a.Val)
				case "href", "src":
					outside := strings.Contains(a.Val, "://") || strings.HasPrefix(a.Val, "//")
					if outside && t.Data != "a" {
						err = fmt.Errorf("%s from %s, expected nothing from elsewhere", t.Data, a.Val)
					} else if !outside && !strings.HasPrefix(a.Val, "data:") && !strings.HasPrefix(a.Val, "mailto:") {
						links = append(links, a.Val)
					}
				}
			}
		}
	}
}

// follow returns an error where a link leads nowhere.
func follow(out, from, link string, places map[string][]string) error {
	name, anchor, marked := strings.Cut(link, "#")
	name, err := url.PathUnescape(name)
	if err != nil {
		return err
	}
	if anchor, err = url.PathUnescape(anchor); err != nil {
		return err
	}
	to := from
	if name != "" {
		to = path.Join(path.Dir(from), name)
	}
	info, err := os.Stat(filepath.Join(out, filepath.FromSlash(to)))
	switch {
	case err != nil || info.IsDir():
		return fmt.Errorf("link %q leads to no file", link)
	case marked && anchor != "" && !slices.Contains(places[to], anchor):
		return fmt.Errorf("link %q leads to no place in %s", link, to)
	}
	return nil
}
