package tensor

import "slices"

// walker visits the elements of several tensors that are broadcast to one shape, in
// row-major order, a run along the last axis at a time. Neighboring axes that are one in
// memory are merged first, so that dense tensors become a single run.
type walker struct {
	shape   []int   // outer axes
	run     int     // length of the last axis
	strides [][]int // for each tensor, strides of the outer axes
	step    []int   // for each tensor, stride along the run
}

// newWalker prepares the walk over tensors with the given strides, each already
// expanded to shape.
func newWalker(shape []int, strides ...[]int) *walker {
	shape = slices.Clone(shape)
	all := make([][]int, len(strides))
	for i, s := range strides {
		all[i] = slices.Clone(s)
	}
	if len(shape) == 0 {
		shape = []int{1}
		for i := range all {
			all[i] = []int{0}
		}
	}
	for a := len(shape) - 2; a >= 0; a-- {
		merge := true
		for _, s := range all {
			merge = merge && (shape[a] == 1 || s[a] == s[a+1]*shape[a+1])
		}
		if !merge && shape[a+1] != 1 {
			continue
		}
		for i, s := range all {
			step := s[a+1]
			if shape[a+1] == 1 {
				step = s[a]
			}
			all[i] = append(s[:a], append([]int{step}, s[a+2:]...)...)
		}
		shape = append(shape[:a], append([]int{shape[a] * shape[a+1]}, shape[a+2:]...)...)
	}
	last := len(shape) - 1
	w := &walker{shape: shape[:last], run: shape[last]}
	for _, s := range all {
		w.strides = append(w.strides, s[:last])
		w.step = append(w.step, s[last])
	}
	return w
}

// runs returns how many runs there are.
func (w *walker) runs() int { return Size(w.shape) }

// each calls f with the offsets of runs lo ≤ i < hi.
func (w *walker) each(lo, hi int, f func(off []int)) {
	index := make([]int, len(w.shape))
	off := make([]int, len(w.strides))
	for a, rest := len(w.shape)-1, lo; a >= 0; a-- {
		index[a] = rest % w.shape[a]
		rest /= w.shape[a]
		for i, s := range w.strides {
			off[i] += index[a] * s[a]
		}
	}
	for range hi - lo {
		f(off)
		for a := len(w.shape) - 1; a >= 0; a-- {
			index[a]++
			for i, s := range w.strides {
				off[i] += s[a]
			}
			if index[a] < w.shape[a] {
				break
			}
			for i, s := range w.strides {
				off[i] -= index[a] * s[a]
			}
			index[a] = 0
		}
	}
}

// memoryOrder returns the axes of a tensor from the largest stride to the
// smallest: the order in which the elements lie in memory.
func memoryOrder(strides []int) []int {
	order := make([]int, len(strides))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strides[b] - strides[a] })
	return order
}

// gather returns the run of n elements of data at off with the given step: a
// slice of data where step is 1, buf otherwise.
func gather[T Float](buf, data []T, off, step, n int) []T {
	if step == 1 {
		return data[off : off+n]
	}
	buf = buf[:n]
	if step == 0 {
		v := data[off]
		for i := range buf {
			buf[i] = v
		}
		return buf
	}
	for i := range buf {
		buf[i] = data[off+i*step]
	}
	return buf
}
