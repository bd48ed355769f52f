package page

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// TestGroups: runs that differ in the seed alone are a group, whatever they report and
// wherever the data lie; one that repeats another, configuration and seed, does not count, and
// of these the one that got furthest does.
func TestGroups(t *testing.T) {
	source, err := os.ReadFile("assets/60-table.js")
	require.NoError(t, err)
	type group struct {
		Title   string
		Runs    []string
		Repeats int
	}
	var answer struct{ Seeds, Batches, Unknown []group }
	foreign.Node(t, nil, `
const { groupsOf } = new Function("const percent = String, num = String, el = () => null, svg = el;\n" + x + "\nreturn { groupsOf };")();
const run = (name, state, step, config) => ({ name, short: name, state, progress: { step }, method: { name: 'simclr' }, config: config && Object.entries(config), settings: new Map(Object.entries(config || {})) });
const of = (seed, batch, more) => ({ 'model.method': 'simclr', batch, seed, data: 'here', data_sha256: '12', 'report.log_every': '10', ...more });
const runs = [
	run('stopped', 'stopped', 9, of('0', '8')), run('ended', 'ended', 7, of('0', '8')), run('again', 'ended', 7, of('0', '8', { data: 'there', 'report.log_every': '1' })),
	run('other seed', 'training', 3, of('1', '8')), run('other batch', 'ended', 7, of('0', '16')), run('further', 'stopped', 5, of('1', '16')), run('less far', 'stopped', 4, of('1', '16')),
];
const names = groups => groups.map(g => ({ ...g, runs: g.runs.map(r => r.name) }));
return {
	seeds: names(groupsOf(runs, '*')), batches: names(groupsOf(runs.slice(0, 5), 'seed')),
	unknown: names(groupsOf([run('one', 'gone', 0), run('two', 'gone', 0)], '*')),
};`, string(source), &answer)
	require.Equal(t, []group{{"simclr, batch 8", []string{"ended", "other seed"}, 2}, {"simclr, batch 16", []string{"other batch", "further"}, 1}}, answer.Seeds)
	require.Equal(t, []group{{"seed 0", []string{"ended", "other batch"}, 2}, {"seed 1", []string{"other seed"}, 0}}, answer.Batches)
	require.Equal(t, []group{{"simclr", []string{"one", "two"}, 0}}, answer.Unknown)
}
