package view

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// everything is a configuration in which every operation happens at times.
func everything(channels, size int) Config {
	c := SimCLR(channels, size)
	for i := range c.Mean {
		c.Mean[i], c.Std[i] = 0.5-0.1*float64(i), 0.2+0.1*float64(i)
	}
	c.Blur = BlurConfig{Probability: 0.5, Kernel: 3, SigmaMin: 0.1, SigmaMax: 2}
	c.Solarize = SolarizeConfig{Probability: 0.3, Threshold: 0.5}
	return c
}

func photo(c, h, w int) []byte {
	rng := rand.New(rand.NewPCG(5, uint64(c*h*w)))
	x := make([]byte, c*h*w)
	for i := range x {
		x[i] = byte(rng.Uint32())
	}
	return x
}

// sized is a pipeline for images of one size.
type sized[T Float] struct {
	*Pipeline[T]
	height, width int
}

func newPipeline[T Float](t testing.TB, cfg Config, c, h, w int) sized[T] {
	t.Helper()
	p, err := New[T](cfg, c)
	require.NoError(t, err)
	return sized[T]{p, h, w}
}

func apply[T Float](p sized[T], src []byte, key Key) []T {
	c, h, w := p.OutputShape()
	dst := make([]T, c*h*w)
	p.Apply(dst, src, p.height, p.width, key)
	return dst
}

// squashed is Evaluation of whole images, whatever their sides.
func squashed(size int, mean, std []float64) Config {
	c := Evaluation(size, mean, std)
	c.Resize = Squash
	return c
}

// naive makes a view from the operations, one after the other, as their
// documentation says.
func naive(cfg Config, src []byte, c, h, w int, key Key) []float64 {
	var pcg rand.PCG
	key.seed(&pcg)
	p := cfg.draw(rand.New(&pcg), h, w)
	size := cfg.Size
	whole := make([]float64, len(src))
	for i, v := range src {
		whole[i] = float64(v) / 255
	}
	x := make([]float64, c*size*size)
	ResizedCrop(x, whole, c, h, w, p.crop, size, cfg.Crop.Antialias)
	if p.flip {
		HorizontalFlip(x, size)
	}
	if p.jitter {
		for _, op := range p.order {
			switch op {
			case 0:
				AdjustBrightness(x, p.factor[0])
			case 1:
				AdjustContrast(x, c, p.factor[1])
			case 2:
				AdjustSaturation(x, c, p.factor[2])
			case 3:
				if cfg.Jitter.Hue > 0 {
					AdjustHue(x, c, p.factor[3])
				}
			}
		}
	}
	if p.gray {
		Grayscale(x, c)
	}
	if p.sigma > 0 {
		blurred := make([]float64, len(x))
		GaussianBlur(blurred, x, make([]float64, len(x)), c, size, size, cfg.Blur.Kernel, p.sigma)
		x = blurred
	}
	if p.invert {
		Solarize(x, cfg.Solarize.Threshold)
	}
	out := make([]float64, len(x))
	for ch := range c {
		for i := range size * size {
			out[i*c+ch] = (x[ch*size*size+i] - cfg.Mean[ch]) / cfg.Std[ch]
		}
	}
	return out
}

func TestPipelineIsTheOperationsInTurn(t *testing.T) {
	for _, s := range []struct{ c, h, w, size int }{{3, 32, 32, 32}, {1, 28, 28, 28}, {3, 20, 31, 16}, {1, 9, 5, 24}, {3, 1, 1, 4}} {
		for name, cfg := range map[string]Config{
			"everything": everything(s.c, s.size),
			"simclr":     SimCLR(s.c, s.size),
			"evaluation": squashed(s.size, make([]float64, s.c), slices.Repeat([]float64{0.5}, s.c)),
		} {
			p64, p32 := newPipeline[float64](t, cfg, s.c, s.h, s.w), newPipeline[float32](t, cfg, s.c, s.h, s.w)
			src := photo(s.c, s.h, s.w)
			for sample := range 60 {
				key := Key{Seed: 1, Epoch: 2, Sample: sample, View: 1}
				want, double, single := naive(cfg, src, s.c, s.h, s.w, key), apply(p64, src, key), apply(p32, src, key)
				for i := range want {
					// Multiplying by 1/std rounds otherwise than dividing by it: a few 2⁻⁵³.
					if !(math.Abs(double[i]-want[i]) <= 1e-14) {
						t.Fatalf("%s %+v sample %d: element %d is %v, expected %v", name, s, sample, i, double[i], want[i])
					}
				}
				// In float32 a value next to the threshold of solarize may fall on its
				// other side, and hue is steep where colors are dark: all but a few
				// elements are within 64·2⁻²⁴, divided by the standard deviation 0.2.
				far := 0
				for i := range want {
					if !(math.Abs(float64(single[i])-want[i]) <= 64.0/(1<<24)/0.2) {
						far++
					}
				}
				if far > len(want)/100 {
					t.Fatalf("%s %+v sample %d: %d of %d float32 elements are far away", name, s, sample, far, len(want))
				}
			}
		}
	}
}

