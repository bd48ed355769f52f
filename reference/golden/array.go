package golden

import "fmt"

// Array is an n-dimensional array of float64 in row-major order. A scalar has an
// empty shape and one element.
type Array struct {
	Shape []int
	Data  []float64
}

// NewArray returns zeros of the given shape.
func NewArray(shape ...int) *Array {
	return &Array{Shape: append([]int{}, shape...), Data: make([]float64, size(shape))}
}

// Scalar returns an array of shape [] that holds v.
func Scalar(v float64) *Array { return &Array{Shape: []int{}, Data: []float64{v}} }

// FromSlice returns an array over data, which it keeps. It panics where the sizes
// differ.
func FromSlice(data []float64, shape ...int) *Array {
	if len(data) != size(shape) {
		panic(fmt.Sprintf("golden.FromSlice: %d values for shape %v", len(data), shape))
	}
	return &Array{Shape: append([]int{}, shape...), Data: data}
}

// Rank returns the number of axes.
func (a *Array) Rank() int { return len(a.Shape) }

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// index returns the multi-index of element i.
func (a *Array) index(i int) []int {
	at := make([]int, len(a.Shape))
	for axis := len(a.Shape) - 1; axis >= 0; axis-- {
		at[axis] = i % a.Shape[axis]
		i /= a.Shape[axis]
	}
	return at
}
