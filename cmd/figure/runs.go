package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
)

// story is a run as figures tell it: the numbers of its lines by their names, NaN for null.
type story struct {
	*runs.History
	epochs, steps []numbers
	spectra       map[int][]float64 // by epoch
}

// numbers are those of a line.
type numbers map[string]float64

// value returns the number of a name, NaN where there is none.
func (n numbers) value(name string) float64 {
	if v, ok := n[name]; ok {
		return v
	}
	return math.NaN()
}

// cohort is runs that differ in their seeds alone.
type cohort struct {
	name string
	runs []*story
}

// maxMetricsBytes is more than any run writes.
const maxMetricsBytes = 4 << 30

// readStories reads the runs in folders, once each. What is damaged of their metrics is told.
func readStories(told io.Writer, dirs []string) ([]*story, error) {
	var all []*story
	for i, dir := range dirs {
		if slices.ContainsFunc(dirs[:i], func(d string) bool { return filepath.Clean(d) == filepath.Clean(dir) }) {
			continue
		}
		h, err := runs.ReadHistory(dir)
		if err != nil {
			return nil, err
		}
		if h.Warning != "" {
			fmt.Fprintln(told, "warning:", h.Warning)
		}
		s := &story{History: h, spectra: map[int][]float64{}}
		text, err := files.Read(filepath.Join(dir, train.MetricsFile), maxMetricsBytes)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(text) {
			s.take(line)
		}
		all = append(all, s)
	}
	return counted(told, all), nil
}

// counted returns the runs without those that repeat another, configuration and seed, and
// tells of these.
func counted(told io.Writer, all []*story) (once []*story) {
	histories := make([]*runs.History, len(all))
	for i, s := range all {
		histories[i] = s.History
	}
	for i, at := range runs.Repeats(histories) {
		if at == i {
			once = append(once, all[i])
			continue
		}
		fmt.Fprintf(told, "warning: %s has the configuration and the seed of %s, and is not drawn\n", all[i].Dir, all[at].Dir)
	}
	return once
}

// take adds what a line says, in the place of what was said before of its step and later ones:
// then the run was resumed. A damaged line, of which ReadHistory has told, says nothing.
func (s *story) take(line []byte) {
	line, whole := bytes.CutSuffix(line, []byte("\n"))
	of, err := train.ParseMetrics(line)
	if !whole || err != nil {
		return
	}
	var tree map[string]any
	if json.Unmarshal(line, &tree) != nil {
		return
	}
	n := numbers{}
	for name, v := range tree {
		switch v := v.(type) {
		case float64:
			n[name] = v
		case nil:
			n[name] = math.NaN()
		}
	}
	list := &s.steps
	if of.Kind == "epoch" {
		list = &s.epochs
		if values, ok := tree["spectrum"].([]any); ok {
			s.spectra[int(n.value("epoch"))] = positive(values)
		}
	}
	for k := len(*list); k > 0 && (*list)[k-1]["step"] >= float64(of.Step); k-- {
		*list = (*list)[:k-1]
	}
	*list = append(*list, n)
}

// positive returns the numbers above 0 of a list up to its first other value.
func positive(list []any) (values []float64) {
	for _, v := range list {
		f, is := v.(float64)
		if !is || !(f > 0) {
			break
		}
		values = append(values, f)
	}
	return values
}

// cohorts returns the runs by their configurations without the seed, in the order in which
// they come, named by what tells them apart.
func cohorts(all []*story) ([]*cohort, error) {
	var list []*cohort
	byKey := map[string]*cohort{}
	settings := map[*cohort]map[string]string{}
	for _, s := range all {
		flat, err := settingsOf(s.Config)
		if err != nil {
			return nil, err
		}
		key := fmt.Sprint(flat) // maps print in the order of their keys
		c, ok := byKey[key]
		if !ok {
			c = &cohort{}
			byKey[key], settings[c] = c, flat
			list = append(list, c)
		}
		c.runs = append(c.runs, s)
	}
	names := map[string]int{}
	for _, c := range list {
		c.name = nameOf(c, list, settings)
		names[c.name]++
	}
	for _, c := range list {
		if names[c.name] > 1 {
			c.name = filepath.Base(filepath.Clean(c.runs[0].Dir))
		}
		if n := len(c.runs); n > 1 {
			c.name += fmt.Sprintf(", %d seeds", n)
		}
	}
	return list, nil
}

// settingsOf returns what determines a run but for its seed, by path.
func settingsOf(c train.Config) (map[string]string, error) {
	text, err := json.Marshal(runs.ButSeed(c))
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	flat := map[string]string{}
	flatten(flat, "", tree)
	return flat, nil
}

func flatten(into map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			flatten(into, path+"."+name, inner)
		}
	case []any:
		for i, inner := range v {
			flatten(into, fmt.Sprintf("%s.%d", path, i), inner)
		}
	default:
		into[path[1:]] = fmt.Sprint(v)
	}
}

// mostNamed is how many fields a name has at most.
const mostNamed = 3

// nameOf returns the method of a cohort, and the fields in which it differs from others of
// the same method.
func nameOf(c *cohort, list []*cohort, settings map[*cohort]map[string]string) string {
	mine, differ := settings[c], map[string]bool{}
	for _, other := range list {
		if settings[other]["model.method"] != mine["model.method"] {
			continue
		}
		for _, path := range slices.Concat(slices.Collect(maps.Keys(mine)), slices.Collect(maps.Keys(settings[other]))) {
			if mine[path] != settings[other][path] {
				differ[path] = true
			}
		}
	}
	name := mine["model.method"]
	for i, path := range slices.Sorted(maps.Keys(differ)) {
		if i == mostNamed {
			return name + ", …"
		}
		value := mine[path]
		if value == "" {
			value = "none"
		}
		parts := strings.Split(path, ".")
		name += ", " + strings.ReplaceAll(parts[len(parts)-1], "_", " ") + " " + value
	}
	return name
}

