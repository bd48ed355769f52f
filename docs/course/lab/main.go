// Command lab runs the small experiments of the course:
//
//	go run ./docs/course/lab ceiling
//
// Each takes seconds, and prints the numbers that stand in the text.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// experiments are by the names that the course calls them by.
var experiments = map[string]func(w io.Writer){
	"views":     views,
	"gradients": gradients,
	"learning":  learning,
	"bound":     bound,
	"ceiling":   ceiling,
	"critic":    critic,
	"parts":     parts,
	"forces":    forces,
}

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(2)
	}
}

// run runs the experiment that the arguments name.
func run(w io.Writer, args []string) error {
	names := strings.Join(slices.Sorted(maps.Keys(experiments)), ", ")
	if len(args) != 1 {
		return fmt.Errorf("found %d arguments, expected one of %s", len(args), names)
	}
	experiment, ok := experiments[args[0]]
	if !ok {
		return fmt.Errorf("found %q, expected one of %s", args[0], names)
	}
	experiment(w)
	return nil
}
