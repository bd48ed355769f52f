package serve

import "entrec/mvssl/page"

// speed is where a run stood at the last times at which it wrote.
type speed struct {
	at    []float64 // seconds since 1970
	steps []int
}

// window is over how many seconds speed is measured.
const window = 60

// note takes where a run stands, and sets its speed and the time left once there are two
// different places.
func (s *speed) note(p *page.Progress) {
	n := len(s.at)
	switch {
	case n > 0 && p.Step < s.steps[n-1]: // it was begun anew
		*s = speed{}
		fallthrough
	case n == 0, p.Step > s.steps[n-1] && p.Written > s.at[n-1]:
		s.at, s.steps = append(s.at, p.Written), append(s.steps, p.Step)
	}
	for len(s.at) > 2 && s.at[1] < s.at[len(s.at)-1]-window {
		s.at, s.steps = s.at[1:], s.steps[1:]
	}
	if n = len(s.at); n < 2 {
		return
	}
	p.Rate = float64(s.steps[n-1]-s.steps[0]) / (s.at[n-1] - s.at[0])
	p.Left = float64(max(0, p.Steps-p.Step)) / p.Rate
}
