package sweep_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/sweep"
)

// claim is the example of the sweep files' documentation, but for the size.
const claim = `{"format":"entrec-sweep/1","name":"claim","data":"made-up","simd":"avx2",
 "base":{"subset":40,"encoder":"mlp","width":8,"epochs":2},
 "seeds":[3,1],
 "rows":[{"methods":["simclr","simclr-er"],"grid":{"batch":[32,16],"lr":[0.1]}},
         {"methods":["byol"],"grid":{"batch":[8,16]},"set":{"ema":0.9}},
         {"name":"small","methods":["byol-er"],"set":{"views.*.flip":0,"batch":8}}],
 "table":{"columns":["knn","linear_top1","entropy","entropy_w","rank"],"compare":[["simclr-er","simclr"]],
          "contrasts":[{"name":"batch","plus":["simclr batch=32 lr=0.1"],"minus":["byol ema=0.9 batch=8"]}]},
 "resources":{"threads":2,"memory":"1500M","time":"4h","grace":"3m","attempts":20}}`

func split() *data.Split {
	return &data.Split{Train: runtest.Images(60, 1), Test: runtest.Images(30, 2)}
}

func plan(t testing.TB, text string) *sweep.Plan {
	f, err := sweep.Parse([]byte(text))
	require.NoError(t, err)
	p, err := sweep.NewPlan(f, split())
	require.NoError(t, err)
	return p
}

func TestPlan(t *testing.T) {
	p := plan(t, claim)
	require.Len(t, p.Runs, 14)
	var names []string
	for i, r := range p.Runs {
		require.Equal(t, i, r.Index)
		require.Equal(t, r.Seed, r.Config.Seed)
		require.NoError(t, r.Config.Validate())
		names = append(names, r.Folder)
	}
	require.Equal(t, []string{
		"0000-simclr-batch-32-lr-0.1-3", "0001-simclr-batch-16-lr-0.1-3", "0002-simclr-er-batch-32-lr-0.1-3", "0003-simclr-er-batch-16-lr-0.1-3",
		"0004-byol-ema-0.9-batch-8-3", "0005-byol-ema-0.9-batch-16-3", "0006-byol-er-small-3", "0007-simclr-batch-32-lr-0.1-1",
	}, names[:8])
	c := p.Runs[5].Config
	require.Equal(t, "byol", c.Model.Method)
	require.Equal(t, 16, c.Batch)
	require.Equal(t, 40, c.Images)
	require.Equal(t, "mlp", c.Model.Encoder.Name)
	for _, v := range p.Runs[6].Config.Views {
		require.Zero(t, v.Flip)
	}
	s, err := p.Split(p.Runs[9])
	require.NoError(t, err)
	require.Equal(t, 40, s.Train.Len())
}

// TestDigest: a run is the same wherever its data lie and whoever made the file, and
// another where anything else differs.
func TestDigest(t *testing.T) {
	p := plan(t, claim)
	moved := p.Runs[0].Config
	moved.Data, moved.DataSHA256 = "elsewhere", strings.Repeat("0", 64)
	same, err := sweep.Digest(moved)
	require.NoError(t, err)
	require.Equal(t, p.Runs[0].SHA256, same)
	seen := map[string]bool{}
	for _, r := range p.Runs {
		require.False(t, seen[r.SHA256])
		seen[r.SHA256] = true
	}
	// Rows added before change no identity.
	more := plan(t, strings.Replace(claim, `"rows":[`, `"rows":[{"methods":["dcl"]},`, 1))
	for _, r := range more.Runs[1:8] {
		require.True(t, seen[r.SHA256])
	}
	// What is documented: the compact JSON without two members.
	text, err := json.Marshal(p.Runs[0].Config)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), `{"format":"entrec-run/2","data":"made-up","holdout":0,`))
}

