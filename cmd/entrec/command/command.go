// Package command is the entrec command line. It is importable, so that a program
// with methods, encoders or data formats of its own offers the whole command: it
// registers them and calls [Main].
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"entrec/internal/about"
	"entrec/internal/printable"
	"entrec/mvssl/sweep"
)

// The exit codes that others rely on.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnsupported = 3 // golden answer: this backend does not have the op
	exitNotFinite   = sweep.NotFinite
	exitAgain       = 75 // time was nearly up: run it again
	exitHeld        = 76 // of sweep run: the folder is another process's
	exitInterrupted = 130
)

// Main runs the command with the process's arguments and exits with its code. A
// program that registers methods of its own and calls Main has the whole command.
func Main() {
	outlivePipes()
	useGivenThreads()
	ctx, stop := notify(context.Background())
	out := &output{w: os.Stdout, name: "standard output"}
	root := newRoot(os.Args[1:], out)
	err := withCause(ctx, await(ctx, os.Stderr, root.ExecuteContext))
	stop()
	if err == nil {
		err = out.failure()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "entrec:", oneLine(err))
	}
	os.Exit(exitCode(err))
}

// failure is an error of a command that was asked rightly. Every other error,
// cobra's own included, means that it was asked wrongly.
type failure struct {
	error
	code int
}

func (f failure) Unwrap() error { return f.error }

// failed marks an error as a failure while running.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return failure{err, exitFailed}
}

func exitCode(err error) int {
	var f failure
	var i Interrupted
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &i):
		return i.ExitCode()
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &f):
		return f.code
	}
	return exitUsage
}

// oneLine puts an error's text on one line, with nothing in it that could drive a
// terminal.
func oneLine(err error) string {
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' })
	return printable.Text(strings.Join(lines, "; "))
}

// newRoot returns the command for some arguments, which prints to stdout: its flags are
// those of the method that the arguments name.
func newRoot(args []string, stdout io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "entrec",
		Short: "Multi-view self-supervised learning on a CPU, through entropy and reconstruction",
		Long: `entrec trains small encoders with multi-view self-supervised methods on a CPU,
shows the entropy and reconstruction of their projections, and serves as a
numerical reference for other backends.`,
		Example:       "  entrec train\n  entrec methods",
		Version:       about.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	bench := &cobra.Command{
		Use:     "bench",
		Short:   "Measure speed",
		Example: "  entrec bench step --encoder resnet18 --width 16 --batch 256",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	bench.AddCommand(newBenchStep(args), newBenchViews())
	root.AddCommand(newTrain(args), newViews(args), newEval(), newEmbed(), newExport(), newNeighbors(), newCompare(), newReport(), newServe(), newPictures(), newMethods(), newInfo(), newSweep(), newMI(), bench, newGolden(), newCourse())
	root.SetOut(stdout) // before cobra's own commands take it
	completionExamples(root)
	explainUsage(root)
	return root
}

// completionExamples gives cobra's own commands an example each.
func completionExamples(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Example = "  entrec help train"
			c.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err == nil {
					err = knownCommand(found, rest)
				}
				return err
			}
		case "completion":
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			c.Example = "  source <(entrec completion bash)"
			for _, shell := range c.Commands() {
				shell.Example = fmt.Sprintf("  entrec completion %s", shell.Name())
			}
		}
	}
}
