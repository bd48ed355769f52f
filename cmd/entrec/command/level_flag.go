package command

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"entrec/internal/printable"
	"entrec/mvssl/train"
	"entrec/simd"
)

// levelFlag asks for a SIMD level.
type levelFlag struct{ name string }

// String returns the level's name, "" where none is asked for.
func (f *levelFlag) String() string { return f.name }

// Type names the values in help.
func (f *levelFlag) Type() string { return strings.Join(train.LevelNames, "|") }

// Set takes a name.
func (f *levelFlag) Set(text string) error {
	if !slices.Contains(train.LevelNames, text) {
		return fmt.Errorf("found %q, expected one of %s", text, strings.Join(train.LevelNames, ", "))
	}
	f.name = text
	return nil
}

// force makes all that follows compute at the level that is asked for, or at that of the
// run in a folder, "" for none. It tells stderr where a run goes on at another.
func (f *levelFlag) force(dir string, stderr io.Writer) error {
	level, before, err := train.Level(dir, f.name)
	switch {
	case errors.Is(err, train.ErrNoLevel):
		return fmt.Errorf("--simd: %w", err)
	case errors.Is(err, train.ErrOtherwise):
		return err
	case err != nil:
		return failed(err)
	}
	simd.Force(level)
	if before != "" && before != level.String() {
		fmt.Fprintf(stderr, "going on at SIMD level %v after %s: the bits are not those of a run at one level\n", level, printable.Text(before))
	}
	return nil
}
