package nn_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/internal/foreign"
	"entrec/nn"
	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// publishedEncoders writes networks under the names that they are published by, and what they make
// of images. Those of torchvision are its own; the vision transformers are written after
// timm's and DINO's.
var publishedEncoders = strings.TrimSuffix(torchEncoders, "y = [run(c) for c in x]\n") + `
def published(c):
    torch.manual_seed(c["Seed"])
    images = torch.rand(3, 3, c["Side"], c["Side"])
    if c["Kind"] == "vit":
        m = ViT(dict(height=32, image_width=32, patch=8, width=24, channels=3, heads=3, depth=2))
        with torch.no_grad():
            for p in m.parameters():
                p.copy_(torch.randn_like(p) * 0.2)
        state = dict(m.state_dict())
        state["head.weight"], state["head.bias"] = torch.zeros(10, 24), torch.zeros(10)
        state["mask_token"] = torch.zeros(1, 24)
        if c["Scales"]:
            for i, b in enumerate(m.blocks):
                for name, layer in (("ls1", b.attn.proj), ("ls2", b.mlp.fc2)):
                    gamma = state["blocks.%d.%s.gamma" % (i, name)] = torch.rand(24) + 0.5
                    with torch.no_grad():
                        layer.weight.copy_(gamma[:, None] * layer.weight)
                        layer.bias.copy_(gamma * layer.bias)
            for n, t in list(state.items()):
                state[n] = t.clone()
            with torch.no_grad():
                for i, b in enumerate(m.blocks):
                    for name, at in (("ls1", "attn.proj"), ("ls2", "mlp.fc2")):
                        g = state["blocks.%d.%s.gamma" % (i, name)]
                        state["blocks.%d.%s.weight" % (i, at)] /= g[:, None]
                        state["blocks.%d.%s.bias" % (i, at)] /= g
    else:
        m, _ = resnet(c["Kind"], 8, 3, False)
        if c["Stock"]:
            m = getattr(torchvision.models, c["Kind"])()
            m.fc = nn.Identity()
        m.train()
        with torch.no_grad():
            m(images)
        state = dict(m.state_dict())
        state["fc.weight"], state["fc.bias"] = torch.zeros(10, 64), torch.zeros(10)
    m.eval()
    with torch.no_grad():
        features = m(images).flatten().tolist()
    save(c["File"], {c["Prefix"] + n: t for n, t in state.items()})
    return {"Images": images.flatten().tolist(), "Features": features}

y = [published(c) for c in x]
`

// TestPublishedWeights: networks of PyTorch's, under their own names and prefixes, have the
// same features here.
func TestPublishedWeights(t *testing.T) {
	type question struct {
		Kind, Prefix, File string
		Side, Seed         int
		Scales, Stock      bool
		note               string
	}
	dir := t.TempDir()
	cases := []question{
		{Kind: "resnet18", Side: 32, note: "took 120 tensors; ignored 2: fc"},
		{Kind: "resnet34", Prefix: "module.", Side: 16, note: `took 216 tensors, whose names begin with "module."; ignored 2: module.fc`},
		{Kind: "resnet50", Prefix: "backbone.encoder.", Side: 16, note: "ignored 2: backbone.encoder.fc"},
		{Kind: "resnet18", Side: 64, Stock: true, note: "took 120 tensors; ignored 2: fc"}, // torchvision's own, with the stem for large images
		{Kind: "vit", Side: 32, note: "took 30 tensors; ignored 3: head, mask_token"},
		{Kind: "vit", Prefix: "teacher.backbone.", Side: 40, note: "ignored 3"},
		{Kind: "vit", Side: 32, Scales: true, note: "4 scales of layers went into the layers; ignored 3"},
	}
	for i := range cases {
		cases[i].Seed, cases[i].File = i, filepath.Join(dir, string(rune('a'+i))+".safetensors")
	}
	var answers []struct{ Images, Features []float64 }
	foreign.Run(t, []string{"torch", "torchvision"}, publishedEncoders, cases, &answers)
	for i, c := range cases {
		w, err := nn.ReadWeights(c.File)
		require.NoError(t, err)
		config := w.Complete(nn.EncoderConfig{Name: c.Kind})
		if c.Kind == "vit" {
			config.Set("heads", 3)
			require.Equal(t, []int{32, 24, 8, 2}, []int{config.Height, config.Width, config.Parameters["patch"], config.Parameters["depth"]})
		} else {
			config.Height, config.ImgWidth = c.Side, c.Side
			require.Equal(t, []int{3, map[bool]int{false: 8, true: 64}[c.Stock]}, []int{config.Channels, config.Width})
			require.Equal(t, map[bool]string{false: "cifar", true: "imagenet"}[c.Stock], config.Word("stem"))
		}
		e, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(0, 0)), config)
		require.NoError(t, err)
		note, err := nn.LoadWeights(w, c.Kind, e)
		require.NoError(t, err)
		require.Contains(t, note, c.note)
		images := tensor.New[float32](3, 3, c.Side, c.Side)
		for p, v := range answers[i].Images {
			images.Data()[p] = float32(v)
		}
		features := tensor.Contiguous(e.Forward(nn.Context{}, &autograd.Var[float32]{Value: images}).Value).Data()
		require.Len(t, answers[i].Features, len(features))
		for j, v := range answers[i].Features {
			require.InDelta(t, v, features[j], 1e-4, "%s, feature %d", c.Kind, j)
		}
	}
}

