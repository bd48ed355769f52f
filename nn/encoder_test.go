package nn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// small returns a configuration of each encoder for images of 3×16×16.
func small(name string) nn.EncoderConfig {
	return nn.EncoderConfig{Name: name, Width: 8, Channels: 3, Height: 16, ImgWidth: 16}
}

// TestEncoders runs every encoder forward and backward in both precisions, from
// the same initial numbers.
func TestEncoders(t *testing.T) {
	for _, name := range nn.EncoderNames() {
		double, single := encode[float64](t, name), encode[float32](t, name)
		require.Equal(t, map[string]int{"mlp": 8, "convnet": 32, "resnet18": 64, "resnet34": 64, "resnet50": 256, "vit": 8, "patchnet": 64}[name], double.dim, name)
		for i, v := range double.initial {
			require.Equal(t, float32(v), float32(single.initial[i]), name)
		}
		require.Len(t, single.initial, len(double.initial))
		largest := 0.0
		for _, v := range double.features {
			largest = max(largest, math.Abs(v))
		}
		// Up to 54 layers, each off by some units of 2⁻²⁴: 6e-7 is measured at most, and
		// four times that asked.
		require.LessOrEqual(t, maxDifference(single.features, double.features), 2.4e-6*largest, name)
	}
}

type encoded struct {
	dim               int
	initial, features []float64
}

func encode[T nn.Float](t *testing.T, name string) encoded {
	m, err := nn.NewEncoder[T](rand.New(rand.NewPCG(1, 2)), small(name))
	require.NoError(t, err)
	e := encoded{dim: m.Dim()}
	for _, p := range nn.Parameters[T](m) {
		for _, v := range p.Value.Data() {
			e.initial = append(e.initial, float64(v))
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	x := tensor.New[T](6, 3, 16, 16)
	for i := range x.Data() {
		x.Data()[i] = T(float32(rng.NormFloat64()))
	}
	tape := autograd.NewTape[T]()
	for _, v := range m.Forward(nn.Context{}, tape.Constant(x)).Value.Data() {
		e.features = append(e.features, float64(v))
	}
	y := m.Forward(nn.Context{Training: true}, tape.Constant(x))
	require.Equal(t, []int{6, m.Dim()}, y.Shape(), name)
	tape.Backward(autograd.Sum(autograd.Mul(y, y)))
	for _, p := range nn.Parameters[T](m) {
		require.True(t, p.HasGrad(), "%s: %s", name, p.Name)
	}
	return e
}

// TestStandardEncoders counts the parameters of encoders as they are where nothing
// is asked for; those of resnets are held against torchvision's elsewhere.
func TestStandardEncoders(t *testing.T) {
	for _, c := range []struct {
		name   string
		params int
	}{
		{"mlp", 3072*512 + 512*512 + 4*512},
		{"convnet", 27*32 + 9*32*64 + 9*64*128 + 9*128*128 + 2*(32+64+128+128)},
		{"resnet18", 11168832}, // torchvision's 11689512 with the small stem and no fc
		{"vit", 96 + 65*96 + 48*96 + 96 + 6*(12*96*96+13*96) + 2*96},
	} {
		config := nn.EncoderConfig{Name: c.name, Channels: 3, Height: 32, ImgWidth: 32}
		m, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(1, 2)), config)
		require.NoError(t, err)
		require.Equal(t, c.params, nn.CountParameters[float32](m), c.name)
	}
}

