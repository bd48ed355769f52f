package course

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"entrec/internal/files"
	"entrec/internal/strictjson"
)

const (
	progressFormat = "entrec-course/1"
	maxProgress    = 1 << 20 // bytes of the file
)

// Progress is what a learner has done.
type Progress struct {
	Format string   `json:"format"`
	Solved []string `json:"solved"` // numbers of exercises
}

// ProgressFile returns where progress is kept: entrec/course.json in the user's folder of
// configurations. It fails where the system knows of no such folder.
func ProgressFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "entrec", "course.json"), nil
}

// ReadProgress reads progress; a file that is not there means none. A file that is
// something else is an error.
func ReadProgress(file string) (Progress, error) {
	p := Progress{Format: progressFormat}
	content, err := files.Read(file, maxProgress)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	if err := strictjson.Unmarshal(content, &p); err != nil {
		return p, fmt.Errorf("%s: %w", file, err)
	}
	if p.Format != progressFormat {
		return p, fmt.Errorf("%s: format: found %q, expected %q", file, p.Format, progressFormat)
	}
	return p, nil
}

// Has says whether an exercise is solved.
func (p Progress) Has(number string) bool { return slices.Contains(p.Solved, number) }

// linked returns the file that links lead to from a file, also where it is not there yet.
func linked(file string) (string, error) {
	for {
		to, err := os.Readlink(file)
		if err != nil {
			return file, nil // it is no link
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(file))
			if err != nil {
				return "", err
			}
			to = filepath.Join(dir, to)
		}
		file = to
	}
}

// Solve notes that an exercise is solved, in the file. A link to it stays one.
func Solve(file, number string) error {
	p, err := ReadProgress(file)
	if err != nil || p.Has(number) {
		return err
	}
	p.Solved = append(p.Solved, number)
	content, err := json.Marshal(p)
	if err != nil {
		return err
	}
	// A file that could be read, or is not there, is no ring of links.
	if file, err = linked(file); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return files.Write(file, append(content, '\n'))
}
