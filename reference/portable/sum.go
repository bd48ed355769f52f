package portable

import "math"

// Sum gathers terms in twice the precision of float64 (Ogita, Rump and Oishi, 2005,
// algorithms 4.4 and 5.3). Its value is the exact sum, rounded once, unless the terms
// cancel by more than some 16 digits. The zero Sum is 0.
type Sum struct {
	high, low float64
}

// Add adds x.
func (s *Sum) Add(x float64) {
	t := s.high + x
	b := t - s.high
	s.low += (s.high - (t - b)) + (x - b)
	s.high = t
}

// AddMul adds x·y, whose rounding error is kept too.
func (s *Sum) AddMul(x, y float64) {
	p := float64(x * y)
	s.Add(p)
	s.low += math.FMA(x, y, -p)
}

// Value returns the sum. Infinities and NaN among the terms have the effect that they
// have in a plain sum.
func (s *Sum) Value() float64 {
	if math.IsInf(s.high, 0) || math.IsNaN(s.high) {
		return s.high
	}
	return s.high + s.low
}

// Dot returns Σ x_i·y_i of slices of one length.
func Dot(x, y []float64) float64 {
	var s Sum
	for i := range x {
		s.AddMul(x[i], y[i])
	}
	return s.Value()
}

// Total returns Σ x_i.
func Total(x []float64) float64 {
	var s Sum
	for _, v := range x {
		s.Add(v)
	}
	return s.Value()
}

// Norm returns √(Σ x_i²).
func Norm(x []float64) float64 { return math.Sqrt(Dot(x, x)) }
