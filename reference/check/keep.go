package check

import (
	"os"
	"path/filepath"

	"entrec/internal/files"
	"entrec/reference/golden"
)

// The folders of what is kept.
const (
	keptQuestions = "questions"
	keptAnswers   = "answers"
)

// keepQuestion keeps a question, where that is asked for.
func (m Command) keepQuestion(c *golden.Case) error {
	if m.Keep == "" {
		return nil
	}
	content, err := c.MarshalQuestion()
	if err != nil {
		return err
	}
	return m.keepFile(keptQuestions, c, content)
}

// keepFiles keeps a question and what the command left for an answer, where that is a regular
// file of at most the size that the answer may have.
func (m Command) keepFiles(c *golden.Case, answer string) error {
	if err := m.keepQuestion(c); err != nil {
		return err
	}
	if m.Keep == "" {
		return nil
	}
	if info, err := os.Lstat(answer); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	content, err := files.Read(answer, answerLimit(c))
	if err != nil {
		return nil // its verdict says why
	}
	return m.keepFile(keptAnswers, c, content)
}

func (m Command) keepFile(folder string, c *golden.Case, content []byte) error {
	if m.Keep == "" {
		return nil
	}
	dir := filepath.Join(m.Keep, folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	path := filepath.Join(dir, fileName(c))
	if _, err := os.Lstat(path); err == nil {
		return nil // the first of several stays
	}
	return files.Write(path, content)
}
