// Package docs holds the page of the oracle's operations, whose table the command shows.
package docs

import (
	_ "embed"
	"regexp"
	"strings"
)

// Operations is the page of the golden suite's operations.
//
//go:embed operations.md
var Operations string

// quoted finds the names of operations in the first cell of a row.
var quoted = regexp.MustCompile("`([^`]+)`")

// Operation returns the cells of an operation's row in the page's table: its inputs, its
// attributes, its outputs and definition. ok is false where there is none. Operations train/…
// share one.
func Operation(op string) (inputs, attrs, definition string, ok bool) {
	_, table, _ := strings.Cut(Operations, "\n## The operations\n")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " |")
		if len(cells) < 4 {
			continue
		}
		for _, name := range quoted.FindAllStringSubmatch(cells[0], -1) {
			if name[1] == op || strings.HasPrefix(op, "train/") && name[1] == "train/METHOD" {
				return strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2]), strings.TrimSpace(strings.Join(cells[3:], " |")), true
			}
		}
	}
	return "", "", "", false
}