func TestBadFiles(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`entrec-sweep/1`, `entrec-sweep/9`, `format: found "entrec-sweep/9", expected "entrec-sweep/1"`},
		{`"name":"claim"`, `"name":"a/b"`, `name: found "a/b", expected letters`},
		{`"data":"made-up"`, `"data":""`, `data: found nothing, expected a data set`},
		{`"simd":"avx2"`, `"simd":"sse"`, `simd: found "sse", expected generic, avx2`},
		{`"seeds":[3,1]`, `"seeds":[]`, `seeds: found none`},
		{`"seeds":[3,1]`, `"seeds":[3,1,3]`, `seeds[2]: found 3, which is seeds[0] too`},
		{`"seeds":[3,1]`, `"seeds":[-1]`, `seeds[0]: found a JSON number -1, expected a whole number from 0 to 18446744073709551615`},
		{`"seeds":[3,1]`, `"seeds":[3,18446744073709551616]`, `seeds[1]: found a JSON number 18446744073709551616, expected a whole number from 0 to 18446744073709551615`},
		{`"seeds":[3,1]`, `"sead":[3,1]`, `found key "sead", expected one of base, data`},
		{`"seeds":[3,1]`, `"seeds":[3,1],"seeds":[1]`, `found key "seeds" twice`},
		{`"methods":["byol"]`, `"methods":["bjol"]`, `rows[1].methods[0]: method "bjol" is unknown`},
		{`"methods":["byol"]`, `"methods":[]`, `rows[1].methods: found none`},
		{`"methods":["byol"]`, `"methods":"byol"`, `rows[1].methods: found a JSON string, expected a list`},
		{`"name":"small"`, `"name":3`, `rows[2].name: found a JSON number, expected a string`},
		{`"name":"small"`, `"nam":"small"`, `found key "nam" in rows[2], expected one of grid, methods, name, set`},
		{`"plus":["simclr batch=32 lr=0.1"]`, `"plus":"simclr batch=32 lr=0.1"`, `table.contrasts[0].plus: found a JSON string, expected a list`},
		{`[["simclr-er","simclr"]]`, `["simclr-er","simclr"]`, `table.compare[0]: found a JSON string, expected a list`},
		{`[["simclr-er","simclr"]]`, `[["simclr-er",1]]`, `table.compare[0][1]: found a JSON number, expected a string`},
		{claim, `[` + claim + `]`, `found a JSON array, expected an object`},
		{`"grid":{"batch":[8,16]}`, `"grid":{"batch":8}`, `rows[1].grid.batch: found 8, expected a list of values`},
		{`"grid":{"batch":[8,16]}`, `"grid":{"batch":[]}`, `rows[1].grid.batch: found [], expected a list of values`},
		{`"grid":{"batch":[8,16]}`, `"grid":{"ema":[0.5]}`, `rows[1].grid.ema: found it in set too`},
		{`"grid":{"batch":[8,16]}`, `"grid":[8]`, `rows[1].grid: found a JSON array, expected an object`},
		{`"grid":{"batch":[8,16]}`, `"grid":[` + "\n8\n" + `]`, `rows[1].grid: found a JSON array, expected an object`},
		{`"set":{"ema":0.9}`, `"set":null`, `rows[1].set: found a JSON null, expected an object`},
		{`"base":{"subset":40,"encoder":"mlp","width":8,"epochs":2}`, `"base":"mlp"`, `base: found a JSON string, expected an object`},
		{`"ema":0.9`, `"lr":1,"recipe.lr":2`, `rows[1].set.recipe.lr: found the field that set.lr sets too, expected it once`},
		{`"lr":[0.1]}`, `"recipe.lr":[0.1]},"set":{"lr":0.2}`, `rows[0].grid.recipe.lr: found the field that set.lr sets too, expected it once`},
		{`"lr":[0.1]}`, `"recipe.lr":[0.1],"lr":[0.2]}`, `rows[0].grid.lr: found the field that grid.recipe.lr sets too, expected it once`},
		{`"ema":0.9`, `"model.projector":{"out":6},"model.projector.out":7`, `rows[1].set.model.projector.out: found the field that set.model.projector sets too`},
		{`"epochs":2`, `"log-every":5,"report.log_every":6`, `base.report.log_every: found the field that base.log-every sets too, expected it once`},
		{`"views.*.flip":0`, `"views.*.flip":0,"views.0.flip":1`, `rows[2].set.views.0.flip: found the field that set.views.*.flip sets too, expected it once`},
		{`"views.*.flip":0`, `"views.0.flip":1,"views.*":{"size":8,"flip":0}`, `rows[2].set.views.*: found the field that set.views.0.flip sets too, expected it once`},
		{`"views.*.flip":0,"batch":8}`, `"views.*.flip":0,"batch":8},"grid":{"views.1.flip":[0.5,1]}`, `rows[2].grid.views.1.flip: found the field that set.views.*.flip sets too, expected it once`},
		{`"epochs":2`, `"epochs":2,"views.1.flip":0.5,"views.*.flip":0`, `base.views.*.flip: found the field that base.views.1.flip sets too, expected it once`},
		{`"name":"small","methods":["byol-er"]`, `"name":"ema=0.9 batch=8","methods":["byol"]`, `rows[2], byol: found label "byol ema=0.9 batch=8", which rows[1] has, expected another name`},
		{`"name":"small"`, `"name":"a\nb"`, `rows[2].name: found "a\nb", expected one line`},
		{`"name":"small"`, `"name":"a\u2028b"`, `rows[2].name: found "a\u2028b", expected one line`},
		{`"name":"batch"`, `"name":"a\u0007b"`, `table.contrasts[0].name: found "a\ab", expected one line`},
		{`[["simclr-er","simclr"]]`, `[["simclr-er","simclr"],["simclr-er","simclr","byol"]]`, `table.compare[1]: found 3 methods, expected 2`},
		{`[["simclr-er","simclr"]]`, `[["simclr-er"]]`, `table.compare[0]: found 1 methods, expected 2`},
		{`"grid":{"batch":[8,16]}`, `"grid":{"batch":[8,"many"]}`, `rows[1], byol: batch: found "many", expected a whole number`},
		{`"grid":{"batch":[8,16]}`, `"grid":{"batch":[8,8]}`, `runs 4 and 5 are the same: byol ema=0.9 batch=8 and byol ema=0.9 batch=8 from seed 3`},
		{`"methods":["byol"],"grid":{"batch":[8,16]},"set":{"ema":0.9}`, `"methods":["cpc"]`, `rows[1], cpc: method cpc: the places of encoder mlp see more than a patch, expected patchnet`},
		{`"methods":["byol"],"grid":{"batch":[8,16]},"set":{"ema":0.9}`, `"methods":["cpc"],"set":{"encoder":"patchnet","nearest":40}`, `rows[1], cpc: method cpc: found views of 3 rows of patches, expected more than nearest 40`},
		{`"ema":0.9`, `"emma":0.9`, `rows[1], byol: emma: there is no such field, flag or parameter of byol`},
		{`"ema":0.9`, `"ema":1.9`, `rows[1], byol: ema: found 1.9, expected a number in`},
		{`"ema":0.9`, `"ema":null`, `rows[1], byol: ema: found null, expected a value`},
		{`"ema":0.9`, `"seed":9`, `rows[1], byol: seed: found a value here, expected it as the file's seeds`},
		{`"ema":0.9`, `"recipe.rate":9`, `rows[1], byol: recipe.rate: there is no such field: there are`},
		{`"epochs":2`, `"method":"byol"`, `method: found a value here, expected it as the file's methods of a row`},
		{`"epochs":2`, `"epochs":0`, `epochs 0 must be at least 1`},
		{`"subset":40`, `"subset":400`, `subset of made-up: found 400 images asked for, expected 1 to 60`},
		{`"rank"]`, `"rang"]`, `table.columns[4]: found "rang", expected one of knn_untrained, knn`},
		{`"rank"]`, `"rank","knn"]`, `table.columns[5]: found knn, which columns[0] is too, expected another`},
		{`"rank"]`, `"rank","effective_rank"]`, `table.columns[5]: found effective_rank, which columns[4] is too, expected another`},
		{`"compare":`, `"primary":"accuracy","compare":`, `table.primary: found "accuracy"`},
		{`[["simclr-er","simclr"]]`, `[["simclr","simclr"]]`, `table.compare[0]: found simclr with itself`},
		{`[["simclr-er","simclr"]]`, `[["simclr-er","simclr"],["simclr-er","simclr"]]`, `table.compare[1]: found simclr-er and simclr, which compare[0] compares too, expected another pair`},
		{`[["simclr-er","simclr"]]`, `[["simclr-er","simclr"],["simclr","simclr-er"]]`, `table.compare[1]: found simclr and simclr-er, which compare[0] compares too, expected another pair`},
		{`[["simclr-er","simclr"]]`, `[["byol-er","byol"]]`, `table.compare[0]: found no setting that rows of byol-er and of byol share`},
		{`"plus":["simclr batch=32 lr=0.1"]`, `"plus":["simclr"]`, `table.contrasts[0]: found row "simclr", expected one of simclr batch=32 lr=0.1,`},
		{`"contrasts":[`, `"contrasts":[{"name":"batch","plus":["byol-er small"],"minus":[]},`, `table.contrasts[1].name: found "batch", which is that of contrasts[0] too, expected another`},
		{`"minus":["byol ema=0.9 batch=8"]`, `"minus":["simclr batch=32 lr=0.1"]`, `table.contrasts[0]: found row "simclr batch=32 lr=0.1" twice, expected it once, in plus or in minus`},
		{`"plus":["simclr batch=32 lr=0.1"]`, `"plus":["simclr batch=32 lr=0.1","simclr batch=32 lr=0.1"]`, `table.contrasts[0]: found row "simclr batch=32 lr=0.1" twice`},
		{`"minus":["byol ema=0.9 batch=8"]`, `"minus":["byol ema=0.9 batch=8","byol ema=0.9 batch=8"]`, `table.contrasts[0]: found row "byol ema=0.9 batch=8" twice`},
		{`"name":"batch"`, `"name":""`, `table.contrasts[0].name: found nothing`},
		{`"threads":2`, `"threads":0`, `resources.threads: found 0, expected 1 to`},
		{`"1500M"`, `"much"`, `resources.memory: found "much", expected a size such as 1500M or 2G`},
		{`"4h"`, `"4"`, `resources.time: found "4", expected a time such as 4h`},
		{`"3m"`, `"5h"`, `resources.grace: found 5h0m0s, expected less than the time, 4h0m0s`},
		{`"attempts":20`, `"attempts":0`, `resources.attempts: found 0`},
		{`"batch":[32,16]`, `"batch":[` + strings.Repeat("1,", 1<<20) + `2]`, `rows[0]: found more than 1048576 runs up to here`},
	} {
		text := strings.Replace(claim, c.old, c.new, 1)
		require.NotEqual(t, claim, text, c.old)
		f, err := sweep.Parse([]byte(text))
		if err == nil {
			_, err = sweep.NewPlan(f, split())
		}
		require.ErrorContains(t, err, c.want)
		require.NotContains(t, err.Error(), "\n")
	}
}