// trace is a curve of a cohort: the mean over its runs at each place, and the least and the
// most; NaN is a gap.
type trace struct {
	xs, mean, least, most []float64
}

func (t *trace) add(x float64, values []float64) {
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	least, most := slices.Min(values), slices.Max(values)
	if math.IsInf(mean, 0) || math.IsNaN(mean) {
		mean, least, most = math.NaN(), math.NaN(), math.NaN()
	}
	t.xs, t.mean, t.least, t.most = append(t.xs, x), append(t.mean, mean), append(t.least, least), append(t.most, most)
}

// empty reports whether there is nothing to draw.
func (t *trace) empty() bool {
	return !slices.ContainsFunc(t.mean, func(v float64) bool { return !math.IsNaN(v) })
}

// overEpochs returns a number of the lines about epochs, times a factor. An epoch that not
// all runs have is left out.
func (c *cohort) overEpochs(name string, factor float64) (t trace) {
	by := map[float64][]float64{}
	for _, s := range c.runs {
		for _, n := range s.epochs {
			if epoch := n.value("epoch"); !math.IsNaN(epoch) {
				by[epoch] = append(by[epoch], factor*n.value(name))
			}
		}
	}
	for _, epoch := range slices.Sorted(maps.Keys(by)) {
		if len(by[epoch]) == len(c.runs) {
			t.add(epoch, by[epoch])
		}
	}
	return t
}

// mostBins is into how many parts steps are gathered.
const mostBins = 120

// overSteps returns the means of a number of the lines about steps over parts of the run that
// all runs have, with a gap where they are not numbers; of runs without such lines the numbers
// of epochs.
func (c *cohort) overSteps(name string) (t trace) {
	last, least := math.Inf(1), math.MaxInt
	for _, s := range c.runs {
		if len(s.steps) == 0 {
			return c.overEpochs(name, 1)
		}
		last, least = min(last, s.steps[len(s.steps)-1].value("epoch")), min(least, len(s.steps))
	}
	if !(last > 0) {
		return c.overEpochs(name, 1)
	}
	bins := min(mostBins, least)
	sums, counts, gaps := make([][]float64, bins), make([][]float64, bins), make([]bool, bins)
	for b := range bins {
		sums[b], counts[b] = make([]float64, len(c.runs)), make([]float64, len(c.runs))
	}
	for r, s := range c.runs {
		for _, n := range s.steps {
			b, v := int(math.Ceil(n.value("epoch")/last*float64(bins)-1e-9))-1, n.value(name)
			switch {
			case b < 0 || b >= bins:
			case math.IsNaN(v):
				gaps[b] = true
			default:
				sums[b][r] += v
				counts[b][r]++
			}
		}
	}
	for b := range bins {
		if slices.Contains(counts[b], 0) && !gaps[b] {
			continue
		}
		values := make([]float64, len(c.runs)) // NaN where there is none
		for r := range values {
			values[r] = sums[b][r] / counts[b][r]
		}
		t.add((float64(b)+0.5)*last/float64(bins), values)
	}
	return t
}

// spectrum returns the eigenvalues at an epoch that choose picks of those that a run has.
func (c *cohort) spectrum(choose func(epochs []int) (int, bool)) (t trace) {
	var all [][]float64
	for _, s := range c.runs {
		epochs := slices.Sorted(maps.Keys(s.spectra))
		if epoch, ok := choose(epochs); ok && len(s.spectra[epoch]) > 0 {
			all = append(all, s.spectra[epoch])
		}
	}
	for i := 0; len(all) > 0; i++ {
		values := make([]float64, len(all))
		for r, of := range all {
			if i >= len(of) {
				return t
			}
			values[r] = of[i]
		}
		t.add(float64(i+1), values)
	}
	return t
}

// untrained returns the mean over runs of a number at epoch 0, NaN where none has it.
func untrained(list []*cohort, name string, factor float64) float64 {
	sum, count := 0.0, 0.0
	for _, c := range list {
		for _, s := range c.runs {
			if len(s.epochs) > 0 && s.epochs[0].value("epoch") == 0 {
				if v := s.epochs[0].value(name); !math.IsNaN(v) {
					sum, count = sum+factor*v, count+1
				}
			}
		}
	}
	return sum / count
}

// heldOut returns of how many images the diagnostics of runs are, each number once.
func heldOut(list []*cohort) (ks []int) {
	for _, c := range list {
		for _, s := range c.runs {
			k := train.HeldOut // of a run that does not say it
			for _, n := range s.epochs {
				if v := n.value("held_out"); v >= 1 {
					k = int(v)
				}
			}
			if !slices.Contains(ks, k) {
				ks = append(ks, k)
			}
		}
	}
	slices.Sort(ks)
	return ks
}

// seeds says what bands are, where there are some.
func seeds(list []*cohort) []string {
	for _, c := range list {
		if len(c.runs) > 1 {
			return []string{"line: mean over seeds", "band: least to most"}
		}
	}
	if len(list) == 1 {
		return []string{list[0].name}
	}
	return nil
}

// label returns the name of a cohort at its curves: none of one alone.
func label(list []*cohort, c *cohort) string {
	if len(list) == 1 {
		return ""
	}
	return c.name
}

// errNothing is the error of a figure without a number.
func errNothing(what string, list []*cohort) error {
	var dirs []string
	for _, c := range list {
		for _, s := range c.runs {
			dirs = append(dirs, s.Dir)
		}
	}
	return fmt.Errorf("%s: found no %s, expected it in the lines of metrics.jsonl", strings.Join(dirs, ", "), what)
}
