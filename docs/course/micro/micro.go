// Package micro is automatic differentiation in one short file, written to be read
// and then written again: matrices of float64, a tape, and a function for each
// operation. Chapter 2 of the course builds it from an empty file.
package micro

import (
	"fmt"
	"math"
)

// Var is a matrix in a computation.
type Var struct {
	Rows, Cols int
	Value      []float64 // row by row
	Grad       []float64 // of the same length: how the loss changes with each value
	tape       *Tape
}

// Tape remembers how gradients go back, in the order of the computation.
type Tape struct {
	back []func()
}

// New returns a matrix with its values, row by row, which it keeps. It panics where
// their number is not rows·cols.
func (t *Tape) New(rows, cols int, value []float64) *Var {
	if len(value) != rows*cols {
		panic(fmt.Sprintf("micro: found %d values, expected %d×%d", len(value), rows, cols))
	}
	return &Var{rows, cols, value, make([]float64, len(value)), t}
}

// Backward gives every matrix that the loss was made of its gradient. It panics unless
// the loss is one number.
func (t *Tape) Backward(loss *Var) {
	if len(loss.Value) != 1 {
		panic(fmt.Sprintf("micro: found a loss of %d×%d, expected one number", loss.Rows, loss.Cols))
	}
	loss.Grad[0] = 1
	for i := len(t.back) - 1; i >= 0; i-- {
		t.back[i]()
	}
}

// result returns zeros to be filled, and puts on the tape how their gradient goes back.
func (t *Tape) result(rows, cols int, back func(y *Var)) *Var {
	y := t.New(rows, cols, make([]float64, rows*cols))
	t.back = append(t.back, func() { back(y) })
	return y
}

// Each returns f of each element; f returns a value and its derivative.
func Each(x *Var, f func(x float64) (y, slope float64)) *Var {
	y := x.tape.result(x.Rows, x.Cols, func(y *Var) {
		for i, g := range y.Grad {
			_, slope := f(x.Value[i])
			x.Grad[i] += g * slope
		}
	})
	for i, v := range x.Value {
		y.Value[i], _ = f(v)
	}
	return y
}

// ReLU returns max(x, 0).
func ReLU(x *Var) *Var {
	return Each(x, func(x float64) (float64, float64) {
		if x > 0 {
			return x, 1
		}
		return 0, 0
	})
}

// Exp returns e^x.
func Exp(x *Var) *Var {
	return Each(x, func(x float64) (float64, float64) { return math.Exp(x), math.Exp(x) })
}

// Log returns log x.
func Log(x *Var) *Var {
	return Each(x, func(x float64) (float64, float64) { return math.Log(x), 1 / x })
}

// Pow returns x^p.
func Pow(x *Var, p float64) *Var {
	return Each(x, func(x float64) (float64, float64) {
		if p == 0 {
			return 1, 0 // at x = 0 the formula is 0·∞
		}
		return math.Pow(x, p), p * math.Pow(x, p-1)
	})
}

// Scale returns c·x.
func Scale(x *Var, c float64) *Var {
	return Each(x, func(x float64) (float64, float64) { return c * x, c })
}

// Pair returns f of each element of a and its partner in b. A row, a column or a single
// number b is partner of every row, column or element. f returns a value and its
// derivatives.
func Pair(a, b *Var, f func(a, b float64) (y, da, db float64)) *Var {
	if b.Rows != 1 && b.Rows != a.Rows || b.Cols != 1 && b.Cols != a.Cols {
		panic(fmt.Sprintf("micro: found %d×%d and %d×%d, expected partners", a.Rows, a.Cols, b.Rows, b.Cols))
	}
	partner := func(i int) int { return i/a.Cols%b.Rows*b.Cols + i%a.Cols%b.Cols }
	y := a.tape.result(a.Rows, a.Cols, func(y *Var) {
		for i, g := range y.Grad {
			_, da, db := f(a.Value[i], b.Value[partner(i)])
			a.Grad[i] += g * da
			b.Grad[partner(i)] += g * db
		}
	})
	for i, v := range a.Value {
		y.Value[i], _, _ = f(v, b.Value[partner(i)])
	}
	return y
}

// Add returns a + b.
func Add(a, b *Var) *Var {
	return Pair(a, b, func(a, b float64) (y, da, db float64) { return a + b, 1, 1 })
}

// Mul returns a·b, element by element.
func Mul(a, b *Var) *Var {
	return Pair(a, b, func(a, b float64) (y, da, db float64) { return a * b, b, a })
}

// MatMul returns the matrix product of a (n, m) and b (m, p).
func MatMul(a, b *Var) *Var {
	if a.Cols != b.Rows {
		panic(fmt.Sprintf("micro: found %d×%d times %d×%d", a.Rows, a.Cols, b.Rows, b.Cols))
	}
	n, m, p := a.Rows, a.Cols, b.Cols
	each := func(f func(ij, ik, kj int)) {
		for ij := range n * p {
			for k := range m {
				f(ij, ij/p*m+k, k*p+ij%p)
			}
		}
	}
	y := a.tape.result(n, p, func(y *Var) {
		each(func(ij, ik, kj int) {
			a.Grad[ik] += y.Grad[ij] * b.Value[kj] // of a: g·bᵀ
			b.Grad[kj] += a.Value[ik] * y.Grad[ij] // of b: aᵀ·g
		})
	})
	each(func(ij, ik, kj int) { y.Value[ij] += a.Value[ik] * b.Value[kj] })
	return y
}

// Transpose returns xᵀ.
func Transpose(x *Var) *Var {
	at := func(i int) int { return i%x.Rows*x.Cols + i/x.Rows } // in x
	y := x.tape.result(x.Cols, x.Rows, func(y *Var) {
		for i, g := range y.Grad {
			x.Grad[at(i)] += g
		}
	})
	for i := range y.Value {
		y.Value[i] = x.Value[at(i)]
	}
	return y
}

// SumRows returns the sum of each row, a column.
func SumRows(x *Var) *Var {
	y := x.tape.result(x.Rows, 1, func(y *Var) {
		for i := range x.Grad {
			x.Grad[i] += y.Grad[i/x.Cols]
		}
	})
	for i, v := range x.Value {
		y.Value[i/x.Cols] += v
	}
	return y
}

// Sum returns the sum of all elements, one number.
func Sum(x *Var) *Var { return SumRows(Transpose(SumRows(x))) }