// TestOneField: fields of one view and of all views are others where their names are.
func TestOneField(t *testing.T) {
	p := plan(t, strings.Replace(claim, `"views.*.flip":0`, `"views.*.flip":0,"views.0.grayscale":0.5,"views.1.grayscale":0.25,"views":2`, 1))
	require.Equal(t, 0.5, p.Runs[6].Config.Views[0].Grayscale)
}

// TestOlderPlan: rows of one name are refused in a plan too that a version kept which took
// them.
func TestOlderPlan(t *testing.T) {
	text := []byte(`{"format":"entrec-sweep/1","name":"two","data":"made-up","seeds":[0],"rows":[{"name":"x","methods":["byol"]},{"name":"x","methods":["byol"],"set":{"lr":1}}]}`)
	sum := sha256.Sum256(text)
	kept, err := json.Marshal(sweep.Listing{Format: "entrec-plan/1", Sweep: hex.EncodeToString(sum[:]), Rows: []sweep.Planned{{Method: "byol", Setting: "x"}, {Method: "byol", Setting: "x"}}, Runs: []string{"1", "2"}})
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, sweep.PlanFile), kept, 0o644))
	f, err := sweep.Parse(text)
	require.NoError(t, err)
	_, _, err = sweep.ReadPlan(f, dir)
	require.EqualError(t, err, `rows[1], byol: found label "byol x", which rows[0] has, expected another name`)
}

