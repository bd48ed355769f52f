package tensor

import (
	"fmt"
)

// ConvShape describes a two-dimensional convolution (cross-correlation, as in
// PyTorch) with zero padding.
//
// The image of a convolution is a matrix product whose left factor, the patches,
// is never stored: [simd.TileRows] reads each patch where it lies, through the offset
// of its first element and the offsets of the kernel's rows. All it takes is a
// copy of a few images with their padding, in cache.
type ConvShape struct {
	N, C, H, W      int // input
	O, KH, KW       int // output channels, kernel
	Stride, Padding int
}

// OutH returns the height of the output.
func (s ConvShape) OutH() int { return (s.H+2*s.Padding-s.KH)/s.Stride + 1 }

// OutW returns the width of the output.
func (s ConvShape) OutW() int { return (s.W+2*s.Padding-s.KW)/s.Stride + 1 }

// NewConvShape works out the shape of a convolution of x (n,c,h,w) with weight
// (o,c,kh,kw). It panics with a *ShapeError where they do not fit.
func NewConvShape(x, weight []int, stride, padding int) ConvShape {
	const op = "tensor.Conv2d"
	if len(x) != 4 || len(weight) != 4 || x[1] != weight[1] {
		Refuse(op, "x (n,c,h,w) and weight (o,c,kh,kw) are needed", x, weight)
	}
	if stride < 1 || padding < 0 {
		Refuse(op, fmt.Sprintf("stride %d must be at least 1, padding %d at least 0", stride, padding), x, weight)
	}
	s := ConvShape{N: x[0], C: x[1], H: x[2], W: x[3], O: weight[0], KH: weight[2], KW: weight[3], Stride: stride, Padding: padding}
	if s.KH < 1 || s.KW < 1 || s.H+2*padding < s.KH || s.W+2*padding < s.KW {
		Refuse(op, fmt.Sprintf("the kernel is larger than the input padded by %d", padding), x, weight)
	}
	return s
}

// misfit says why x, weight and y are not the input, the weight and the output of s,
// in the memory orders of [Conv2dTo]; it is empty where they are.
func misfit[T Float](s ConvShape, x, weight, y *Tensor[T]) string {
	switch {
	case !sameShape(x.shape, []int{s.N, s.C, s.H, s.W}), !sameShape(weight.shape, []int{s.O, s.C, s.KH, s.KW}),
		!sameShape(y.shape, []int{s.N, s.O, s.OutH(), s.OutW()}):
		return fmt.Sprintf("the shapes of %+v are needed", s)
	case !x.IsChannelsLast() || !y.IsChannelsLast():
		return "input and output must be channels-last"
	case !weight.IsContiguous():
		return "the weight must be row-major"
	}
	return ""
}

// ConvPass says what a convolution does on the way, while the data are in cache.
// The zero value does nothing.
type ConvPass[T Float] struct {
	// Load stores in dst what the convolution is to see of src, which are whole
	// pixels of its input in channels-last order; nil copies.
	Load func(dst, src []T)
	// Done is called when the elements [lo, hi) of the result, in memory order, are
	// finished: a block of whole pixels, of which there are [ConvShape.OutBlocks] or
	// [ConvShape.InBlocks]. Blocks are cut by shape; calls are concurrent.
	Done func(block, lo, hi int)
	// Accumulate adds to the result.
	Accumulate bool
}

// OutBlocks returns how many blocks a pass over the output has.
func (s ConvShape) OutBlocks() int { return blocks(s.N, s.OutH()*s.OutW()) }

// OutBlockPixels returns how many pixels such a block has, but for the last.
func (s ConvShape) OutBlockPixels() int { return group(s.N, s.OutH()*s.OutW()) * s.OutH() * s.OutW() }

// InBlocks returns how many blocks a pass over the input has.
func (s ConvShape) InBlocks() int { return blocks(s.N, s.H*s.W) }

// group returns how many images a block has, which is what one task treats, so
// that deep layers with few pixels still make long columns of patches. It depends
// on the shape alone.
func group(n, pixels int) int { return max(1, min(n, 256/max(pixels, 1))) }

func blocks(n, pixels int) int { g := group(n, pixels); return (n + g - 1) / g }

// channelBlocks calls f for blocks of channels, in parallel: what rearranges a weight
// takes a cache line of each row.
func channelBlocks(channels int, f func(lo, hi int)) {
	const size = 16
	Parallel((channels+size-1)/size, func(i int) { f(i*size, min((i+1)*size, channels)) })
}

// Conv2dTo stores in y (n,o,oh,ow) the convolution
//
//	y[n,o,i,j] = Σ_{c,u,v} x[n,c,i·stride+u−padding,j·stride+v−padding] · weight[o,c,u,v]
//
// x and y must be channels-last, weight row-major: it panics with a *ShapeError where
// they are not, or do not have the shapes of s.
func Conv2dTo[T Float](y, x, weight *Tensor[T], s ConvShape) {
	Conv2dPassTo(y, x, weight, s, ConvPass[T]{})
}

