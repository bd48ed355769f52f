package sweep

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"entrec/internal/files"
	"entrec/internal/printable"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// Collect copies what tables need of the runs in a folder into another: of those that have
// ended the configuration, the summary, the predictions where they are kept and the lines
// about epochs, without their spectra; of those that failed for good the configuration and how. It also keeps the
// plan there. It leaves out where the data lay and on which host the run was made: they are
// those of the file, and none. Runs of whose files any is damaged are skipped, with a line
// each, and nothing is made for them. Errors name the file; one that is in the way and no run's wraps
// [train.ErrForeign].
func (p *Plan) Collect(from, to string) (collected int, skipped []string, err error) {
	found, err := FindFolders(from)
	if err != nil {
		return 0, nil, err
	}
	there, err := FindFolders(to)
	if err != nil {
		return 0, nil, err
	}
	if err := p.Keep(to); err != nil {
		return 0, nil, err
	}
	for _, r := range p.Runs {
		run, h, damage := found.history(from, r)
		switch {
		case damage != nil:
			skipped = append(skipped, fmt.Sprintf("run %d, %s, seed %d: %s", r.Index, r.Row, r.Seed, printable.Text(damage.Error())))
			continue
		case run == "":
			continue
		}
		failure, failed := ReadFailure(run)
		if dir := there.Of(to, r); h != nil && h.Summary != nil {
			err = p.collect(h, dir)
		} else if failed == nil && failure.Final() {
			err = p.collectFailed(run, failure, dir)
		} else {
			continue
		}
		if err != nil {
			return collected, skipped, err
		}
		collected++
	}
	return collected, skipped, nil
}

// copied is a file of a run as it is collected.
type copied struct {
	name string
	text []byte
}

// collect copies a run that has ended, once all of it has been read.
func (p *Plan) collect(h *runs.History, to string) error {
	config, err := p.collectedConfig(h.Dir)
	if err != nil {
		return err
	}
	lines, err := epochLines(h)
	if err != nil {
		return err
	}
	all := []copied{config, {train.MetricsFile, lines}}
	s := *h.Summary
	s.Data, s.Host = p.File.Data, ""
	if s.PredictionsSHA256 != "" {
		text, err := files.Read(filepath.Join(h.Dir, train.PredictionsFile), maxCollectedBytes)
		if err != nil {
			return err
		}
		all = append(all, copied{train.PredictionsFile, text})
	}
	summary, err := indented(s)
	if err != nil {
		return err
	}
	if err := writeAll(to, append(all, copied{train.SummaryFile, summary})); err != nil {
		return err
	}
	return ForgetFailure(to)
}

// collectFailed copies a run that failed for good.
func (p *Plan) collectFailed(from string, f Failure, to string) error {
	config, err := p.collectedConfig(from)
	if err != nil {
		return err
	}
	if err := writeAll(to, []copied{config}); err != nil {
		return err
	}
	f.Host = ""
	return f.Write(to)
}

// collectedConfig is a configuration as it was written, but for the path of its data.
func (p *Plan) collectedConfig(from string) (c copied, err error) {
	text, err := files.Read(filepath.Join(from, train.ConfigFile), maxFileBytes)
	if err != nil {
		return c, err
	}
	data, err := json.Marshal(p.File.Data)
	if err != nil {
		return c, err
	}
	text, err = edited(text, func(name string, value json.RawMessage) json.RawMessage {
		if name == "data" {
			return data
		}
		return value
	})
	if err != nil {
		return c, err
	}
	text, err = indented(json.RawMessage(text))
	return copied{train.ConfigFile, text}, err
}

// writeAll writes files into the folder of a run, one after another.
func writeAll(dir string, all []copied) error {
	if err := makeRoom(dir); err != nil {
		return err
	}
	for _, f := range all {
		if err := files.Write(filepath.Join(dir, f.name), f.text); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom makes the folder of a run, or takes one that holds a run already.
func makeRoom(dir string) error {
	if _, err := train.Occupied(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

// maxCollectedBytes is more than any file has that is copied.
const maxCollectedBytes = 1 << 30

// epochLines returns the lines of a run's metrics about epochs, without the spectra, which
// are most of them.
func epochLines(h *runs.History) (lines []byte, err error) {
	for _, e := range h.Epochs {
		e.Spectrum = nil
		line, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		lines = append(append(lines, line...), '\n')
	}
	return lines, nil
}

func indented(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	return append(text, '\n'), err
}