// TestOverBase: a row may set what the base sets, under another name too.
func TestOverBase(t *testing.T) {
	p := plan(t, strings.NewReplacer(`"epochs":2`, `"epochs":2,"lr":0.25`, `"ema":0.9`, `"recipe.lr":0.5`, `byol ema=0.9`, `byol recipe.lr=0.5`).Replace(claim))
	require.Equal(t, 0.5, p.Runs[5].Config.Recipe.LR)
	p = plan(t, strings.NewReplacer(`"epochs":2`, `"epochs":2,"views.0.flip":0.25`, `"batch":8}`, `"views.*.blur.probability":0,"batch":8}`).Replace(claim))
	require.Equal(t, 0.25, p.Runs[5].Config.Views[0].Flip)
	require.Zero(t, p.Runs[6].Config.Views[0].Flip)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(claim))
	f.Add([]byte(`{"format":"entrec-sweep/1","name":"a","data":"d","seeds":[0],"rows":[{"methods":["byol"],"grid":{"a":[1],"a":[2]}}]}`))
	f.Add([]byte(`{"rows":[{"grid":{"a":3}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := sweep.Parse(text)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		if p, err := sweep.NewPlan(file, split()); err == nil {
			require.Len(t, p.Runs, len(p.Rows)*len(file.Seeds))
		}
	})
}

// BenchmarkPlan plans 10,000 runs: 2,000 rows from 5 seeds.
func BenchmarkPlan(b *testing.B) {
	list := func(n int, of func(i int) string) string {
		var words []string
		for i := range n {
			words = append(words, of(i))
		}
		return "[" + strings.Join(words, ",") + "]"
	}
	text := fmt.Sprintf(`{"format":"entrec-sweep/1","name":"large","data":"made-up","seeds":[0,1,2,3,4],"rows":[{"methods":["byol"],"grid":{"lr":%s,"ema":%s,"batch":%s}}]}`,
		list(20, func(i int) string { return fmt.Sprint(0.01 * float64(i+1)) }),
		list(20, func(i int) string { return fmt.Sprint(0.04 * float64(i+1)) }),
		list(5, func(i int) string { return fmt.Sprint(8 + i) }))
	for b.Loop() {
		require.Len(b, plan(b, text).Runs, 10000)
	}
}
