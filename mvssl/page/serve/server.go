// Package serve shows the runs below a folder in a browser, while they train: the page of
// package page, live. It reads and changes nothing of the
// runs, and asks nobody; pictures that it makes are kept in the user's cache folder.
package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"entrec/mvssl/page"
)

// Server knows the runs below a folder. Its methods may be called by several goroutines.
type Server struct {
	// Playground is a folder of static files that are shown too, at /playground/: what make
	// playground wrote. Empty for none.
	Playground string

	dir      string
	loopback bool
	studio   *studio

	mu       sync.Mutex
	runs     map[string]*watched // by the names that are shown
	rounds   int                 // of looking
	uses     int                 // of runs
	watchers map[*watcher]bool
}

// watched is a run with what is known of its speed.
type watched struct {
	*page.Run
	used  int // when it was asked for, in uses
	speed speed
}

// watcher is a page that is open: the names of the runs of which it has not yet heard.
type watcher struct {
	news map[string]bool
	wake chan struct{}
}

const (
	// maxBytes is how much memory metrics take before those used longest ago are forgotten.
	maxBytes = 96 << 20
	// points is how many steps of a run a page gets at a time at most, and leastPoints how few it
	// may ask for: of many runs it wants less of each.
	points      = 4000
	leastPoints = 100
	// Runs in which no process trains are looked at in every calm-th round.
	calm = 10
	// pingPause is how long a page hears nothing at most.
	pingPause = 15 * time.Second
)

// New returns a server of the runs below dir, whose pictures maker makes. The loopback says
// that it is for this machine alone: it answers to this machine's own names.
func New(dir string, loopback bool, maker Maker) *Server {
	s := &Server{dir: dir, loopback: loopback, studio: newStudio(maker), runs: map[string]*watched{}, watchers: map[*watcher]bool{}}
	s.Look()
	return s
}

// Watch looks at the runs at each of ticks, as long as a page is open, until ctx is done.
func (s *Server) Watch(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			s.mu.Lock()
			open := len(s.watchers) > 0
			s.mu.Unlock()
			if open {
				s.Look()
			}
		}
	}
}

// Look takes in what has changed in the folder, and tells the pages that are open.
func (s *Server) Look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.rounds%calm == 0
	s.rounds++
	opened := map[string]bool{}
	for name, dir := range find(s.dir) {
		if s.byName(name) == nil {
			r := page.Open(dir, name)
			s.runs[r.Name] = &watched{Run: r}
			opened[r.Name] = true
			s.tell(r.Name)
		}
	}
	for name, r := range s.runs {
		if opened[name] || !all && r.State != page.Training {
			continue
		}
		changed := r.Refresh()
		if r.State != page.Gone {
			changed = r.Look() || changed
		}
		if r.State == page.Training {
			r.speed.note(&r.Progress)
		}
		if changed {
			s.tell(name)
		}
	}
}

func (s *Server) byName(name string) *watched { return s.runs[page.ShownName(name)] }

// tell notes news for the pages that are open.
func (s *Server) tell(name string) {
	for w := range s.watchers {
		w.news[name] = true
		select {
		case w.wake <- struct{}{}:
		default: // it is awake
		}
	}
}

// Handler returns what answers: the page, a run with its numbers, its pictures, the stream
// of news, and the playground.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /api/run", s.run)
	mux.HandleFunc("GET /api/pictures", s.pictures)
	mux.HandleFunc("GET /api/events", s.events)
	if s.Playground != "" {
		mux.Handle("GET /playground/", http.StripPrefix("/playground/", http.FileServerFS(os.DirFS(s.Playground))))
	}
	return guarded(s.loopback, mux)
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	s.Look() // nobody has, while no page was open
	s.mu.Lock()
	text, err := page.Document(page.Content{Live: true, Runs: s.list(nil)})
	s.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", page.Policy(true)+"; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text) // the browser has gone
}

// list returns some runs without their numbers, all where names is nil, in the order of
// their names.
func (s *Server) list(names map[string]bool) []*page.Run {
	list := []*page.Run{}
	for _, name := range slices.Sorted(maps.Keys(s.runs)) {
		if names == nil || names[name] {
			r := *s.runs[name].Run
			r.Series = nil
			list = append(list, &r)
		}
	}
	return list
}

// run answers with a run and the numbers of a part of its steps.
func (s *Server) run(w http.ResponseWriter, r *http.Request) {
	from, to := number(r, "from", math.Inf(-1)), number(r, "to", math.Inf(1))
	most := int(min(points, max(leastPoints, number(r, "points", points))))
	s.mu.Lock()
	run := s.runs[r.FormValue("name")]
	var text []byte
	var err error
	if run != nil {
		s.uses++
		run.used = s.uses
		run.Refresh()
		run.Load()
		run.At(from, to, most)
		text, err = json.Marshal(run.Run)
		run.Series = nil
		s.forget(run)
	}
	s.mu.Unlock()
	switch {
	case run == nil:
		http.Error(w, "there is no such run", http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // the browser has gone
	}
}

// number returns a number of a request's query, otherwise where there is none.
func number(r *http.Request, key string, otherwise float64) float64 {
	v, err := strconv.ParseFloat(r.FormValue(key), 64)
	if err != nil || math.IsNaN(v) {
		return otherwise
	}
	return v
}

// forget forgets the metrics of the runs that were used longest ago, of others than one,
// until those that are left fit.
func (s *Server) forget(but *watched) {
	loaded, total := []*watched{}, 0
	for _, r := range s.runs {
		if n := r.Bytes(); n > 0 {
			total += n
			loaded = append(loaded, r)
		}
	}
	slices.SortFunc(loaded, func(a, b *watched) int { return a.used - b.used })
	for _, r := range loaded {
		if total <= maxBytes {
			return
		}
		if r != but {
			total -= r.Bytes()
			r.Unload()
		}
	}
}

// events sends a page the runs that have changed, all at first, until it is closed.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	flow := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	me := &watcher{news: map[string]bool{}, wake: make(chan struct{}, 1)}
	s.mu.Lock()
	for name := range s.runs {
		me.news[name] = true
	}
	s.watchers[me] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.watchers, me)
		s.mu.Unlock()
	}()
	ping := time.NewTicker(pingPause)
	defer ping.Stop()
	for {
		message, err := s.news(me)
		if err == nil {
			_, err = w.Write(message)
		}
		if err == nil {
			err = flow.Flush()
		}
		if err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-me.wake:
		case <-ping.C:
		}
	}
}

// news returns what a page has not heard of, as a message; a comment where that is nothing.
func (s *Server) news(me *watcher) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(me.news) == 0 {
		return []byte(": still here\n\n"), nil
	}
	text, err := json.Marshal(s.list(me.news))
	if err != nil {
		return nil, err
	}
	clear(me.news)
	return fmt.Appendf(nil, "event: runs\ndata: %s\n\n", bytes.ReplaceAll(text, []byte("\n"), nil)), nil
}
