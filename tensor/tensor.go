package tensor

import (
	"slices"

	"entrec/internal/memory"
	"entrec/internal/message"
	"entrec/simd"
)

// Float is the constraint of everything numeric in this project.
type Float = simd.Float

// Tensor is an n-dimensional array of T. Make one with [New], [FromSlice] or
// [Scalar]; the zero value is not useful.
type Tensor[T Float] struct {
	data    []T
	shape   []int
	strides []int
	lengths [8]int // where shape and strides of up to four axes are kept
}

// blank returns a tensor over data with n axes, whose shape and strides are not set.
func blank[T Float](data []T, n int) *Tensor[T] {
	t := &Tensor[T]{data: data}
	room := t.lengths[:]
	if 2*n > len(room) {
		room = make([]int, 2*n)
	}
	t.shape, t.strides = room[:n:n], room[n:2*n:2*n]
	return t
}

// New returns a row-major tensor of zeros.
func New[T Float](shape ...int) *Tensor[T] {
	return FromSlice(make([]T, checkedSize("tensor.New", shape)), shape...)
}

// FromSlice returns a row-major tensor over data, which it keeps. It panics with
// a *ShapeError unless len(data) is the product of shape.
func FromSlice[T Float](data []T, shape ...int) *Tensor[T] {
	if checkedSize("tensor.FromSlice", shape) != len(data) {
		Refuse("tensor.FromSlice", message.Sprintf("%d values", len(data)), shape)
	}
	t := blank(data, len(shape))
	copy(t.shape, shape)
	setRowMajor(t.strides, shape)
	return t
}

// Scalar returns a tensor of shape [] that holds v.
func Scalar[T Float](v T) *Tensor[T] { return FromSlice([]T{v}) }

// NewLike returns a tensor over data with the shape of x, and its memory order
// where x is dense (row-major otherwise). len(data) must be x.Len().
func NewLike[T, U Float](x *Tensor[U], data []T) *Tensor[T] {
	if len(data) != x.Len() {
		Refuse("tensor.NewLike", message.Sprintf("%d values", len(data)), x.shape)
	}
	t := FromSlice(data, x.shape...)
	if x.IsDense() {
		copy(t.strides, x.strides)
	}
	return t
}

func checkedSize(op string, shape []int) int {
	for _, d := range shape {
		if d < 0 {
			Refuse(op, "negative length", shape)
		}
	}
	return Size(shape)
}

// Shape returns the lengths of the axes; the caller must not change it.
func (t *Tensor[T]) Shape() []int { return t.shape }

// Strides returns the distance, in elements, between neighbors along each axis;
// the caller must not change it.
func (t *Tensor[T]) Strides() []int { return t.strides }

// Rank returns the number of axes.
func (t *Tensor[T]) Rank() int { return len(t.shape) }

// Dim returns the length of an axis; negative axes count from the end.
func (t *Tensor[T]) Dim(axis int) int { return t.shape[Axis("tensor.Dim", axis, t.shape)] }

// Len returns the number of elements.
func (t *Tensor[T]) Len() int { return Size(t.shape) }

// Data returns the elements in memory order. It panics with a *ShapeError unless
// the tensor is dense (each element once, no gaps); for row-major order, call
// [Contiguous] first.
func (t *Tensor[T]) Data() []T {
	if !t.IsDense() {
		Refuse("tensor.Data", message.Sprintf("strides %v are not dense", t.strides), t.shape)
	}
	return t.data[:t.Len()]
}

// At returns the element at index, one number an axis.
func (t *Tensor[T]) At(index ...int) T { return t.data[t.offset(index)] }

// Set stores v at index, one number an axis.
func (t *Tensor[T]) Set(v T, index ...int) { t.data[t.offset(index)] = v }

func (t *Tensor[T]) offset(index []int) int {
	if len(index) != len(t.shape) {
		Refuse("tensor.At", "one index an axis is needed", t.shape, index)
	}
	off := 0
	for i, k := range index {
		if k < 0 || k >= t.shape[i] {
			Refuse("tensor.At", "index out of range", t.shape, index)
		}
		off += k * t.strides[i]
	}
	return off
}

// Item returns the element of a tensor that has exactly one.
func (t *Tensor[T]) Item() T {
	if t.Len() != 1 {
		Refuse("tensor.Item", "exactly one element is needed", t.shape)
	}
	return t.data[0]
}

// IsContiguous reports whether the elements are in row-major order without gaps. A
// tensor without elements is contiguous.
func (t *Tensor[T]) IsContiguous() bool {
	step := 1
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] != 1 && t.strides[i] != step {
			return t.Len() == 0
		}
		step *= t.shape[i]
	}
	return true
}

// IsChannelsLast reports whether the memory order of an (n, c, h, w) tensor is
// n, h, w, c without gaps.
func (t *Tensor[T]) IsChannelsLast() bool {
	if len(t.shape) != 4 {
		return false
	}
	step := 1
	for _, axis := range [4]int{1, 3, 2, 0} {
		if t.shape[axis] != 1 && t.strides[axis] != step {
			return t.Len() == 0
		}
		step *= t.shape[axis]
	}
	return true
}

