package naive

func picture(shape ...int) func(s source) arrays {
	return func(s source) arrays { return arrays{"x": s.uniform(0, 1, shape...)} }
}

// palette is pixels with ties between channels, gray ones, black and white.
func palette(s source) arrays {
	levels := func() float64 { return float64(s.IntN(3)) / 2 }
	return arrays{"x": s.filled(levels, 2, 3, 4, 4)}
}

func by(factor float64) attrs { return attrs{"factor": factor} }

func cropped(top, left, height, width, size float64, antialias bool) attrs {
	return attrs{"top": top, "left": left, "height": height, "width": width, "size": size, "antialias": antialias}
}

var imageCases = []testCase{
	{"darker", "adjust_brightness", by(0.6), picture(2, 3, 3, 4), true},
	{"brighter", "adjust_brightness", by(1.7), picture(2, 3, 3, 4), false},
	{"at bounds", "adjust_brightness", by(2), palette, false},
	{"black", "adjust_brightness", by(0.1), palette, false},
	{"less", "adjust_contrast", by(0.6), picture(2, 3, 3, 4), true},
	{"more", "adjust_contrast", by(1.8), picture(2, 3, 3, 4), false},
	{"ties", "adjust_contrast", by(1.5), palette, false},
	{"none", "adjust_contrast", by(0), picture(2, 3, 3, 4), true},
	{"less", "adjust_saturation", by(0.6), picture(2, 3, 3, 4), true},
	{"more", "adjust_saturation", by(1.8), picture(2, 3, 3, 4), false},
	{"ties", "adjust_saturation", by(3), palette, false},
	{"none", "adjust_saturation", by(0), picture(2, 3, 3, 4), true},
	{"forward", "adjust_hue", by(0.1), picture(2, 3, 4, 4), false},
	{"back", "adjust_hue", by(-0.37), picture(2, 3, 4, 4), false},
	{"half", "adjust_hue", by(0.5), picture(2, 3, 4, 4), false},
	{"none", "adjust_hue", by(0), picture(2, 3, 4, 4), false},
	{"ties", "adjust_hue", by(0.2), palette, false},
	{"ties back", "adjust_hue", by(-0.2), palette, false},
	{"one pixel", "adjust_hue", by(0.05), func(s source) arrays {
		return arrays{"x": array([]int{1, 3, 1, 1}, 0.25, 0.5, 0.875)}
	}, true},
	{"plain", "rgb_to_grayscale", nil, picture(2, 3, 3, 4), true},
	{"half", "solarize", attrs{"threshold": 0.5}, picture(2, 3, 3, 4), false},
	{"at threshold", "solarize", attrs{"threshold": 0.5}, palette, false},

	{"3", "gaussian_blur", attrs{"kernel": 3.0, "sigma": 0.7}, picture(2, 3, 5, 4), true},
	{"1", "gaussian_blur", attrs{"kernel": 1.0, "sigma": 0.7}, picture(1, 2, 3, 3), true},
	{"7 narrow", "gaussian_blur", attrs{"kernel": 7.0, "sigma": 0.1}, picture(1, 1, 5, 6), true},
	{"7 wide", "gaussian_blur", attrs{"kernel": 7.0, "sigma": 2.0}, picture(1, 2, 4, 5), true},

	{"same", "resized_crop", cropped(0, 0, 4, 4, 4, false), picture(1, 2, 4, 4), true},
	{"crop", "resized_crop", cropped(1, 2, 4, 4, 4, true), picture(1, 2, 6, 7), true},
	{"up", "resized_crop", cropped(1, 1, 3, 4, 7, false), picture(2, 3, 5, 6), true},
	{"up antialiased", "resized_crop", cropped(1, 1, 3, 4, 7, true), picture(2, 3, 5, 6), true},
	{"down", "resized_crop", cropped(0, 1, 9, 8, 4, false), picture(1, 3, 9, 10), true},
	{"down antialiased", "resized_crop", cropped(0, 1, 9, 8, 4, true), picture(1, 3, 9, 10), true},
	{"far down antialiased", "resized_crop", cropped(0, 0, 17, 13, 3, true), picture(1, 1, 17, 13), true},
	{"to a pixel", "resized_crop", cropped(1, 0, 3, 5, 1, false), picture(1, 1, 5, 5), true},
	{"to a pixel antialiased", "resized_crop", cropped(1, 0, 3, 5, 1, true), picture(1, 1, 5, 5), true},
	{"from a pixel", "resized_crop", cropped(2, 1, 1, 1, 4, true), picture(1, 2, 4, 4), true},
	{"up and down", "resized_crop", cropped(0, 0, 2, 11, 5, true), picture(1, 1, 3, 11), true},
}
