package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"

	"entrec/internal/runtest"
)

// madeUp writes a run of a method that has made so many epochs of seven steps.
func madeUp(t *testing.T, dir, method string, seed, epochs int, sets ...string) string {
	t.Helper()
	c := runtest.Config(t, method, runtest.Split(), append(sets, "seed", fmt.Sprint(seed))...)
	text, err := json.Marshal(c)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644))
	var lines strings.Builder
	shift := float64(seed) / 10
	for e := range epochs + 1 {
		x := float64(e)
		fmt.Fprintf(&lines, `{"kind":"epoch","step":%d,"epoch":%d,"loss":%v,"held_out":24,"entropy":%v,"reconstruction":%v,"mi_er":%v,"mi_infonce":%v,"knn_top1_quick":%v,"probe_online":%s,"spectrum":[0.5,%v,0.01,0]}`+"\n",
			7*e, e, map[bool]string{true: "null", false: fmt.Sprint(4 / (x + 1))}[e == 0], -3+x+shift, 3-x/2, x/2+shift, x/3+shift, 0.2+shift/10+x/100,
			map[bool]string{true: "null", false: fmt.Sprint(0.3 + x/50)}[e == 0], 0.1+shift)
		for s := 7*e + 1; s <= 7*e+7 && e < epochs; s++ {
			fmt.Fprintf(&lines, `{"kind":"step","step":%d,"epoch":%v,"lr":0.1,"weight_decay":0,"loss":%v,"terms":{}}`+"\n", s, float64(s)/7, 4/(float64(s)/7+1)+shift)
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "metrics.jsonl"), []byte(lines.String()), 0o644))
	return dir
}

// TestKinds draws every figure of one run, of several, of runs with one epoch or none, and
// of damaged ones.
func TestKinds(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	one := madeUp(t, at("one"), "simclr", 0, 3)
	three := []string{one, madeUp(t, at("byol"), "byol", 0, 3), madeUp(t, at("small"), "simclr", 0, 3, "batch", "10")}
	seeded := append(slices.Clone(three), madeUp(t, at("one-1"), "simclr", 1, 3), madeUp(t, at("byol-1"), "byol", 1, 2), madeUp(t, at("small-1"), "simclr", 1, 3, "batch", "10"))
	short := madeUp(t, at("short"), "simclr", 0, 1)
	none := madeUp(t, at("none"), "simclr", 0, 0)
	damaged := madeUp(t, at("damaged"), "simclr", 0, 3)
	text, err := os.ReadFile(filepath.Join(damaged, "metrics.jsonl"))
	require.NoError(t, err)
	broken := strings.Replace(string(text), `"entropy":-2,`, `"entropy":NaN,`, 1)
	broken = strings.Replace(broken, `"entropy":-1,`, `"entropy":null,`, 1)
	require.NotEqual(t, string(text), broken)
	require.NoError(t, os.WriteFile(filepath.Join(damaged, "metrics.jsonl"), []byte(broken+`{"kind":"ep`), 0o644))

	want := map[string][]string{
		"plane": {"The plane of entropy and reconstruction", "entropy, nats"}, "bounds": {"InfoNCE", "log k, k = 24"},
		"loss": {"epoch"}, "accuracy": {"Nearest neighbors", "untrained"}, "spectrum": {"variance"},
	}
	for _, k := range kinds {
		for name, dirs := range map[string][]string{"one": {one}, "three": three, "seeded": seeded, "short": {short}, "none": {none}, "damaged": {damaged}, "twice": {one, one + "/"}} {
			if name == "none" && k.name == "loss" {
				continue // there is none
			}
			file := at(k.name + name + ".svg")
			said, err := run(append([]string{k.name, "--out", file}, dirs...)...)
			require.NoError(t, err, "%s %s", k.name, name)
			require.Equal(t, name == "damaged", strings.Contains(said, "warning: "), said)
			svg, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NotContains(t, string(svg), "NaN")
			names := want[k.name]
			require.NotContains(t, string(svg), "e−0")
			if k.name == "plane" && len(dirs) == 1 {
				last := map[string]string{"one": "epoch 3", "short": "epoch 1", "damaged": "epoch 3"}[name]
				require.Equal(t, last != "", strings.Contains(string(svg), ">epoch "), name)
				names = append(slices.Clone(names), "untrained")
				if last != "" {
					names = append(names, last)
				}
			}
			switch name {
			case "three":
				names = append(slices.Clone(names), "byol", "simclr, batch 10", "simclr, batch 8")
			case "seeded":
				names = append(slices.Clone(names), "byol, 2 seeds", "simclr, batch 10, 2 seeds")
			}
			for _, words := range names {
				if k.name == "loss" && strings.HasPrefix(words, "byol") {
					words = "Loss of byol"
				}
				require.Contains(t, string(svg), ">"+words+"<", "%s %s", k.name, name)
			}
		}
	}
	for _, format := range []string{"pdf", "png"} {
		file := at("plane." + format)
		_, err := run(append([]string{"plane", "--out", file}, three...)...)
		require.NoError(t, err)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if format == "png" {
			_, err := png.Decode(bytes.NewReader(text))
			require.NoError(t, err)
		} else {
			require.True(t, bytes.HasPrefix(text, []byte("%PDF")))
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"plane", "--out", at("a.svg")}, "requires at least 1 arg"},
		{[]string{"loss", none, "--out", at("a.svg")}, "none: found no loss, expected it in the lines of metrics.jsonl"},
		{[]string{"plane", at("nowhere"), "--out", at("a.svg")}, "nowhere"},
		{[]string{"plane", one, "--out", at("a.bmp")}, `no format "bmp"`},
		{[]string{"plane", one}, `required flag(s) "out" not set`},
	} {
		_, err := run(c.args...)
		require.ErrorContains(t, err, c.want)
	}
}

