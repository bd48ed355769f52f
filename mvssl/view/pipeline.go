package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
)

// Pipeline makes views of images of any size. It is safe for concurrent use and
// allocates nothing in steady state.
type Pipeline[T Float] struct {
	cfg   Config
	c     int
	unit  [256]T // v/255
	scale []T    // 1/std
	shift []T    // −mean/std
	pool  sync.Pool
}

// work is what one call of Apply needs.
type work[T Float] struct {
	pcg     rand.PCG
	rng     *rand.Rand
	cropper *cropper[T]
	row     []T
	image   []T // c, size, size
	tmp     []T
	blurred []T
}

// New returns a pipeline for images of 1 or 3 channels. The error is that of
// [Config.Validate], or says that mean and std do not fit the channels.
func New[T Float](cfg Config, channels int) (*Pipeline[T], error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if channels != 1 && channels != 3 {
		return nil, fmt.Errorf("images of %d channels: 1 or 3 are needed", channels)
	}
	if len(cfg.Mean) != channels {
		return nil, fmt.Errorf("mean and std have %d channels, the images %d", len(cfg.Mean), channels)
	}
	p := &Pipeline[T]{cfg: cfg, c: channels}
	for v := range p.unit {
		p.unit[v] = T(v) / 255
	}
	for i, s := range cfg.Std {
		p.scale = append(p.scale, T(1/s))
		p.shift = append(p.shift, T(-cfg.Mean[i]/s))
	}
	n := channels * cfg.Size * cfg.Size
	p.pool.New = func() any {
		w := &work[T]{cropper: newCropper[T](cfg.Size), image: make([]T, n), tmp: make([]T, n), blurred: make([]T, n)}
		w.rng = rand.New(&w.pcg)
		return w
	}
	return p, nil
}

// OutputShape returns channels, height and width of a view.
func (p *Pipeline[T]) OutputShape() (c, h, w int) { return p.c, p.cfg.Size, p.cfg.Size }

// Apply stores in dst the view of src that key names. src holds channels, height,
// width, as bytes of 0 to 255; dst holds the view's height, width, channels (channels-last,
// as the engine's convolutions want them), normalized.
func (p *Pipeline[T]) Apply(dst []T, src []byte, height, width int, key Key) {
	if size := p.c * p.cfg.Size * p.cfg.Size; min(height, width) < 1 || len(src) != p.c*height*width || len(dst) != size {
		panic(fmt.Sprintf("view.Apply: %d bytes of %d×%d×%d to %d values, expected %d", len(src), p.c, height, width, len(dst), size))
	}
	w := p.pool.Get().(*work[T])
	defer p.pool.Put(w)
	key.seed(&w.pcg)
	draws := p.cfg.draw(w.rng, height, width)
	p.crop(w, src, height, width, draws.crop)
	x, size := w.image, p.cfg.Size
	if draws.flip {
		HorizontalFlip(x, size)
	}
	if draws.jitter {
		for _, op := range draws.order {
			switch f := draws.factor[op]; op {
			case 0:
				AdjustBrightness(x, f)
			case 1:
				AdjustContrast(x, p.c, f)
			case 2:
				AdjustSaturation(x, p.c, f)
			default:
				if f != 0 { // as drawn from [−0, 0]: the way to HSV and back would round
					AdjustHue(x, p.c, f)
				}
			}
		}
	}
	if draws.gray {
		Grayscale(x, p.c)
	}
	if draws.sigma > 0 {
		GaussianBlur(w.blurred, x, w.tmp, p.c, size, size, p.cfg.Blur.Kernel, draws.sigma)
		x = w.blurred
	}
	if draws.invert {
		Solarize(x, p.cfg.Solarize.Threshold)
	}
	p.normalize(dst, x)
}

// crop stores what the view shows, scaled to [0, 1], in w.image: the rectangle that was
// drawn or, where none is, what the configuration says.
func (p *Pipeline[T]) crop(w *work[T], src []byte, height, width int, drawn Rect) {
	size := p.cfg.Size
	r := resized{Rect: drawn, height: size, width: size}
	if p.cfg.Crop.ScaleMax == 0 {
		if height == size && width == size { // the view is the image
			for i, v := range src {
				w.image[i] = p.unit[v]
			}
			return
		}
		r = p.cfg.place(height, width)
	}
	w.cropper.plan(r, p.cfg.Crop.Antialias)
	if len(w.row) < r.Width {
		w.row = make([]T, r.Width)
	}
	for ch := range p.c {
		plane := src[ch*height*width : (ch+1)*height*width]
		w.cropper.rows(r.Rect, func(row int) []T {
			from := plane[row*width+r.Left : row*width+r.Left+r.Width]
			for i, v := range from {
				w.row[i] = p.unit[v]
			}
			return w.row[:len(from)]
		})
		w.cropper.columns(w.image[ch*size*size : (ch+1)*size*size])
	}
}

// place returns what a view without a random crop shows of an image (torchvision's
// functional.resize and center_crop).
func (c *Config) place(height, width int) resized {
	size, shorter := c.Size, min(height, width)
	middle := func(all int) int { return int(math.RoundToEven(float64(all-size) / 2)) }
	r := resized{Rect: Rect{0, 0, height, width}, height: size, width: size}
	switch {
	case c.Resize == Squash:
	case c.Resize == CenterCrop && shorter >= size:
		r.Rect = Rect{middle(height), middle(width), size, size}
	default:
		r.height, r.width = size*height/shorter, size*width/shorter
		r.top, r.left = middle(r.height), middle(r.width)
	}
	return r
}

// normalize stores (x − mean)/std in dst, channels innermost.
func (p *Pipeline[T]) normalize(dst, x []T) {
	area := p.cfg.Size * p.cfg.Size
	for ch := range p.c {
		scale, shift := p.scale[ch], p.shift[ch]
		for i, v := range x[ch*area : (ch+1)*area] {
			dst[i*p.c+ch] = T(v*scale) + shift
		}
	}
}
