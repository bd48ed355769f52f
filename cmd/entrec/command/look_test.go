package command

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/mvssl/runs"
	"entrec/tensor/safetensors"
)

func TestEval(t *testing.T) {
	t.Parallel()
	data, run := tiny(t), filepath.Join(t.TempDir(), "run")
	summary := object(t, succeeds(t, tinyRun(data, run, "--json")...))
	o := object(t, succeeds(t, "eval", run, "--json"))
	require.Equal(t, []string{
		"alignment", "bag", "effective_rank", "entropy", "entropy_knn", "entropy_logdet", "entropy_w", "eval_split", "knn_top1", "knn_top1_interval", "labels", "labels_fraction", "linear_sgd_top1", "linear_sgd_top1_interval",
		"linear_top1", "linear_top1_bag", "linear_top1_bag_interval", "linear_top1_interval", "linear_weight_decay", "mi_er", "mi_er_w", "mi_infonce", "reconstruction", "reconstruction_w", "spectrum", "uniformity",
	}, keys(o))
	for field, v := range o {
		if end, ok := summary[field]; ok {
			require.Equal(t, end, v, "%s as at the end of the run", field)
		}
	}
	for _, field := range []string{"knn_top1", "linear_top1", "linear_sgd_top1"} {
		interval := o[field+"_interval"].([]any)
		require.LessOrEqual(t, interval[0], o[field])
		require.GreaterOrEqual(t, interval[1], o[field])
	}
	require.Equal(t, o, object(t, succeeds(t, "eval", run, "--json", "--threads", "3", "--data", data)))
	text := succeeds(t, "eval", run)
	for _, w := range []string{"kNN", "linear, L-BFGS", "linear, SGD", "MI, InfoNCE bound", "nats at kappa 10"} {
		require.Contains(t, text, w)
	}
	for line := range strings.Lines(text) {
		require.False(t, strings.HasSuffix(line, " \n"), "%q", line)
	}
	testLabels(t, run, o)
}

// testLabels: classifiers learn from a part of the labels, all of them where that is all,
// and the result says from how many; nothing else changes.
func testLabels(t *testing.T, run string, all map[string]any) {
	t.Helper()
	require.Equal(t, 1.0, all["labels_fraction"])
	require.Equal(t, all, object(t, succeeds(t, "eval", run, "--json", "--labels", "100%")))
	few := object(t, succeeds(t, "eval", run, "--json", "--labels", "50%"))
	require.Equal(t, []any{all["labels"].(float64) / 2, 0.5, all["entropy"]}, []any{few["labels"], few["labels_fraction"], few["entropy"]})
	require.Equal(t, few, object(t, succeeds(t, "eval", run, "--json", "--labels", "0.5", "--threads", "3")))
	require.Contains(t, succeeds(t, "eval", run, "--labels", "12"), "of the test images, from 12 labels (12.5 % of the training images)\n")
	for share, words := range map[string]string{"1": "expected 4, one of each class, to", "101%": `--labels: found "101%", expected a percentage`, "9999": "--labels 9999: found 9999 of the"} {
		require.Contains(t, refuses(t, exitUsage, "eval", run, "--labels", share), words)
	}
}

// TestBag: the accuracy of bags stands beside that of whole images, at a run's end, with
// another bag when it is gone on with, and in eval.
func TestBag(t *testing.T) {
	t.Parallel()
	data, run := tiny(t), filepath.Join(t.TempDir(), "run")
	text := succeeds(t, tinyRun(data, run, "--epochs", "1", "--bag", "2")...)
	require.Regexp(t, `(?m)^  linear accuracy +\d+\.\d+ %\n  linear accuracy, bag +\d+\.\d+ % of 2 crops$`, text)
	o := object(t, succeeds(t, "eval", run, "--json"))
	summary := object(t, succeeds(t, tinyRun(data, run, "--epochs", "1", "--resume", "--json")...))
	require.Equal(t, 2.0, summary["bag"])
	for _, field := range []string{"bag", "linear_top1_bag", "linear_top1"} {
		require.Equal(t, summary[field], o[field])
	}
	require.LessOrEqual(t, o["linear_top1_bag_interval"].([]any)[0], o["linear_top1_bag"])
	require.Contains(t, succeeds(t, "eval", run, "--bag", "3"), "linear, bag of 3 ")
	none := object(t, succeeds(t, "eval", run, "--bag", "0", "--json"))
	require.Equal(t, []any{0.0, nil, nil, o["linear_top1"]}, []any{none["bag"], none["linear_top1_bag"], none["linear_top1_bag_interval"], none["linear_top1"]})
	longer := object(t, succeeds(t, tinyRun(data, run, "--epochs", "1", "--resume", "--bag", "3", "--json")...))
	require.Equal(t, 3.0, longer["bag"])
	require.Equal(t, summary["params_sha256"], longer["params_sha256"])
}

