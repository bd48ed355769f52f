package command

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// isTerminal reports whether w is a terminal, which gets bars instead of lines.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// linePause is how long a plain log is silent at least within an epoch.
const linePause = 15 * time.Second

// trainProgress shows a run's progress: a bar on a terminal; elsewhere a line an
// epoch, and one now and then within long epochs and evaluations.
type trainProgress struct {
	w      io.Writer
	bar    *progressbar.ProgressBar
	last   time.Time
	phases *phases
	epochs int
	head   bool // the table's head has been printed
}

func newTrainProgress(w io.Writer, cfg train.Config, s *data.Split) *trainProgress {
	fmt.Fprintf(w, "%s, %s of width %d\n%s: %d training and %d %s images of %d×%d×%d\n",
		cfg.Model.Method, cfg.Model.Encoder.Name, cfg.Model.Encoder.Width, s.Train.Name,
		s.Train.Len(), s.Test.Len(), cfg.EvalSplit().Words(), s.Train.Channels, s.Train.Height, s.Train.Width)
	if cfg.Report.Evaluate != mvssl.On {
		fmt.Fprintln(w, "no evaluations")
	}
	return &trainProgress{w: w, last: time.Now(), phases: newPhases(w), epochs: cfg.Epochs}
}

func (p *trainProgress) report(e train.Event) {
	switch {
	case e.Phase != "":
		p.phases.report(e.Phase, e.Done, e.Total)
		return
	case e.Metrics != nil:
		p.epoch(e)
		return
	}
	p.phases.end()
	if isTerminal(p.w) {
		if p.bar == nil {
			p.bar = progressbar.NewOptions(e.Steps, progressbar.OptionSetWriter(p.w), progressbar.OptionShowCount(),
				progressbar.OptionSetWidth(16), progressbar.OptionSetPredictTime(true),
				progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		}
		p.bar.Describe(fmt.Sprintf("loss %.4f, %.0f images/s", e.Loss, e.ImagesPerSecond))
		_ = p.bar.Set(e.Step)
		return
	}
	if time.Since(p.last) >= linePause {
		p.last = time.Now()
		fmt.Fprintf(p.w, "step %d of %d, loss %.4f, %.0f images/s, %s left\n", e.Step, e.Steps, e.Loss, e.ImagesPerSecond, left(e))
	}
}

// epoch prints the line of the table about an epoch that has ended.
func (p *trainProgress) epoch(e train.Event) {
	p.clear()
	if !p.head {
		p.head = true
		fmt.Fprintf(p.w, "%-8s %9s %9s %9s %7s %9s %11s\n", "", "", "entropy", "reconstr.", "MI", "quick", "")
		fmt.Fprintf(p.w, "%-8s %9s %9s %9s %7s %9s %11s\n", "epoch", "loss", "nats", "nats", "nats", "kNN", "time left")
	}
	loss := "-"
	m := e.Metrics
	if m.Loss != nil {
		loss = fmt.Sprintf("%.4f", *m.Loss)
	}
	fmt.Fprintf(p.w, "%-8s %9s %9.2f %9.2f %7.3f %7.1f %% %11s\n",
		fmt.Sprintf("%d/%d", m.Epoch, p.epochs), loss, m.Entropy, m.Reconstruction, m.MIER, 100*m.QuickKNN, left(e))
	if m.Warning != "" {
		fmt.Fprintln(p.w, wrapped("warning: "+m.Warning, helpWidth))
	}
	p.last = time.Now()
}

// left returns the time that the steps to come take, at the speed of those made.
func left(e train.Event) string {
	switch {
	case e.Step == e.Steps:
		return "done"
	case e.SecondsLeft == 0:
		return "-"
	}
	return time.Duration(e.SecondsLeft * float64(time.Second)).Round(time.Second).String()
}

func (p *trainProgress) clear() {
	p.phases.end()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

func (p *trainProgress) end() { p.clear() }

// wrapped breaks text into lines of at most width columns.
func wrapped(text string, width int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, line), "\n")
}

// phases shows what takes its time beside steps, once it takes more than a second.
type phases struct {
	w     io.Writer
	what  string
	began time.Time
	last  time.Time
	shown bool // on the terminal's line
}

func newPhases(w io.Writer) *phases { return &phases{w: w} }

// phasePause is how long a phase is silent.
const phasePause = time.Second

// report takes what is done, how much of it, and how much there is, 0 if unknown.
func (p *phases) report(what string, done, total int) {
	now := time.Now()
	if what != p.what || done < 1 && total > 0 {
		p.end()
		p.what, p.began, p.last = what, now, now.Add(phasePause-linePause)
	}
	pause := linePause
	if isTerminal(p.w) {
		pause = 100 * time.Millisecond
	}
	if now.Sub(p.began) < phasePause || now.Sub(p.last) < pause {
		return
	}
	p.last = now
	text := what
	if total > 0 {
		text = fmt.Sprintf("%s, %d %%", what, 100*done/total)
	}
	if isTerminal(p.w) {
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
		p.shown = true
		return
	}
	fmt.Fprintln(p.w, text)
}

// end takes the phase off the terminal's line.
func (p *phases) end() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	p.shown, p.what = false, ""
}

// fetchProgress shows a download.
type fetchProgress struct {
	w    io.Writer
	name string
	bar  *progressbar.ProgressBar
	last time.Time
}

func newFetchProgress(w io.Writer, name string) *fetchProgress {
	return &fetchProgress{w: w, name: name}
}

func (p *fetchProgress) report(done, total int64) {
	if isTerminal(p.w) {
		if p.bar == nil || done == 0 {
			p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.w), progressbar.OptionShowBytes(true),
				progressbar.OptionSetDescription("fetching "+p.name), progressbar.OptionClearOnFinish())
		}
		_ = p.bar.Set64(done)
		return
	}
	if time.Since(p.last) >= linePause {
		p.last = time.Now()
		fmt.Fprintf(p.w, "fetching %s: %.1f of %.1f MB\n", p.name, float64(done)/1e6, float64(total)/1e6)
	}
}

func (p *fetchProgress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