// TestStem: the stem for large images is torchvision's; it goes by the images' size and by
// what is asked for, and is written where it does not go without saying.
func TestStem(t *testing.T) {
	sized := func(side int, stem int) nn.EncoderConfig {
		c := nn.EncoderConfig{Name: "resnet18", Width: 8, Channels: 3, Height: side, ImgWidth: side}
		if stem > 0 {
			c.Set("stem", stem)
		}
		c.Complete()
		return c
	}
	for _, c := range []struct {
		config nn.EncoderConfig
		stem   string
		text   string
	}{
		{sized(32, 0), "cifar", ""}, {sized(95, 0), "cifar", ""}, {sized(96, 0), "imagenet", `,"stem":"imagenet"`}, {sized(224, 0), "imagenet", `,"stem":"imagenet"`},
		{sized(96, 1), "cifar", `,"stem":"cifar"`}, {sized(32, 2), "imagenet", `,"stem":"imagenet"`},
	} {
		require.Equal(t, c.stem, c.config.Word("stem"))
		text, err := json.Marshal(c.config)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf(`{"name":"resnet18","width":8,"channels":3,"height":%d,"image_width":%d,"features":64%s}`, c.config.Height, c.config.ImgWidth, c.text), string(text))
		var read nn.EncoderConfig
		require.NoError(t, json.Unmarshal(text, &read))
		read.CompleteWritten()
		require.Equal(t, c.config, read)
	}
	older := nn.EncoderConfig{Name: "resnet18", Height: 224, ImgWidth: 224, Channels: 3}
	older.CompleteWritten()
	require.Equal(t, "cifar", older.Word("stem"), "of a version that had no other")
	for text, says := range map[string]string{`{"name":"resnet18","stem":"vgg"}`: `stem: found "vgg", expected cifar or imagenet`, `{"stem":1}`: "stem: found 1, expected cifar or imagenet"} {
		require.ErrorContains(t, json.Unmarshal([]byte(text), new(nn.EncoderConfig)), says)
	}
	require.ErrorContains(t, sized(32, 3).Validate(), "stem 3 must be one of cifar, imagenet")

	// torchvision's numbers of parameters, without fc; features of images down to one pixel.
	for name, params := range map[string]int{"resnet18": 11689512 - 513000, "resnet34": 21797672 - 513000, "resnet50": 25557032 - 2049000} {
		c := nn.EncoderConfig{Name: name, Channels: 3, Height: 224, ImgWidth: 224}
		m, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(1, 2)), c)
		require.NoError(t, err)
		require.Equal(t, params, nn.CountParameters[float32](m), name)
	}
	m, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(1, 2)), sized(96, 0))
	require.NoError(t, err)
	for _, side := range [][2]int{{96, 96}, {48, 33}, {1, 1}} {
		x := tensor.New[float64](2, 3, side[0], side[1])
		x.Fill(0.5)
		maps, _ := m.(*nn.ResNet[float64]).Stages(nn.Context{Training: true}, &autograd.Var[float64]{Value: x})
		require.Equal(t, []int{2, 64, (side[0] + 31) / 32, (side[1] + 31) / 32}, maps[1].Shape())
	}
}

