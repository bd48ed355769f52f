package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"entrec/reference/golden"
	"entrec/reference/report"
)

// Command asks an external program: CMD QUESTION ANSWER for a file, CMD QDIR ADIR
// for a folder of files, CMD alone for one that serves.
//
// One that serves is started once. Each question comes on its standard input as 8 bytes of
// little-endian length and the file; each answer goes to its standard output as 1 byte (0
// answered, 1 refused, 3 lacks), 8 bytes of length, and the file or a message. The end of its
// input ends it. It is started again where it ends before.
//
// Each call has a process group of its own, which is killed when the call ends, runs out of
// time or is canceled. Questions and answers lie in a temporary folder of the call's own, which
// is removed, whatever the command did to it. Of what a command leaves there only regular files
// are read, by the names of the questions, of at most the size that the case's answer may have.
type Command struct {
	Args    []string      // the program and its first arguments
	Folder  bool          // one call a job with a folder of questions, instead of a call each
	Server  bool          // a server a job
	Jobs    int           // calls at a time; 0 is one
	Timeout time.Duration // for each call; 0 is a minute for a file or a server's question, ten for a folder
	// Alone says that this process has no other children than the command's. Then what
	// leaves its call's process group, with setsid, is found too, and killed at the end
	// of [Command.Ask]; on Linux alone.
	Alone bool
	// Answered, if not nil, is told now and then how many more answers have
	// appeared in a folder.
	Answered func(more int)
	// Keep, if not "", is a folder in which questions and answers are kept, as
	// questions/NAME and answers/NAME.
	Keep string
}

// unsupported is the exit status with which a command says that it does not have a
// question's operation.
const unsupported = 3

// Ask writes the questions, runs the command and reads its answers. What a folder's call
// leaves out, and neither must be refused nor is declared lacking, is asked again by itself: exit
// status 3 then says that the operation is unsupported. That ends when it takes longer than a
// folder's call may. Where ctx is done, what a folder holds by then is answered.
//
// The error is a *[StartError] where the command cannot be started.
func (m Command) Ask(ctx context.Context, cases []*golden.Case, reply func(i int, r Reply)) (declared report.Declaration, err error) {
	if m.Alone {
		adoptOrphans()
		defer killOrphans()
	}
	if !m.Folder && !m.Server {
		return declared, parallel(ctx, m.Jobs, len(cases), func(i int) error {
			begun := time.Now()
			r, err := m.askFile(ctx, cases[i])
			r.Duration = time.Since(begun)
			if err == nil {
				reply(i, r)
			}
			return err
		})
	}
	jobs := max(1, min(m.Jobs, len(cases)))
	var mutex sync.Mutex
	var unread error
	err = parallel(ctx, jobs, jobs, func(job int) error {
		var mine []*golden.Case
		for i := job; i < len(cases); i += jobs {
			mine = append(mine, cases[i])
		}
		theirs := func(i int, r Reply) { reply(job+i*jobs, r) }
		if m.Server {
			return m.serve(ctx, mine, theirs)
		}
		said, err := m.askFolder(ctx, mine, theirs)
		mutex.Lock()
		defer mutex.Unlock()
		declared.Merge(said)
		var wrong *DeclarationError
		if errors.As(err, &wrong) {
			unread, err = wrong, nil
		}
		return err
	})
	return declared, cmp.Or(err, unread)
}

// fileName returns the name of a case's files; a suite's folders are not kept.
func fileName(c *golden.Case) string {
	return golden.Entry{File: c.Name + golden.Extension}.FlatName()
}

// scratch begins the names of temporary folders.
const scratch = "entrec-golden-*"

// askFile asks one question in a folder of its own.
func (m Command) askFile(ctx context.Context, c *golden.Case) (r Reply, err error) {
	dir, err := os.MkdirTemp("", scratch)
	if err != nil {
		return Reply{}, err
	}
	defer func() { err = errors.Join(err, removeAll(dir)) }()
	question, answer := filepath.Join(dir, "question"+golden.Extension), filepath.Join(dir, "answer"+golden.Extension)
	if err := writeQuestion(question, c); err != nil {
		return Reply{}, err
	}
	if err := m.run(ctx, question, answer, m.limit(false)); err != nil {
		var exit *ExitError
		var unstarted *StartError
		switch {
		case ctx.Err() != nil:
			return Reply{}, context.Cause(ctx)
		case errors.As(err, &unstarted):
			return Reply{}, err
		case errors.As(err, &exit) && exit.State.ExitCode() == unsupported:
			err = fmt.Errorf("%s: %w", c.Op, golden.ErrUnsupported)
		case exit != nil:
			_, missing := os.Lstat(answer)
			exit.Alone, exit.Wrote = true, missing == nil
		}
		if kept := m.keepFiles(c, answer); kept != nil {
			return Reply{}, kept
		}
		return Reply{Err: err}, nil
	}
	if err := m.keepFiles(c, answer); err != nil {
		return Reply{}, err
	}
	return readAnswer(answer, c), nil
}