// embedded reads what embed wrote.
func embedded(t testing.TB, file string) (x [][]float64, labels, split []int) {
	t.Helper()
	f, err := safetensors.Read(file)
	require.NoError(t, err)
	ints := func(name string) []int {
		raw, ok := f.Tensor(name)
		require.True(t, ok)
		require.Equal(t, "I64", raw.DType)
		var values []int
		for eight := range slices.Chunk(raw.Data, 8) {
			values = append(values, int(eight[0])) // small
		}
		return values
	}
	raw, ok := f.Tensor("features")
	require.True(t, ok)
	flat, err := safetensors.Floats[float64](raw)
	require.NoError(t, err)
	return slices.Collect(slices.Chunk(flat, raw.Shape[1])), ints("labels"), ints("split")
}

func TestEmbed(t *testing.T) {
	t.Parallel()
	data, run := tiny(t), filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(data, run, "--epochs", "1")...)
	dir := t.TempDir()
	file := filepath.Join(dir, "e.safetensors")
	o := object(t, succeeds(t, "embed", run, "--data", data, "--out", file, "--json"))
	require.Equal(t, map[string]any{"files": []any{file}, "images": 136.0, "dim": 16.0}, o)
	x, labels, split := embedded(t, file)
	require.Len(t, x, 136)
	for i := range x {
		at, part := i, 0
		if i >= 96 {
			at, part = i-96, 1
		}
		require.Equal(t, at%4, labels[i])
		require.Equal(t, part, split[i])
	}

	npy := filepath.Join(dir, "e.npy")
	require.Contains(t, succeeds(t, "embed", run, "--out", npy), "136 images, 16 features each, in "+npy)
	others := filepath.Join(t.TempDir(), "others")
	require.NoError(t, os.CopyFS(others, os.DirFS(dir)))
	for _, name := range []string{"e_split.npy", "none_split.npy"} { // one file that cannot be written: none is
		require.NoError(t, os.RemoveAll(filepath.Join(others, name)))
		require.NoError(t, os.Mkdir(filepath.Join(others, name), 0o755))
		before := folders(t, others)
		message := refuses(t, exitFailed, "embed", run, "--what", "projections", "--out", filepath.Join(others, strings.Replace(name, "_split", "", 1)))
		require.Equal(t, "entrec: write "+filepath.Join(others, name)+": is a directory", message)
		require.Equal(t, before, folders(t, others))
	}
	var got struct {
		X      [][]float64 `json:"x"`
		Labels []int       `json:"labels"`
		Split  []int       `json:"split"`
		Types  []string    `json:"types"`
	}
	foreign.Run(t, []string{"numpy"}, `
import numpy as np
f, l, s = (np.load(x + end) for end in (".npy", "_labels.npy", "_split.npy"))
y = {"x": f.astype(float).tolist(), "labels": l.tolist(), "split": s.tolist(), "types": [str(a.dtype) for a in (f, l, s)]}
`, strings.TrimSuffix(npy, ".npy"), &got)
	require.Equal(t, x, got.X)
	require.Equal(t, labels, got.Labels)
	require.Equal(t, split, got.Split)
	require.Equal(t, []string{"float32", "int64", "int64"}, got.Types)
}

// torchResNet builds torchvision's ResNet-18 with CIFAR's stem and a width, loads an
// exported state dict into it, strictly, and gives the features of images.
const torchResNet = `
import json, struct, numpy as np, torch, torchvision
from torchvision.models.resnet import BasicBlock
torch.set_num_threads(1)
kinds = {"F32": np.float32, "F64": np.float64, "I64": np.int64}

def features(file, data):
    raw = open(file, "rb").read()
    n = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8:8 + n])
    meta = head.pop("__metadata__")
    state = {}
    for name, t in head.items():
        a, b = t["data_offsets"]
        state[name] = torch.from_numpy(np.frombuffer(raw[8 + n + a:8 + n + b], kinds[t["dtype"]]).reshape(t["shape"]).copy())
    cfg = json.loads(meta["encoder"])
    assert meta["format"] == "pt" and cfg["name"] == "resnet18"
    w, c = cfg["width"], cfg["channels"]
    m = torchvision.models.ResNet(BasicBlock, [1, 1, 1, 1])
    m.inplanes = w
    m.conv1 = torch.nn.Conv2d(c, w, 3, 1, 1, bias=False)
    m.bn1 = torch.nn.BatchNorm2d(w)
    m.maxpool = torch.nn.Identity()
    m.layer1 = m._make_layer(BasicBlock, w, 2)
    for i in (2, 3, 4):
        setattr(m, "layer%d" % i, m._make_layer(BasicBlock, w * 2 ** (i - 1), 2, stride=2))
    m.fc = torch.nn.Identity()
    m = m.eval().to(state["conv1.weight"].dtype)
    m.load_state_dict(state, strict=True)
    parts = []
    for part in ("train", "t10k"):
        v = np.frombuffer(open(data + "/" + part + "-images-idx3-ubyte", "rb").read()[16:], np.uint8).reshape(-1, c, 8, 8)
        mean, std = (torch.tensor(json.loads(meta[k]), dtype=torch.float64).reshape(1, c, 1, 1) for k in ("mean", "std"))
        parts.append((torch.from_numpy(v.astype(np.float64) / 255) - mean) / std)
    with torch.no_grad():
        return m(torch.cat(parts).to(m.conv1.weight.dtype)).double().tolist()

y = [features(**q) for q in x]
`

