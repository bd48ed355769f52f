package sweep

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"entrec/internal/lock"
	"entrec/internal/printable"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// Where says where a run stands.
type Where string

// Where a run stands.
const (
	Done        Where = "done"
	Running     Where = "running"     // a process that is alive holds its folder
	Stale       Where = "stale"       // the process that held its folder has died; another may go on
	Interrupted Where = "interrupted" // it has a folder that nobody holds
	Failed      Where = "failed"
	Missing     Where = "missing"
)

// State is where a run stands, as its folder tells.
type State struct {
	Run    int    `json:"index"`
	Row    string `json:"row"`
	Seed   uint64 `json:"seed"`
	Where  Where  `json:"state"`
	Folder string `json:"folder"` // empty where it is missing
	// Step is the last that metrics.jsonl tells of, of Steps.
	Step  int `json:"step"`
	Steps int `json:"steps"`
	// Host is that of the process that holds the folder, or that failed.
	Host string `json:"host,omitempty"`
	// Until is when a running one will have made its steps, at the speed it had so far; nil
	// where that is not known.
	Until *time.Time `json:"until,omitempty"`
	Error string     `json:"error,omitempty"` // of one that failed, one line
}

// States tells where all runs stand, from the files in dir alone. A run whose files are
// damaged has failed, unless a process holds its folder.
func (p *Plan) States(dir string) ([]State, error) {
	folders, err := FindFolders(dir)
	if err != nil {
		return nil, err
	}
	states := make([]State, len(p.Runs))
	for i, r := range p.Runs {
		states[i] = State{Run: i, Row: r.Row, Seed: r.Seed, Where: Missing}
		path, h, damage := folders.history(dir, r)
		if path != "" {
			states[i].Folder = path
			states[i].look(path, h, damage)
		}
	}
	return states, nil
}

// look fills in what the run's folder tells, of which its history is known, or what is
// wrong with its files.
func (s *State) look(dir string, h *runs.History, damage error) {
	if h != nil {
		s.Steps = h.Config.TotalSteps()
		if n := len(h.Steps); n > 0 {
			s.Step = h.Steps[n-1].Step
		}
		if h.Summary != nil {
			s.Where, s.Step = Done, h.Summary.Steps
			return
		}
	}
	held, err := lock.Holder(dir)
	if damage == nil {
		damage = err
	}
	_, none := os.Lstat(filepath.Join(dir, "lock.json"))
	f, failed := ReadFailure(dir)
	switch {
	case held != nil:
		s.Where, s.Host = Running, held.Host
		s.Until = s.until(dir, held.Since)
	case damage != nil:
		s.Where, s.Error = Failed, printable.Text(damage.Error())
	case none == nil:
		s.Where = Stale
	case failed == nil:
		s.Where, s.Error, s.Host = Failed, f.Error, f.Host
	default:
		s.Where = Interrupted
	}
}

// until returns when the steps of a run will be made whose process began at a time. Its
// speed is that since the last checkpoint's, or else since then.
func (s *State) until(dir string, began time.Time) *time.Time {
	info, err := os.Stat(filepath.Join(dir, train.MetricsFile))
	if err != nil || s.Step == 0 {
		return nil
	}
	seconds := info.ModTime().Sub(began).Seconds() / float64(s.Step)
	if step, spent, err := train.Spent(dir); err == nil && step > 0 {
		seconds = spent / float64(step)
	}
	until := info.ModTime().Add(time.Duration(seconds * float64(s.Steps-s.Step) * float64(time.Second))).Round(time.Second)
	return &until
}

// Ranges writes indices, which grow, as schedulers take them: 0-3,17.
func Ranges(indices []int) string {
	var parts []string
	for i := 0; i < len(indices); {
		last := i
		for last+1 < len(indices) && indices[last+1] == indices[last]+1 {
			last++
		}
		if last == i {
			parts = append(parts, fmt.Sprint(indices[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", indices[i], indices[last]))
		}
		i = last + 1
	}
	return strings.Join(parts, ",")
}
