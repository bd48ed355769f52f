// Command gomlx is GoMLX as a backend of the golden suite, in float32 on its backend in pure Go, with
// gradients by its own autodiff. Where it has a function for an operation, that function answers.
//
//	gomlx QUESTION ANSWER
//
// are files, or folders with files of the same names.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"entrec/reference/golden"
)

// lacks is the exit status that says that there is no such operation.
const lacks = 3

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gomlx QUESTION ANSWER")
		os.Exit(2)
	}
	err := answerAll(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	switch {
	case errors.Is(err, golden.ErrUnsupported):
		os.Exit(lacks)
	case err != nil:
		os.Exit(1)
	}
}

// answerAll answers a file, or a folder of them. In a folder it leaves out what it cannot answer.
func answerAll(questions, answers string) error {
	info, err := os.Stat(questions)
	if err != nil || !info.IsDir() {
		return answerFile(questions, answers)
	}
	entries, err := os.ReadDir(questions)
	if err != nil {
		return err
	}
	lacking := map[string]string{}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), golden.Extension)
		if !ok {
			continue
		}
		err := answerFile(filepath.Join(questions, e.Name()), filepath.Join(answers, e.Name()))
		switch {
		case errors.Is(err, golden.ErrUnsupported):
			lacking[name] = err.Error()
		case err != nil:
			fmt.Fprintln(os.Stderr, err)
		}
	}
	declaration, err := json.Marshal(map[string]any{"lacks": map[string]any{"cases": lacking, "gradients": forwardOnly}, "versions": versions()})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(answers, "backend.json"), declaration, 0o644)
}

// versions are those of GoMLX and Go.
func versions() map[string]string {
	all := map[string]string{"go": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/gomlx/gomlx" {
				all["gomlx"] = module.Version
			}
		}
	}
	return all
}

func answerFile(question, answer string) error {
	content, err := os.ReadFile(question)
	if err != nil {
		return err
	}
	c, err := golden.ParseQuestion(question, content)
	if err != nil {
		return err
	}
	a, err := golden.Ask(golden.BackendFunc(ask), c)
	if err != nil {
		return fmt.Errorf("%s: %w", question, err)
	}
	if content, err = a.Marshal(c, golden.Single); err != nil {
		return err
	}
	return os.WriteFile(answer, content, 0o644)
}