// What export writes is PyTorch's: its ResNet takes the file, and finds the features
// that embed does.
func TestExportToTorch(t *testing.T) {
	t.Parallel()
	data := tiny(t)
	cases := []struct {
		precision string
		bound     float64
	}{
		{"f32", 1e-4}, // a float32 network of 18 layers; 3e-6 was measured
		{"f64", 1e-12},
	}
	var ours [][][]float64
	var questions []map[string]string
	for _, c := range cases {
		dir := t.TempDir()
		run, file := filepath.Join(dir, "run"), filepath.Join(dir, "encoder.safetensors")
		succeeds(t, "train", "--data", data, "--out", run, "--width", "4", "--batch", "32", "--steps", "4", "--precision", c.precision)
		require.Equal(t, map[string]any{"file": file, "tensors": 120.0}, object(t, succeeds(t, "export", run, "--out", file, "--json")))
		succeeds(t, "embed", run, "--out", filepath.Join(dir, "e.safetensors"))
		x, _, _ := embedded(t, filepath.Join(dir, "e.safetensors"))
		ours = append(ours, x)
		questions = append(questions, map[string]string{"file": file, "data": data})
	}
	var theirs [][][]float64
	foreign.Run(t, []string{"torch", "torchvision"}, torchResNet, questions, &theirs)
	for k, c := range cases {
		require.Len(t, theirs[k], len(ours[k]))
		worst := 0.0
		for i, row := range theirs[k] {
			require.Len(t, ours[k][i], len(row))
			for j, v := range row {
				worst = math.Max(worst, math.Abs(v-ours[k][i][j]))
			}
		}
		t.Logf("%s: largest difference %.2g", c.precision, worst)
		require.LessOrEqual(t, worst, c.bound, c.precision)
	}
}

func TestLegend(t *testing.T) {
	var histories []*runs.History
	for _, dir := range []string{"a/x", "b/x", "b/y"} {
		histories = append(histories, &runs.History{Dir: dir})
	}
	require.Equal(t, []string{"a/x", "b/x", "y"}, legend(histories))
}

// TestCompareSpheres: entropies of other dimensions are not drawn with the rest, which is said.
func TestCompareSpheres(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	args := []string{"compare", "--out", filepath.Join(dir, "plots")}
	for name, out := range map[string]string{"odd": "16", "x": "8", "y": "8"} {
		succeeds(t, tinyRun(data, filepath.Join(dir, name), "--set", "model.projector.out="+out)...)
		args = append(args, filepath.Join(dir, name))
	}
	succeeds(t, args...)
	bound, loss := readFile(t, dir, "plots/bound.svg"), readFile(t, dir, "plots/loss.svg")
	require.Contains(t, bound, ">odd (left out: 16 dimensions, κ 10)<")
	lines := regexp.MustCompile(`<path d="M[^"]*L`)
	require.Len(t, lines.FindAllString(bound, -1), 2)
	require.Len(t, lines.FindAllString(loss, -1), 3)
	require.NotContains(t, loss, "left out")
}

func TestCompare(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	a, b, plots := filepath.Join(dir, "er"), filepath.Join(dir, "xent"), filepath.Join(dir, "plots")
	first := object(t, succeeds(t, tinyRun(data, a, "--json")...))
	second := object(t, succeeds(t, tinyRun(data, b, "--json", "--method", "simclr")...))
	text := succeeds(t, "compare", a, b, "--out", plots)
	require.Contains(t, text, "1  "+a+": simclr-er\n2  "+b+": simclr\n")
	require.Contains(t, text, "\nloss, nats ")
	for _, name := range []string{"loss.svg", "knn.svg", "bound.svg"} {
		requireSVG(t, filepath.Join(plots, name))
		svg := readFile(t, plots, name)
		require.Contains(t, svg, ">er<")
		require.Contains(t, svg, ">xent<")
		require.Contains(t, text, "\n  "+filepath.Join(plots, name)+"\n")
	}
	many := succeeds(t, "compare", "--out", "", a, b, a, b, a, b, a)
	require.Contains(t, many, fmt.Sprintf("%-20s%12d%12d\n", "run", 6, 7), "a second block")
	for line := range strings.Lines(many) {
		require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), max(helpWidth, len(b)+20), line)
	}
	o := object(t, succeeds(t, "compare", a, b, "--out", "", "--json"))
	require.Equal(t, []string{"plots", "runs"}, keys(o))
	for i, want := range []map[string]any{first, second} {
		got := o["runs"].([]any)[i].(map[string]any)
		want["run"], want["ended"] = []string{a, b}[i], true
		require.Equal(t, want, got)
	}
	require.Nil(t, o["plots"])
}
