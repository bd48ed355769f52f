package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"entrec/mvssl/runs"
	"entrec/mvssl/special"
	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
)

// arm is a curve in a column of the figure: runs that differ in their seeds alone.
type arm struct {
	er        bool // the objective is ER
	small     bool // the batch
	recenters bool // what the method does with its center is turned around: dino's is off, dino-er's on
}

// titles are the names of the methods as papers write them.
var titles = map[string]string{"simclr": "SimCLR", "byol": "BYOL", "dino": "DINO"}

// name is the arm's in the legend of a column.
func (a arm) name(method string) string {
	name := titles[method]
	if a.er {
		name += " + ER"
	}
	switch {
	case a.recenters && a.er:
		return name + ", with a center"
	case a.recenters:
		return name + ", no center"
	}
	return name + map[bool]string{false: ", large batch", true: ", small batch"}[a.small]
}

// columns are the methods of the figure, from left to right.
var columns = []string{"simclr", "byol", "dino"}

// arms are those that a column may have, in the order of its legend.
var arms = []arm{{}, {er: true}, {small: true}, {er: true, small: true}, {recenters: true}, {er: true, recenters: true}}

// has reports whether a method has an arm.
func has(method string, a arm) bool { return !a.recenters || method == "dino" }

var (
	tuned     = regexp.MustCompile(`^(simclr|byol|dino)(-er)? tuned batch=(\d+)$`)
	recenters = regexp.MustCompile(`^(dino) no center$|^(dino)(-er) center$`)
)

// paper is what the figure shows: by method and arm, the histories of the runs by seed.
type paper map[string]map[arm][]*runs.History

// readPaper reads the results of sweep files, each in a folder of the sweep's name in dir.
// A run that several of them have counts once. It prints which arms have no run.
func readPaper(out io.Writer, dir string, sweeps []string) (paper, error) {
	found := paper{}
	batches := map[string]map[int][]*runs.History{} // by method and objective
	seen := map[string]bool{}
	add := func(method string, a arm, h *runs.History) {
		if found[method] == nil {
			found[method] = map[arm][]*runs.History{}
		}
		found[method][a] = append(found[method][a], h)
	}
	for _, path := range sweeps {
		all, err := readResults(path, dir)
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			if seen[r.SHA256] {
				continue
			}
			seen[r.SHA256] = true
			if m := tuned.FindStringSubmatch(r.Row); m != nil {
				batch, err := strconv.Atoi(m[3])
				if err != nil {
					return nil, fmt.Errorf("%s: row %q: %w", path, r.Row, err)
				}
				if batches[m[1]+m[2]] == nil {
					batches[m[1]+m[2]] = map[int][]*runs.History{}
				}
				batches[m[1]+m[2]][batch] = append(batches[m[1]+m[2]][batch], r.History)
			} else if m := recenters.FindStringSubmatch(r.Row); m != nil {
				add("dino", arm{er: m[3] != "", recenters: true}, r.History)
			}
		}
	}
	for _, method := range columns {
		for _, er := range []bool{false, true} {
			of := batches[method+map[bool]string{true: "-er"}[er]]
			for i, batch := range slices.Sorted(maps.Keys(of)) {
				for _, h := range of[batch] {
					add(method, arm{er: er, small: i == 0 && len(of) > 1}, h)
				}
			}
		}
		for _, a := range arms {
			if has(method, a) && len(found[method][a]) == 0 {
				fmt.Fprintf(out, "no run of %s\n", a.name(method))
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: found no run of the figure's rows, expected results of %v", dir, sweeps)
	}
	return found, nil
}

// readResults reads what has ended of a sweep, nothing of one that has not been begun.
func readResults(path, dir string) ([]sweep.Ended, error) {
	file, err := sweep.Read(path)
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, file.Name)
	plan, err := sweep.ReadCollected(file, dir)
	if plan == nil || err != nil {
		return nil, err
	}
	return plan.Ended(dir)
}

// metric is a row of the figure: what an epoch's line tells of it, and the most that it can be.
type metric struct {
	title string
	value func(e train.EpochMetrics) *float64
	most  func(h *runs.History) float64 // +Inf where there is nothing
}

func none(*runs.History) float64 { return math.Inf(1) }

// metrics are the rows in a column, from the top.
func metrics(method string) []metric {
	accuracy := metric{"online linear probe, %", func(e train.EpochMetrics) *float64 {
		if e.ProbeOnline == nil {
			return nil
		}
		percent := 100 * *e.ProbeOnline
		return &percent
	}, none}
	if method == "dino" {
		return []metric{
			{"entropy of W, nats", func(e train.EpochMetrics) *float64 { return e.EntropyW }, mostW},
			{"reconstruction of W, nats", func(e train.EpochMetrics) *float64 { return e.ReconstructionW }, none},
			accuracy,
		}
	}
	return []metric{
		{"entropy of Z, nats", func(e train.EpochMetrics) *float64 { return &e.Entropy }, spread},
		{"reconstruction of Z, nats", func(e train.EpochMetrics) *float64 { return &e.Reconstruction }, none},
		accuracy,
	}
}

// mostW is the most that the entropy of W can be.
func mostW(h *runs.History) float64 {
	if p, ok := h.Config.Model.Parameters.(interface{ MaxEntropyW() float64 }); ok {
		return p.MaxEntropyW()
	}
	return math.Inf(1)
}

// spread is what the estimate gives for rows that are spread evenly: docs/paper.md derives it.
func spread(h *runs.History) float64 {
	k, d, kappa := float64(train.HeldOut), h.Config.Model.Projector.Out, h.Config.Diagnostics.Kappa
	for _, e := range h.Epochs {
		if e.HeldOut > 0 { // versions that do not say it had as many
			k = float64(e.HeldOut)
		}
	}
	log := special.LogVMFNormalizer(d, kappa)
	mean := math.Exp(special.LogVMFNormalizer(d, 0) - log)
	return math.Log(k) - log - math.Log(math.Exp(kappa)+(k-1)*mean)
}
