package view

import (
	"fmt"
	"slices"
	"strings"
)

// Config sets a [Pipeline]. The operations run in the order of the fields; one
// whose probability is zero is not drawn for.
type Config struct {
	// Size is the side of the view in pixels.
	Size int        `json:"size"`
	Crop CropConfig `json:"crop"`
	// Resize says what the view shows where there is no random crop; empty is [Shorter].
	Resize Resize `json:"resize,omitempty"`
	// Flip is the probability of a horizontal flip.
	Flip   float64      `json:"flip"`
	Jitter JitterConfig `json:"jitter"`
	// Grayscale is the probability of a view without color.
	Grayscale float64        `json:"grayscale"`
	Blur      BlurConfig     `json:"blur"`
	Solarize  SolarizeConfig `json:"solarize"`
	// Mean and Std, one a channel, are subtracted and divided by at last.
	Mean []float64 `json:"mean"`
	Std  []float64 `json:"std"`
}

// Resize says how an image of any height and width becomes a view where nothing is left to
// chance. A square one is resized as a whole, whichever it is, but for [CenterCrop].
type Resize string

// The ways to resize.
const (
	// Shorter resizes so that the shorter side is the view's, and takes the center:
	// torchvision's Resize and CenterCrop of one number.
	Shorter Resize = "shorter"
	// Squash resizes both sides to the view's.
	Squash Resize = "squash"
	// CenterCrop takes the center as it is where the image is large enough, and else does
	// as Shorter.
	CenterCrop Resize = "crop"
)

// Choices returns the ways to resize.
func (Resize) Choices() []string {
	return []string{string(Shorter), string(Squash), string(CenterCrop)}
}

// UnmarshalText takes one of the ways to resize.
func (r *Resize) UnmarshalText(text []byte) error {
	if !slices.Contains(r.Choices(), string(text)) {
		return fmt.Errorf("found %q, expected %s", text, strings.Join(r.Choices(), " or "))
	}
	*r = Resize(text)
	return nil
}

// CropConfig sets the random resized crop (Szegedy et al., 2015;
// torchvision.transforms.RandomResizedCrop). A ScaleMax of zero means no crop: the
// image is resized as [Config].Resize says.
type CropConfig struct {
	ScaleMin float64 `json:"scale_min"` // of the area of the image
	ScaleMax float64 `json:"scale_max"`
	RatioMin float64 `json:"ratio_min"` // of width to height
	RatioMax float64 `json:"ratio_max"`
	// Antialias averages where the crop is larger than the view.
	Antialias bool `json:"antialias"`
}

// JitterConfig sets torchvision.transforms.ColorJitter: factors of brightness,
// contrast and saturation are drawn from [max(0, 1−x), 1+x], the turn of the hue
// from [−x, x], and the four are applied in random order.
type JitterConfig struct {
	Probability float64 `json:"probability"`
	Brightness  float64 `json:"brightness"`
	Contrast    float64 `json:"contrast"`
	Saturation  float64 `json:"saturation"`
	Hue         float64 `json:"hue"`
}

// BlurConfig sets a Gaussian blur with a standard deviation drawn from
// [SigmaMin, SigmaMax] pixels.
type BlurConfig struct {
	Probability float64 `json:"probability"`
	Kernel      int     `json:"kernel"`
	SigmaMin    float64 `json:"sigma_min"`
	SigmaMax    float64 `json:"sigma_max"`
}

// SimCLRBlur returns SimCLR's blur for views of size×size pixels, to be turned on: a kernel
// of about a tenth of the side, 3 at least, and deviations of 0.1 to 2 pixels
// (google-research/simclr data_util.py, random_blur).
func SimCLRBlur(size int) BlurConfig {
	return BlurConfig{Kernel: max(3, size/10|1), SigmaMin: 0.1, SigmaMax: 2}
}

// SolarizeConfig sets the inversion of bright pixels.
type SolarizeConfig struct {
	Probability float64 `json:"probability"`
	Threshold   float64 `json:"threshold"`
}

