package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// foreignCase is an image operation for torchvision to do as well.
type foreignCase struct {
	Name  string             `json:"name"`
	Op    string             `json:"op"`
	Shape [3]int             `json:"shape"` // c, h, w
	Data  []float64          `json:"data"`  // exact in float32
	Args  map[string]float64 `json:"args"`
	// bound is how far the float32 result may be from torchvision's in float64, in
	// units of 2⁻²⁴, the rounding of a value near one.
	bound float64
}

// torchvision does the cases in float64. Its kernel of a blur is float32 whatever
// the image unless torch's default type is changed.
const torchvision = `
import torch, torchvision.transforms.functional as F
torch.set_default_dtype(torch.float64)
y = []
for c in x:
    im, a = torch.tensor(c["data"]).reshape(c["shape"]), c["args"]
    op = c["op"]
    if op == "resized_crop":
        out = F.resized_crop(im, int(a["top"]), int(a["left"]), int(a["height"]), int(a["width"]), [int(a["size"])] * 2, antialias=bool(a["antialias"]))
    elif op == "resize":
        out = F.center_crop(F.resize(im / 255, int(a["size"]), antialias=True), [int(a["size"])] * 2)
    elif op == "center_crop":
        out = F.center_crop(im / 255, [int(a["size"])] * 2)
    elif op == "hflip":
        out = F.hflip(im)
    elif op == "rgb_to_grayscale":
        out = F.rgb_to_grayscale(im, 3)
    elif op == "gaussian_blur":
        out = F.gaussian_blur(im, [int(a["kernel"])] * 2, [a["sigma"]] * 2)
    elif op == "solarize":
        out = F.solarize(im, a["threshold"])
    else:
        out = getattr(F, op)(im, a["factor"])
    y.append(out.flatten().tolist())
`

// answer does a case with this package.
func answer[T Float](c foreignCase) []T {
	channels, h, w, a := c.Shape[0], c.Shape[1], c.Shape[2], c.Args
	x := make([]T, len(c.Data))
	for i, v := range c.Data {
		x[i] = T(v)
	}
	switch c.Op {
	case "resized_crop":
		size := int(a["size"])
		y := make([]T, channels*size*size)
		r := Rect{int(a["top"]), int(a["left"]), int(a["height"]), int(a["width"])}
		ResizedCrop(y, x, channels, h, w, r, size, a["antialias"] != 0)
		return y
	case "resize", "center_crop":
		return placed(c, x, map[string]Resize{"resize": Shorter, "center_crop": CenterCrop}[c.Op])
	case "gaussian_blur":
		y := make([]T, len(x))
		GaussianBlur(y, x, make([]T, len(x)), channels, h, w, int(a["kernel"]), a["sigma"])
		return y
	case "hflip":
		HorizontalFlip(x, w)
	case "rgb_to_grayscale":
		Grayscale(x, channels)
	case "solarize":
		Solarize(x, a["threshold"])
	case "adjust_brightness":
		AdjustBrightness(x, a["factor"])
	case "adjust_contrast":
		AdjustContrast(x, channels, a["factor"])
	case "adjust_saturation":
		AdjustSaturation(x, channels, a["factor"])
	case "adjust_hue":
		AdjustHue(x, channels, a["factor"])
	default:
		panic(c.Op)
	}
	return x
}

// placed is the view without a random crop of an image of whole numbers up to 255.
func placed[T Float](c foreignCase, x []T, resize Resize) []T {
	channels, size := c.Shape[0], int(c.Args["size"])
	cfg := Evaluation(size, make([]float64, channels), slices.Repeat([]float64{1}, channels))
	cfg.Resize = resize
	p, err := New[T](cfg, channels)
	if err != nil {
		panic(err)
	}
	src := make([]byte, len(x))
	for i, v := range x {
		src[i] = byte(v)
	}
	last, y := make([]T, channels*size*size), make([]T, channels*size*size)
	p.Apply(last, src, c.Shape[1], c.Shape[2], Key{})
	for i, v := range last {
		y[i%channels*size*size+i/channels] = v
	}
	return y
}

