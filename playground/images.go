package playground

import (
	"math"
	"math/rand/v2"
	"slices"

	"entrec/autograd"
	"entrec/docs/course/things"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// Sizes of the slow exhibit: images of side×side, drawn shapes in one of four corners.
const (
	side       = 12
	imageSteps = 600
	imageSeen  = 128
	// A row of images that are shown is one and its nearest others.
	imageRow, imageRows = 6, 8
)

// images: what is alike is what views have in common.
var images = &Exhibit{
	Name:     "images",
	Controls: []Control{{"views", []string{"shape", "place"}, "shape"}},
	Steps:    imageSteps, every: 10,
	open: func(s setting) stage {
		rng := rand.New(rand.NewPCG(1, 1))
		d := &drawn{rng: rng, net: newNetwork(rand.New(rand.NewPCG(2, 2)), true, side*side, 64, outputs), shape: s["views"] == "shape", tape: autograd.NewTape[float64]()}
		for range imageSeen {
			shape, place := rng.IntN(things.Classes), rng.IntN(things.Classes)
			d.shapes, d.places = append(d.shapes, shape), append(d.places, place)
			d.seen = append(d.seen, d.paint(shape, place)...)
		}
		return d
	},
}

// drawn is a network that learns from drawings.
type drawn struct {
	rng            *rand.Rand
	net            *network
	shape          bool // both views have the shape in common, else the place
	seen           []float64
	shapes, places []int
	tape           *tape
}

// paint returns an image of a shape in a corner, not quite in the same place each time, with
// noise.
func (d *drawn) paint(shape, place int) []float64 {
	image := make([]float64, side*side)
	x0 := 2.8 + 4.6*float64(place%2) + d.rng.Float64()
	y0 := 2.8 + 4.6*float64(place/2) + d.rng.Float64()
	for i := range image {
		x, y := float64(i%side)-x0, float64(i/side)-y0
		image[i] = inked(shape, x, y) + 0.1*d.rng.NormFloat64()
	}
	return image
}

// inked returns how much ink of a shape there is at a point: a disc, a ring, a cross or a bar.
func inked(shape int, x, y float64) float64 {
	r := math.Hypot(x, y)
	inside := func(distance float64) float64 { return max(0, min(1, 0.5-distance)) }
	switch shape {
	case 0:
		return inside(r - 2.2)
	case 1:
		return inside(math.Abs(r-2.2) - 0.5)
	case 2:
		return inside(max(min(math.Abs(x), math.Abs(y))-0.5, max(math.Abs(x), math.Abs(y))-2.5))
	default:
		return inside(max(math.Abs(x)-2.5, math.Abs(y)-0.8))
	}
}

func (d *drawn) step() {
	var first, second []float64
	for range batchSize {
		shape, place := d.rng.IntN(things.Classes), d.rng.IntN(things.Classes)
		first = append(first, d.paint(shape, place)...)
		if d.shape {
			place = d.rng.IntN(things.Classes)
		} else {
			shape = d.rng.IntN(things.Classes)
		}
		second = append(second, d.paint(shape, place)...)
	}
	project := func(x []float64) *variable { return d.net.forward(rows(d.tape, x, side*side)) }
	d.tape.Backward(objective.InfoNCE(project(first), project(second), 1./viewKappa))
	d.net.learn(rate)
	d.tape.Reset()
}

func (d *drawn) look() Look {
	t := autograd.NewFrozenTape[float64]()
	z := unitRows(d.net.forward(t.Constant(tensor.FromSlice(d.seen, imageSeen, side*side)))).Value.Clone().Data()
	l := Look{
		Numbers: []Number{
			{"neighbors of the same shape", things.Nearest(z, outputs, d.shapes), percent}, {"neighbors at the same place", things.Nearest(z, outputs, d.places), percent},
			{"by pixels, the same shape", things.Nearest(d.seen, side*side, d.shapes), percent}, {"by pixels, the same place", things.Nearest(d.seen, side*side, d.places), percent},
		},
		Points: z, Labels: d.shapes,
	}
	for i := range imageRows {
		for _, j := range nearestTo(z, outputs, i)[:imageRow] {
			l.Images = append(l.Images, d.seen[j*side*side:(j+1)*side*side]...)
		}
	}
	return l
}

// nearestTo returns all rows by their distance from row i, that one first.
func nearestTo(z []float64, d, i int) []int {
	order := make([]int, len(z)/d)
	distance := make([]float64, len(order))
	for j := range order {
		order[j] = j
		for c := range d {
			diff := z[i*d+c] - z[j*d+c]
			distance[j] += float64(diff * diff)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case distance[a] < distance[b]:
			return -1
		case distance[a] > distance[b]:
			return 1
		}
		return 0
	})
	return order
}
