package serve

import (
	"encoding/json"
	"net/http"
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

// Maker makes the pictures of the run in a folder, as [pictures.Make] does, and tells of
// progress. What that takes of memory is the maker's matter.
type Maker func(dir string, tell func(what string, done, total int)) (*pictures.Pictures, error)

// studio has pictures made, those of one run at a time.
type studio struct {
	maker   Maker
	options pictures.Options
	turn    sync.Mutex

	mu   sync.Mutex
	jobs map[string]*answer // by the folders of runs: those that are being made, or are not yet fetched
}

func newStudio(maker Maker) *studio { return &studio{maker: maker, jobs: map[string]*answer{}} }

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

// make has the pictures of a run made, when its turn has come. Those that are kept elsewhere
// are not kept here.
func (s *studio) make(dir string) {
	s.turn.Lock()
	defer s.turn.Unlock()
	p, err := s.maker(dir, func(what string, done, total int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.jobs[dir] = &answer{State: making, What: what, Done: done, Total: total}
	})
	if err != nil {
		p = pictures.Without(err.Error())
	}
	kept := pictures.Find(dir, s.options) != nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept {
		delete(s.jobs, dir)
	} else {
		s.jobs[dir] = &answer{State: ready, Pictures: p}
	}
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
