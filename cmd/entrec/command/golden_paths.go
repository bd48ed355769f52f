package command

import (
	"fmt"
	"os"
	"path/filepath"
)

// apart checks that answers written to one path leave the questions at another alone:
// neither is the other, and of two folders none lies in the other, whatever they are called.
func apart(questions, answers string) error {
	if same(questions, answers) {
		return fmt.Errorf("%s is the question itself, expected another path for the answer", answers)
	}
	info, err := os.Stat(questions)
	if err != nil || !info.IsDir() {
		return nil
	}
	if within(answers, questions) || within(questions, answers) {
		return fmt.Errorf("found questions in %s and answers in %s, expected that neither lies in the other", questions, answers)
	}
	return nil
}

// same says whether two paths lead to one file or folder.
func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// within says whether a path is a folder or lies in it, or would once it is made.
func within(path, folder string) bool {
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	for {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
			break
		}
		path = filepath.Dir(path) // there is none of that name yet
	}
	for {
		if same(path, folder) {
			return true
		}
		above := filepath.Dir(path)
		if above == path {
			return false
		}
		path = above
	}
}
