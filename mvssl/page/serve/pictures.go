package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime/debug"
	"sync"

	"entrec/mvssl/pictures"
)

// The states of a run's pictures, as the page hears of them.
const (
	none   = "none"
	making = "making"
	ready  = "ready"
)

// answer is what a page hears of a run's pictures.
type answer struct {
	State string `json:"state"`
	// What takes its time, and how much of it is done; Total 0 where nobody knows.
	What     string             `json:"what,omitempty"`
	Done     int                `json:"done,omitempty"`
	Total    int                `json:"total,omitempty"`
	Pictures *pictures.Pictures `json:"pictures,omitempty"`
}

// studio makes pictures, those of one run at a time.
type studio struct {
	options pictures.Options
	turn    sync.Mutex

	mu   sync.Mutex
	jobs map[string]*answer // by the folders of runs: those that are being made, or are not yet fetched
}

func newStudio() *studio { return &studio{jobs: map[string]*answer{}} }

// of returns what is known of the pictures of the run in a folder, and begins to make them
// where that is asked for and there are none.
func (s *studio) of(dir string, begin bool) answer {
	s.mu.Lock()
	job := s.jobs[dir]
	if job != nil {
		now := *job
		if now.State == ready {
			delete(s.jobs, dir)
		}
		s.mu.Unlock()
		return now
	}
	s.mu.Unlock()
	if p := pictures.Find(dir, s.options); p != nil {
		return answer{State: ready, Pictures: p}
	}
	if !begin {
		return answer{State: none}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs[dir] == nil {
		s.jobs[dir] = &answer{State: making}
		go s.make(dir)
	}
	return *s.jobs[dir]
}

// make makes the pictures of a run, when its turn has come, for as long as the process lives.
func (s *studio) make(dir string) {
	s.turn.Lock()
	defer s.turn.Unlock()
	o := s.options
	o.Progress = func(what string, done, total int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.jobs[dir] = &answer{State: making, What: what, Done: done, Total: total}
	}
	p, err := pictures.Make(context.Background(), dir, o)
	if err != nil {
		p = pictures.Without(err.Error())
	}
	debug.FreeOSMemory() // of the data set and the networks
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs[dir] = &answer{State: ready, Pictures: p}
}

// pictures answers with what is known of a run's pictures. Only the server's own page makes
// it begin to make them.
func (s *Server) pictures(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	run := s.runs[r.FormValue("name")]
	s.mu.Unlock()
	if run == nil {
		http.Error(w, "there is no such run", http.StatusNotFound)
		return
	}
	begin := r.FormValue("make") != ""
	if site := r.Header.Get("Sec-Fetch-Site"); begin && site != "" && site != "same-origin" {
		http.Error(w, "only the pages of this server may ask for it", http.StatusForbidden)
		return
	}
	text, err := json.Marshal(s.studio.of(run.Dir(), begin))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // the browser has gone
}
