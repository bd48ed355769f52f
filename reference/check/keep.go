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

// keepFiles keeps a question and what the command left for an answer, where that is a regular
// file of at most the size that the answer may have.
func (m Command) keepFiles(c *golden.Case, answer string) error {
	if m.Keep == "" {
		return nil
	}
	question, err := c.MarshalQuestion()
	if err != nil {
		return err
	}
	if err := m.keepFile(keptQuestions, c, question); err != nil {
		return err
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
	dir := filepath.Join(m.Keep, folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return files.Write(filepath.Join(dir, fileName(c)), content)
}
