package page

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/pictures"
)

const configText = `{"format":"entrec-run/2","data":"%s","holdout":0,"images":640,
"model":{"method":"simclr","encoder":{"name":"convnet","width":4,"channels":1,"height":28,"image_width":28},"projector":{"hidden":64,"out":128},"temperature":0.2},
"recipe":{"optimizer":"sgd","lr":0.06,"momentum":0.9,"weight_decay":0.0005,"weight_decay_end":0.0005,"decay_norms":true,"warmup":0.1,"schedule":"cosine","clip":null,"clip_each":false,"accumulate":1},
"epochs":4,"batch":64,"precision":"f32","seed":%d,
"views":[{"count":2,"size":28,"crop":{"scale_min":0.2,"scale_max":1,"ratio_min":0.75,"ratio_max":1.3333333333333333,"antialias":true},"flip":0.5,"jitter":{"probability":0,"brightness":0,"contrast":0,"saturation":0,"hue":0},"grayscale":0,"blur":{"probability":0,"kernel":0,"sigma_min":0,"sigma_max":0},"solarize":{"probability":0,"threshold":0},"mean":[0.5],"std":[0.5]}],
"knn":{"k":200,"temperature":0.1},"diagnostics":{"kappa":10,"er_self":"include"},"probe":"none","report":{"log_every":10,"eval_every":1,"evaluate":"on","bag":0}}`

// madeUp writes a run of two epochs that has not ended.
func madeUp(t *testing.T, dir, data string, seed int) {
	t.Helper()
	write(t, filepath.Join(dir, "config.json"), fmt.Sprintf(configText, data, seed))
	lines := `{"kind":"epoch","step":0,"epoch":0,"loss":null,"entropy":-136.5,"reconstruction":136.52,"mi_er":0.02,"mi_infonce":0.021,"effective_rank":9.5,"knn_top1_quick":0.2,"spectrum":[0.5,0.1,0.01]}` + "\n"
	for i := range 20 {
		lines += stepLine(i+1, 4-float64(i)/10)
	}
	lines += `{"kind":"epoch","step":20,"epoch":2,"loss":2.5,"entropy":-133,"reconstruction":134,"mi_er":1,"mi_infonce":1.1,"effective_rank":20.5,"knn_top1_quick":0.3,"spectrum":[0.5,0.4,0.1]}` + "\n"
	write(t, filepath.Join(dir, "metrics.jsonl"), lines)
}

func TestRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	madeUp(t, dir, "made-up", 3)
	r := Read(dir, "run")
	require.Empty(t, r.Notes)
	require.Equal(t, Stopped, r.State)
	require.Equal(t, Progress{Step: 20, Steps: 40, PerEpoch: 10, Epoch: 2, Epochs: 4, Images: 64, Written: r.Progress.Written}, r.Progress)
	require.InDelta(t, -127.05, r.Plane.Uniform, 0.01)
	require.InDelta(t, 136.6, r.Plane.Most, 0.1)
	require.Equal(t, "identical", r.Method.Branches)
	require.Contains(t, r.Method.Formula, "loss = mean over the 2k projections of")
	require.Contains(t, r.Method.Bound, "minus the reconstruction with q von Mises–Fisher")
	require.NotContains(t, r.Method.Bound, "](")
	require.Equal(t, "3", r.setting("seed"))
	require.InDelta(t, 0.3, r.Latest["knn_top1_quick"], 1e-6)
	opened := Open(dir, "run")
	require.Equal(t, r.Progress, opened.Progress)
	require.Equal(t, r.Latest, opened.Latest)
	require.False(t, r.Refresh())
	require.False(t, r.Look())
	for _, from := range []float64{0, 15} { // whichever part is asked for
		r.At(from, 18, 4000)
		require.Equal(t, [2]float64{2.1, 4}, r.Series.Ranges["loss"])
		require.Equal(t, 4., r.Series.Untrained["loss"])
	}

	write(t, filepath.Join(dir, "summary.json"), `{"method":"simclr","knn_top1":0.5,"host":"\u202e<b>"}`)
	require.True(t, r.Refresh())
	require.Equal(t, Ended, r.State)
	require.JSONEq(t, `{"method":"simclr","knn_top1":0.5,"host":"\\u202e<b>"}`, string(r.Summary))
	before := *r
	require.NoError(t, os.RemoveAll(dir))
	require.True(t, r.Refresh())
	require.Equal(t, Gone, r.State)
	require.Len(t, r.Notes, 1)
	require.Contains(t, r.Notes[0], "config.json")
	require.False(t, r.Load())
	before.State, before.Notes, before.files, before.seen = r.State, r.Notes, r.files, r.seen
	require.Equal(t, before, *r, "what was read of it stays")
	require.False(t, r.Refresh())
	madeUp(t, dir, "made-up", 3) // and it is back
	require.True(t, r.Refresh())
	require.Equal(t, Stopped, r.State)
	require.Empty(t, r.Notes)
	require.Empty(t, r.Summary)
}