// Conv2dPassTo is [Conv2dTo] with what pass adds.
func Conv2dPassTo[T Float](y, x, weight *Tensor[T], s ConvShape, pass ConvPass[T]) {
	if reason := misfit(s, x, weight, y); reason != "" {
		Refuse("tensor.Conv2dTo", reason, y.shape, x.shape, weight.shape)
	}
	pool := Scratch[T]()
	k := s.KH * s.KW * s.C
	// Row (u,v,c) of the right factor holds weight[:,c,u,v].
	right := pool.Get(k * s.O)
	w := weight.Data()
	taps := s.KH * s.KW
	channelBlocks(s.C, func(lo, hi int) {
		for o := range s.O {
			from := w[(o*s.C+lo)*taps : (o*s.C+hi)*taps]
			for t := range taps {
				to := (t*s.C+lo)*s.O + o
				for i := t; i < len(from); i += taps {
					right[to] = from[i]
					to += s.O
				}
			}
		}
	})
	p := newPatches(right, k, s.O)
	defer p.release()

	oh, ow := s.OutH(), s.OutW()
	in := canvas{h: s.H, w: s.W, c: s.C, top: s.Padding, left: s.Padding, bottom: s.Padding, right: s.Padding}
	width := in.width() * s.C
	p.length = s.KW * s.C
	for u := range s.KH {
		p.segs = append(p.segs, u*width)
	}
	g := group(s.N, oh*ow)
	for n := range g {
		for i := range oh {
			for j := range ow {
				p.from = append(p.from, n*in.size()+i*s.Stride*width+j*s.Stride*s.C)
				p.to = append(p.to, ((n*oh+i)*ow+j)*s.O)
			}
		}
	}
	xd, yd := x.Data(), y.Data()
	Parallel(s.OutBlocks(), func(i int) {
		n := min(g, s.N-i*g)
		image := paint(in, xd[i*g*s.H*s.W*s.C:], n, 0, pass.Load)
		defer image.release()
		lo, rows := i*g*oh*ow*s.O, n*oh*ow
		p.multiply(image.data, yd[lo:], rows, pass.Accumulate)
		if pass.Done != nil {
			pass.Done(i, lo, lo+rows*s.O)
		}
	})
}

// Conv2dGradInputTo stores in dx (n,c,h,w) the gradient of Σ dy·y with respect to
// the input of [Conv2dTo]:
//
//	dx[n,c,h,w] = Σ_{o,u,v} dy[n,o,(h+padding−u)/stride,(w+padding−v)/stride] · weight[o,c,u,v]
//
// over the u, v for which the divisions leave no rest. The input pixels are
// treated by their rest (phase), for each of which that is a small convolution
// of dy with every stride-th tap. dx and dy must be channels-last, weight row-major, as
// for Conv2dTo.
func Conv2dGradInputTo[T Float](dx, dy, weight *Tensor[T], s ConvShape) {
	Conv2dGradInputPassTo(dx, dy, weight, s, ConvPass[T]{})
}

// Conv2dGradInputPassTo is [Conv2dGradInputTo] with what pass adds.
func Conv2dGradInputPassTo[T Float](dx, dy, weight *Tensor[T], s ConvShape, pass ConvPass[T]) {
	if reason := misfit(s, dx, weight, dy); reason != "" {
		Refuse("tensor.Conv2dGradInputTo", reason, dx.shape, dy.shape, weight.shape)
	}
	oh, ow := s.OutH(), s.OutW()
	ceil := func(a int) int { return (a + s.Stride - 1) / s.Stride }
	in := canvas{h: oh, w: ow, c: s.O,
		top: ceil(s.KH) - 1, bottom: max(0, (s.H-1+s.Padding)/s.Stride-(oh-1)),
		left: ceil(s.KW) - 1, right: max(0, (s.W-1+s.Padding)/s.Stride-(ow-1))}
	bare := s.Stride > min(s.KH, s.KW) && !pass.Accumulate // some pixels lie under no tap
	g := group(s.N, s.H*s.W)
	phases := make([]*patches[T], 0, min(s.Stride, s.KH)*min(s.Stride, s.KW))
	for a := range min(s.Stride, s.KH) {
		for b := range min(s.Stride, s.KW) {
			phases = append(phases, gradInputPhase(weight.Data(), s, in, a, b, g))
		}
	}
	defer func() {
		for _, p := range phases {
			p.release()
		}
	}()
	dxd, dyd := dx.Data(), dy.Data()
	Parallel(s.InBlocks(), func(i int) {
		n := min(g, s.N-i*g)
		image := paint(in, dyd[i*g*oh*ow*s.O:], n, 0, pass.Load)
		defer image.release()
		lo := i * g * s.H * s.W * s.C
		hi := lo + n*s.H*s.W*s.C
		if bare {
			clear(dxd[lo:hi])
		}
		for _, p := range phases {
			p.multiply(image.data, dxd[lo:], len(p.from)/g*n, pass.Accumulate)
		}
		if pass.Done != nil {
			pass.Done(i, lo, hi)
		}
	})
}

// gradInputPhase prepares the input pixels with (h+padding) mod stride = a and
// (w+padding) mod stride = b, for g images.
func gradInputPhase[T Float](weight []T, s ConvShape, in canvas, a, b, g int) *patches[T] {
	us, vs := (s.KH-a+s.Stride-1)/s.Stride, (s.KW-b+s.Stride-1)/s.Stride
	k := us * vs * s.O
	// Rows go by u up, v down (so that one row of dy is read upwards), then o.
	right := Scratch[T]().Get(k * s.C)
	Parallel(us*vs, func(i int) {
		u, v := i/vs, vs-1-i%vs
		for o := range s.O {
			row := right[(i*s.O+o)*s.C:][:s.C]
			from := (o*s.C*s.KH+a+u*s.Stride)*s.KW + b + v*s.Stride
			for c := range row {
				row[c] = weight[from]
				from += s.KH * s.KW
			}
		}
	})
	p := newPatches(right, k, s.C)
	p.length = vs * s.O
	width := in.width() * s.O
	for u := range us {
		p.segs = append(p.segs, (us-1-u)*width) // relative to the topmost row that is read
	}
	for n := range g {
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