// TestWeightsRefuses: what does not fit is named, and the encoder stays as it is.
func TestWeightsRefuses(t *testing.T) {
	config := nn.EncoderConfig{Name: "vit", Width: 8, Channels: 1, Height: 16, ImgWidth: 16, Parameters: map[string]int{"depth": 1, "heads": 1, "patch": 4}}
	e, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(1, 1)), config)
	require.NoError(t, err)
	state := func(change func(all map[string]safetensors.Tensor)) string {
		all := map[string]safetensors.Tensor{}
		for _, s := range nn.State(nn.Module[float64](e)) {
			all[s.Name] = s.Tensor()
		}
		change(all)
		var list []safetensors.Tensor
		for name, t := range all {
			t.Name = name
			list = append(list, t)
		}
		path := filepath.Join(t.TempDir(), "w.safetensors")
		require.NoError(t, safetensors.Write(path, nil, list))
		return path
	}
	of := func(shape ...int) safetensors.Tensor {
		return safetensors.FromFloats("", shape, make([]float32, tensor.Size(shape)))
	}
	filled := func(value float64, shape ...int) safetensors.Tensor {
		values := make([]float64, tensor.Size(shape))
		values[3] = value
		return safetensors.FromFloats("", shape, values)
	}
	under := func(all map[string]safetensors.Tensor, prefixes ...string) {
		one := maps.Clone(all)
		clear(all)
		for i, prefix := range prefixes {
			for name, t := range one {
				if all[prefix+name] = t; i > 0 && name == "norm.bias" {
					all[prefix+name] = filled(float64(i), 8)
				}
			}
		}
	}
	for _, c := range []struct {
		change func(all map[string]safetensors.Tensor)
		words  string
	}{
		{func(all map[string]safetensors.Tensor) { delete(all, "norm.bias") }, `tensor "norm.bias" is missing, expected shape [8], for vit`},
		{func(all map[string]safetensors.Tensor) { all["norm.bias"] = of(9) }, `tensor "norm.bias": found shape [9], expected [8], for vit`},
		{func(all map[string]safetensors.Tensor) { all["pos_embed"] = of(1, 9, 8) }, `tensor "pos_embed": found 9 positions, expected 17, or those of a square of patches and a class`},
		{func(all map[string]safetensors.Tensor) { all["blocks.1.norm1.weight"] = of(8) }, `found tensor "blocks.1.norm1.weight" of shape [8], expected none of that name in vit`},
		{func(all map[string]safetensors.Tensor) { all["reg_token"] = of(1, 4, 8) }, `found tensor "reg_token" of shape [1 4 8], expected none of that name in vit`},
		{func(all map[string]safetensors.Tensor) { all["blocks.0.ls1.gamma"] = of(7) }, `expected one scale for each row`},
		{func(all map[string]safetensors.Tensor) { all["norm.bias"] = filled(math.NaN(), 8) }, `tensor "norm.bias": found NaN at index 3, expected a finite number`},
		{func(all map[string]safetensors.Tensor) { all["norm.bias"] = filled(math.Inf(-1), 8) }, `tensor "norm.bias": found -Inf at index 3, expected a finite number`},
		{func(all map[string]safetensors.Tensor) { all["pos_embed"] = filled(math.NaN(), 1, 10, 8) }, `tensor "pos_embed": found NaN at index 3, expected a finite number`},
		{func(all map[string]safetensors.Tensor) { all["blocks.0.ls1.gamma"] = filled(math.Inf(1), 8) }, `tensor "blocks.0.ls1.gamma": found +Inf at index 3, expected a finite number`},
		{func(all map[string]safetensors.Tensor) {
			all["norm.bias"] = safetensors.Tensor{DType: "F16", Shape: []int{8}, Data: append(make([]byte, 14), 0, 0x7c)}
		}, `tensor "norm.bias": found +Inf at index 7, expected a finite number`},
		{func(all map[string]safetensors.Tensor) {
			all["norm.bias"] = safetensors.Tensor{DType: "I32", Shape: []int{8}, Data: make([]byte, 32)}
		}, `tensor "norm.bias": found dtype I32, expected F16, BF16, F32 or F64`},
		{func(all map[string]safetensors.Tensor) { under(all, "state_dict.", "state_dict_ema.") }, `found tensors of vit under "state_dict." and as many under "state_dict_ema.", expected one encoder`},
		{func(all map[string]safetensors.Tensor) { under(all, "student.a.", "teacher.a.", "teacher.b.") }, `found tensors of vit under "teacher.a." and as many under "student.a.", expected one encoder`},
		{func(all map[string]safetensors.Tensor) { under(all, "", "teacher.") }, `found tensors of vit under "teacher." and as many under "", expected one encoder`},
		{func(all map[string]safetensors.Tensor) { clear(all); all["x"] = of(1) }, `found 1 tensors, the first "x", expected tensors of vit such as "cls_token"`},
		{func(all map[string]safetensors.Tensor) { clear(all) }, `found no tensors, expected tensors of vit`},
	} {
		path := state(c.change)
		w, err := nn.ReadWeights(path)
		require.NoError(t, err)
		other, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(2, 2)), config)
		require.NoError(t, err)
		before := nn.State(nn.Module[float64](other))[0].Value.Clone().Data()
		_, err = nn.LoadWeights(w, "vit", other)
		require.ErrorContains(t, err, path+": ")
		require.ErrorContains(t, err, c.words)
		require.Equal(t, before, nn.State(nn.Module[float64](other))[0].Value.Data())
	}
	// Positions of another grid are interpolated.
	w, err := nn.ReadWeights(state(func(all map[string]safetensors.Tensor) { all["pos_embed"] = of(1, 10, 8) }))
	require.NoError(t, err)
	note, err := nn.LoadWeights(w, "vit", e)
	require.NoError(t, err)
	require.Contains(t, note, "pos_embed of 3×3 patches interpolated to 4×4")
}

