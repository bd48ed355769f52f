// Package scaffold writes the beginning of a backend of the golden suite: a program with all
// modes and one operation, by a language's standard library alone, what operations take as
// data, and a file for continuous integration.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/reference/suite"
)

//go:embed all:templates ci.yml
var templates embed.FS

// language is one that a backend can begin in.
type language struct {
	build   string // the steps of the CI file before the check, and
	command string // the command of the backend
}

var languages = map[string]language{
	"python":     {"      - uses: actions/setup-python@v5\n        with:\n          python-version: '3.x'\n", "python3 backend.py"},
	"javascript": {"      - uses: actions/setup-node@v4\n        with:\n          node-version: 20\n", "node backend.js"},
	"rust":       {"      - run: rustc --edition 2021 -O -o backend backend.rs\n", "./backend"},
	"c++":        {"      - run: c++ -std=c++17 -O2 -o backend backend.cpp\n", "./backend"},
	"go":         {"      - uses: actions/setup-go@v5\n        with:\n          go-version: stable\n      - run: go build -o backend .\n", "./backend"},
}

// Languages are the names of all languages.
func Languages() []string { return slices.Sorted(maps.Keys(languages)) }

// Command returns the command of a backend, to be run where it was written.
func Command(name string) string { return languages[name].command }

// ErrNotEmpty says that a folder holds files.
var ErrNotEmpty = errors.New("expected a new one")

// Write writes a backend into a folder, which is made and must hold nothing: the error wraps
// [ErrNotEmpty] where it does.
func Write(dir, name string) error {
	l, ok := languages[name]
	if !ok {
		return fmt.Errorf("language: found %q, expected one of %s", name, strings.Join(Languages(), ", "))
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s: found a folder with %d files, %w", dir, len(entries), ErrNotEmpty)
	}
	content := map[string][]byte{"xfail.txt": []byte("# Failures that are expected: a glob of cases and the reason.\n")}
	var err error
	if content[suite.OperationsFile], err = suite.Operations(); err != nil {
		return err
	}
	ci, err := templates.ReadFile("ci.yml")
	if err != nil {
		return err
	}
	content[".github/workflows/golden.yml"] = []byte(strings.NewReplacer("BUILD\n", l.build, "COMMAND", l.command).Replace(string(ci)))
	root := "templates/" + name
	entries, err := fs.ReadDir(templates, root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if content[strings.TrimSuffix(e.Name(), ".txt")], err = templates.ReadFile(root + "/" + e.Name()); err != nil {
			return err
		}
	}
	for _, file := range slices.Sorted(maps.Keys(content)) {
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := files.Write(path, content[file]); err != nil {
			return err
		}
	}
	return nil
}
