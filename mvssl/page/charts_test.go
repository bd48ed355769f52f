package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// inNode runs a program that has the page's functions, without a browser, and returns what it
// returns in out. Run makes what the page knows of a run of its configuration and its series.
func inNode(t *testing.T, program string, out any) {
	t.Helper()
	names, err := filepath.Glob("assets/*.js")
	require.NoError(t, err)
	var all strings.Builder
	for _, name := range names {
		if filepath.Base(name) == "80-app.js" {
			continue // which begins
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		all.Write(text)
	}
	foreign.Node(t, nil, `
globalThis.document = { getElementById: () => ({ textContent: '{}' }), documentElement: { dataset: {} }, createElement: () => ({ getContext: () => ({ measureText: text => ({ width: 7 * text.length }) }) }) };
globalThis.matchMedia = () => ({ matches: false });
globalThis.localStorage = { getItem: () => null };
const { chartsOf, csvCell, num } = new Function(x + "\nreturn { chartsOf, csvCell, num };")();
const ranges = steps => Object.fromEntries(Object.entries(steps).map(([k, v]) => [k, v.filter(x => typeof x === 'number')]).filter(([, v]) => v.length).map(([k, v]) => [k, [Math.min(...v), Math.max(...v)]]));
const run = (name, config, series, more) => ({ name, short: name, state: 'ended', color: 0, progress: { epochs: 1, per_epoch: 10, steps: 10, epoch: 1, step: 10 }, method: { name: 'simclr', nats: true }, config: Object.entries(config), settings: new Map(Object.entries(config)), series: { steps: { step: [] }, epochs: { step: [] }, rows: 0, shown: 0, ranges: ranges(series.steps || {}), ...series }, ...more });
`+program, all.String(), out)
}

// TestFewNumbers: a line of few numbers is points, one of many is not.
func TestFewNumbers(t *testing.T) {
	var answer map[string]map[string]bool
	inNode(t, `
const steps = n => { const step = [...Array(n).keys()].map(i => i + 1), of = v => step.map(i => v / i); return { steps: { step, epoch: of(1), loss: of(2), lr: of(3), 'terms.a': of(4), 'terms.b': of(5) }, throughput: { step, epoch: of(1), images_per_second: of(6) }, rows: n, shown: n }; };
const answer = {};
for (const n of [1, 5, 500]) answer[n] = Object.fromEntries(chartsOf([run('a', {}, steps(n))]).flatMap(c => c.lines.map(l => [c.id, Boolean(l.points)])));
return answer;`, &answer)
	for n, points := range map[string]bool{"1": true, "5": true, "500": false} {
		require.Equal(t, map[string]bool{"loss": points, "lr": points, "term-0": points, "term-1": points, "speed": points}, answer[n], n)
	}
}

// TestPart: a part of a run's steps has the charts of the whole, also of a number that does not
// move in it, or is not there, and the line of the untrained encoder.
func TestPart(t *testing.T) {
	var answer struct{ Whole, Part []string }
	inNode(t, `
const of = (from, to) => { const step = []; for (let i = from; i <= to; i++) step.push(i); return { step, epoch: step.map(i => i / 10), loss: step.map(i => 5 - i / 100), lr: step, 'terms.a': step.map(i => 5 - i / 100), 'terms.b': step.map(i => i < 20 ? i : null), weight_decay: step.map(() => 1), 'schedules.teacher_temperature': step.map(i => Math.min(i, 30)) }; };
const whole = { steps: of(1, 100), rows: 100, shown: 100, untrained: { loss: 4.99, 'terms.a': 4.99 } };
const names = series => chartsOf([run('a', {}, series)]).map(c => [c.title, ...c.levels.map(l => l.y)].join());
return { whole: names(whole), part: names({ ...whole, steps: of(40, 60), shown: 21, ranges: ranges(whole.steps) }) };`, &answer)
	require.Equal(t, []string{"Loss,4.99", "Term of the loss: a,4.99", "Term of the loss: b", "Learning rate", "Temperature of the teacher"}, answer.Whole)
	require.Equal(t, answer.Whole, answer.Part)
}

// TestCeilings: each number of images or classes of the runs that are in a chart is a ceiling
// there, once, and of no other run.
func TestCeilings(t *testing.T) {
	type chart struct {
		Levels []string
		Good   string
	}
	var answer map[string]map[string]chart
	inNode(t, `
const epochs = (more = {}) => ({ epochs: { step: [1], epoch: [1], mi_er: [1], knn_top1_quick: [0.5], ...more } });
const plain = run('plain', { classes: '10' }, epochs({ held_out: [512] })), bare = run('no diagnostics', { 'model.prototypes': '99' }, {}), small = run('small', {}, epochs({ held_out: [100] })), old = run('old', {}, epochs());
const swav = run('swav', { 'model.prototypes': '64', classes: '10' }, epochs({ held_out: [512], entropy_w: [2] })), supervised = run('supervised', { classes: '10' }, epochs({ held_out: [512], entropy_w: [1] }), { method: { name: 'supervised', supervised: true } });
const of = (...runs) => Object.fromEntries(chartsOf(runs).filter(c => c.levels && c.section !== 'Training').map(c => [c.id, { levels: c.levels.map(l => l.name + '; ' + Math.exp(l.y).toFixed(3)), good: c.good }]));
return { alone: of(supervised), bare: of(plain, bare), bareFirst: of(bare, plain), mixed: of(plain, swav, supervised, small), old: of(old), oldToo: of(old, plain), none: of(bare) };`, &answer)
	require.Equal(t, []string{"log k, k = 512; 512.000"}, answer["alone"]["mi"].Levels)
	require.Equal(t, []string{"log c, c = 10; 10.000"}, answer["alone"]["entropy-w"].Levels)
	require.Contains(t, answer["alone"]["accuracy"].Good, "Labels are what it learns from.")
	for _, name := range []string{"bare", "bareFirst"} {
		require.Equal(t, []string{"log k, k = 512; 512.000"}, answer[name]["mi"].Levels, name)
		require.NotContains(t, answer[name], "entropy-w")
		require.Contains(t, answer[name]["accuracy"].Good, "not to train", name)
	}
	require.Equal(t, []string{"log k, k = 512; 512.000", "log k, k = 100; 100.000"}, answer["mixed"]["mi"].Levels)
	require.Equal(t, []string{"log c, c = 64; 64.000", "log c, c = 10; 10.000"}, answer["mixed"]["entropy-w"].Levels)
	require.Contains(t, answer["mixed"]["accuracy"].Good, "alone learns from them")
	require.Equal(t, []string{"log k, k at most 512; 512.000"}, answer["old"]["mi"].Levels)
	require.Equal(t, []string{"log k, k = 512; 512.000"}, answer["oldToo"]["mi"].Levels)
	require.Empty(t, answer["none"])
}

// TestNum: a number has about four digits, whatever its size.
func TestNum(t *testing.T) {
	var answer []string
	inNode(t, `return [0, 1, 0.9985, 0.0015, -0.01234567, 12.3456, -136.123, 1234.5, 999999, 2e6, 0.0005, null, NaN].map(v => num(v)).concat([0.0123, 2.345, 45.6, 0].map(v => num(v, 2)));`, &answer)
	require.Equal(t, []string{"0.000", "1.000", "0.9985", "0.001500", "−0.01235", "12.35", "−136.1", "1235", "999999", "2.00e6", "5.00e−4", "–", "–", "0.012", "2.3", "46", "0.0"}, answer)
}

// TestCSV: no cell is a formula to a program that opens the file, whatever else is in it.
func TestCSV(t *testing.T) {
	var answer []string
	inNode(t, `return ['plain', 'a,b', 'say "x"', '=1+1', '=HYPERLINK("a","b")', '+a,b', '@a', '\t=1', '-1+1|cmd', '\r=1', '−3', -3.5, 0, null, NaN, 'two\nlines', '=two\nlines'].map(csvCell);`, &answer)
	require.Equal(t, []string{"plain", `"a,b"`, `"say ""x"""`, "'=1+1", `"'=HYPERLINK(""a"",""b"")"`, `"'+a,b"`, "'@a", "'\t=1", "'-1+1|cmd", "\"'\r=1\"", "−3", "-3.5", "0", "", "", "\"two\nlines\"", "\"'=two\nlines\""}, answer)
}