// TestWhereItStands: an ended run stands at the steps of its summary, of which not all were
// logged, and what is said of a pass that was cut short stands where that was, everywhere.
func TestWhereItStands(t *testing.T) {
	const (
		first = `{"kind":"step","step":1,"epoch":0.1,"loss":3}` + "\n"
		last  = `{"kind":"step","step":10,"epoch":1,"loss":2}` + "\n"
		cut   = `{"kind":"epoch","step":%d,"epoch":%d,"loss":3,"entropy":-133,"spectrum":[0.5,0.4],"warning":"collapse"}` + "\n"
	)
	for name, c := range map[string]struct {
		lines, summary string
		step           int
		epoch          float64
		epochs         []float32
	}{
		"without evaluations":  {first + last, `{"steps":12}`, 12, 1.2, nil},
		"one step":             {first + fmt.Sprintf(cut, 1, 1), `{"steps":1}`, 1, 0.1, []float32{0.1}},
		"one step, no summary": {first + fmt.Sprintf(cut, 1, 1), "", 1, 0.1, []float32{0.1}},
		"a whole pass":         {first + last + fmt.Sprintf(cut, 10, 1), `{"steps":10}`, 10, 1, []float32{1}},
		"a pass and a half":    {first + last + fmt.Sprintf(cut, 10, 1) + fmt.Sprintf(cut, 15, 2), `{"steps":15}`, 15, 1.5, []float32{1, 1.5}},
		"in a pass":            {first + last, "", 10, 1, nil},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		madeUp(t, dir, "made-up", 3)
		write(t, filepath.Join(dir, "metrics.jsonl"), c.lines)
		if c.summary != "" {
			write(t, filepath.Join(dir, "summary.json"), c.summary)
		}
		for _, r := range []*Run{Read(dir, "run"), Open(dir, "run")} {
			require.Equal(t, c.step, r.Progress.Step, name)
			require.InDelta(t, c.epoch, r.Progress.Epoch, 1e-6, name)
		}
		r := Read(dir, "run")
		for range 2 { // asking twice moves nothing
			r.At(math.Inf(-1), math.Inf(1), 4000)
		}
		require.Equal(t, c.epochs, r.Series.Epochs.values("epoch"), name)
		for i, e := range c.epochs {
			require.InDelta(t, e, r.Series.Spectra[i].Epoch, 1e-6, name)
			require.InDelta(t, e, r.Series.Warnings[i].Epoch, 1e-6, name)
		}
	}
}

// What cannot be read is said, and the rest is shown.
func TestReadDamaged(t *testing.T) {
	for name, c := range map[string]struct{ config, summary, note string }{
		"another version":  {`{"format":"entrec-run/9","model":{"method":"simclr"},"later":{"x":[1,"a"]}}`, "", "entrec-run/9"},
		"another method":   {strings.Replace(fmt.Sprintf(configText, "d", 1), `"simclr"`, `"mine"`, 1), "", "mine"},
		"no JSON":          {"{", "", "config.json: at byte 1"},
		"a key twice":      {`{"a":1,"a":2}`, "", `found key "a" twice`},
		"a broken summary": {fmt.Sprintf(configText, "d", 1), `{"knn_top1":"x"}`, "summary.json"},
		"another object":   {`[]`, "", "config.json"},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		madeUp(t, dir, "made-up", 3)
		write(t, filepath.Join(dir, "config.json"), c.config)
		if c.summary != "" {
			write(t, filepath.Join(dir, "summary.json"), c.summary)
		}
		r := Read(dir, "run")
		require.NotEmpty(t, r.Notes, name)
		require.Contains(t, r.Notes[0], c.note, name)
		require.Equal(t, 20, r.Progress.Step, name)
		_, err := Report([]*Run{r})
		require.NoError(t, err, name)
	}
	require.Equal(t, Gone, Read(t.TempDir(), "none").State)
}

// TestBase: a run is called by the last part of its name, whatever is in that.
func TestBase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "own")
	for name, want := range map[string]string{
		"a": "a", filepath.Join("runs", "a"): "a", "runs/a/": "a", "runs/new\nline": `new\nline`, "runs/\x1bone": `\x1bone`, ".": "own", "..": "own",
	} {
		require.Equal(t, want, Open(dir, name).Base, name)
	}
	if filepath.Separator == '/' {
		require.Equal(t, `back\slash`, Open(dir, `runs/back\slash`).Base)
	}
}

