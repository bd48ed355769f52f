package nn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"entrec/autograd"
	"entrec/internal/foreign"
	"entrec/nn"
	"entrec/tensor"
	"entrec/tensor/safetensors"

	"github.com/stretchr/testify/require"
)

// torchEncoders builds each case's encoder in PyTorch: torchvision's ResNets with
// the stem for small images and another width, and a vision transformer written
// after DINO's, with timm's names. It loads our state dict (strictly), answers with
// features in evaluation in both precisions and in training, writes the gradients
// and the running statistics, and then a state dict with other numbers of which
// it tells the features.
const torchEncoders = `
import math
import numpy, torch, torchvision
import torch.nn as nn
import torch.nn.functional as F

def load(path):
    with open(path, "rb") as f:
        n = int.from_bytes(f.read(8), "little")
        header, data = json.loads(f.read(n)), f.read()
    kinds = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}
    return {name: torch.from_numpy(numpy.frombuffer(data[t["data_offsets"][0]:t["data_offsets"][1]], kinds[t["dtype"]]).copy().reshape(t["shape"]))
            for name, t in header.items() if name != "__metadata__"}

def save(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        bytes = t.detach().contiguous().numpy().tobytes()
        kind = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}[t.dtype]
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(bytes)]}
        data += bytes
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text + data)

def resnet(kind, width, channels, large):
    m = getattr(torchvision.models, kind)()
    total = sum(p.numel() for p in m.parameters())
    blocks = [len(l) for l in (m.layer1, m.layer2, m.layer3, m.layer4)]
    block = type(m.layer1[0])
    m.inplanes = width
    m.conv1, m.bn1 = nn.Conv2d(channels, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
    if not large:
        m.conv1, m.maxpool = nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.Identity()
    m.layer1 = m._make_layer(block, width, blocks[0])
    m.layer2 = m._make_layer(block, 2 * width, blocks[1], stride=2)
    m.layer3 = m._make_layer(block, 4 * width, blocks[2], stride=2)
    m.layer4 = m._make_layer(block, 8 * width, blocks[3], stride=2)
    m.fc = nn.Identity()
    return m, total

class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-2, -1) * (c // self.heads) ** -0.5).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(b, n, c))

class Mlp(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))

class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, eps=1e-6), Attention(dim, heads)
        self.norm2, self.mlp = nn.LayerNorm(dim, eps=1e-6), Mlp(dim)
    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))

class Patches(nn.Module):
    def __init__(self, channels, dim, patch):
        super().__init__()
        self.proj = nn.Conv2d(channels, dim, patch, patch)
    def forward(self, x):
        return self.proj(x)

class ViT(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.grid = c["height"] // c["patch"], c["image_width"] // c["patch"]
        dim = c["width"]
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + self.grid[0] * self.grid[1], dim))
        self.patch_embed = Patches(c["channels"], dim, c["patch"])
        self.blocks = nn.ModuleList([Block(dim, c["heads"]) for _ in range(c["depth"])])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
    def positions(self, h, w):
        if (h, w) == self.grid:
            return self.pos_embed
        dim = self.pos_embed.shape[-1]
        grid = self.pos_embed[:, 1:].reshape(1, *self.grid, dim).permute(0, 3, 1, 2)
        grid = F.interpolate(grid, scale_factor=((h + 0.1) / self.grid[0], (w + 0.1) / self.grid[1]), mode="bicubic")
        assert grid.shape[2:] == (h, w)
        return torch.cat([self.pos_embed[:, :1], grid.permute(0, 2, 3, 1).reshape(1, h * w, dim)], 1)
    def forward(self, x):
        x = self.patch_embed(x)
        n, _, h, w = x.shape
        x = torch.cat([self.cls_token.expand(n, -1, -1), x.flatten(2).transpose(1, 2)], 1) + self.positions(h, w)
        for b in self.blocks:
            x = b(x)
        return self.norm(x)[:, 0]

def run(case):
    c = case["Config"]
    total = 0
    if c["name"] == "vit":
        m = ViT(c)
    else:
        m, total = resnet(c["name"], c["width"], c["channels"], c.get("stem") == "imagenet")
    m.double()
    state = load(case["State"])
    names = list(m.state_dict().keys())
    m.load_state_dict(state, strict=True)
    x = torch.tensor(case["Images"], dtype=torch.float64).reshape(case["Shape"])
    answer = {"Names": names, "Total": total, "Count": sum(p.numel() for p in m.parameters())}
    m.eval()
    with torch.no_grad():
        answer["Eval"] = m(x).flatten().tolist()
        answer["Single"] = m.float()(x.float()).double().flatten().tolist()
    m.double()
    m.load_state_dict(state, strict=True)
    m.train()
    y = m(x)
    answer["Train"] = y.flatten().tolist()
    y.backward(torch.tensor(case["CT"], dtype=torch.float64).reshape(y.shape))
    save(case["Grads"], {n: p.grad for n, p in m.named_parameters()})
    save(case["Stats"], dict(m.named_buffers()))
    torch.manual_seed(1)
    with torch.no_grad():
        for t in m.state_dict().values():
            if t.is_floating_point():
                t.mul_(1 + 0.1 * torch.rand_like(t)).add_(0.01)
            else:
                t.add_(41)
        save(case["Back"], m.float().state_dict())
        answer["BackFeatures"] = m.eval()(x.float()).double().flatten().tolist()
    return answer

y = [run(c) for c in x]
`

