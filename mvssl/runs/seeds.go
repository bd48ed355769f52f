package runs

import (
	"encoding/json"

	"entrec/mvssl/train"
)

// ButSeed returns what determines a run's numbers except its seed: the configuration without
// what a run tells of itself and how it was made longer, and without the names of the data
// and of first weights, where their digests are known.
func ButSeed(c train.Config) train.Config {
	c.Seed, c.Report, c.Extended = 0, train.ReportConfig{}, nil
	if c.DataSHA256 != "" {
		c.Data = ""
	}
	if c.InitSHA256 != "" {
		c.Init = ""
	}
	return c
}

// Repeats returns, for each run, the place of the run that counts for it: its own, or that of
// another run of the same configuration and seed, which tells the same once more. Of such runs
// the one that got furthest counts, of several that did the first.
func Repeats(list []*History) []int {
	type key struct {
		config string
		seed   uint64
	}
	counts := map[key]int{}
	keys := make([]key, len(list))
	for i, h := range list {
		text, err := json.Marshal(ButSeed(h.Config))
		if err != nil {
			panic(err) // it was read from JSON
		}
		keys[i] = key{string(text), h.Config.Seed}
		if other, is := counts[keys[i]]; !is || h.further(list[other]) {
			counts[keys[i]] = i
		}
	}
	places := make([]int, len(list))
	for i := range list {
		places[i] = counts[keys[i]]
	}
	return places
}

// further reports whether a run got further than another one.
func (h *History) further(than *History) bool {
	if ended := h.Summary != nil; ended != (than.Summary != nil) {
		return ended
	}
	return h.reached() > than.reached()
}

// reached returns the last step that the metrics tell of.
func (h *History) reached() int {
	step := 0
	if n := len(h.Steps); n > 0 {
		step = h.Steps[n-1].Step
	}
	if n := len(h.Epochs); n > 0 {
		step = max(step, h.Epochs[n-1].Step)
	}
	return step
}
