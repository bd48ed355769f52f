package course

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"entrec/docs/course"
	"entrec/reference/check"
	"entrec/reference/golden"
	"entrec/reference/report"
	"entrec/reference/suite"
)

// program is an exercise whose answer is a program: it answers the golden suite's
// questions about an operation, as a backend of golden check does.
type program struct {
	op string
}

// run is a program in Python that runs another.
//
//go:embed run.py
var run string

// patience is how long a program may take over all questions.
const patience = 2 * time.Minute

// grade takes a Go file, which it builds, a Python file, or any other program.
func (p program) grade(ctx context.Context, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: found no regular file, expected a .go or .py file or another program", file)
	}
	dir, err := os.MkdirTemp("", "entrec-course-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	args, err := command(ctx, dir, file)
	if err != nil {
		return err
	}
	questions, err := suite.OpenOp(p.op)
	if err != nil {
		return err
	}
	asker := check.Command{Args: args, Folder: true, Timeout: patience, Alone: true}
	result, err := check.Run(ctx, questions, asker, check.Options{Profile: golden.F32})
	if err != nil {
		return err
	}
	if result.Err() == nil && result.Passed == result.Expected {
		return nil
	}
	return p.off(result)
}

// off says how many answers are right, and what is wrong with the first that is not.
func (p program) off(r *report.Report) error {
	answered := fmt.Sprintf("%d of %d questions are answered right", r.Passed, r.Expected)
	for _, op := range r.Ops {
		if strings.Contains(op.Why, "No module named 'numpy'") {
			return errors.New("found no NumPy, which a .py file needs: install it, or name another Python by ENTREC_PYTHON")
		}
		if op.Why != "" {
			return wrong("%s; %s", answered, op.Why)
		}
	}
	return wrong("%s; the others were left out", answered)
}

// command returns the command that runs a file.
func command(ctx context.Context, dir, file string) ([]string, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	switch filepath.Ext(file) {
	case ".go":
		answer := filepath.Join(dir, "answer.exe")
		build := exec.CommandContext(ctx, "go", "build", "-o", answer, file)
		build.Dir = filepath.Dir(file)
		out, err := build.CombinedOutput()
		var exit *exec.ExitError
		if strings.Contains(string(out), "entrec/docs/course/answer is not in std") {
			return nil, wrong("a Go file imports packages of the repository, so it has to lie in a folder of it")
		}
		if errors.As(err, &exit) {
			return nil, wrong("it does not compile: %s", firstError(string(out)))
		}
		return []string{answer}, err
	case ".py":
		python, err := python()
		if err != nil {
			return nil, err
		}
		return []string{python, "-c", run, dir, file}, os.WriteFile(filepath.Join(dir, "answer.py"), course.Python, 0o600)
	}
	return []string{file}, nil
}

// firstError returns the first line of a compiler's output that is not a package's name.
func firstError(out string) string {
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return "the compiler does not say why"
}

// python returns the interpreter: that of ENTREC_PYTHON, or the first that there is.
func python() (string, error) {
	if p := os.Getenv("ENTREC_PYTHON"); p != "" {
		return p, nil
	}
	for _, name := range []string{"python3", "python"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", errors.New("found no python3, expected one for a .py file")
}
