// Command coursetext writes into the chapters of the course what stands elsewhere: code
// from the sources, and the exercises.
//
//	go run ./internal/coursetext
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
)

// chapters are the course's pages, from the repository's root.
const chapters = "docs/course/[0-9][0-9]-*.md"

func main() {
	log.SetFlags(0)
	pages, err := filepath.Glob(filepath.FromSlash(chapters))
	if err == nil && len(pages) == 0 {
		err = fmt.Errorf("found no %s, expected to be run in the repository's root", chapters)
	}
	for i := 0; err == nil && i < len(pages); i++ {
		err = rewrite(pages[i])
	}
	if err != nil {
		log.Fatal(err)
	}
}

// rewrite writes a page anew.
func rewrite(page string) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	text, err := written(string(old), ".")
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(text), 0o644)
}