// encoderCase is an encoder on images, which may have another size than it was
// made for.
type encoderCase struct {
	Config                    nn.EncoderConfig
	Shape                     []int
	Images, CT                []float64
	State, Grads, Stats, Back string // files
}

// encoderAnswer is what PyTorch made of it.
type encoderAnswer struct {
	Names                             []string
	Total, Count                      int
	Eval, Single, Train, BackFeatures []float64
}

// TestEncodersAgainstTorch holds ResNets against torchvision's and the ViT against
// one in PyTorch: names and their order, numbers of parameters, features in
// evaluation and in training, gradients, running statistics, and state dicts both
// ways.
func TestEncodersAgainstTorch(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: PyTorch computes several encoders")
	}
	dir := t.TempDir()
	var cases []encoderCase
	for i, c := range []struct {
		config nn.EncoderConfig
		n      int
		side   [2]int
	}{
		{nn.EncoderConfig{Name: "resnet18", Width: 8, Channels: 3}, 4, [2]int{16, 16}},
		{nn.EncoderConfig{Name: "resnet34", Width: 4, Channels: 1}, 3, [2]int{12, 16}},
		{nn.EncoderConfig{Name: "resnet18", Width: 4, Channels: 3, Parameters: map[string]int{"stem": 2}}, 3, [2]int{40, 57}},
		{nn.EncoderConfig{Name: "resnet50", Width: 4, Channels: 3}, 3, [2]int{16, 16}},
		{nn.EncoderConfig{Name: "vit", Width: 24, Channels: 3, Parameters: map[string]int{"depth": 2, "heads": 3, "patch": 4}}, 3, [2]int{32, 32}},
		{nn.EncoderConfig{Name: "vit", Width: 24, Channels: 3, Parameters: map[string]int{"depth": 2, "heads": 3, "patch": 4}}, 3, [2]int{20, 25}},
		{nn.EncoderConfig{Name: "vit", Width: 32, Channels: 1, Parameters: map[string]int{"depth": 1, "heads": 1, "patch": 4}}, 3, [2]int{40, 48}},
	} {
		c.config.Height, c.config.ImgWidth = 32, 32
		file := func(kind string) string { return filepath.Join(dir, fmt.Sprintf("%d-%s.safetensors", i, kind)) }
		e := encoderCase{Config: c.config, Shape: []int{c.n, c.config.Channels, c.side[0], c.side[1]},
			State: file("state"), Grads: file("grads"), Stats: file("stats"), Back: file("back")}
		rng := rand.New(rand.NewPCG(uint64(i), 1))
		for range tensor.Size(e.Shape) {
			e.Images = append(e.Images, float64(float32(rng.NormFloat64())))
		}
		m := e.encoder(t)
		for range c.n * m.Dim() {
			e.CT = append(e.CT, rng.NormFloat64())
		}
		require.NoError(t, nn.WriteState(e.State, nil, nn.State[float64](m)))
		cases = append(cases, e)
	}
	var answers []encoderAnswer
	foreign.Run(t, []string{"torch", "torchvision"}, torchEncoders, cases, &answers)
	for i, e := range cases {
		t.Run(fmt.Sprintf("%s-%d on %v", e.Config.Name, e.Config.Width, e.Shape), func(t *testing.T) { e.check(t, answers[i]) })
	}
}

