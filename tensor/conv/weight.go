package conv

import (
	"entrec/internal/parallel"
	"entrec/tensor"
)

// channelBlock is how many input and output channels of a weight are rearranged at a
// time: a cache line of float32.
const channelBlock = 16

// channelBlocks calls f for blocks of pairs of channels, in parallel.
func channelBlocks(s Shape, f func(o0, o1, c0, c1 int)) {
	os, cs := (s.O+channelBlock-1)/channelBlock, (s.C+channelBlock-1)/channelBlock
	parallel.For(os*cs, func(i int) {
		o, c := i%os*channelBlock, i/os*channelBlock
		f(o, min(o+channelBlock, s.O), c, min(c+channelBlock, s.C))
	})
}

// gatherWeight stores a convolution's weight[:,c,u,v] in row (u,v,c) of right.
func gatherWeight[T tensor.Float](right, weight []T, s Shape) {
	taps := s.KH * s.KW
	channelBlocks(s, func(o0, o1, c0, c1 int) {
		for c := c0; c < c1; c++ {
			for t := range taps {
				from := (o0*s.C+c)*taps + t
				row := right[(t*s.C+c)*s.O:]
				for o := o0; o < o1; o++ {
					row[o] = weight[from]
					from += s.C * taps
				}
			}
		}
	})
}

// scatterWeight stores row (u,v,c) of right, which has cols columns, in weight[:,c,u,v].
func scatterWeight[T tensor.Float](weight, right []T, cols int, s Shape) {
	taps := s.KH * s.KW
	channelBlocks(s, func(o0, o1, c0, c1 int) {
		for c := c0; c < c1; c++ {
			for t := range taps {
				to := (o0*s.C+c)*taps + t
				row := right[(t*s.C+c)*cols:]
				for o := o0; o < o1; o++ {
					weight[to] = row[o]
					to += s.C * taps
				}
			}
		}
	})
}

// gatherRotated stores weight[o,:,a+u·stride,b+v·stride] in row (u,v,o) of right, the last u
// and v first: what the gradient of the input multiplies dy with.
func gatherRotated[T tensor.Float](right, weight []T, s Shape, a, b int) {
	us, vs := (s.KH-a+s.Stride-1)/s.Stride, (s.KW-b+s.Stride-1)/s.Stride
	channelBlocks(s, func(o0, o1, c0, c1 int) {
		for o := o0; o < o1; o++ {
			for i := range us * vs {
				u, v := us-1-i/vs, vs-1-i%vs
				from := ((o*s.C+c0)*s.KH+a+u*s.Stride)*s.KW + b + v*s.Stride
				row := right[(i*s.O+o)*s.C:]
				for c := c0; c < c1; c++ {
					row[c] = weight[from]
					from += s.KH * s.KW
				}
			}
		}
	})
}
