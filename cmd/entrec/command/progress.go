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
	each   int         // steps of an epoch
	head   bool        // the table's head has been printed
	last   train.Event // the last one
	knn    string      // of the last epoch
}

func newTrainProgress(w io.Writer, cfg train.Config, s *data.Split) *trainProgress {
	p := &trainProgress{screen: newScreen(w), epochs: cfg.Epochs, each: cfg.StepsPerEpoch()}
	p.print(fmt.Sprintf("%s, %s of width %d", cfg.Model.Method, cfg.Model.Encoder.Name, cfg.Model.Encoder.Width))
	for _, line := range described(cfg, s) {
		p.print(wrapped(line, helpWidth))
	}
	if cfg.Report.Evaluate != mvssl.On {
		p.print("no evaluations")
	}
	return p
}

// described says in a line or more what images a run is trained on.
func described(cfg train.Config, s *data.Split) []string {
	d, side := s.Train, cfg.Model.Encoder.Height
	others := ""
	if s.Test != nil {
		others = fmt.Sprintf(" and %d %s", s.Test.Len(), cfg.EvalSplit().Words())
	}
	size := fmt.Sprintf("of %d×%d×%d", d.Channels, d.Height, d.Width)
	if d.Height == 0 {
		h, w := d.Size(0)
		least, most := [2]int{h, w}, [2]int{h, w}
		for i := range d.Len() {
			h, w := d.Size(i)
			least, most = [2]int{min(least[0], h), min(least[1], w)}, [2]int{max(most[0], h), max(most[1], w)}
		}
		size = fmt.Sprintf("of %d channels and %d to %d × %d to %d pixels", d.Channels, least[0], most[0], least[1], most[1])
	}
	lines := []string{fmt.Sprintf("%s: %d training%s images %s", d.Name, d.Len(), others, size)}
	if cfg.Size > 0 {
		lines = append(lines, fmt.Sprintf("the network sees %d×%d: random crops of the images as they are and, to evaluate, resize %s (--size, --resize)", side, side, cfg.Resize))
	}
	if d.Labels == nil {
		lines = append(lines, "there are no labels, and no accuracies")
	}
	return lines
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

// A bar has barWidth columns at most; where there is no room for shortBar, the steps are
// left out.
const (
	barWidth = 24
	shortBar = 6
	barDone  = "█"
	barAhead = "░"
)

// bar returns the line of a terminal about the steps that were made: the epoch, the steps
// where they fit, the loss, the kNN of the last epoch, the speed and the time left.
func (p *trainProgress) bar(e train.Event) string {
	epoch := fmt.Sprintf(" epoch %d/%d", min(p.epochs, e.Step/max(1, p.each)+1), p.epochs)
	steps := fmt.Sprintf("  step %d/%d", e.Step, e.Steps)
	rest := fmt.Sprintf("  loss %.4f%s  %.0f images/s  %s left", e.Loss, p.knn, e.ImagesPerSecond, left(e))
	text := epoch + steps + rest
	if len([]rune(text))+shortBar > lineWidth {
		text = epoch + rest
	}
	width := max(0, min(barWidth, lineWidth-len([]rune(text))))
	full := width * e.Step / max(1, e.Steps)
	return strings.Repeat(barDone, full) + strings.Repeat(barAhead, width-full) + text
}

// epoch prints the line of the table about an epoch that has ended.
func (p *trainProgress) epoch(e train.Event) {
	if !p.head {
		p.head = true
		quick, kNN := "", ""
		if e.Metrics.QuickKNN != nil {
			quick, kNN = fmt.Sprintf(" %9s", "quick"), fmt.Sprintf(" %9s", "kNN")
		}
		p.print(fmt.Sprintf("%-8s %9s %9s %9s %7s%s", "", "", "entropy", "reconstr.", "MI", quick))
		p.print(fmt.Sprintf("%-8s %9s %9s %9s %7s%s %11s", "epoch", "loss", "nats", "nats", "nats", kNN, "time left"))
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
	quick := ""
	if m.QuickKNN != nil {
		quick = fmt.Sprintf(" %7.1f %%", 100**m.QuickKNN)
		p.knn = fmt.Sprintf("  kNN %.1f %%", 100**m.QuickKNN)
	}
	p.print(fmt.Sprintf("%-8s %9s %9.2f %9.2f %7.3f%s %11s", fmt.Sprintf("%d/%d", m.Epoch, p.epochs), loss, m.Entropy, m.Reconstruction, m.MIER, quick, until))
	if m.Warning != "" {
		p.print(wrapped("warning: "+m.Warning, helpWidth))
	}
}

// left returns the time that the steps to come take, at the speed of those made.
func left(e train.Event) string {
	if e.SecondsLeft == 0 && e.Step < e.Steps {
		return "-"
	}
	return span(time.Duration(e.SecondsLeft * float64(time.Second)))
}

// span returns a time in the two largest units that it has.
func span(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	m := int(d.Round(time.Minute) / time.Minute)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m < 48*60:
		return fmt.Sprintf("%d h %d min", m/60, m%60)
	}
	return fmt.Sprintf("%d d %d h", m/(24*60), m/60%24)
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
