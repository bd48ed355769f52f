package command

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// clearLine takes what stands on a terminal's line away.
const clearLine = "\r\x1b[K"

const (
	// showAfter is how long what takes its time is not told.
	showAfter = time.Second
	// linePause is how long a log that is no terminal is silent between two lines.
	linePause = 15 * time.Second
	// redrawPause is how long a terminal's line stays as it is.
	redrawPause = 100 * time.Millisecond
	// lineWidth is how many columns a line of a terminal has that is to be overwritten.
	lineWidth = 79
)

// screen is where progress is shown: on a terminal's last line, which is overwritten;
// elsewhere, a line now and then. It shows of itself what takes longer than a second.
// Its methods may be called by several goroutines.
type screen struct {
	w        io.Writer
	terminal bool
	color    bool // it is a terminal that shows colors, and they are wanted

	mu     sync.Mutex
	what   string // is going on
	text   string // to be shown of it
	drawn  string
	shown  bool // a line that is to be overwritten
	number int  // of what is going on
}

func newScreen(w io.Writer) *screen {
	terminal := isTerminal(w)
	return &screen{w: w, terminal: terminal, color: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// Colors of a terminal: of warnings, of what is done of a bar, and the usual one.
const (
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
	plain  = "\x1b[39m"
)

// painted returns a line with colors, where there are some: a warning is yellow, the done
// part of a bar cyan.
func (s *screen) painted(line string) string {
	if !s.color {
		return line
	}
	if strings.HasPrefix(line, "warning: ") {
		return yellow + line + plain
	}
	if done := len(line) - len(strings.TrimLeft(line, barDone)); done > 0 {
		return cyan + line[:done] + plain + line[done:]
	}
	return line
}

// phase tells that something goes on, of which done of total is done; a total below 1
// is one that nobody knows.
func (s *screen) phase(what string, done, total int) {
	text := what
	if total > 0 {
		text = fmt.Sprintf("%s, %d %%", what, int(100*float64(done)/float64(total)))
	}
	s.show(what, showAfter, text)
}

// show sets the text about what goes on, which is shown once that takes longer than
// after.
func (s *screen) show(what string, after time.Duration, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = shown(text)
	if what == s.what {
		return
	}
	if s.shown { // what was going on before
		after = 0
	}
	s.what = what
	s.number++
	s.drawAfter(after, s.number)
}

// drawAfter draws after a while, and again and again, as long as the same goes on.
func (s *screen) drawAfter(pause time.Duration, number int) {
	time.AfterFunc(pause, func() { s.draw(number) })
}

// draw shows what goes on, if it is still what it was.
func (s *screen) draw(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number != s.number {
		return
	}
	if s.text != s.drawn || s.terminal && !s.shown {
		s.drawn = s.text
		if s.terminal {
			fmt.Fprint(s.w, clearLine+s.painted(clipped(s.text, lineWidth)))
			s.shown = true
		} else {
			fmt.Fprintln(s.w, s.text)
		}
	}
	if s.terminal {
		s.drawAfter(redrawPause, number)
	} else {
		s.drawAfter(linePause, number)
	}
}

// print writes lines that stay, and ends what goes on.
func (s *screen) print(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprintln(s.w, s.painted(shown(text)))
}

// end tells that nothing goes on any more.
func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

// clear takes what goes on off the terminal's line.
func (s *screen) clear() {
	if s.shown {
		fmt.Fprint(s.w, clearLine)
	}
	s.shown, s.what, s.drawn = false, "", ""
	s.number++
}

// clipped returns text cut to a number of columns.
func clipped(text string, width int) string {
	if r := []rune(text); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return text
}

// wrapped breaks text into lines of at most width columns.
func wrapped(text string, width int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, line), "\n")
}
