package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"entrec/internal/files"
	"entrec/reference/golden"
)

// readAnswer reads the answer to a case that a command left at path, whatever that is. Its
// errors do not name the folder.
func readAnswer(path string, c *golden.Case) Reply {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Reply{Err: ErrNoAnswer}
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return Reply{Err: &UnreadableError{"found a link, expected a regular file"}}
	}
	content, err := files.Read(path, answerLimit(c))
	if err != nil {
		var of *fs.PathError
		if errors.As(err, &of) {
			err = of.Err
		}
		return Reply{Err: &UnreadableError{strings.TrimPrefix(err.Error(), path+": ")}}
	}
	a, err := golden.ParseAnswer("answer", content)
	return Reply{Answer: a, Err: err}
}

// answerLimit returns how many bytes the answer to a case may have: twice what its tensors
// take as F64, and a mebibyte for the header; four times the question's where it has none.
func answerLimit(c *golden.Case) int64 {
	limit := int64(1 << 20)
	for _, arrays := range []map[string]*golden.Array{c.Out, c.Grad} {
		for name, a := range arrays {
			limit += 2*8*int64(len(a.Data)) + 16*int64(len(name)) + 1024
		}
	}
	if len(c.Out) == 0 {
		for _, a := range c.In {
			limit += 4 * 8 * int64(len(a.Data))
		}
	}
	return limit
}

// removeAll removes a folder, also where the command took the right to.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(path, 0o700) // before it is read
		}
		return err
	})
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("what the command left: %w", err)
	}
	return nil
}
