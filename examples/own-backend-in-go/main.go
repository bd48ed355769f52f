// Command own-backend-in-go is a backend in Go for the golden suite, of three
// operations. It imports nothing of entrec but the golden format.
//
//	go build -o mybackend ./own-backend-in-go
//	entrec golden check suite --exec ./mybackend
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"entrec/reference/golden"
)

// exitUnsupported says that the operation of a single question is not supported.
const exitUnsupported = 3

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, golden.ErrUnsupported) {
			os.Exit(exitUnsupported)
		}
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("found %d arguments, expected QUESTION ANSWER, two files or two folders", len(args))
	}
	info, err := os.Stat(args[0])
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return folder(args[0], args[1])
	}
	return file(args[0], args[1])
}

// folder answers the questions of a folder that there is an answer to, under the same
// names in another.
func folder(questions, answers string) error {
	return filepath.WalkDir(questions, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != golden.Extension {
			return err
		}
		name, err := filepath.Rel(questions, path)
		if err != nil {
			return err
		}
		to := filepath.Join(answers, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		err = file(path, to)
		var refused *golden.RefusedError
		if errors.Is(err, golden.ErrUnsupported) || errors.As(err, &refused) {
			return nil // no answer is the answer
		}
		return err
	})
}

// file answers one question.
func file(question, answer string) error {
	content, err := os.ReadFile(question)
	if err != nil {
		return err
	}
	c, err := golden.ParseQuestion(question, content)
	if err != nil {
		return err
	}
	a, err := golden.Ask(backend, c)
	if err != nil {
		return err
	}
	if content, err = a.Marshal(c, golden.Double); err != nil {
		return err
	}
	return os.WriteFile(answer, content, 0o644)
}