// A view is a function of its key: not of what was made before, nor of who else
// is at work.
func TestViewsDependOnTheirKeyAlone(t *testing.T) {
	cfg := everything(3, 16)
	src := photo(3, 20, 24)
	p := newPipeline[float32](t, cfg, 3, 20, 24)
	var keys []Key
	for _, seed := range []uint64{0, 1, 1 << 63} {
		for _, epoch := range []int{0, 1, 300} {
			for _, sample := range []int{0, 1, 49999} {
				for v := range 2 {
					keys = append(keys, Key{seed, epoch, sample, v})
				}
			}
		}
	}
	want := make([][]float32, len(keys))
	for i, k := range keys {
		want[i] = apply(p, src, k)
		for j := range i {
			require.NotEqual(t, want[j], want[i], "%+v and %+v", keys[j], k)
		}
	}
	for _, workers := range []int{1, 2, 7} {
		got := make([][]float32, len(keys))
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := len(keys) - 1 - w; i >= 0; i -= workers { // backwards, interleaved
					got[i] = apply(p, src, keys[i])
				}
			})
		}
		wg.Wait()
		require.Equal(t, want, got)
	}
	other := newPipeline[float32](t, cfg, 3, 20, 24)
	require.Equal(t, want[3], apply(other, src, keys[3]))
}

func TestConfigSurvivesJSON(t *testing.T) {
	cfg := everything(3, 32)
	text, err := json.Marshal(cfg)
	require.NoError(t, err)
	var back Config
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&back))
	require.Equal(t, cfg, back)
	require.NoError(t, back.Validate())
}

func TestValidateRefuses(t *testing.T) {
	for want, change := range map[string]func(c *Config){
		"flip":                   func(c *Config) { c.Flip = 1.5 },
		"flip NaN":               func(c *Config) { c.Flip = math.NaN() },
		"jitter.probability":     func(c *Config) { c.Jitter.Probability = -0.1 },
		"grayscale":              func(c *Config) { c.Grayscale = 2 },
		"blur.probability":       func(c *Config) { c.Blur.Probability = math.Inf(1) },
		"solarize.probability":   func(c *Config) { c.Solarize.Probability = -1 },
		"size":                   func(c *Config) { c.Size = 0 },
		"size 5000":              func(c *Config) { c.Size = 5000 },
		"crop.scale_min":         func(c *Config) { c.Crop.ScaleMin = 0 },
		"scale_max":              func(c *Config) { c.Crop.ScaleMax = 1.1 },
		"crop.scale_min 0.9":     func(c *Config) { c.Crop.ScaleMin, c.Crop.ScaleMax = 0.9, 0.5 },
		"crop.ratio_min":         func(c *Config) { c.Crop.RatioMin = 0 },
		"ratio_max":              func(c *Config) { c.Crop.RatioMax = math.NaN() },
		"jitter of brightness":   func(c *Config) { c.Jitter.Brightness = -1 },
		"jitter of":              func(c *Config) { c.Jitter.Contrast = math.NaN() },
		"jitter.hue":             func(c *Config) { c.Jitter.Hue = 0.6 },
		"blur.kernel 4":          func(c *Config) { c.Blur.Kernel = 4 },
		"blur.kernel 99":         func(c *Config) { c.Blur.Kernel = 99 },
		"blur.sigma_min":         func(c *Config) { c.Blur.SigmaMin = 0 },
		"solarize.threshold":     func(c *Config) { c.Solarize.Threshold = math.NaN() },
		"mean has 2":             func(c *Config) { c.Mean = c.Mean[:2] },
		"mean has 0":             func(c *Config) { c.Mean, c.Std = nil, nil },
		"of channel 1":           func(c *Config) { c.Std[1] = 0 },
		"std 1e-320":             func(c *Config) { c.Std[0] = 1e-320 },
		"mean NaN":               func(c *Config) { c.Mean[0] = math.NaN() },
		"mean and std have 1 ch": func(c *Config) { c.Mean, c.Std = c.Mean[:1], c.Std[:1] },
	} {
		t.Run(want, func(t *testing.T) {
			cfg := everything(3, 32)
			change(&cfg)
			_, err := New[float64](cfg, 3)
			require.Error(t, err)
			require.Contains(t, err.Error(), strings.TrimSuffix(want, " NaN"))
			require.NotContains(t, err.Error(), "\n")
		})
	}
	for _, channels := range []int{2, 0, -1} {
		_, err := New[float64](SimCLR(3, 8), channels)
		require.ErrorContains(t, err, "images of")
	}
}