// TestCohorts: runs that differ in their seeds, or in what they report, are together, and what
// else differs names them; a mean is over the epochs that all of them have.
func TestCohorts(t *testing.T) {
	dir := t.TempDir()
	var dirs []string
	for i, sets := range [][]string{{"seed", "0"}, {"seed", "1", "report.log_every", "3"}, {"seed", "0", "recipe.lr", "0.5", "batch", "6"}} {
		dirs = append(dirs, madeUp(t, filepath.Join(dir, fmt.Sprint(i)), "byol", i, 2+i, sets...))
	}
	dirs = append(dirs, madeUp(t, filepath.Join(dir, "other"), "simclr", 0, 1))
	again := madeUp(t, filepath.Join(dir, "again"), "simclr", 0, 0)
	var told strings.Builder
	all, err := readStories(&told, append(dirs, again))
	require.NoError(t, err)
	require.Equal(t, "warning: "+again+" has the configuration and the seed of "+dirs[3]+", and is not drawn\n", told.String())
	list, err := cohorts(all)
	require.NoError(t, err)
	var names []string
	for _, c := range list {
		names = append(names, c.name)
	}
	require.Equal(t, []string{"byol, batch 8, lr 0.06, 2 seeds", "byol, batch 6, lr 0.5", "simclr"}, names)
	entropy := list[0].overEpochs("entropy", 1)
	require.Equal(t, []float64{0, 1, 2}, entropy.xs)
	require.InDeltaSlice(t, []float64{-2.95, -1.95, -0.95}, entropy.mean, 1e-9)
	require.InDeltaSlice(t, []float64{-3, -2, -1}, entropy.least, 1e-9)
	require.InDeltaSlice(t, []float64{-2.9, -1.9, -0.9}, entropy.most, 1e-9)
	loss := list[0].overSteps("loss")
	require.Len(t, loss.xs, 14)
	require.InDelta(t, 4/(1.0/7+1)+0.05, loss.mean[0], 1e-9)
	require.Equal(t, []int{24}, heldOut(list))
	require.InDelta(t, 20.75, untrained(list, "knn_top1_quick", 100), 1e-9)
	last := func(epochs []int) (int, bool) { return epochs[len(epochs)-1], true }
	require.InDeltaSlice(t, []float64{0.5, 0.15, 0.01}, list[0].spectrum(last).mean, 1e-9)
}

