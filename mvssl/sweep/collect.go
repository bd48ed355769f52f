package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"entrec/internal/files"
	"entrec/internal/printable"
	"entrec/internal/strictjson"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// Collect copies what tables need of the runs in a folder into another: of those that have
// ended the configuration, the summary, the predictions where they are kept and the lines
// about epochs, without their spectra; of those that failed for good the configuration and how. It also keeps the
// plan there. It leaves out where the data lay and on which host the run was made: they are
// those of the file, and none. Runs whose configuration or summary is damaged are skipped,
// with a line each. Errors name the file; one that is in the way and no run's wraps
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

// collect copies a run that has ended.
func (p *Plan) collect(h *runs.History, to string) error {
	if err := makeRoom(to); err != nil {
		return err
	}
	lines, err := epochLines(h.Dir)
	if err != nil {
		return err
	}
	s := *h.Summary
	s.Data, s.Host = p.File.Data, ""
	if s.PredictionsSHA256 != "" {
		if _, err := train.ReadPredictions(h.Dir, h.Summary); err != nil {
			return err
		}
		text, err := files.Read(filepath.Join(h.Dir, train.PredictionsFile), maxCollectedBytes)
		if err == nil {
			err = files.Write(filepath.Join(to, train.PredictionsFile), text)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(p.collectConfig(h.Dir, to), files.Write(filepath.Join(to, train.MetricsFile), lines), writeIndented(filepath.Join(to, train.SummaryFile), s), ForgetFailure(to))
}

// collectFailed copies a run that failed for good.
func (p *Plan) collectFailed(from string, f Failure, to string) error {
	if err := makeRoom(to); err != nil {
		return err
	}
	f.Host = ""
	return errors.Join(p.collectConfig(from, to), f.Write(to))
}

// collectConfig copies a configuration as it was written, but for the path of its data.
func (p *Plan) collectConfig(from, to string) error {
	text, err := files.Read(filepath.Join(from, train.ConfigFile), maxFileBytes)
	if err != nil {
		return err
	}
	data, err := json.Marshal(p.File.Data)
	if err != nil {
		return err
	}
	text, err = edited(text, func(name string, value json.RawMessage) json.RawMessage {
		if name == "data" {
			return data
		}
		return value
	})
	if err != nil {
		return err
	}
	return writeIndented(filepath.Join(to, train.ConfigFile), json.RawMessage(text))
}

// makeRoom makes the folder of a run, or takes one that holds a run already.
func makeRoom(dir string) error {
	if _, err := train.Occupied(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

// maxCollectedBytes is more than any file has that is copied.
const maxCollectedBytes = 4 << 30

// epochLines returns the lines of a run's metrics about epochs, without the spectra, which
// are most of them.
func epochLines(dir string) ([]byte, error) {
	path := filepath.Join(dir, train.MetricsFile)
	text, err := files.Read(path, maxCollectedBytes)
	if err != nil {
		return nil, err
	}
	var kept []byte
	n := 0
	for line := range bytes.Lines(text) {
		n++
		m, err := train.ParseMetrics(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		if m.Kind != "epoch" {
			continue
		}
		var e train.EpochMetrics
		if err := strictjson.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		e.Spectrum = nil
		if line, err = json.Marshal(e); err != nil {
			return nil, err
		}
		kept = append(append(kept, line...), '\n')
	}
	return kept, nil
}

func writeIndented(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return files.Write(path, append(text, '\n'))
}
