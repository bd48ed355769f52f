package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"entrec/reference/golden"
)

// Command asks an external program: CMD QUESTION ANSWER for a file, CMD QDIR ADIR
// for a folder of files.
//
// Each call has a process group of its own, which is killed when the call ends, runs out of
// time or is canceled. Questions and answers lie in a temporary folder, which is
// removed. Of what a command leaves there only regular files are read, of at most the size
// that the case's answer may have.
type Command struct {
	Args    []string      // the program and its first arguments
	Folder  bool          // one call a job with a folder of questions, instead of a call each
	Jobs    int           // calls at a time; 0 is one
	Timeout time.Duration // for each call; 0 is a minute for a file, ten for a folder
	// Alone says that this process has no other children than the command's. Then what
	// leaves its call's process group, with setsid, is found too, and killed at the end
	// of [Command.Ask]; on Linux alone.
	Alone bool
	// Answered, if not nil, is told now and then how many more answers have
	// appeared in a folder.
	Answered func(more int)
}

// unsupported is the exit status with which a command says that it does not have a
// question's operation.
const unsupported = 3

// Ask writes the questions, runs the command and reads its answers. Where a folder's call
// leaves answers of an operation out, one of those questions is asked again by
// itself: exit status 3 then says that the operation is unsupported.
func (m Command) Ask(ctx context.Context, cases []*golden.Case, reply func(i int, r Reply)) (err error) {
	dir, err := os.MkdirTemp("", "entrec-golden-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeAll(dir)) }()
	if m.Alone {
		adoptOrphans()
		defer killOrphans()
	}
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
		var mine []*golden.Case
		for i := job; i < len(cases); i += jobs {
			mine = append(mine, cases[i])
		}
		return m.askFolder(ctx, filepath.Join(dir, fmt.Sprint(job)), mine, func(i int, r Reply) { reply(job+i*jobs, r) })
	})
}

// fileName returns the name of a case's files; a suite's folders are not kept.
func fileName(c *golden.Case) string {
	return golden.Entry{File: c.Name + golden.Extension}.FlatName()
}

// askFile asks one question in a folder of its own under dir.
func (m Command) askFile(ctx context.Context, dir string, c *golden.Case) (Reply, error) {
	dir, err := os.MkdirTemp(dir, "*")
	if err != nil {
		return Reply{}, err
	}
	defer os.RemoveAll(dir)
	question, answer := filepath.Join(dir, "question"+golden.Extension), filepath.Join(dir, "answer"+golden.Extension)
	if err := writeQuestion(question, c); err != nil {
		return Reply{}, err
	}
	if err := m.run(ctx, question, answer); err != nil {
		var exit *ExitError
		switch {
		case ctx.Err() != nil:
			return Reply{}, context.Cause(ctx)
		case errors.As(err, &exit) && exit.State.ExitCode() == unsupported:
			err = fmt.Errorf("%s: %w", c.Op, golden.ErrUnsupported)
		case exit != nil:
			_, missing := os.Lstat(answer)
			exit.Alone, exit.Wrote = true, missing == nil
		}
		return Reply{Err: err}, nil
	}
	return readAnswer(answer, c), nil
}

// askFolder asks all questions at once.
func (m Command) askFolder(ctx context.Context, dir string, cases []*golden.Case, reply func(i int, r Reply)) error {
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
	ended := m.watched(ctx, questions, answers, len(cases))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	declared := map[string]error{} // by operation, how it does alone
	for i, c := range cases {
		r := readAnswer(filepath.Join(answers, fileName(c)), c)
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
			if errors.Is(declared[c.Op], golden.ErrUnsupported) {
				r.Err = declared[c.Op]
			}
		}
		reply(i, r)
	}
	return nil
}

// watched runs the command on folders and tells Answered of the answers as they
// appear.
func (m Command) watched(ctx context.Context, questions, answers string, cases int) error {
	if m.Answered == nil {
		return m.run(ctx, questions, answers)
	}
	dir, err := os.Open(answers) // now: the command may put something else in its place
	if err != nil {
		return err
	}
	defer dir.Close()
	done := make(chan error, 1)
	go func() { done <- m.run(ctx, questions, answers) }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for before := 0; ; {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			there := countFiles(dir, cases)
			m.Answered(there - before)
			before = there
		}
	}
}

// countFiles returns how many files a folder has, at most most.
func countFiles(dir *os.File, most int) int {
	if _, err := dir.Seek(0, io.SeekStart); err != nil {
		return 0
	}
	names, _ := dir.Readdirnames(most)
	return len(names)
}

func writeQuestion(path string, c *golden.Case) error {
	content, err := c.MarshalQuestion()
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
