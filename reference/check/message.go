package check

import (
	"regexp"
	"strings"
)

// keptLines is how many lines of a command's standard error are kept, and maxLine how many
// bytes of each.
const (
	keptLines = 20
	maxLine   = 500
)

// noise is what runtimes write around an error: versions, exit statuses, hints, stack frames,
// marks below a line of source, the rest of a printed object.
var noise = regexp.MustCompile(`^(Node\.js v|Bun v|exit status \d|note: |goroutine \d+ |Aborted\b|stack backtrace:|Stacktrace:|Traceback \(|` +
	`==\d+==ABORTING|\(Use .node |created by |make: \*\*\*|error Command failed|npm (ERR!|error)|in expression starting at |During handling of |` +
	`The above exception )|^\s*(at |\d+: |\[\d+\] |from |\.\.\. \d+ more)|^[\s^~{}\])(.*|-]*$|^\s+\w+: .*,?$|^\s+/|^\s+File "`)

// heads are how errors begin, the more telling first. Of a head that ends its line, as
// Rust's, the next line is the message.
var heads = []*regexp.Regexp{
	regexp.MustCompile(`^thread '.*' (\(\d+\) )?panicked at `),
	regexp.MustCompile(`^panic: |^fatal error: |^Fatal error: |ERROR: (Address|Memory|Thread|UndefinedBehavior)Sanitizer|^\s*what\(\): `),
	regexp.MustCompile(`^(Unhandled exception|Exception in thread|ERROR: |PHP Fatal error: |error: Uncaught|CUDA error)`),
}

// exception is a line of an exception by its name, with or without its message.
var exception = regexp.MustCompile(`^(Uncaught )?[\w.$:]*(Error|Exception|Panic|Failure|Interrupt)(\b.*: |:|$| \[)`)

// mattering returns the line of a program's standard error that says what went wrong: its last,
// but for what runtimes of languages write after it.
func mattering(lines []string) string {
	for _, head := range heads {
		for i, line := range lines {
			if !head.MatchString(line) {
				continue
			}
			line = strings.TrimSpace(line)
			if strings.HasSuffix(line, ":") && i+1 < len(lines) {
				line += " " + strings.TrimSpace(lines[i+1])
			}
			return line
		}
	}
	last := ""
	for i := len(lines) - 1; i >= 0; i-- {
		line := lines[i]
		switch {
		case exception.MatchString(line):
			return strings.TrimSpace(line)
		case last == "" && !noise.MatchString(line):
			last = strings.TrimSpace(line)
		}
	}
	if last == "" && len(lines) > 0 {
		last = strings.TrimSpace(lines[len(lines)-1])
	}
	return last
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

// Write keeps the last 16 kB.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - 16<<10; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// lines returns the last lines that are not blank.
func (t *tail) lines() (all []string) {
	for line := range strings.FieldsFuncSeq(string(t.kept), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimRight(line, " \t"); line != "" {
			all = append(all, line[:min(len(line), maxLine)])
		}
	}
	return all[max(0, len(all)-keptLines):]
}
