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
const { chartsOf, csvCell, drawSVG, groupsOf } = new Function(x + "\nreturn { chartsOf, csvCell, drawSVG, groupsOf };")();
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
