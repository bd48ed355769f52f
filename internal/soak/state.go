package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"entrec/internal/files"
	"entrec/internal/strictjson"
)

// soakState is what a soak has done and what is left.
type soakState struct {
	Minutes float64   `json:"minutes"`
	Commit  string    `json:"commit"`
	Machine string    `json:"machine"`
	Began   time.Time `json:"began"`
	Parts   []part    `json:"parts"`
}

// part is a fuzz target, or the kills of runs, where Target is empty.
type part struct {
	Package string  `json:"package,omitempty"`
	Target  string  `json:"target,omitempty"`
	Seconds float64 `json:"seconds"`
	Result  string  `json:"result"` // empty: not made yet
	Failed  bool    `json:"failed"`
}

// Name says what is made.
func (p part) Name() string {
	if p.Target == "" {
		return "kills of runs"
	}
	return p.Package + " " + p.Target
}

// plan shares the time out. The kills come first: what they find weighs most.
func (s *soakState) plan(targets []part) {
	all := s.Minutes * 60
	s.Parts = []part{{Seconds: killShare * all}}
	for _, t := range targets {
		t.Seconds = (1 - killShare) * all / float64(len(targets))
		s.Parts = append(s.Parts, t)
	}
}

// targets reads what go test -list prints: the targets of a package stand before its
// name.
func targets(list string) []part {
	var all, pending []part
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "Fuzz"):
			pending = append(pending, part{Target: words[0]})
		case strings.HasPrefix(line, "ok ") || strings.HasPrefix(line, "ok\t"):
			for _, p := range pending {
				p.Package = words[1]
				all = append(all, p)
			}
			pending = nil
		}
	}
	return all
}

func readState(path string) (*soakState, error) {
	text, err := files.Read(path, 1<<20)
	if err != nil {
		return nil, err
	}
	s := &soakState{}
	if err := strictjson.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *soakState) write(path string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return files.Write(path, append(text, '\n'))
}

func (s *soakState) failures() int {
	n := 0
	for _, p := range s.Parts {
		if p.Failed {
			n++
		}
	}
	return n
}

// page is the documentation page about a whole soak.
func (s *soakState) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# The last soak

Written by `+"`make soak MINUTES=%v`"+`, which shares the time out among random kills of runs and all fuzz targets. An interrupted one
goes on by the same command.

Commit %s, begun %s, on %s: %d parts, %d failed.

| part | seconds | result |
| --- | ---: | --- |
`, s.Minutes, s.Commit, s.Began.Format(time.RFC3339), s.Machine, len(s.Parts), s.failures())
	for _, p := range s.Parts {
		fmt.Fprintf(&b, "| %s | %.0f | %s |\n", p.Name(), p.Seconds, p.Result)
	}
	return b.String()
}