// SimCLR returns SimCLR's views for small images, as the MoCo authors set them
// for CIFAR-10: crops of 0.2 to 1 of the area, flips, jitter .4/.4/.4/.1 with
// probability 0.8, gray with 0.2, no blur. Images of one channel are as a rule
// objects that fill the image, as in MNIST and Fashion-MNIST, of which a fifth of
// the area shows too little: their crops begin at a half. Mean 0 and standard
// deviation 1; set them to the data set's.
func SimCLR(channels, size int) Config {
	c := Evaluation(size, make([]float64, channels), make([]float64, channels))
	for i := range c.Std {
		c.Std[i] = 1
	}
	c.Crop = CropConfig{ScaleMin: 0.2, ScaleMax: 1, RatioMin: 3.0 / 4, RatioMax: 4.0 / 3, Antialias: true}
	if channels == 1 {
		c.Crop.ScaleMin = 0.5
	}
	c.Flip = 0.5
	c.Jitter = JitterConfig{Probability: 0.8, Brightness: 0.4, Contrast: 0.4, Saturation: 0.4, Hue: 0.1}
	c.Grayscale = 0.2
	return c
}

// MaxSize is the largest side that images are brought to.
const MaxSize = 1 << 12

// Evaluation returns the view that evaluation takes: the whole image, normalized.
func Evaluation(size int, mean, std []float64) Config {
	return Config{Size: size, Crop: CropConfig{Antialias: true}, Mean: mean, Std: std}
}

// Validate reports what is wrong with the configuration, nil if nothing.
func (c Config) Validate() error {
	for _, p := range []struct {
		name  string
		value float64
	}{{"flip", c.Flip}, {"jitter.probability", c.Jitter.Probability}, {"grayscale", c.Grayscale},
		{"blur.probability", c.Blur.Probability}, {"solarize.probability", c.Solarize.Probability}} {
		if !(p.value >= 0 && p.value <= 1) {
			return fmt.Errorf("%s %v is not a probability", p.name, p.value)
		}
	}
	k, j, b := c.Crop, c.Jitter, c.Blur
	switch {
	case c.Size < 1 || c.Size > MaxSize:
		return fmt.Errorf("size %d is not in 1…%d", c.Size, MaxSize)
	case c.Resize != "" && !slices.Contains(c.Resize.Choices(), string(c.Resize)):
		return fmt.Errorf("resize %q is none of %s", c.Resize, strings.Join(c.Resize.Choices(), ", "))
	case k.ScaleMax != 0 && !(k.ScaleMin > 0 && k.ScaleMin <= k.ScaleMax && k.ScaleMax <= 1):
		return fmt.Errorf("crop.scale_min %v and scale_max %v must be 0 < min ≤ max ≤ 1", k.ScaleMin, k.ScaleMax)
	case k.ScaleMax != 0 && !(k.RatioMin > 0 && k.RatioMin <= k.RatioMax && k.RatioMax < 1e6):
		return fmt.Errorf("crop.ratio_min %v and ratio_max %v must be 0 < min ≤ max < 1e6", k.RatioMin, k.RatioMax)
	case !(min(j.Brightness, j.Contrast, j.Saturation) >= 0 && max(j.Brightness, j.Contrast, j.Saturation) < 1e6):
		return fmt.Errorf("jitter of brightness %v, contrast %v, saturation %v must each be at least 0 and less than 1e6", j.Brightness, j.Contrast, j.Saturation)
	case !(j.Hue >= 0 && j.Hue <= 0.5):
		return fmt.Errorf("jitter.hue %v is not in 0…0.5", j.Hue)
	case b.Probability > 0 && (b.Kernel < 1 || b.Kernel%2 == 0 || b.Kernel/2 >= c.Size):
		return fmt.Errorf("blur.kernel %d must be odd and less than twice the size %d", b.Kernel, c.Size)
	case b.Probability > 0 && !(b.SigmaMin > 0 && b.SigmaMin <= b.SigmaMax && b.SigmaMax < 1e6):
		return fmt.Errorf("blur.sigma_min %v and sigma_max %v must be 0 < min ≤ max < 1e6", b.SigmaMin, b.SigmaMax)
	case !(c.Solarize.Threshold >= 0 && c.Solarize.Threshold <= 1):
		return fmt.Errorf("solarize.threshold %v is not in 0…1", c.Solarize.Threshold)
	case len(c.Mean) == 0 || len(c.Mean) != len(c.Std):
		return fmt.Errorf("mean has %d channels, std %d; both need one number a channel", len(c.Mean), len(c.Std))
	}
	for i, s := range c.Std {
		if !(s > 1e-6 && s < 1e6) || !(c.Mean[i] > -1e6 && c.Mean[i] < 1e6) {
			return fmt.Errorf("mean %v and std %v of channel %d: a mean within ±1e6 and a std between 1e-6 and 1e6 are needed", c.Mean[i], s, i)
		}
	}
	return nil
}