// Names that a stranger has chosen stay text.
func TestReportIsInert(t *testing.T) {
	const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(1)>`
	dir := filepath.Join(t.TempDir(), "run")
	madeUp(t, dir, strings.ReplaceAll(hostile, `"`, ``), 1)
	r := Read(dir, "\u202e"+hostile+"\x1b[2J")
	require.Equal(t, `\u202e`+hostile+`\x1b[2J`, r.Name)
	text, err := Report([]*Run{r})
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), "<script>"))
	require.Equal(t, 2, strings.Count(string(text), "</script>"))
	require.False(t, strings.Contains(string(text), "<img"))
	var content struct {
		Runs []struct{ Name string }
	}
	_, rest, _ := strings.Cut(string(text), `<script type="application/json" id="data">`)
	inside, _, _ := strings.Cut(rest, "</script>")
	require.NoError(t, json.Unmarshal([]byte(inside), &content))
	require.Equal(t, r.Name, content.Runs[0].Name)
}

// The page runs the scripts and styles that it was made with and loads nothing.
func TestPolicy(t *testing.T) {
	text, err := Report(nil)
	require.NoError(t, err)
	page := string(text)
	require.True(t, strings.Contains(page, `content="`+Policy(false)+`"`))
	for _, element := range []string{"style", "script"} {
		found := regexp.MustCompile("(?s)<"+element+">(.*?)</"+element+">").FindAllStringSubmatch(page, -1)
		require.Len(t, found, 1)
		require.Contains(t, Policy(false), element+"-src '"+digest(found[0][1])+"'")
		require.False(t, strings.Contains(found[0][1], "\r"))
		require.False(t, strings.Contains(found[0][1], "<!--"))
	}
	require.Contains(t, Policy(false), "connect-src 'none'")
	require.Contains(t, Policy(true), "connect-src 'self'")
	for _, word := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setAttribute('style'", "http:", "https:"} {
		require.Empty(t, containing(scripts(t), word), word)
	}
	for _, word := range []string{"@import", "url("} {
		require.Empty(t, containing([]string{shell().style}, word), word)
	}
	require.False(t, regexp.MustCompile(`(src|href)="?(https?:)?//`).MatchString(page))
}

// containing returns the beginnings of the texts in which a word is.
func containing(texts []string, word string) (found []string) {
	for _, text := range texts {
		if strings.Contains(text, word) {
			found = append(found, text[:80])
		}
	}
	return found
}

// scripts returns the project's own scripts.
func scripts(t *testing.T) (all []string) {
	t.Helper()
	names, err := filepath.Glob("assets/*.js")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		all = append(all, strings.ReplaceAll(string(text), "'http://www.w3.org/2000/svg'", ""))
	}
	return all
}

// The vendored library is the one that SOURCE.md names.
func TestVendored(t *testing.T) {
	source, err := os.ReadFile("uplot/SOURCE.md")
	require.NoError(t, err)
	sums := regexp.MustCompile(`(?m)^\| (\S+) \| ([0-9a-f]{64}) \|$`).FindAllStringSubmatch(string(source), -1)
	require.Len(t, sums, 3)
	for _, s := range sums {
		text, err := os.ReadFile("uplot/" + s[1])
		require.NoError(t, err)
		require.Equal(t, s[2], fmt.Sprintf("%x", sha256.Sum256(text)), s[1])
	}
}

// A report of a long run, or of many, fits.
func TestReportFits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	madeUp(t, dir, "made-up", 3)
	var long strings.Builder
	for i := range 20_000 {
		long.WriteString(stepLine(i+1, float64(i%977)*1.000123))
	}
	write(t, filepath.Join(dir, "metrics.jsonl"), long.String())
	r := Read(dir, "long")
	var many []*Run
	for range 20 {
		copied := *r
		many = append(many, &copied)
	}
	for _, runs := range [][]*Run{{r}, many} {
		text, err := Report(runs)
		require.NoError(t, err)
		require.LessOrEqual(t, len(text), MaxBytes)
		require.True(t, strings.Contains(string(text), "976.12"), "the largest loss")
	}
	madeUp(t, dir, "made-up", 3)
	r = Read(dir, "short")
	many = nil
	for range 500 {
		many = append(many, r)
	}
	text, err := Report(many)
	require.NoError(t, err)
	require.LessOrEqual(t, len(text), MaxBytes)
	_, err = Report(append(many, append(many, many...)...))
	require.ErrorContains(t, err, "1500 runs make a page of ")
}

// TestPicturesFit: a report has the pictures that fit, and says of others why it has none.
func TestPicturesFit(t *testing.T) {
	var runs []*Run
	for i := range 3 {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
		madeUp(t, dir, "made-up", i)
		r := Read(dir, fmt.Sprint(i))
		r.Pictures = &pictures.Pictures{Format: "some", Classes: []string{"</script><script>alert(1)"}, Points: &pictures.Atlas{Source: strings.Repeat("a", 1_100_000)}}
		runs = append(runs, r)
	}
	text, err := Report(runs)
	require.NoError(t, err)
	require.LessOrEqual(t, len(text), MaxBytes)
	require.Equal(t, 2, strings.Count(string(text), strings.Repeat("a", 1_100_000)))
	require.Contains(t, runs[2].Pictures.Missing["all"], "the report would have more than 3 MB")
	require.NotContains(t, string(text), "</script><script>alert")
}