// naiveResize resizes a plane to th×tw, bilinearly with antialiasing, as the definition has
// it: each output is the average of all pixels under a triangle around its center.
func naiveResize(x []float64, h, w, th, tw int) []float64 {
	weights := func(i, in, out int) []float64 {
		scale := float64(in) / float64(out)
		all, sum := make([]float64, in), 0.0
		for j := range all {
			all[j] = max(0, 1-math.Abs(float64(j)+0.5-(float64(i)+0.5)*scale)/max(1, scale))
			sum += all[j]
		}
		for j := range all {
			all[j] /= sum
		}
		return all
	}
	y := make([]float64, th*tw)
	for i := range th {
		down := weights(i, h, th)
		for j := range tw {
			across := weights(j, w, tw)
			for a, u := range down {
				for b, v := range across {
					y[i*tw+j] += u * v * x[a*w+b]
				}
			}
		}
	}
	return y
}

// TestResize holds each way to resize to its definition.
func TestResize(t *testing.T) {
	for _, size := range []int{1, 4, 9, 16} {
		for _, s := range [][2]int{{9, 9}, {24, 32}, {31, 17}, {16, 16}, {3, 40}, {15, 20}} {
			h, w := s[0], s[1]
			src := photo(1, h, w)
			plane := make([]float64, len(src))
			for i, v := range src {
				plane[i] = float64(v) / 255
			}
			short := min(h, w)
			center := func(x []float64, h, w int) []float64 {
				top, left := int(math.RoundToEven(float64(h-size)/2)), int(math.RoundToEven(float64(w-size)/2))
				var y []float64
				for i := range size {
					y = append(y, x[(top+i)*w+left:][:size]...)
				}
				return y
			}
			shorter := center(naiveResize(plane, h, w, size*h/short, size*w/short), size*h/short, size*w/short)
			for resize, want := range map[Resize][]float64{"": shorter, Shorter: shorter, Squash: naiveResize(plane, h, w, size, size), CenterCrop: shorter} {
				if resize == CenterCrop && short >= size {
					want = center(plane, h, w)
				}
				cfg := Evaluation(size, []float64{0}, []float64{1})
				cfg.Resize = resize
				require.InDeltaSlice(t, want, apply(newPipeline[float64](t, cfg, 1, h, w), src, Key{}), 1e-12, "%s of %v to %d", resize, s, size)
			}
		}
	}
	cfg := Evaluation(4, []float64{0}, []float64{1})
	cfg.Resize = "pad"
	require.EqualError(t, cfg.Validate(), `resize "pad" is none of shorter, squash, crop`)
}

func TestPanics(t *testing.T) {
	p := newPipeline[float32](t, SimCLR(3, 8), 3, 8, 8)
	require.Panics(t, func() { p.Apply(make([]float32, 3*64), make([]byte, 3), 8, 8, Key{}) })
	require.Panics(t, func() { p.Apply(make([]float32, 3), make([]byte, 3*64), 8, 8, Key{}) })
	require.Panics(t, func() { p.Apply(make([]float32, 3*64), make([]byte, 3*64), -8, -8, Key{}) })
	x := make([]float64, 64)
	for _, r := range []Rect{{0, 0, 0, 1}, {0, 0, 9, 1}, {-1, 0, 2, 2}, {7, 7, 2, 1}} {
		require.Panics(t, func() { ResizedCrop(make([]float64, 16), x, 1, 8, 8, r, 4, true) }, r)
	}
	for _, b := range []struct {
		kernel int
		sigma  float64
	}{{2, 1}, {17, 1}, {3, 0}, {3, math.NaN()}} {
		require.Panics(t, func() { GaussianBlur(make([]float64, 64), x, make([]float64, 64), 1, 8, 8, b.kernel, b.sigma) }, b)
	}
}

