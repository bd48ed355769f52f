// Package course grades the exercises of docs/course and remembers which are solved.
package course

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"entrec/docs/course"
)

// Exercise is an exercise of the course.
type Exercise struct {
	Number  string // chapter.place, as 2.3
	Chapter int
	Title   string
	grader  grader
}

// grader grades an answer. Its error is a *Wrong, or says why it could not be done.
type grader interface {
	grade(ctx context.Context, answer string) error
}

// Wrong says what is off with an answer.
type Wrong struct{ Hint string }

// Error returns the hint.
func (w *Wrong) Error() string { return "not yet: " + w.Hint }

func wrong(format string, args ...any) error { return &Wrong{fmt.Sprintf(format, args...)} }

// All returns the exercises in the course's order. It panics where an exercise has no
// folder, or a folder no title, which a test looks for.
func All() []Exercise {
	var all []Exercise
	for number, g := range graders {
		chapter, _, _ := strings.Cut(number, ".")
		c, err := strconv.Atoi(chapter)
		if err != nil {
			panic(err)
		}
		text, err := fs.ReadFile(course.Exercises, "exercises/"+number+"/README.md")
		if err != nil {
			panic(err)
		}
		title, _, ok := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		if !ok {
			panic("exercise " + number + " has no title")
		}
		all = append(all, Exercise{number, c, title, g})
	}
	slices.SortFunc(all, func(a, b Exercise) int {
		if a.Chapter != b.Chapter {
			return a.Chapter - b.Chapter
		}
		return strings.Compare(a.Number, b.Number)
	})
	return all
}

// Find returns the exercise of a number.
func Find(number string) (Exercise, error) {
	for _, e := range All() {
		if e.Number == number {
			return e, nil
		}
	}
	return Exercise{}, fmt.Errorf("exercise: found %q, expected a number that entrec course lists", number)
}

// Check grades an answer: a value, or the path of a file where the exercise asks for one.
// The error is a *Wrong with a hint, or says why the answer could not be graded.
func (e Exercise) Check(ctx context.Context, answer string) error { return e.grader.grade(ctx, answer) }

// Program says whether the exercise asks for a program.
func (e Exercise) Program() bool {
	_, ok := e.grader.(program)
	return ok
}
