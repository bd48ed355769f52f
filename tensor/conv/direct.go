package conv

import (
	"entrec/internal/memory"
	"entrec/simd"
	"entrec/tensor"
)

// direct is a convolution as a matrix product whose left factor, the patches, is
// never stored: [simd.TileRows] reads each patch where it lies, through the offset of
// its first element and the offsets of the kernel's rows.
type direct[T tensor.Float] struct {
	phases []*patches[T] // each makes some of the outputs of a block of images
	images int           // of a block
	bare   bool          // some outputs belong to no phase, and are zero
}

// newDirect prepares the convolution s with the weight right, which has rows (u,v,c)
// and columns o.
func newDirect[T tensor.Float](in paddedShape, s Shape, images int, right []T) *direct[T] {
	p := newPatches(right, s.KH*s.KW*s.C, s.O)
	width := in.width() * s.C
	p.length = s.KW * s.C
	for u := range s.KH {
		p.segs = append(p.segs, u*width)
	}
	oh, ow := s.OutH(), s.OutW()
	for n := range images {
		for i := range oh {
			for j := range ow {
				p.from = append(p.from, n*in.size()+i*s.Stride*width+j*s.Stride*s.C)
				p.to = append(p.to, ((n*oh+i)*ow+j)*s.O)
			}
		}
	}
	return &direct[T]{phases: []*patches[T]{p}, images: images}
}

// newDirectGrad prepares the gradient of the input of s, and returns how dy is to be
// padded. Input pixels are grouped by the remainder (phase) of their coordinates divided
// by the stride. For each phase the gradient is a small convolution of dy with every
// stride-th row and column of the kernel.
func newDirectGrad[T tensor.Float](weight []T, s Shape, images int, update simd.Update) (paddedShape, *direct[T]) {
	oh, ow := s.OutH(), s.OutW()
	ceil := func(a int) int { return (a + s.Stride - 1) / s.Stride }
	in := paddedShape{h: oh, w: ow, c: s.O,
		top: ceil(s.KH) - 1, bottom: max(0, (s.H-1+s.Padding)/s.Stride-(oh-1)),
		left: ceil(s.KW) - 1, right: max(0, (s.W-1+s.Padding)/s.Stride-(ow-1))}
	d := &direct[T]{images: images, bare: s.Stride > min(s.KH, s.KW) && update == simd.Overwrite}
	for a := range min(s.Stride, s.KH) {
		for b := range min(s.Stride, s.KW) {
			d.phases = append(d.phases, gradInputPhase(weight, s, in, a, b, images))
		}
	}
	return in, d
}

func (d *direct[T]) release() {
	for _, p := range d.phases {
		p.release()
	}
}

func (d *direct[T]) multiply(images, out []T, n int, update simd.Update) {
	if d.bare {
		clear(out)
	}
	for _, p := range d.phases {
		p.multiply(images, out, len(p.from)/d.images*n, update)
	}
}

// gradInputPhase prepares the input pixels with (h+padding) mod stride = a and
// (w+padding) mod stride = b.
func gradInputPhase[T tensor.Float](weight []T, s Shape, in paddedShape, a, b, images int) *patches[T] {
	us, vs := (s.KH-a+s.Stride-1)/s.Stride, (s.KW-b+s.Stride-1)/s.Stride
	k := us * vs * s.O
	right := memory.Scratch[T]().Get(k * s.C)
	gatherRotated(right, weight, s, a, b)
	p := newPatches(right, k, s.C)
	memory.Scratch[T]().Put(right)
	p.length = vs * s.O
	width := in.width() * s.O
	for u := range us {
		p.segs = append(p.segs, u*width)
	}
	for n := range images {
		for h := range s.H {
			for w := range s.W {
				if (h+s.Padding)%s.Stride != a || (w+s.Padding)%s.Stride != b {
					continue
				}
				i := (h+s.Padding-a)/s.Stride - (us - 1) + in.top
				j := (w+s.Padding-b)/s.Stride - (vs - 1) + in.left
				p.from = append(p.from, n*in.size()+i*width+j*s.O)
				p.to = append(p.to, ((n*s.H+h)*s.W+w)*s.C)
			}
		}
	}
	return p
}
