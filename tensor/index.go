package tensor

// Concat returns the tensors joined along an axis; all other lengths must agree.
func Concat[T Float](axis int, xs ...*Tensor[T]) *Tensor[T] {
	if len(xs) == 0 {
		Refuse("tensor.Concat", "at least one tensor is needed")
	}
	shape := append([]int{}, xs[0].shape...)
	a := Axis("tensor.Concat", axis, shape)
	shape[a] = 0
	for _, x := range xs {
		if x.Rank() != len(shape) {
			Refuse("tensor.Concat", "ranks differ", xs[0].shape, x.shape)
		}
		for i, d := range x.shape {
			if i != a && d != shape[i] {
				Refuse("tensor.Concat", "lengths differ off the axis", xs[0].shape, x.shape)
			}
		}
		shape[a] += x.shape[a]
	}
	out := New[T](shape...)
	at := 0
	for _, x := range xs {
		CopyTo(out.Slice(a, at, at+x.shape[a]), x)
		at += x.shape[a]
	}
	return out
}

// Gather returns the slices of x at the given places along its first axis, in
// that order: out[i, …] = x[index[i], …].
func Gather[T Float](x *Tensor[T], index []int) *Tensor[T] {
	checkIndex("tensor.Gather", x, index)
	shape := append([]int{len(index)}, x.shape[1:]...)
	out := New[T](shape...)
	for i, k := range index {
		CopyTo(out.Slice(0, i, i+1), x.Slice(0, k, k+1))
	}
	return out
}

// ScatterAddTo adds the slices of x to dst: dst[index[i], …] += x[i, …], in the
// order of i, so repeated indices add up in a fixed order. It is the adjoint of
// [Gather].
func ScatterAddTo[T Float](dst, x *Tensor[T], index []int) {
	checkIndex("tensor.ScatterAddTo", dst, index)
	if x.Dim(0) != len(index) {
		Refuse("tensor.ScatterAddTo", "one index a slice is needed", x.shape, []int{len(index)})
	}
	for i, k := range index {
		d := dst.Slice(0, k, k+1)
		AddTo(d, d, x.Slice(0, i, i+1))
	}
}

func checkIndex[T Float](op string, x *Tensor[T], index []int) {
	if x.Rank() == 0 {
		Refuse(op, "at least one axis is needed", x.shape)
	}
	for _, k := range index {
		if k < 0 || k >= x.shape[0] {
			Refuse(op, "index out of range", x.shape, []int{k})
		}
	}
}