func TestEncoderConfig(t *testing.T) {
	complete := func(c nn.EncoderConfig) nn.EncoderConfig {
		c.Complete()
		return c
	}
	vit := func(width, side, heads, patch int) {
		got := complete(nn.EncoderConfig{Name: "vit", Width: width, Height: side, ImgWidth: side})
		require.Equal(t, map[string]int{"depth": 6, "heads": heads, "patch": patch}, got.Parameters)
	}
	vit(192, 32, 3, 4)
	vit(96, 28, 3, 4)
	vit(40, 64, 1, 8)
	vit(384, 224, 6, 16)
	resnet := func(name string, features int) {
		require.Equal(t, nn.EncoderConfig{Name: name, Width: 64, Parameters: map[string]int{"features": features, "stem": 1}}, complete(nn.EncoderConfig{Name: name}))
	}
	resnet("resnet18", 512)
	resnet("resnet50", 2048)

	for _, name := range nn.EncoderNames() {
		require.NoError(t, small(name).Validate(), name)
	}
	with := func(name string, change func(c *nn.EncoderConfig)) nn.EncoderConfig {
		c := small(name)
		change(&c)
		return c
	}
	for _, c := range []struct {
		config nn.EncoderConfig
		says   string
	}{
		{small("resnet19"), "there are " + strings.Join(nn.EncoderNames(), ", ")},
		{with("mlp", func(c *nn.EncoderConfig) { c.Width = -1 }), "width -1 must be at least 1 and at most 4096"},
		{with("resnet18", func(c *nn.EncoderConfig) { c.Width = 9e18 }), "width 9000000000000000000 must be at least 1 and at most 4096"},
		{with("resnet18", func(c *nn.EncoderConfig) { c.Parameters = map[string]int{"features": 0} }), "features 0 must be at least 1 and at most 131072"},
		{with("mlp", func(c *nn.EncoderConfig) { c.Parameters = map[string]int{"features": 8} }), "features means nothing to it, only to resnet18, resnet34, resnet50"},
		{with("mlp", func(c *nn.EncoderConfig) { c.Channels = 0 }), "images of 0×16×16 are empty"},
		{with("vit", func(c *nn.EncoderConfig) { c.Height = 0 }), "images of 3×0×16 are empty"},
		{with("convnet", func(c *nn.EncoderConfig) { c.Channels = 4097 }), "images of 4097×16×16 are larger than 4096"},
		{with("convnet", func(c *nn.EncoderConfig) { c.Height = 7 }), "smaller than 8×8"},
		{with("resnet18", func(c *nn.EncoderConfig) { c.Set("heads", 2) }), "heads means nothing to it, only to vit"},
		{with("vit", func(c *nn.EncoderConfig) { c.Set("depth", -2) }), "depth -2"},
		{with("vit", func(c *nn.EncoderConfig) { c.Set("depth", 257) }), "depth 257 must be at least 1 and at most 256"},
		{with("vit", func(c *nn.EncoderConfig) { c.Set("heads", -2) }), "heads -2"},
		{with("vit", func(c *nn.EncoderConfig) { c.Set("heads", 3) }), "width 8 is no multiple of 3 heads"},
		{with("vit", func(c *nn.EncoderConfig) { c.Set("patch", 17) }), "patches of 17 pixels are larger"},
	} {
		require.ErrorContains(t, c.config.Validate(), c.says)
		_, err := nn.NewEncoder[float32](rand.New(rand.NewPCG(1, 2)), c.config)
		require.ErrorContains(t, err, c.says)
	}
}

// TestViTPositions shows that of all parameters the positions alone depend on the
// size of images, and that interpolating to the same size is not interpolating.
func TestViTPositions(t *testing.T) {
	m, err := nn.NewEncoder[float64](rand.New(rand.NewPCG(1, 2)), small("vit"))
	require.NoError(t, err)
	tape := autograd.NewTape[float64]()
	for _, side := range [][2]int{{16, 16}, {8, 8}, {32, 24}, {19, 4}} {
		x := tensor.New[float64](2, 3, side[0], side[1])
		x.Fill(0.5)
		y := m.Forward(nn.Context{}, tape.Constant(x))
		require.Equal(t, []int{2, 8}, y.Shape())
		require.Equal(t, y.Value.At(0, 3), y.Value.At(1, 3))
	}
	require.Error(t, tensor.Catch(func() {
		m.Forward(nn.Context{}, tape.Constant(tensor.New[float64](2, 3, 3, 16)))
	}), "smaller than a patch")
}

// ExampleNewEncoder builds a narrow ResNet-18 for small images and lists its first layers
// under torchvision's names.
func ExampleNewEncoder() {
	rng := rand.New(rand.NewPCG(1, 2))
	encoder, err := nn.NewEncoder[float32](rng, nn.EncoderConfig{Name: "resnet18", Width: 8, Channels: 3, Height: 32, ImgWidth: 32})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(encoder.Dim(), "features,", nn.CountParameters[float32](encoder), "parameters")
	for _, s := range nn.State[float32](encoder)[:7] {
		if !strings.Contains(s.Name, "running") {
			fmt.Println(s.Name, s.Shape())
		}
	}
	// Output:
	// 64 features, 175752 parameters
	// conv1.weight [8 3 3 3]
	// bn1.weight [8]
	// bn1.bias [8]
	// bn1.num_batches_tracked []
	// layer1.0.conv1.weight [8 8 3 3]
}
