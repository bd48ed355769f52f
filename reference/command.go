package reference

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Command asks an external program: CMD QUESTION ANSWER for a file, CMD QDIR ADIR
// for a folder of them.
//
// Each call has a process group of its own, all of which is killed when the call
// ends, runs out of time or is canceled. Questions and answers lie in a temporary
// folder, which is removed.
type Command struct {
	Args    []string      // the program and its first arguments
	Folder  bool          // all questions in one call a job, instead of a call each
	Jobs    int           // calls at a time; 0 is one
	Timeout time.Duration // for each call; 0 is a minute a file, ten a folder
	// Answered, if not nil, is told now and then how many more answers have
	// appeared in a folder.
	Answered func(more int)
}

// lacking is the exit status with which a command says that it lacks a question's
// operation.
const lacking = 3

// Ask writes the questions, runs the command and reads its answers. Of a folder,
// for each operation of which answers are left out, one of them is asked for
// alone: exit status 3 declares that the operation is lacking.
func (m Command) Ask(ctx context.Context, cases []*Case, reply func(i int, r Reply)) (err error) {
	dir, err := os.MkdirTemp("", "entrec-golden-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if !m.Folder {
		return parallel(ctx, m.Jobs, len(cases), func(i int) error {
			r, err := m.askFile(ctx, dir, cases[i])
			if err == nil {
				reply(i, r)
			}
			return err
		})
	}
	jobs := max(1, min(m.Jobs, len(cases)))
	return parallel(ctx, jobs, jobs, func(job int) error {
		var mine []*Case
		for i := job; i < len(cases); i += jobs {
			mine = append(mine, cases[i])
		}
		return m.askFolder(ctx, filepath.Join(dir, fmt.Sprint(job)), mine, func(i int, r Reply) { reply(job+i*jobs, r) })
	})
}

// fileName returns the name of a case's files; a suite's folders are not kept.
func fileName(c *Case) string { return strings.ReplaceAll(c.Name, "/", ".") + Extension }

// askFile asks one question in a folder of its own under dir.
func (m Command) askFile(ctx context.Context, dir string, c *Case) (Reply, error) {
	dir, err := os.MkdirTemp(dir, "*")
	if err != nil {
		return Reply{}, err
	}
	defer os.RemoveAll(dir)
	question, answer := filepath.Join(dir, "question"+Extension), filepath.Join(dir, "answer"+Extension)
	if err := writeQuestion(question, c); err != nil {
		return Reply{}, err
	}
	if err := m.run(ctx, question, answer); err != nil {
		var exit *ExitError
		switch {
		case ctx.Err() != nil:
			return Reply{}, context.Cause(ctx)
		case errors.As(err, &exit) && exit.State.ExitCode() == lacking:
			err = fmt.Errorf("%s: %w", c.Op, ErrUnsupported)
		case exit != nil:
			_, missing := os.Stat(answer)
			exit.Alone, exit.Wrote = true, missing == nil
		}
		return Reply{Err: err}, nil
	}
	return readAnswer(answer), nil
}

// askFolder asks all questions at once.
func (m Command) askFolder(ctx context.Context, dir string, cases []*Case, reply func(i int, r Reply)) error {
	questions, answers := filepath.Join(dir, "questions"), filepath.Join(dir, "answers")
	for _, d := range []string{questions, answers} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	for _, c := range cases {
		if err := writeQuestion(filepath.Join(questions, fileName(c)), c); err != nil {
			return err
		}
	}
	ended := m.watched(ctx, questions, answers)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	declared := map[string]error{} // by operation, how it does alone
	for i, c := range cases {
		r := readAnswer(filepath.Join(answers, fileName(c)))
		switch {
		case ended != nil && r.Err != nil:
			r.Err = ended
		case errors.Is(r.Err, ErrNoAnswer) && len(c.Out) > 0: // not one to be refused
			if _, asked := declared[c.Op]; !asked {
				alone, err := m.askFile(ctx, dir, c)
				if err != nil {
					return err
				}
				declared[c.Op] = alone.Err
			}
			if errors.Is(declared[c.Op], ErrUnsupported) {
				r.Err = declared[c.Op]
			}
		}
		reply(i, r)
	}
	return nil
}

// watched runs the command on folders and tells Answered of the answers as they
// appear.
func (m Command) watched(ctx context.Context, questions, answers string) error {
	if m.Answered == nil {
		return m.run(ctx, questions, answers)
	}
	done := make(chan error, 1)
	go func() { done <- m.run(ctx, questions, answers) }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for before := 0; ; {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			there, _ := os.ReadDir(answers)
			m.Answered(len(there) - before)
			before = len(there)
		}
	}
}

func writeQuestion(path string, c *Case) error {
	content, err := c.MarshalQuestion()
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// readAnswer reads an answer's file, whose folder its errors do not name.
func readAnswer(path string) Reply {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Reply{Err: ErrNoAnswer}
	} else if err != nil {
		return Reply{Err: err}
	}
	a, err := ParseAnswer("answer", content)
	return Reply{a, err}
}

// run runs the command with two more arguments. The error is an *ExitError, a
// *TimeoutError or one of starting it.
func (m Command) run(ctx context.Context, question, answer string) error {
	args := append(append([]string{}, m.Args...), question, answer)
	cmd := exec.Command(args[0], args[1:]...)
	ownGroup(cmd)
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	cmd.Stderr = write
	err = cmd.Start()
	write.Close()
	if err != nil {
		return fmt.Errorf("cannot start the command: %w", err)
	}
	var stderr tail
	var reader sync.WaitGroup
	reader.Go(func() { _, _ = io.Copy(&stderr, read) })

	ended := make(chan struct{})
	late := false
	var watch sync.WaitGroup
	limit := m.limit(question)
	watch.Go(func() {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		select {
		case <-ended:
			return
		case <-timer.C:
			late = true
		case <-ctx.Done():
		}
		killGroup(cmd)
	})
	err = cmd.Wait()
	close(ended)
	watch.Wait()
	killGroup(cmd) // what it left running
	// A process that left the group may hold the pipe open: what it writes from
	// now on is not read.
	_ = read.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	reader.Wait()
	var exit *exec.ExitError
	switch {
	case late:
		return &TimeoutError{limit}
	case errors.As(err, &exit):
		return &ExitError{State: exit.ProcessState, Stderr: stderr.lastLine()}
	}
	return err
}

// limit returns the time limit of a call with a question, a file or a folder.
func (m Command) limit(question string) time.Duration {
	switch info, err := os.Stat(question); {
	case m.Timeout > 0:
		return m.Timeout
	case err == nil && info.IsDir():
		return 10 * time.Minute
	}
	return time.Minute
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

// Write keeps the last 4 kB.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - 4096; over > 0 {
		t.kept = t.kept[over:]
	}
	return len(p), nil
}

func (t *tail) lastLine() string {
	text := strings.TrimSpace(string(t.kept))
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
