package suite

import (
	"hash/fnv"
	"math"

	"entrec/reference/golden"
)

// source is a stream of pseudorandom numbers: SplitMix64 (Steele, Lea and Flood,
// 2014), begun from the FNV-1a hash of a name. It uses integers only, so that
// whoever wants to can repeat it anywhere.
type source uint64

func newSource(name string) *source {
	h := fnv.New64a()
	h.Write([]byte(name))
	s := source(h.Sum64())
	return &s
}

func (s *source) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// bits returns a whole number below 2ⁿ.
func (s *source) bits(n int) int64 { return int64(s.next() >> (64 - n)) }

// uniform returns a multiple of 2⁻²⁰ in [0, 1).
func (s *source) uniform() float64 { return float64(s.bits(20)) / (1 << 20) }

// bell returns a multiple of 2⁻¹⁹ in [−4, 4), the sum of four uniform ones: a bell
// of mean 0 and standard deviation 1.15.
func (s *source) bell() float64 {
	sum := int64(0)
	for range 4 {
		sum += s.bits(20)
	}
	return float64(sum-1<<21) / (1 << 19)
}

// permutation returns 0, …, n−1 shuffled.
func (s *source) permutation(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := int(s.next() % uint64(i+1))
		p[i], p[j] = p[j], p[i]
	}
	return p
}

// exact rounds to float32, which inputs must be exact in.
func exact(v float64) float64 { return float64(float32(v)) }

// fill sets each element to f of the stream named name, rounded to float32.
func fill(name string, a *golden.Array, f func(s *source) float64) *golden.Array {
	s := newSource(name)
	for i := range a.Data {
		a.Data[i] = exact(f(s))
	}
	return a
}

// rowsOf returns the rows of the last axis.
func rowsOf(a *golden.Array) [][]float64 {
	d := a.Shape[len(a.Shape)-1]
	rows := make([][]float64, len(a.Data)/d)
	for i := range rows {
		rows[i] = a.Data[i*d : (i+1)*d]
	}
	return rows
}

// toUnit scales each row to length 1 and rounds to float32.
func toUnit(a *golden.Array) {
	for _, row := range rowsOf(a) {
		sum := 0.0
		for _, v := range row {
			sum += float64(v * v)
		}
		norm := math.Sqrt(sum)
		for j, v := range row {
			row[j] = exact(v / norm)
		}
	}
}

// toProbabilities scales each row of positive numbers to sum 1 and rounds to
// float32.
func toProbabilities(a *golden.Array) {
	for _, row := range rowsOf(a) {
		sum := 0.0
		for _, v := range row {
			sum += v
		}
		for j, v := range row {
			row[j] = exact(v / sum)
		}
	}
}