// encoder builds the case's encoder in float64, with running statistics and norms
// that are not those of a new one.
func (e encoderCase) encoder(t *testing.T) nn.Encoder[float64] {
	rng := rand.New(rand.NewPCG(5, 6))
	m, err := nn.NewEncoder[float64](rng, e.Config)
	require.NoError(t, err)
	for _, s := range nn.State[float64](m) {
		for i := range s.Value.Data() {
			switch {
			case strings.HasSuffix(s.Name, "num_batches_tracked"):
				s.Value.Data()[i] = 7
			case s.Value.Rank() == 1:
				s.Value.Data()[i] += 0.2 * rng.Float64()
			}
		}
	}
	return m
}

// features returns those of the case's images.
func features[T nn.Float](m nn.Encoder[T], e encoderCase, training bool, tape *autograd.Tape[T]) *autograd.Var[T] {
	images := tensor.Convert[T](tensor.FromSlice(e.Images, e.Shape...))
	return m.Forward(nn.Context{Training: training}, tape.Constant(images))
}

func (e encoderCase) check(t *testing.T, want encoderAnswer) {
	m := e.encoder(t)
	var names []string
	for _, s := range nn.State[float64](m) {
		names = append(names, s.Name)
	}
	require.Equal(t, want.Names, names)
	require.Equal(t, want.Count, nn.CountParameters[float64](m))
	if e.Config.Name != "vit" {
		// torchvision's own has a stem of 7×7 and a classifier of 1000 classes.
		full, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(1, 1)), nn.EncoderConfig{Name: e.Config.Name, Channels: 3, Height: 32, ImgWidth: 32})
		require.NoError(t, err)
		require.Equal(t, want.Total-64*3*(7*7-3*3)-(full.Dim()*1000+1000), nn.CountParameters[float32](full))
	}

	// Some 20 layers (54 for resnet50) in float64, each off by some units: 2e-13 is
	// measured at most, and five times that asked.
	const bound = 1e-12
	tape := autograd.NewTape[float64]()
	requireClose(t, "evaluation", features(m, e, false, tape).Value.Data(), want.Eval, bound)
	y := features(m, e, true, tape)
	requireClose(t, "training", y.Value.Data(), want.Train, bound)
	tape.BackwardFrom([]*autograd.Var[float64]{y}, []*tensor.Tensor[float64]{tensor.FromSlice(e.CT, y.Shape()...)})
	grads, err := safetensors.Read(e.Grads)
	require.NoError(t, err)
	stats, err := safetensors.Read(e.Stats)
	require.NoError(t, err)
	for _, s := range nn.State[float64](m) {
		if s.NeedsGrad() {
			g, ok := grads.Tensor(s.Name)
			require.True(t, ok, s.Name)
			values, err := safetensors.Floats[float64](g)
			require.NoError(t, err)
			// Gradients of weights behind a batch norm are small differences of large
			// terms: 1.6e-12 is measured at most.
			requireClose(t, "gradient of "+s.Name, s.Grad.Data(), values, 1e-11)
			continue
		}
		b, ok := stats.Tensor(s.Name)
		require.True(t, ok, s.Name)
		if strings.HasSuffix(s.Name, "num_batches_tracked") {
			n, err := safetensors.Int(b)
			require.NoError(t, err)
			require.Equal(t, float64(n), s.Value.Item())
			continue
		}
		values, err := safetensors.Floats[float64](b)
		require.NoError(t, err)
		requireClose(t, s.Name, s.Value.Data(), values, bound)
	}

	// In float32: ours against theirs, and theirs, with other numbers, against ours.
	single, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(9, 9)), e.Config)
	require.NoError(t, err)
	frozen := autograd.NewFrozenTape[float32]()
	require.NoError(t, nn.LoadState(e.State, nn.State[float32](single)))
	requireClose(t, "evaluation in float32", features(single, e, false, frozen).Value.Data(), want.Single, 1e-4)
	require.NoError(t, nn.LoadState(e.Back, nn.State[float32](single)))
	requireClose(t, "PyTorch's state dict", features(single, e, false, frozen).Value.Data(), want.BackFeatures, 1e-4)
	for _, s := range nn.State[float32](single) {
		if strings.HasSuffix(s.Name, "num_batches_tracked") {
			require.Equal(t, float32(8+41), s.Value.Item()) // 7, one step in training, 41 more
		}
	}
}

// requireClose holds the error against the largest expected element.
func requireClose[T nn.Float](t *testing.T, what string, got []T, want []float64, bound float64) {
	t.Helper()
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	d := maxDifference(got, want)
	if !(d <= bound*largest) {
		t.Errorf("%s: off by %.2g of the largest, %.2g are allowed", what, d/largest, bound)
	}
}
