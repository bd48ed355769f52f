package tensor

import "slices"

// Size returns the number of elements of a shape; 1 for a scalar's empty shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// RowMajor returns the strides of a row-major tensor of that shape.
func RowMajor(shape []int) []int {
	strides := make([]int, len(shape))
	setRowMajor(strides, shape)
	return strides
}

func setRowMajor(strides, shape []int) {
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= shape[i]
	}
}

// BroadcastShape returns the shape that a and b broadcast to, by NumPy's rule:
// aligned at the last axis, a missing axis or one of length 1 stretches. It
// panics with a *ShapeError naming op where they do not fit.
func BroadcastShape(op string, a, b []int) []int {
	n := max(len(a), len(b))
	out := make([]int, n)
	for i := range n {
		da, db := 1, 1
		if j := i - (n - len(a)); j >= 0 {
			da = a[j]
		}
		if j := i - (n - len(b)); j >= 0 {
			db = b[j]
		}
		if da != db && da != 1 && db != 1 {
			Refuse(op, "do not broadcast", a, b)
		}
		out[i] = max(da, db)
		if da == 0 || db == 0 {
			out[i] = 0
		}
	}
	return out
}

// Axis resolves a possibly negative axis of a tensor with n axes, -1 being the
// last. It panics with a *ShapeError naming op where there is no such axis.
func Axis(op string, axis int, shape []int) int {
	a := axis
	if a < 0 {
		a += len(shape)
	}
	if a < 0 || a >= len(shape) {
		Refuse(op, "no such axis", shape, []int{axis})
	}
	return a
}

// ReducedShape returns shape without the given axes (none: all), which a reduction
// takes.
func ReducedShape(op string, shape, axes []int) []int {
	reduced := reducedAxes(op, shape, axes)
	out := []int{}
	for i, d := range shape {
		if !reduced[i] {
			out = append(out, d)
		}
	}
	return out
}

// KeptShape returns shape with the given axes (none: all) set to 1.
func KeptShape(op string, shape, axes []int) []int {
	out := slices.Clone(shape)
	for i, r := range reducedAxes(op, shape, axes) {
		if r {
			out[i] = 1
		}
	}
	return out
}

// reducedAxes reports for each axis of shape whether it is among axes (none: all).
func reducedAxes(op string, shape, axes []int) []bool {
	reduced := make([]bool, len(shape))
	for _, a := range axes {
		reduced[Axis(op, a, shape)] = true
	}
	for i := range reduced {
		reduced[i] = reduced[i] || len(axes) == 0
	}
	return reduced
}

func sameShape(a, b []int) bool { return slices.Equal(a, b) }