// TestNewTrack: a way begins and ends where both numbers are there.
func TestNewTrack(t *testing.T) {
	nan := math.NaN()
	cohortOf := func(h, r []float64) *cohort {
		s := &story{}
		for i := range h {
			s.epochs = append(s.epochs, numbers{"epoch": float64(i), "entropy": h[i], "reconstruction": r[i]})
		}
		return &cohort{runs: []*story{s}}
	}
	for _, c := range []struct {
		h, r         []float64
		ok           bool
		from, to     float64
		first, final string
	}{
		{[]float64{1, 2, 3}, []float64{1, 2, 3}, true, 0, 2, "untrained", "epoch 2"},
		{[]float64{1, nan, 3, nan}, []float64{1, 2, 3, 4}, true, 0, 2, "untrained", "epoch 2"},
		{[]float64{1, nan}, []float64{1, 2}, true, 0, 0, "", "untrained"},
		{[]float64{nan, 2, 3}, []float64{1, 2, nan}, true, 1, 1, "", "epoch 1"},
		{[]float64{nan, 2}, []float64{1, nan}, false, 0, 0, "", ""},
	} {
		way, ok := newTrack("", 0, cohortOf(c.h, c.r))
		require.Equal(t, c.ok, ok)
		if ok {
			require.Equal(t, []any{c.from, c.to, c.first, c.final}, []any{way.from, way.to, way.first, way.final})
		}
	}
}

// TestPlace: a text stands beside its point within the area, over nothing that is taken.
func TestPlace(t *testing.T) {
	area := vg.Rectangle{Max: vg.Point{X: 200, Y: 100}}
	size := vg.Point{X: 40, Y: 8}
	diagonal := along([]vg.Point{{X: 50, Y: 100}, {X: 150, Y: 0}})
	for _, at := range []vg.Point{{X: 98, Y: 50}, {X: 102, Y: 50}, {X: 199, Y: 99}, {X: 1, Y: 1}} {
		low, found := place(area, at, size, diagonal)
		require.True(t, found)
		box := around(low, size)
		require.True(t, box.Min.X >= 0 && box.Max.X <= 200 && box.Min.Y >= 0 && box.Max.Y <= 100)
		for _, d := range diagonal {
			require.False(t, overlap(box, d))
		}
	}
	_, found := place(area, vg.Point{X: 100, Y: 50}, size, []vg.Rectangle{area})
	require.False(t, found)
}

// TestApart: labels keep their order and their distance, and stay within where they fit.
func TestApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		places := make([]vg.Length, 1+random.IntN(12))
		for i := range places {
			places[i] = vg.Length(random.Float64() * 100)
		}
		slices.Sort(places)
		at := apart(places, 8, 0, 100)
		for i := range at {
			require.GreaterOrEqual(t, float64(at[i]), -1e-9)
			require.LessOrEqual(t, float64(at[i]), 100+1e-9)
			if i > 0 {
				require.GreaterOrEqual(t, float64(at[i]-at[i-1]), 8-1e-9)
			}
		}
	}
	require.Equal(t, []vg.Length{10, 40}, apart([]vg.Length{10, 40}, 8, 0, 100))
}

// TestTicks: ticks are round numbers that fit.
func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{
		{0, 3, "0 1 2 3"}, {-136.5, -132, "−136 −135 −134 −133 −132"}, {0, 0.011, "0.000 0.005 0.010"}, {0, 2e7, "0 5e6 1e7 1.5e7 2e7"}, {0, 4e-6, "0 1e−6 2e−6 3e−6 4e−6"}, {1, 1, ""}, {0, math.Inf(1), ""},
		{0, 0.001, "0.0000 0.0002 0.0004 0.0006 0.0008 0.0010"}, {0.998, 0.9995, "0.9980 0.9985 0.9990 0.9995"}, {-2.00001, -2, "−2.00001 −2.000005 −2"},
		{1e6, 1.002e6, "1e6 1.0005e6 1.001e6 1.0015e6 1.002e6"},
	} {
		var labels []string
		for _, tick := range round(5).Ticks(c.low, c.high) {
			require.True(t, tick.Value >= c.low-1e-9 && tick.Value <= c.high+1e-9)
			labels = append(labels, tick.Label)
		}
		require.Equal(t, c.want, strings.Join(labels, " "))
	}
	for _, tick := range (powers10{}).Ticks(0.003, 700) {
		require.True(t, tick.Value > 0.0029 && tick.Value < 701)
	}
}
