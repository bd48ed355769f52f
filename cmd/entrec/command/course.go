package command

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	text "entrec/docs/course"
	"entrec/internal/course"
)

func newCourse() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "course",
		Short: "List the course's exercises, and grade answers",
		Long: `Lists the chapters of the course, docs/course, with their exercises and which of
them are solved. That is kept in entrec/course.json in the user's folder of
configurations; delete it to begin anew.`,
		Example: "  entrec course\n  entrec course check 0.1 10",
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		file, err := course.ProgressFile()
		if err != nil {
			return failed(err)
		}
		progress, err := course.ReadProgress(file)
		if err != nil {
			return failed(err)
		}
		listCourse(cmd.OutOrStdout(), progress)
		return nil
	}
	cmd.AddCommand(newCourseCheck())
	return cmd
}

// listCourse prints the chapters, and a cross before each exercise that is solved.
func listCourse(w io.Writer, progress course.Progress) {
	all := course.All()
	solved := 0
	for chapter, title := range text.Chapters {
		fmt.Fprintf(w, "%d  %s\n", chapter, title)
		for _, e := range all {
			if e.Chapter != chapter {
				continue
			}
			mark := ' '
			if progress.Has(e.Number) {
				mark, solved = 'x', solved+1
			}
			fmt.Fprintf(w, " %c %s  %s\n", mark, e.Number, e.Title)
		}
	}
	fmt.Fprintf(w, "\n%d of %d exercises solved\n", solved, len(all))
}

func newCourseCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check EXERCISE ANSWER",
		Short: "Grade an answer: a value, or the file of a program",
		Long: `Says whether an answer is right, or what is off with it (exit code 1). Where a
program is asked for, ANSWER is a .go file within the repository, a .py file, or
any program that answers questions of the golden suite; those about the
exercise's operation are put to it.`,
		Example: "  entrec course check 0.1 10\n  entrec course check 2.5 docs/course/exercises/2.5/main.go",
		Args:    func(cmd *cobra.Command, args []string) error { return cobra.ExactArgs(2)(cmd, pastFlags(args)) },
	}
	cmd.Flags().SetInterspersed(false) // an answer may begin with a minus
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var numbers []string
		for _, e := range course.All() {
			numbers = append(numbers, e.Number)
		}
		return numbers, cobra.ShellCompDirectiveNoFileComp
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		args = pastFlags(args)
		e, err := course.Find(args[0])
		if err != nil {
			return err
		}
		if err := e.Check(cmd.Context(), args[1]); err != nil {
			return failed(fmt.Errorf("%s: %w", e.Number, err))
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: right\n", e.Number)
		file, err := course.ProgressFile()
		if err == nil {
			err = course.Solve(file, e.Number)
		}
		if err != nil {
			return failed(fmt.Errorf("%s is right, but that could not be kept: %w", e.Number, err))
		}
		return nil
	}
	return cmd
}

// pastFlags returns arguments without the "--" before an answer. Where flags end with the
// first word, it is left among the arguments.
func pastFlags(args []string) []string {
	if len(args) > 1 && args[1] == "--" {
		return slices.Delete(slices.Clone(args), 1, 2)
	}
	return args
}
