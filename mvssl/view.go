package mvssl

import (
	"fmt"

	"entrec/mvssl/view"
)

// View is a kind of view of each image, and how many there are of it.
type View struct {
	Count int `json:"count"`
	view.Config
}

// SimCLRViews returns SimCLR's views for small images, two of them.
func SimCLRViews(_ Config, channels, size int) []View {
	return []View{{Count: wholeViews, Config: view.SimCLR(channels, size)}}
}

// BYOLViews returns BYOL's views for small images: SimCLR's, the second one
// with bright pixels inverted in one of five (configs/byol.py).
func BYOLViews(_ Config, channels, size int) []View {
	first := View{Count: 1, Config: view.SimCLR(channels, size)}
	second := first
	second.Solarize = view.SolarizeConfig{Probability: 0.2, Threshold: 0.5}
	return []View{first, second}
}

// MultiCropViews returns SimCLR's two views, of larger crops, and the
// configuration's number of local ones: crops of 0.05 to the whole ones' least part
// of the area, half as wide and high (SwAV's and DINO's multi-crop, whose whole
// crops begin at 0.14 of the area; main_swav.py, main_dino.py).
func MultiCropViews(c Config, channels, size int) []View {
	whole := View{Count: wholeViews, Config: view.SimCLR(channels, size)}
	crops := c.LocalCrops()
	if crops == 0 {
		return []View{whole}
	}
	local := View{Count: crops, Config: view.SimCLR(channels, size)}
	local.Crop.ScaleMin, local.Crop.ScaleMax = 0.05, whole.Crop.ScaleMin
	if c.Encoder.TakesAnySize() {
		local.Size = (size + 1) / 2
	}
	return []View{whole, local}
}

// DefaultViews returns the views on which the configuration's method is trained as a
// rule, of images of size×size pixels, with mean 0 and standard deviation 1.
func DefaultViews(c Config, channels, size int) ([]View, error) {
	row, err := Find(c.Method)
	if err != nil {
		return nil, err
	}
	if row.Views == nil {
		return SimCLRViews(c, channels, size), nil
	}
	return row.Views(c, channels, size), nil
}

// UsualViews returns how many views of the whole image the method takes as a rule.
func (r Row) UsualViews() int {
	if r.Views == nil {
		return wholeViews
	}
	c := Config{Method: r.Name, Parameters: r.Parameters} // whose local_crops is 0
	return c.WholeViews(r.Views(c, 3, 32))
}

// checkViews reports what is wrong with the views, nil if nothing.
func checkViews(c Config, views []View) error {
	total := 0
	for i, v := range views {
		if err := v.Validate(); err != nil {
			return fmt.Errorf("views[%d]: %w", i, err)
		}
		if v.Count < 1 {
			return fmt.Errorf("views[%d]: count %d must be at least 1", i, v.Count)
		}
		if err := c.Encoder.CheckSize(v.Size, v.Size); err != nil {
			return fmt.Errorf("views[%d]: %w", i, err)
		}
		if total < wholeViews && v.Size != views[0].Size {
			return fmt.Errorf("views[%d]: size %d, but the second view must be as large as the first, %d", i, v.Size, views[0].Size)
		}
		total += v.Count
	}
	if row, err := Find(c.Method); err == nil && row.MoreViews {
		return checkMore(views, total)
	}
	if expected := wholeViews + c.LocalCrops(); total != expected {
		return fmt.Errorf("views: found %d, expected the %d of method %s (2 and local_crops %d)", total, expected, c.Method, c.LocalCrops())
	}
	return nil
}

// MaxViews is the most views of the whole image.
const MaxViews = 64

// checkMore reports what is wrong with views of a method that takes more than two.
func checkMore(views []View, total int) error {
	if total < wholeViews || total > MaxViews {
		return fmt.Errorf("views: found %d, expected %d to %d", total, wholeViews, MaxViews)
	}
	for i, v := range views {
		if v.Size != views[0].Size {
			return fmt.Errorf("views[%d]: size %d, expected that of the first, %d", i, v.Size, views[0].Size)
		}
	}
	return nil
}

// WholeViews returns how many of the views are of the whole image.
func (c Config) WholeViews(views []View) int {
	total := 0
	for _, v := range views {
		total += v.Count
	}
	return total - c.LocalCrops()
}
