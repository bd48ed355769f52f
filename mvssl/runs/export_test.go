package runs_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/runs"
	"entrec/mvssl/train"
	"entrec/tensor/safetensors"
	"entrec/tensor/torch"
)

// real returns photographs: some of the embedded ones.
func real(t *testing.T, n int) *data.Split {
	t.Helper()
	full, err := data.Load(t.Context(), "fashion-mini", data.Options{})
	require.NoError(t, err)
	s := &data.Split{}
	s.Train, err = full.Train.Subset(n, 0)
	require.NoError(t, err)
	s.Test, err = full.Test.Subset(n, 0)
	require.NoError(t, err)
	return s
}

// graphCase is a graph, with images and what we make of them.
type graphCase struct {
	File     string
	Shape    []int
	Images   []float32
	Features []float64
	dim      int
}

// exportCase makes a short run, exports it, and embeds its images.
func exportCase(t *testing.T, s *data.Split, method, file string, o runs.ExportOptions, sets ...string) (graphCase, train.Config, string) {
	t.Helper()
	c := runtest.Config(t, method, s, append([]string{"steps", "2", "report.evaluate", "off"}, sets...)...)
	run, _ := runtest.Finished(t, c, s)
	file = filepath.Join(t.TempDir(), file)
	_, err := runs.Export(c, run, file, o)
	require.NoError(t, err)
	features := filepath.Join(t.TempDir(), "f.safetensors")
	written, err := runs.Embed(t.Context(), c, s, run, features, runs.Features)
	require.NoError(t, err)
	f, err := safetensors.Read(features)
	require.NoError(t, err)
	raw, _ := f.Tensor("features")
	values, err := safetensors.Floats[float64](raw)
	require.NoError(t, err)
	d := s.Train
	g := graphCase{File: file, Features: values, dim: written.Dim, Shape: []int{written.Images, d.Channels, d.Height, d.Width}}
	mean, std := c.Views[0].Mean, c.Views[0].Std
	for _, part := range []*data.Dataset{s.Train, s.Test} {
		for i := range part.Len() {
			for p, v := range part.Image(i) {
				x, ch := float64(v)/255, p/(d.Height*d.Width)
				if !o.Normalize {
					x = (x - mean[ch]) / std[ch]
				}
				g.Images = append(g.Images, float32(x))
			}
		}
	}
	return g, c, run
}

// near holds values to others, relative to the largest: after two steps the running
// statistics of batch norm are not yet those of the images, and features are large.
func near(t *testing.T, want, got []float64, bound float64) {
	t.Helper()
	require.Len(t, got, len(want))
	worst, largest := 0.0, 1.0
	for i, v := range want {
		worst, largest = math.Max(worst, math.Abs(v-got[i])), math.Max(largest, math.Abs(v))
	}
	t.Logf("largest difference %.2g of %.2g", worst, largest)
	require.LessOrEqual(t, worst, bound*largest)
}

// ofGraphs computes graphs by ONNX Runtime, in two batches of different lengths.
const ofGraphs = `
const ort = require("onnxruntime-node");
const y = [];
for (const c of x) {
	const session = await ort.InferenceSession.create(c.File, { logSeverityLevel: 3 });
	const [n, ...rest] = c.Shape, one = rest.reduce((a, b) => a * b);
	const outputs = {};
	for (const name of session.outputNames) outputs[name] = [];
	for (const [from, to] of [[0, 3], [3, n]]) {
		const images = new ort.Tensor("float32", Float32Array.from(c.Images.slice(from * one, to * one)), [to - from, ...rest]);
		const made = await session.run({ images });
		for (const name of session.outputNames) outputs[name].push(...made[name].data);
	}
	y.push(outputs);
}
return y;`

