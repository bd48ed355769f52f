package command

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// isTerminal reports whether w is a terminal, which gets bars instead of lines.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// trainProgress shows a run's progress: a bar on a terminal, a line an epoch
// elsewhere, and a line now and then within long epochs.
type trainProgress struct {
	w    io.Writer
	bar  *progressbar.ProgressBar
	last time.Time
	knn  float64
}

// linePause is how long a plain log is silent at least within an epoch.
const linePause = 15 * time.Second

func newTrainProgress(w io.Writer, cfg train.Config, s *data.Split) *trainProgress {
	fmt.Fprintf(w, "%s, %s of width %d, %s: %d training and %d test images of %d×%d×%d\n",
		cfg.Model.Method, cfg.Model.Encoder.Name, cfg.Model.Encoder.Width, s.Train.Name,
		s.Train.Len(), s.Test.Len(), s.Train.Channels, s.Train.Height, s.Train.Width)
	return &trainProgress{w: w, last: time.Now()}
}

func (p *trainProgress) report(e train.Event) {
	if m := e.Metrics; m != nil {
		p.knn = m.QuickKNN
		if p.bar != nil {
			_ = p.bar.Clear()
		}
		loss := "       -"
		if m.Loss != nil {
			loss = fmt.Sprintf("%8.4f", *m.Loss)
		}
		fmt.Fprintf(p.w, "epoch %3d  loss %s  entropy %9.3f  reconstruction %9.3f  MI %6.3f nats  kNN %5.1f %% (of %d)\n",
			m.Epoch, loss, m.Entropy, m.Reconstruction, m.MIER, 100*m.QuickKNN, m.QuickBank)
		if m.Warning != "" {
			fmt.Fprintln(p.w, "warning:", m.Warning)
		}
		p.last = time.Now()
		return
	}
	if isTerminal(p.w) {
		if p.bar == nil {
			p.bar = progressbar.NewOptions(e.Steps, progressbar.OptionSetWriter(p.w), progressbar.OptionShowIts(),
				progressbar.OptionSetItsString("steps"), progressbar.OptionShowCount(), progressbar.OptionSetWidth(30),
				progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		}
		p.bar.Describe(fmt.Sprintf("loss %.4f  kNN %.1f %%  %.0f images/s", e.Loss, 100*p.knn, e.ImagesPerSecond))
		_ = p.bar.Set(e.Step)
		return
	}
	if time.Since(p.last) >= linePause {
		p.last = time.Now()
		fmt.Fprintf(p.w, "step %d of %d  loss %.4f  %.0f images/s\n", e.Step, e.Steps, e.Loss, e.ImagesPerSecond)
	}
}

func (p *trainProgress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
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
