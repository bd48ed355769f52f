package runs_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/runs"
)

// read is what a reader that we did not write finds in an embedding.
type read struct {
	Features []float64
	Shape    []int
	Labels   []int // nil where there are none
	Split    []int
	Paths    []string
	Classes  []string
	Type     string
}

// pythonReaders read arrays, and lines, by NumPy and Python's own csv.
const pythonReaders = `
import csv, numpy as np
y = []
for file in x:
    if file.endswith(".csv"):
        rows = list(csv.DictReader(open(file, newline="", encoding="utf-8")))
        columns = [c for c in rows[0] if c not in ("path", "split", "label", "class")]
        f = np.array([[float(r[c]) for c in columns] for r in rows])
        y.append({"Labels": [int(r["label"]) for r in rows] if rows[0]["label"] else None, "Split": [["train", "test"].index(r["split"]) for r in rows],
                  "Paths": [r["path"] for r in rows] if rows[0]["path"] else None, "Classes": sorted({r["class"] for r in rows} - {""}) or None, "Type": columns[0]})
    elif file.endswith(".npz"):
        z = np.load(file)
        f = z["features"] if "features" in z else z["projections"]
        get = lambda k: z[k].tolist() if k in z else None
        y.append({"Labels": get("labels"), "Split": get("split"), "Paths": get("paths"), "Classes": get("classes"), "Type": str(f.dtype)})
    else:
        import os
        f, base = np.load(file), file[:-4]
        record = json.load(open(base + ".json"))
        y.append({"Labels": np.load(base + "_labels.npy").tolist() if os.path.exists(base + "_labels.npy") else None, "Split": np.load(base + "_split.npy").tolist(),
                  "Paths": record["paths"], "Classes": record["classes"], "Type": str(f.dtype)})
    y[-1].update(Features=f.astype(float).flatten().tolist(), Shape=list(f.shape))
`

// javaScriptReader reads tables by hyparquet.
const javaScriptReader = `
const { asyncBufferFromFile, parquetReadObjects } = await import("hyparquet");
const y = [];
for (const path of x) {
	const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
	const column = "features" in rows[0] ? "features" : "projections";
	y.push({
		Features: rows.flatMap(r => [...r[column]]), Shape: [rows.length, rows[0][column].length],
		Labels: rows[0].label === null || rows[0].label === undefined ? null : rows.map(r => Number(r.label)),
		Split: rows.map(r => ["train", "test"].indexOf(r.split)),
		Paths: rows[0].path ? rows.map(r => r.path) : null,
		Classes: rows[0].class ? [...new Set(rows.map(r => r.class))].sort() : null, Type: column,
	});
}
return y;`

// TestEmbedFormats: each format is read by readers that we did not write, and they find the
// same in all, in either precision, with labels and without, with names of files and
// without.
func TestEmbedFormats(t *testing.T) {
	s := runtest.Split()
	named := *s
	train, test := *s.Train, *s.Test
	for i := range train.Len() {
		train.Files = append(train.Files, "train/ü, \"a\"/"+strings.Repeat("x", i%3)+".png")
	}
	for range test.Len() {
		test.Files = append(test.Files, "test/b.png")
	}
	named.Train, named.Test = &train, &test
	unlabeled := *s.Train
	unlabeled.Labels, unlabeled.Classes = nil, nil
	type made struct {
		precision string
		split     *data.Split
		what      runs.What
		file      string
	}
	var python, tables []string
	var of, ofTables []made
	dir := t.TempDir()
	for _, precision := range []string{"f32", "f64"} {
		c := runtest.Config(t, "simclr", s, "precision", precision, "steps", "2", "report.evaluate", "off")
		run, _ := runtest.Finished(t, c, s)
		for name, split := range map[string]*data.Split{"plain": s, "named": &named, "unlabeled": {Train: &unlabeled}} {
			for _, what := range []runs.What{runs.Features, runs.Projections} {
				for _, ending := range []string{".npy", ".npz", ".csv", ".parquet", ".safetensors"} {
					m := made{precision, split, what, filepath.Join(dir, precision+name+string(what)+ending)}
					res, err := runs.Embed(t.Context(), c, split, run, m.file, what)
					require.NoError(t, err)
					for _, file := range res.Files {
						require.FileExists(t, file)
					}
					require.True(t, runs.IsEmbedding(m.file))
					switch ending {
					case ".parquet":
						tables, ofTables = append(tables, m.file), append(ofTables, m)
					case ".safetensors":
					default:
						python, of = append(python, m.file), append(of, m)
					}
				}
			}
		}
	}
	seen := map[string][]float64{}
	check := func(m made, r read) {
		train, test := m.split.Train, m.split.Test
		var labels []int
		split, paths := slices.Repeat([]int{0}, train.Len()), train.Files
		labels = append(labels, train.Labels...)
		if test != nil {
			labels, paths = append(labels, test.Labels...), append(slices.Clone(paths), test.Files...)
			split = append(split, slices.Repeat([]int{1}, test.Len())...)
		}
		if ending := filepath.Ext(m.file); labels == nil && (ending == ".npy" || ending == ".npz") {
			labels = slices.Repeat([]int{-1}, train.Len())
		}
		require.Equal(t, labels, r.Labels, m.file)
		require.Equal(t, split, r.Split)
		require.Equal(t, paths, r.Paths)
		require.Equal(t, train.Classes, r.Classes)
		require.Equal(t, []int{len(split), map[runs.What]int{runs.Features: 8, runs.Projections: 6}[m.what]}, r.Shape)
		if m.precision == "f32" { // of which a text has as many digits as it takes
			for i, v := range r.Features {
				r.Features[i] = float64(float32(v))
			}
		}
		key := strings.TrimSuffix(m.file, filepath.Ext(m.file))
		if seen[key] == nil {
			seen[key] = r.Features
		}
		require.True(t, slices.Equal(seen[key], r.Features), "%s: to the bit, whatever the format", m.file)
	}
	t.Run("NumPy and csv", func(t *testing.T) {
		var answers []read
		foreign.Run(t, []string{"numpy"}, pythonReaders, python, &answers)
		for i, m := range of {
			check(m, answers[i])
			want := map[string]string{"f32": "float32", "f64": "float64"}[m.precision]
			if strings.HasSuffix(m.file, ".csv") {
				want = strings.TrimSuffix(string(m.what), "s") + "0"
			}
			require.Equal(t, want, answers[i].Type)
		}
	})
	t.Run("hyparquet", func(t *testing.T) {
		var answers []read
		foreign.Node(t, []string{"hyparquet"}, javaScriptReader, tables, &answers)
		for i, m := range ofTables {
			check(m, answers[i])
			require.Equal(t, string(m.what), answers[i].Type)
		}
	})
}

// TestIsEmbedding: another file of the same ending is not taken for one of ours.
func TestIsEmbedding(t *testing.T) {
	for _, ending := range runs.EmbedFormats() {
		for _, content := range []string{"", "theirs", "PAR1", "PAR1\x00\x00\x00\x00\xff\xff\xff\x7fPAR1", "path,split", "PK\x05\x06" + strings.Repeat("\x00", 18)} {
			file := filepath.Join(t.TempDir(), "x"+ending)
			require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
			require.False(t, runs.IsEmbedding(file), "%s %q", ending, content)
		}
	}
}
