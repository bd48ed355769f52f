package command

import (
	"fmt"
	"io"
	"strings"
	"time"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// trainProgress shows a run's progress: a bar on a terminal; elsewhere a line an
// epoch, and one now and then within long epochs and evaluations.
type trainProgress struct {
	*screen
	epochs int
	head   bool        // the table's head has been printed
	last   train.Event // the last one
	knn    string      // of the last epoch
}

func newTrainProgress(w io.Writer, cfg train.Config, s *data.Split) *trainProgress {
	p := &trainProgress{screen: newScreen(w), epochs: cfg.Epochs}
	p.print(fmt.Sprintf("%s, %s of width %d", cfg.Model.Method, cfg.Model.Encoder.Name, cfg.Model.Encoder.Width))
	p.print(wrapped(fmt.Sprintf("%s: %d training and %d %s images of %d×%d×%d",
		s.Train.Name, s.Train.Len(), s.Test.Len(), cfg.EvalSplit().Words(), s.Train.Channels, s.Train.Height, s.Train.Width), helpWidth))
	if cfg.Report.Evaluate != mvssl.On {
		p.print("no evaluations")
	}
	return p
}

func (p *trainProgress) report(e train.Event) {
	p.last = e
	switch {
	case e.Warning != "":
		p.print("warning: " + e.Warning)
	case e.Phase != "":
		p.phase(e.Phase, e.Done, e.Total)
	case e.Metrics != nil:
		p.epoch(e)
	case p.terminal:
		p.show("steps", showAfter, p.bar(e))
	default:
		p.show("steps", linePause, fmt.Sprintf("step %d of %d, loss %.4f, %.0f images/s, %s left", e.Step, e.Steps, e.Loss, e.ImagesPerSecond, left(e)))
	}
}

// barWidth is how many columns a bar has at most.
const barWidth = 24

// bar returns the line of a terminal about the steps that were made.
func (p *trainProgress) bar(e train.Event) string {
	text := fmt.Sprintf(" %d/%d  loss %.4f%s  %.0f images/s  %s left", e.Step, e.Steps, e.Loss, p.knn, e.ImagesPerSecond, left(e))
	width := max(0, min(barWidth, lineWidth-len([]rune(text))))
	full := width * e.Step / max(1, e.Steps)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full) + text
}

// epoch prints the line of the table about an epoch that has ended.
func (p *trainProgress) epoch(e train.Event) {
	if !p.head {
		p.head = true
		p.print(fmt.Sprintf("%-8s %9s %9s %9s %7s %9s", "", "", "entropy", "reconstr.", "MI", "quick"))
		p.print(fmt.Sprintf("%-8s %9s %9s %9s %7s %9s %11s", "epoch", "loss", "nats", "nats", "nats", "kNN", "time left"))
	}
	loss := "-"
	m := e.Metrics
	if m.Loss != nil {
		loss = fmt.Sprintf("%.4f", *m.Loss)
	}
	until := left(e)
	if e.Step == e.Steps {
		until = "done"
	}
	p.print(fmt.Sprintf("%-8s %9s %9.2f %9.2f %7.3f %7.1f %% %11s",
		fmt.Sprintf("%d/%d", m.Epoch, p.epochs), loss, m.Entropy, m.Reconstruction, m.MIER, 100*m.QuickKNN, until))
	if m.Warning != "" {
		p.print(wrapped("warning: "+m.Warning, helpWidth))
	}
	p.knn = fmt.Sprintf("  kNN %.1f %%", 100*m.QuickKNN)
}

// left returns the time that the steps to come take, at the speed of those made.
func left(e train.Event) string {
	if e.SecondsLeft == 0 && e.Step < e.Steps {
		return "-"
	}
	return time.Duration(e.SecondsLeft * float64(time.Second)).Round(time.Second).String()
}

// loadProgress shows how far the loading of a data set is.
type loadProgress struct {
	*screen
	name    string
	fetched bool // something was
}

func newLoadProgress(w io.Writer, name string) *loadProgress {
	p := &loadProgress{screen: newScreen(w), name: name}
	p.phase("loading "+name, 0, 0)
	return p
}

// fetching takes how many bytes of a file were fetched, of how many; -1 where nobody
// knows.
func (p *loadProgress) fetching(done, total int64) {
	p.fetched = true
	text := fmt.Sprintf("fetching %s, %.1f MB", p.name, float64(done)/1e6)
	if total > 0 {
		text = fmt.Sprintf("fetching %s, %d %% of %.1f MB", p.name, int(100*float64(done)/float64(total)), float64(total)/1e6)
	}
	p.show("fetching", showAfter, text)
}