// foreignCases returns every operation on random images and on ones with what is
// special to it: black, white, grays, pure and equal colors.
func foreignCases() []foreignCase {
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(c, h, w int) []float64 {
		x := make([]float64, c*h*w)
		for i := range x {
			x[i] = float64(rng.Float32())
		}
		return x
	}
	special := func() []float64 { // 3×4×9: all colors of 0, ½ and 1, then grays
		x := make([]float64, 3*36)
		for i := range 36 {
			for ch, digit := 0, i; ch < 3; ch, digit = ch+1, digit/3 {
				x[ch*36+i] = float64(digit%3) / 2
				if i >= 27 {
					x[ch*36+i] = float64(i-27) / 8
				}
			}
		}
		return x
	}
	bytes := func(c, h, w int) []float64 {
		x := make([]float64, c*h*w)
		for i := range x {
			x[i] = float64(rng.IntN(256))
		}
		return x
	}
	var all []foreignCase
	add := func(op string, bound float64, shape [3]int, data []float64, args map[string]float64) {
		all = append(all, foreignCase{fmt.Sprintf("%s/%v/%v", op, shape, args), op, shape, data, args, bound})
	}
	for _, f := range []struct {
		op      string
		bound   float64
		factors []float64
	}{
		{"adjust_brightness", 1.25, []float64{0, 0.4, 1, 1.6, 3}},
		{"adjust_contrast", 4, []float64{0, 0.4, 1, 1.6, 3}},
		{"adjust_saturation", 8, []float64{0, 0.4, 1, 1.6, 3}},
		{"adjust_hue", 10, []float64{-0.5, -0.31, -0.1, 0, 0.02, 1.0 / 6, 0.4, 0.5}},
	} {
		for _, factor := range f.factors {
			args := map[string]float64{"factor": factor}
			add(f.op, f.bound, [3]int{3, 9, 7}, noise(3, 9, 7), args)
			add(f.op, f.bound, [3]int{3, 4, 9}, special(), args)
			add(f.op, f.bound, [3]int{1, 6, 5}, noise(1, 6, 5), args)
		}
	}
	for _, shape := range [][3]int{{3, 24, 32}, {3, 32, 24}, {1, 37, 50}, {3, 9, 7}, {1, 64, 17}, {3, 16, 16}, {1, 12, 12}} {
		for _, size := range []float64{4, 7, 12, 16, 21} {
			add("resize", 5, shape, bytes(shape[0], shape[1], shape[2]), map[string]float64{"size": size})
			if int(size) <= min(shape[1], shape[2]) {
				add("center_crop", 0.5, shape, bytes(shape[0], shape[1], shape[2]), map[string]float64{"size": size})
			}
		}
	}
	add("rgb_to_grayscale", 3, [3]int{3, 9, 7}, noise(3, 9, 7), nil)
	add("rgb_to_grayscale", 3, [3]int{3, 4, 9}, special(), nil)
	add("hflip", 0, [3]int{3, 4, 5}, noise(3, 4, 5), nil)
	add("hflip", 0, [3]int{1, 3, 1}, noise(1, 3, 1), nil)
	for _, threshold := range []float64{0, 0.5, 1} {
		add("solarize", 0, [3]int{3, 4, 9}, special(), map[string]float64{"threshold": threshold})
	}
	for _, b := range []struct {
		kernel int
		sigma  float64
	}{{1, 1}, {3, 0.1}, {3, 2}, {5, 0.7}, {9, 1.3}} {
		args := map[string]float64{"kernel": float64(b.kernel), "sigma": b.sigma}
		add("gaussian_blur", 5, [3]int{3, 12, 7}, noise(3, 12, 7), args)
		add("gaussian_blur", 5, [3]int{1, 5, 5}, noise(1, 5, 5), args)
	}
	for _, r := range []struct{ h, w, top, left, height, width, size int }{
		{32, 32, 0, 0, 32, 32, 32}, // as it is
		{32, 32, 3, 5, 17, 23, 32}, // up
		{32, 32, 1, 0, 31, 29, 8},  // down
		{20, 40, 2, 7, 9, 31, 16},  // up and down
		{9, 9, 4, 4, 1, 1, 6},      // a pixel
		{9, 9, 0, 3, 9, 1, 5},      // a column
		{64, 48, 0, 0, 64, 48, 3},  // far down
		{13, 11, 2, 2, 10, 7, 1},   // to a pixel
		{5, 5, 0, 0, 5, 5, 64},     // far up
	} {
		for antialias := range 2 {
			add("resized_crop", 5, [3]int{3, r.h, r.w}, noise(3, r.h, r.w), map[string]float64{
				"top": float64(r.top), "left": float64(r.left), "height": float64(r.height), "width": float64(r.width),
				"size": float64(r.size), "antialias": float64(antialias),
			})
		}
	}
	return all
}

// Every operation is torchvision's. In float64 the two differ by the order of
// their additions only, a few units of 2⁻⁵³ of values up to one: 1e-14 is 90 of
// them. The bounds in float32 are twice what was measured, at least.
func TestAgainstTorchvision(t *testing.T) {
	cases := foreignCases()
	var expected [][]float64
	foreign.Run(t, []string{"torch", "torchvision"}, torchvision, cases, &expected)
	worst32 := map[string]float64{}
	for i, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			double, single := answer[float64](c), answer[float32](c)
			require.Len(t, double, len(expected[i]))
			for j, want := range expected[i] {
				if !(math.Abs(double[j]-want) <= 1e-14) {
					t.Fatalf("float64: element %d is %v, torchvision's %v", j, double[j], want)
				}
				off := math.Abs(float64(single[j])-want) * (1 << 24)
				worst32[c.Op] = max(worst32[c.Op], off)
				if !(off <= c.bound) {
					t.Errorf("float32: element %d is %v, torchvision's in float64 %v, %.1f·2⁻²⁴ away of %v allowed", j, single[j], want, off, c.bound)
				}
			}
		})
	}
	t.Logf("worst in float32, in 2⁻²⁴: %v", worst32)
}