// TestExportONNX: ONNX's own checker takes each graph, and ONNX Runtime makes the features
// of each encoder that we do.
func TestExportONNX(t *testing.T) {
	s, color := real(t, 12), runtest.ColorSplit()
	var cases []graphCase
	var names []string
	add := func(name, method string, s *data.Split, o runs.ExportOptions, sets ...string) (train.Config, string) {
		o.Format = runs.ONNX
		g, c, run := exportCase(t, s, method, "e.onnx", o, sets...)
		names, cases = append(names, name), append(cases, g)
		return c, run
	}
	for _, e := range []struct{ name, width, more string }{
		{"mlp", "16", ""}, {"convnet", "8", ""}, {"resnet18", "8", ""}, {"resnet34", "4", ""}, {"resnet50", "4", ""}, {"resnet18", "4", "features=24"}, {"resnet18", "4", "stem=imagenet"},
		{"vit", "64", ""}, {"vit", "24", "depth=2 heads=3 patch=8"}, {"patchnet", "8", ""},
	} {
		sets := []string{"model.encoder.name", e.name, "model.encoder.width", e.width}
		for _, set := range strings.Fields(e.more) {
			path, value, _ := strings.Cut(set, "=")
			sets = append(sets, "model.encoder."+path, value)
		}
		add(e.name+" "+e.more, "simclr", s, runs.ExportOptions{}, sets...)
	}
	add("normalized in the graph", "simclr", s, runs.ExportOptions{Normalize: true}, "model.encoder.name", "convnet")
	add("in color", "simclr", color, runs.ExportOptions{Normalize: true}, "model.encoder.name", "resnet18", "model.encoder.width", "4")
	add("float64", "simclr", s, runs.ExportOptions{}, "precision", "f64", "model.encoder.name", "resnet18", "model.encoder.width", "4")

	var checked []string
	t.Run("ONNX's checker", func(t *testing.T) {
		var files []string
		for _, c := range cases {
			files = append(files, c.File)
		}
		foreign.Run(t, []string{"onnx"}, `
import onnx
y = []
for file in x:
    m = onnx.load(file)
    onnx.checker.check_model(m, full_check=True)
    meta = {p.key: p.value for p in m.metadata_props}
    assert json.loads(meta["mean"]) and json.loads(meta["std"]) and json.loads(meta["views"]) and len(meta["params_sha256"]) == 64 and meta["method"] == "simclr"
    dim = m.graph.input[0].type.tensor_type.shape.dim[0]
    y.append("%s %d %s" % (m.producer_name, m.opset_import[0].version, dim.dim_param))
`, files, &checked)
		for _, c := range checked {
			require.Equal(t, "entrec 17 batch", c)
		}
	})
	t.Run("ONNX Runtime", func(t *testing.T) {
		var answers []map[string][]float64
		foreign.Node(t, []string{"onnxruntime-node"}, ofGraphs, cases, &answers)
		for i, c := range cases {
			t.Run(names[i], func(t *testing.T) { near(t, c.Features, answers[i]["features"], 1e-4) })
		}
	})
}

// TestExportGraphOfParts: luma and chroma are a graph each, whose projections are those of
// the method's halves.
func TestExportGraphOfParts(t *testing.T) {
	s := runtest.ColorSplit()
	o := runs.ExportOptions{Format: runs.ONNX, Normalize: true, Projector: true}
	g, c, _ := exportCase(t, s, "cmc", "e.onnx", o, "model.variant", "color", "precision", "f64", "model.encoder.width", "7")
	files, err := runs.ExportFiles(c, g.File)
	require.NoError(t, err)
	require.Len(t, files, 2)
	luma, chroma := g, g
	luma.File, luma.Images, luma.Shape = files[0], planes(g, 0, 1), []int{g.Shape[0], 1, 8, 8}
	chroma.File, chroma.Images, chroma.Shape = files[1], planes(g, 1, 3), []int{g.Shape[0], 2, 8, 8}
	var answers []map[string][]float64
	foreign.Node(t, []string{"onnxruntime-node"}, ofGraphs, []graphCase{luma, chroma}, &answers)
	var joined []float64
	for i := range g.Shape[0] {
		joined = append(append(joined, answers[0]["features"][4*i:4*i+4]...), answers[1]["features"][3*i:3*i+3]...)
	}
	near(t, g.Features, joined, 1e-4)
	for _, a := range answers {
		require.Len(t, a["projections"], 6*g.Shape[0])
	}
}