// askFolder asks all questions at once, and what is left out again. It returns what the
// command declares; where that could not be read nothing is declared, and the error says so.
func (m Command) askFolder(ctx context.Context, cases []*golden.Case, reply func(i int, r Reply)) (report.Declaration, error) {
	declared, leftOut, err := m.askAtOnce(ctx, cases, reply)
	var unread *DeclarationError
	if err != nil && !errors.As(err, &unread) {
		return declared, err
	}
	limit := m.limit(true)
	again, cancel := context.WithTimeoutCause(ctx, limit, &notAgainError{limit})
	defer cancel()
	for _, i := range leftOut {
		r, err := m.askFile(again, cases[i])
		var late *notAgainError
		switch {
		case ctx.Err() != nil:
			return declared, context.Cause(ctx)
		case errors.As(err, &late):
			r = Reply{Err: late}
		case err != nil:
			return declared, err
		}
		r.NoGradients, r.FlushToZero = withoutGradients(declared, cases[i]), declared.FlushToZero
		reply(i, r)
	}
	return declared, err
}

// askAtOnce asks all questions with one call, and returns which it left out without saying
// why. What it left is gone by then.
func (m Command) askAtOnce(ctx context.Context, cases []*golden.Case, reply func(i int, r Reply)) (declared report.Declaration, leftOut []int, err error) {
	dir, err := os.MkdirTemp("", scratch)
	if err != nil {
		return declared, nil, err
	}
	defer func() { err = cmp.Or(err, removeAll(dir)) }()
	questions, answers := filepath.Join(dir, "questions"), filepath.Join(dir, "answers")
	for _, d := range []string{questions, answers} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return declared, nil, err
		}
	}
	for _, c := range cases {
		if err := writeQuestion(filepath.Join(questions, fileName(c)), c); err != nil {
			return declared, nil, err
		}
	}
	ended := m.watched(ctx, questions, answers, len(cases))
	var unstarted *StartError
	if errors.As(ended, &unstarted) {
		return declared, nil, ended
	}
	declared, unread := readDeclaration(filepath.Join(answers, report.DeclarationFile))
	if ctx.Err() != nil {
		replyWhole(answers, cases, declared, reply)
		return declared, nil, context.Cause(ctx)
	}
	for i, c := range cases {
		answer := filepath.Join(answers, fileName(c))
		if err := m.keepFiles(c, answer); err != nil {
			return declared, nil, err
		}
		r := readAnswer(answer, c)
		reason, lacks := declared.Lacking(c.Op, c.Name)
		switch {
		case errors.Is(r.Err, ErrNoAnswer) && lacks:
			r.Err = fmt.Errorf("%s: %w: %s", c.Op, golden.ErrUnsupported, reason)
		case ended != nil && r.Err != nil:
			r.Err = ended
		case errors.Is(r.Err, ErrNoAnswer) && len(c.Out) == 0:
			r.Err = golden.Refuse(c.Op, "its answer was left out")
		case errors.Is(r.Err, ErrNoAnswer):
			leftOut = append(leftOut, i)
			continue
		}
		r.NoGradients, r.FlushToZero = withoutGradients(declared, c), declared.FlushToZero
		reply(i, r)
	}
	return declared, leftOut, unread
}

// withoutGradients returns the reason why a case's gradients are declared lacking.
func withoutGradients(declared report.Declaration, c *golden.Case) string {
	reason, lacks := declared.WithoutGradients(c.Op, c.Name)
	if lacks && reason == "" {
		return "declared lacking"
	}
	return reason
}

// replyWhole replies with those answers that are whole.
func replyWhole(answers string, cases []*golden.Case, declared report.Declaration, reply func(i int, r Reply)) {
	for i, c := range cases {
		if r := readAnswer(filepath.Join(answers, fileName(c)), c); r.Err == nil {
			r.NoGradients, r.FlushToZero = withoutGradients(declared, c), declared.FlushToZero
			reply(i, r)
		}
	}
}

// watched runs the command on folders and tells Answered of the answers as they
// appear.
func (m Command) watched(ctx context.Context, questions, answers string, cases int) error {
	if m.Answered == nil {
		return m.run(ctx, questions, answers, m.limit(true))
	}
	dir, err := os.Open(answers) // now: the command may put something else in its place
	if err != nil {
		return err
	}
	defer dir.Close()
	done := make(chan error, 1)
	go func() { done <- m.run(ctx, questions, answers, m.limit(true)) }()
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