// TestStudentAndTeacher: of a file that has both, as full checkpoints of DINO do, the
// teacher is taken, which is said.
func TestStudentAndTeacher(t *testing.T) {
	config := nn.EncoderConfig{Name: "mlp", Width: 2, Channels: 1, Height: 2, ImgWidth: 2}
	for _, prefixes := range [][2]string{{"student.", "teacher."}, {"student.module.backbone.", "teacher.backbone."}, {"a.student.", "teacher."}} {
		var list []safetensors.Tensor
		var teacher nn.Encoder[float32]
		for i, prefix := range prefixes {
			e, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(uint64(i), 1)), config)
			require.NoError(t, err)
			for _, s := range nn.State(nn.Module[float32](e)) {
				one := s.Tensor()
				one.Name = prefix + s.Name
				list = append(list, one)
			}
			teacher = e
		}
		path := filepath.Join(t.TempDir(), "w.safetensors")
		require.NoError(t, safetensors.Write(path, nil, list))
		w, err := nn.ReadWeights(path)
		require.NoError(t, err)
		e, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(9, 9)), config)
		require.NoError(t, err)
		note, err := nn.LoadWeights(w, "mlp", e)
		require.NoError(t, err)
		require.Contains(t, note, fmt.Sprintf("whose names begin with %q: the teacher, not the student under %q; ignored ", prefixes[1], prefixes[0]))
		for i, s := range nn.State(nn.Module[float32](e)) {
			require.Equal(t, nn.State(nn.Module[float32](teacher))[i].Value.Data(), s.Value.Data())
		}
	}
}

// TestOtherFiles: what else a file of weights can be is named.
func TestOtherFiles(t *testing.T) {
	const converts = ", expected safetensors: in Python, safetensors.torch.save_file(torch.load(FILE, weights_only=True), NEW) writes a state dict as such"
	for content, words := range map[string]string{
		"PK\x03\x04\x00\x00\x08\x08" + strings.Repeat("\x00", 22) + "archive/data.pkl": "found a PyTorch file" + converts,
		"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.":                   "found a PyTorch file" + converts,
		"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a":                   "found a pickle" + converts,
		"PK\x03\x04\x00\x00\x08\x08" + strings.Repeat("\x00", 22) + "x.npy":            "found a zip archive, expected safetensors",
		"\x08\x08\x12\x07pytorch":           "found an ONNX graph, expected safetensors: the state dict that it was made of",
		"\x08\x08\x02\x00\x00\x00\x00\x00{": "byte 0: found a header of 133128 bytes, expected at most the 1 bytes that follow",
		"\x80\x02\x01\x00\x00\x00\x00\x00{": "byte 0: found a header of 66176 bytes, expected at most the 1 bytes that follow",
		"\x80\x02":                          "byte 0: found 2 bytes, expected a header length of 8 bytes",
	} {
		path := filepath.Join(t.TempDir(), "w.pth")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		_, err := nn.ReadWeights(path)
		require.EqualError(t, err, path+": "+words)
	}
}