// TestExportOfParts: the files of both encoders have a complete configuration, and lines that
// load each.
func TestExportOfParts(t *testing.T) {
	s := runtest.ColorSplit()
	for _, test := range []struct {
		width, features string
		luma, chroma    string // what their configurations end in
		lines           int
	}{
		{"5", "", `"features":24}`, `"features":16}`, 10},
		{"5", "25", `"features":15}`, `"features":10}`, 0}, // of which torchvision has no such layer
	} {
		sets := []string{"model.variant", "color", "model.encoder.name", "resnet18", "model.encoder.width", test.width}
		if test.features != "" {
			sets = append(sets, "model.encoder.features", test.features)
		}
		o := runs.ExportOptions{Format: runs.Torch, Normalize: true} // g's images are pixels
		g, c, run := exportCase(t, s, "cmc", "e.pt", o, sets...)
		res, err := runs.Export(c, run, g.File, o)
		require.NoError(t, err)
		for i, ending := range []string{test.luma, test.chroma} {
			metadata, err := torch.Metadata(res.Files[i])
			require.NoError(t, err)
			require.True(t, strings.HasSuffix(metadata["encoder"], ending), metadata["encoder"])
		}
		require.Len(t, res.Python, test.lines)
		if test.lines == 0 {
			continue
		}
		var features []float64
		foreign.Run(t, []string{"torch", "torchvision"}, `
import torch
torch.set_num_threads(1)
names = {}
exec(x["Lines"], names)
with torch.no_grad():
    parts = [names[part](torch.tensor(x[part]).reshape(x["N"], -1, 8, 8)) for part in ("luma", "chroma")]
y = torch.cat(parts, 1).flatten().tolist()
`, map[string]any{"Lines": strings.Join(res.Python, "\n"), "N": g.Shape[0], "luma": normalized(planes(g, 0, 1), 0.5), "chroma": normalized(planes(g, 1, 3), 128./255)}, &features)
		near(t, g.Features, features, 1e-4)
	}
}

// normalized returns planes less their mean over half of their range.
func normalized(x []float32, mean float32) []float32 {
	for i := range x {
		x[i] = (x[i] - mean) / 0.5
	}
	return x
}

// planes returns some of the planes of YCbCr of a case's pixels.
func planes(g graphCase, from, to int) (x []float32) {
	const area = 64
	for i := range g.Shape[0] {
		for _, w := range [][4]float64{{0, 19595, 38470, 7471}, {128. / 255, -11056, -21712, 32768}, {128. / 255, 32768, -27440, -5328}}[from:to] {
			for p := range area {
				v := w[0]
				for c := range 3 {
					v += w[c+1] / 65536 * float64(g.Images[(3*i+c)*area+p])
				}
				x = append(x, float32(v))
			}
		}
	}
	return x
}

// TestExportTorch: the lines that come with a file load it in PyTorch, strictly, and make
// our features.
func TestExportTorch(t *testing.T) {
	s := real(t, 8)
	type question struct {
		graphCase
		Lines string
	}
	var cases []question
	for i, sets := range [][]string{
		{"model.encoder.name", "resnet18", "model.encoder.width", "4"},
		{"model.encoder.name", "resnet34", "model.encoder.width", "2", "precision", "f64"},
		{"model.encoder.name", "resnet50", "model.encoder.width", "2"},
		{"model.encoder.name", "resnet18", "model.encoder.width", "4", "model.encoder.stem", "imagenet"},
		{"model.encoder.name", "convnet", "model.encoder.width", "4"},
		{"model.encoder.name", "mlp", "model.encoder.width", "8"},
		{"model.encoder.name", "patchnet", "model.encoder.width", "4"},
	} {
		g, c, run := exportCase(t, s, "simclr", "e.pt", runs.ExportOptions{Format: runs.Torch}, sets...)
		o := runs.ExportOptions{Format: runs.Torch, Projector: i%2 == 1}
		res, err := runs.Export(c, run, g.File, o)
		require.NoError(t, err)
		require.NotEmpty(t, res.Python)
		require.LessOrEqual(t, len(res.Python), 5)
		require.True(t, runs.Torch.IsExport(g.File))
		cases = append(cases, question{graphCase: g, Lines: strings.Join(res.Python, "\n")})
	}
	var answers [][]float64
	foreign.Run(t, []string{"torch", "torchvision"}, `
import torch
torch.set_num_threads(1)
y = []
for c in x:
    names = {}
    exec(c["Lines"], names)
    state = torch.load(c["File"], weights_only=True)
    names["m"].to(next(iter(state.values())).dtype)
    names["m"].load_state_dict({n: t for n, t in state.items() if not n.startswith("projector.")})
    with torch.no_grad():
        y.append(names["m"](torch.tensor(c["Images"], dtype=next(iter(state.values())).dtype).reshape(c["Shape"])).flatten().tolist())
`, cases, &answers)
	for i, c := range cases {
		near(t, c.Features, answers[i], 1e-4)
	}
}
