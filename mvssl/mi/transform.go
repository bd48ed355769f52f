package mi

import (
	"math"
	"math/rand/v2"
)

// Map returns the task with each coordinate of X and of Y sent through a function, nil for
// none. Both have to be strictly increasing: then the mutual information stays.
func (t Task) Map(prefix, doc string, x, y func(float64) float64) Task {
	return t.transform(prefix, doc, coordinates(x), coordinates(y))
}

// coordinates is a function of a point by one of its coordinates; nil of nil.
func coordinates(f func(float64) float64) func([]float64) []float64 {
	if f == nil {
		return nil
	}
	return func(p []float64) []float64 {
		q := make([]float64, len(p))
		for i, v := range p {
			q[i] = f(v)
		}
		return q
	}
}

// transform returns the task with its points sent through one-to-one functions, nil for
// none.
func (t Task) transform(prefix, doc string, x, y func([]float64) []float64) Task {
	base := t.Sample
	t.Name, t.Doc = prefix+t.Name, t.Doc+", "+doc
	if y != nil {
		t.Entropy = nil
	}
	t.Sample = func(rng *rand.Rand, n int) (a, b [][]float64) {
		a, b = base(rng, n)
		for i := range a {
			if x != nil {
				a[i] = x(a[i])
			}
			if y != nil {
				b[i] = y(b[i])
			}
		}
		return a, b
	}
	return t
}

// named returns the task under another name.
func (t Task) named(name string) Task {
	t.Name = name
	return t
}

// normalCDF is the standard normal distribution function.
func normalCDF(v float64) float64 { return math.Erfc(-v/math.Sqrt2) / 2 }

// halfCube is |v|^{3/2} with v's sign.
func halfCube(v float64) float64 { return v * math.Sqrt(math.Abs(v)) }

// wigglyX and wigglyY are strictly increasing waves (Czyż et al., 2023).
func wigglyX(v float64) float64 {
	return v + 0.4*math.Sin(v) + 0.2*math.Sin(1.7*v+1) + 0.03*math.Sin(3.3*v-2.5)
}

func wigglyY(v float64) float64 {
	return v - 0.4*math.Sin(0.4*v) + 0.17*math.Sin(1.3*v+3.5) + 0.02*math.Sin(4.3*v-2.5)
}

// mixtureQuantile returns the quantile function of a mixture of two normal variables of
// deviation 1 with means a, of a share, and b: by bisection, to the last bit.
func mixtureQuantile(share, a, b float64) func(float64) float64 {
	return func(u float64) float64 {
		low, high := min(a, b)-40, max(a, b)+40
		for {
			mid := low + (high-low)/2
			if mid <= low || mid >= high {
				return mid
			}
			if share*normalCDF(mid-a)+(1-share)*normalCDF(mid-b) < u {
				low = mid
			} else {
				high = mid
			}
		}
	}
}

// SwissRoll returns a task whose X, a number in [0, 1], is rolled up in a plane: a curve that
// does not cross itself.
func SwissRoll(t Task) Task {
	t = t.transform("swiss-roll-", "X rolled up in a plane", func(p []float64) []float64 {
		angle := 1.5 * math.Pi * (1 + 2*p[0])
		const scale = 21
		return []float64{angle * math.Cos(angle) / scale, angle * math.Sin(angle) / scale}
	}, nil)
	t.X = 2
	return t
}

// Spiral returns a task whose points are turned, in the plane of two of their coordinates, by
// an angle that is proportional to the square of their length, which stays: one to one.
func Spiral(t Task, speed float64) Task {
	turn := func(i, j int) func(p []float64) []float64 {
		return func(p []float64) []float64 {
			square := 0.0
			for _, v := range p {
				square += v * v
			}
			sin, cos := math.Sincos(speed * square)
			q := append([]float64(nil), p...)
			q[i], q[j] = cos*p[i]+sin*p[j], -sin*p[i]+cos*p[j]
			return q
		}
	}
	return t.transform("spiral-", "both sides wound up", turn(0, 1), turn(t.Y-2, t.Y-1))
}

func students() (list []Task) {
	for _, s := range [][2]int{{2, 1}, {2, 2}, {3, 2}, {3, 3}, {5, 2}, {5, 3}} {
		list = append(list, Student(s[0], s[1]))
	}
	return list
}

// transformed are tasks whose information is that of a simpler one.
func transformed() (list []Task) {
	for _, d := range []int{3, 5, 25} {
		base := pairs(d)
		uniform := base.Map("uniform-", "made uniform", normalCDF, normalCDF)
		list = append(list, uniform, base.Map("half-cube-", "raised to 3/2", halfCube, halfCube), Spiral(base, 0.5), Spiral(uniform, 0.5))
	}
	for _, s := range [][2]int{{2, 1}, {3, 2}, {5, 2}} {
		list = append(list, Student(s[0], s[1]).Map("asinh-", "through asinh", math.Asinh, math.Asinh))
	}
	return list
}