// IsDense reports whether the elements fill a range of memory, each place once,
// in whatever order of the axes.
func (t *Tensor[T]) IsDense() bool {
	if t.IsContiguous() || t.IsChannelsLast() {
		return true
	}
	order := make([]int, len(t.shape))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return t.strides[b] - t.strides[a] })
	return t.Transpose(order...).IsContiguous()
}

// Reshape returns a view with another shape of the same size; one length may be
// -1 and is worked out. A tensor that is not row-major is copied first.
func (t *Tensor[T]) Reshape(shape ...int) *Tensor[T] {
	s := slices.Clone(shape)
	if i := slices.Index(s, -1); i >= 0 {
		s[i] = 1
		if rest := Size(s); rest > 0 {
			s[i] = t.Len() / rest
		}
	}
	if checkedSize("tensor.Reshape", s) != t.Len() {
		Refuse("tensor.Reshape", "sizes differ", t.shape, shape)
	}
	return FromSlice(Contiguous(t).data[:t.Len()], s...)
}

// Transpose returns a view whose axis i is t's axis perm[i]; without arguments
// the axes are reversed.
func (t *Tensor[T]) Transpose(perm ...int) *Tensor[T] {
	n := len(t.shape)
	if len(perm) == 0 {
		for i := n - 1; i >= 0; i-- {
			perm = append(perm, i)
		}
	}
	if len(perm) != n {
		Refuse("tensor.Transpose", "not a permutation of the axes", t.shape, perm)
	}
	v := blank(t.data, n)
	for i, p := range perm {
		if p < 0 || p >= n || slices.Contains(perm[:i], p) {
			Refuse("tensor.Transpose", "not a permutation of the axes", t.shape, perm)
		}
		v.shape[i], v.strides[i] = t.shape[p], t.strides[p]
	}
	return v
}

// Slice returns a view of the elements lo ≤ index < hi along an axis.
func (t *Tensor[T]) Slice(axis, lo, hi int) *Tensor[T] {
	a := Axis("tensor.Slice", axis, t.shape)
	if lo < 0 || hi < lo || hi > t.shape[a] {
		Refuse("tensor.Slice", "range out of bounds", t.shape, []int{lo, hi})
	}
	v := blank(t.data, len(t.shape))
	copy(v.shape, t.shape)
	copy(v.strides, t.strides)
	v.shape[a] = hi - lo
	if v.Len() > 0 {
		v.data = t.data[lo*t.strides[a]:]
	}
	return v
}

// Expand returns a view broadcast to shape: new or stretched axes have stride 0.
func (t *Tensor[T]) Expand(shape ...int) *Tensor[T] {
	if !sameShape(BroadcastShape("tensor.Expand", t.shape, shape), shape) {
		Refuse("tensor.Expand", "does not broadcast", t.shape, shape)
	}
	v := blank(t.data, len(shape))
	copy(v.shape, shape)
	skip := len(shape) - len(t.shape)
	for i, d := range t.shape {
		if d == shape[skip+i] {
			v.strides[skip+i] = t.strides[i]
		}
	}
	return v
}

// Contiguous returns t itself where it is row-major, a row-major copy otherwise.
func Contiguous[T Float](t *Tensor[T]) *Tensor[T] {
	if t.IsContiguous() {
		return t
	}
	c := New[T](t.shape...)
	CopyTo(c, t)
	return c
}

// ChannelsLast returns t itself where it is in channels-last order, a copy in
// that order otherwise. t must have four axes (n, c, h, w).
func ChannelsLast[T Float](t *Tensor[T]) *Tensor[T] {
	if t.Rank() != 4 {
		Refuse("tensor.ChannelsLast", "four axes are needed", t.shape)
	}
	if t.IsChannelsLast() {
		return t
	}
	c := FromChannelsLast(make([]T, t.Len()), t.shape...)
	CopyTo(c, t)
	return c
}

// FromChannelsLast returns an (n, c, h, w) tensor over data, which holds the
// elements in the order n, h, w, c.
func FromChannelsLast[T Float](data []T, shape ...int) *Tensor[T] {
	if len(shape) != 4 {
		Refuse("tensor.FromChannelsLast", "four axes are needed", shape)
	}
	t := FromSlice(data, shape...)
	c, h, w := shape[1], shape[2], shape[3]
	copy(t.strides, []int{h * w * c, 1, w * c, c})
	return t
}

// Clone returns a copy in the same memory order (row-major where t is not dense).
func (t *Tensor[T]) Clone() *Tensor[T] {
	c := NewLike(t, make([]T, t.Len()))
	CopyTo(c, t)
	return c
}

// Convert returns a copy of t in another precision, rounding to nearest.
func Convert[U, T Float](t *Tensor[T]) *Tensor[U] {
	src := t
	if !t.IsDense() {
		src = Contiguous(t)
	}
	data := make([]U, src.Len())
	for i, v := range src.Data() {
		data[i] = U(v)
	}
	return NewLike(src, data)
}

// Within reports whether t's elements lie in buf.
func Within[T Float](t *Tensor[T], buf []T) bool { return memory.Within(t.data, buf) }

// String shows the shape and the first elements.
func (t *Tensor[T]) String() string {
	const show = 8
	flat := Contiguous(t).data[:t.Len()]
	if len(flat) > show {
		return message.Sprintf("Tensor%v%v…", t.shape, flat[:show])
	}
	return message.Sprintf("Tensor%v%v", t.shape, flat)
}
