package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"entrec/internal/files"
	"entrec/reference/golden"
	"entrec/tensor/safetensors"
)

func newGoldenAnswer() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "answer QUESTION ANSWER",
		Short: "Answer a golden question, or a folder of them",
		Long: `Answers one question's file, or every *.safetensors file of a folder into files
of the same names in another. The exit code is 3 where the operation of a single
question is unsupported, and 1 where the question is malformed or must be
refused; of a folder, answers to such questions are left out, and only malformed
files make the exit code 1.`,
		Example: "  entrec golden answer question.safetensors answer.safetensors\n  entrec golden answer --backend f32 questions/ answers/",
		Args:    cobra.ExactArgs(2),
	}
	cmd.Flags().StringVar(&name, "backend", "f64", "who answers: the engine in f64 or f32, or the naive definitions")
	complete(cmd, "backend", []string{"f64", "f32", "naive"})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b, precision, err := builtIn(name)
		if err != nil {
			return err
		}
		a := answerer{b, precision, cmd.ErrOrStderr()}
		info, err := os.Stat(args[0])
		if err != nil {
			return failed(err)
		}
		if err := apart(args[0], args[1]); err != nil {
			return err
		}
		if info.IsDir() {
			return a.folder(cmd.Context(), args[0], args[1])
		}
		if err := spare("ANSWER", args[1], isAnswer, args[0]); err != nil {
			return err
		}
		err = a.file(cmd.Context(), args[0], args[1])
		if errors.Is(err, golden.ErrUnsupported) {
			return failure{err, exitUnsupported}
		}
		return failed(err)
	}
	return cmd
}

// answerer answers questions' files.
type answerer struct {
	backend   golden.Backend
	precision golden.Precision // of the answers
	stderr    io.Writer
}

// folder answers the files of a folder. It goes on after files that it cannot
// answer.
func (a answerer) folder(ctx context.Context, questions, answers string) error {
	names, err := questionsIn(questions)
	if err != nil {
		return failed(err)
	}
	for _, name := range names { // a folder of the answers may be a link
		if to := filepath.Dir(filepath.Join(answers, name)); within(to, questions) {
			return fmt.Errorf("%s lies in %s, expected answers apart from the questions", to, questions)
		}
		if err := spare("ANSWER", filepath.Join(answers, name), isAnswer); err != nil {
			return err
		}
	}
	var wrong []error
	for _, name := range names {
		if ctx.Err() != nil {
			return failed(context.Cause(ctx))
		}
		to := filepath.Join(answers, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return failed(err)
		}
		err := a.file(ctx, filepath.Join(questions, name), to)
		var refused *golden.RefusedError
		switch {
		case errors.Is(err, golden.ErrUnsupported), errors.As(err, &refused):
			fmt.Fprintln(a.stderr, "entrec: left out:", oneLine(err))
		case err != nil:
			wrong = append(wrong, err)
		}
	}
	return failed(errors.Join(wrong...))
}

// questionsIn returns the paths within a folder of its questions, at least one.
func questionsIn(folder string) (names []string, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() || filepath.Ext(path) != golden.Extension || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		name, err := filepath.Rel(folder, path)
		names = append(names, name)
		return err
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: found no file, expected questions named *%s", folder, golden.Extension)
	}
	return names, err
}

// file answers one file. Where there is no answer, none is left from before
// either.
func (a answerer) file(ctx context.Context, question, answer string) error {
	content, err := files.Read(question, golden.MaxFile)
	if err != nil {
		return err
	}
	c, err := golden.ParseQuestion(question, content)
	if err != nil {
		return errors.Join(err, remove(answer))
	}
	got, err := golden.Ask(a.backend, c)
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", question, err), remove(answer))
	}
	if content, err = got.Marshal(c, a.precision); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // the process may end while the file is written
	}
	return files.Write(answer, content)
}

// remove removes an answer from before, if there is one; pipes and devices stay.
func remove(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil || !info.Mode().IsRegular():
		return err
	}
	return os.Remove(path)
}

// isAnswer tells a file that holds an answer, or nothing yet.
func isAnswer(path string) bool {
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return true
	}
	f, err := safetensors.Read(path)
	return err == nil && !slices.ContainsFunc(f.Tensors, func(t safetensors.Tensor) bool {
		return !strings.HasPrefix(t.Name, "out/") && !strings.HasPrefix(t.Name, "grad/")
	})
}