// FuzzPipeline: whatever the configuration and the image, New refuses it in one
// line, or views are made and finite.
func FuzzPipeline(f *testing.F) {
	seed, err := json.Marshal(everything(3, 8))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, uint8(3), uint8(8), uint8(8), uint64(0), []byte("pixels"))
	f.Add([]byte(`{"size":1,"crop":{"scale_min":1e-300,"scale_max":1,"ratio_min":1e-300,"ratio_max":9e5},"mean":[0],"std":[1]}`), uint8(1), uint8(2), uint8(200), uint64(1), []byte{255})
	f.Add([]byte(`{"size":4,"jitter":{"probability":1,"brightness":9e5,"contrast":9e5,"saturation":9e5,"hue":0.5},"mean":[0,0,0],"std":[1,1,1]}`), uint8(3), uint8(3), uint8(5), uint64(2), []byte{0, 255, 7})
	f.Add([]byte(`{"size":4,"blur":{"probability":1,"kernel":7,"sigma_min":5e-324,"sigma_max":9e5},"mean":[9e5],"std":[1e-5]}`), uint8(1), uint8(3), uint8(5), uint64(2), []byte{0, 255, 7})
	f.Fuzz(func(t *testing.T, config []byte, channels, height, width uint8, key uint64, pixels []byte) {
		var cfg Config
		if json.Unmarshal(config, &cfg) != nil || cfg.Size > 64 {
			t.Skip()
		}
		p, err := New[float32](cfg, int(channels))
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		if height == 0 || width == 0 {
			t.Skip()
		}
		src := make([]byte, int(channels)*int(height)*int(width))
		for i := range src {
			if len(pixels) > 0 {
				src[i] = pixels[i%len(pixels)]
			}
		}
		for v := range 4 {
			for i, got := range apply(sized[float32]{p, int(height), int(width)}, src, Key{Seed: key, View: v}) {
				if math.IsNaN(float64(got)) || math.IsInf(float64(got), 0) {
					t.Fatalf("element %d of view %d is %v", i, v, got)
				}
			}
		}
	})
}

func ExamplePipeline() {
	cfg := SimCLR(3, 32)
	cfg.Mean, cfg.Std = []float64{0.49, 0.48, 0.45}, []float64{0.25, 0.24, 0.26}
	p, err := New[float32](cfg, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	image := make([]byte, 3*32*32) // channel, height, width
	v1, v2, again := make([]float32, len(image)), make([]float32, len(image)), make([]float32, len(image))
	for i := range image {
		image[i] = byte(i)
	}
	p.Apply(v1, image, 32, 32, Key{Seed: 1, Epoch: 0, Sample: 7, View: 0})
	p.Apply(v2, image, 32, 32, Key{Seed: 1, Epoch: 0, Sample: 7, View: 1})
	p.Apply(again, image, 32, 32, Key{Seed: 1, Epoch: 0, Sample: 7, View: 0})
	fmt.Println(slices.Equal(v1, v2), slices.Equal(v1, again))
	// Output: false true
}

func ExampleConfig_Validate() {
	cfg := SimCLR(3, 32)
	cfg.Jitter.Hue = 0.7
	fmt.Println(cfg.Validate())
	// Output: jitter.hue 0.7 is not in 0…0.5
}

func ExampleResizedCrop() {
	image := []float64{
		0, 1, 2, 3,
		4, 5, 6, 7,
		8, 9, 10, 11,
		12, 13, 14, 15,
	}
	out := make([]float64, 4)
	ResizedCrop(out, image, 1, 4, 4, Rect{Top: 0, Left: 0, Height: 4, Width: 4}, 2, false)
	fmt.Println(out)
	// Output: [2.5 4.5 10.5 12.5]
}

func ExampleAdjustHue() {
	red := []float64{1, 0, 0} // one pixel of red, green and blue
	AdjustHue(red, 3, 1.0/3)
	fmt.Printf("%.2f\n", red)
	// Output: [0.00 1.00 0.00]
}

func BenchmarkApply(b *testing.B) {
	p := newPipeline[float32](b, SimCLR(3, 32), 3, 32, 32)
	src, dst, n := photo(3, 32, 32), make([]float32, 3*32*32), 0
	b.ReportAllocs()
	for b.Loop() {
		p.Apply(dst, src, 32, 32, Key{Sample: n})
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "views/s")
}
