package naive

// rgbImages is the input of what is done to colors.
const rgbImages = "x(n,3,h,w)"

// imageMap and imageMapGrad are an operation on images with one parameter, and its
// gradient.
type (
	imageMap     = func(x [][][][]float64, factor float64) [][][][]float64
	imageMapGrad = func(x [][][][]float64, factor float64, ct [][][][]float64) [][][][]float64
)

// adjusting returns the row of an operation with a factor.
func adjusting(factor attr, f imageMap, grad imageMapGrad) op {
	return op{in: rgbImages, attrs: []attr{factor}, answer: func(q *question) {
		x, factor := q.images("x"), q.number["factor"]
		q.set("y", f(x, factor))
		if q.wants() {
			q.grad("x", grad(x, factor, q.ctImages("y")))
		}
	}}
}

var photometric = map[string]op{
	"adjust_brightness": adjusting(nonNegative("factor"), AdjustBrightness, AdjustBrightnessGrad),
	"adjust_contrast":   adjusting(nonNegative("factor"), AdjustContrast, AdjustContrastGrad),
	"adjust_saturation": adjusting(nonNegative("factor"), AdjustSaturation, AdjustSaturationGrad),
	"adjust_hue":        adjusting(number("factor", Bounds{Least: new(-0.5), Most: new(0.5)}), AdjustHue, AdjustHueGrad),
	"rgb_to_grayscale": {in: rgbImages, answer: func(q *question) {
		q.set("y", RGBToGrayscale(q.images("x")))
		if q.wants() {
			q.grad("x", RGBToGrayscaleGrad(q.ctImages("y")))
		}
	}},
	"solarize": {
		in:    "x(*)",
		attrs: []attr{number("threshold", Bounds{Most: new(1.0)})},
		answer: func(q *question) {
			threshold := q.number["threshold"]
			q.elementwise(
				func(x []float64) []float64 { return Solarize(x, threshold) },
				func(x, ct []float64) []float64 { return SolarizeGrad(x, threshold, ct) })
		},
	},
}

var geometric = map[string]op{
	"gaussian_blur": {
		in:    "x(n,c,h,w)",
		attrs: []attr{count("kernel", 1), positive("sigma")},
		check: func(q *question) error {
			kernel, h, w := q.int("kernel"), q.dims["h"], q.dims["w"]
			if kernel%2 == 0 {
				return q.refuse("attribute \"kernel\": found %d, expected an odd number", kernel)
			}
			if kernel/2 >= h || kernel/2 >= w {
				return q.refuse("attribute \"kernel\": found %d, which reaches beyond the reflection of an image of %dx%d", kernel, h, w)
			}
			return nil
		},
		answer: func(q *question) {
			x, kernel, sigma := q.images("x"), q.int("kernel"), q.number["sigma"]
			q.set("y", GaussianBlur(x, kernel, sigma))
			if q.wants() {
				q.grad("x", GaussianBlurGrad(x, kernel, sigma, q.ctImages("y")))
			}
		},
	},
	"resized_crop": {
		in: "x(n,c,h,w)",
		attrs: []attr{count("top", 0), count("left", 0), count("height", 1), count("width", 1), count("size", 1),
			flag("antialias")},
		check: func(q *question) error {
			crop, h, w := q.crop(), q.dims["h"], q.dims["w"]
			if crop.Top+crop.Height > h || crop.Left+crop.Width > w {
				return q.refuse("a crop of %dx%d at (%d, %d) leaves the image of %dx%d",
					crop.Height, crop.Width, crop.Top, crop.Left, h, w)
			}
			return nil
		},
		answer: func(q *question) {
			x, crop := q.images("x"), q.crop()
			q.set("y", ResizedCrop(x, crop))
			if q.wants() {
				q.grad("x", ResizedCropGrad(x, crop, q.ctImages("y")))
			}
		},
	},
}

func (q *question) crop() Crop {
	return Crop{q.int("top"), q.int("left"), q.int("height"), q.int("width"), q.int("size"), q.flag["antialias"]}
}
