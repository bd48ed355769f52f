package sheet

import (
	"fmt"
	"image"
	"image/draw"
	"math"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
)

// Views makes the views that training sees of images, as pictures.
type Views struct {
	pipelines []*view.Pipeline[float32] // one a view of an image
	channels  int
}

// NewViews returns what makes the given views of images of so many channels. The error is
// that of views that cannot be.
func NewViews(views []mvssl.View, channels int) (*Views, error) {
	all := &Views{channels: channels}
	for _, v := range views {
		c := v.Config // what is drawn for a view does not depend on how it is normalized
		c.Mean, c.Std = make([]float64, channels), make([]float64, channels)
		for i := range c.Std {
			c.Std[i] = 1
		}
		p, err := view.New[float32](c, channels)
		if err != nil {
			return nil, err
		}
		for range v.Count {
			all.pipelines = append(all.pipelines, p)
		}
	}
	return all, nil
}

// Len is how many views there are of an image.
func (v *Views) Len() int { return len(v.pipelines) }

// Size is the side of a view in pixels.
func (v *Views) Size(i int) int {
	_, side, _ := v.pipelines[i].OutputShape()
	return side
}

// Of returns the views of image i of a training set that a run of that seed sees in its
// first epoch. The error is that of an image that cannot be read.
func (v *Views) Of(d *data.Dataset, i int, seed uint64) (all []*image.RGBA, err error) {
	err = d.With(i, func(pixels []byte, height, width int) {
		for k, p := range v.pipelines {
			side := v.Size(k)
			values, area := make([]float32, v.channels*side*side), side*side
			p.Apply(values, pixels, height, width, view.Key{Seed: seed, Sample: i, View: k})
			all = append(all, picture(side, side, v.channels, func(at int) byte {
				x := float64(values[at%area*v.channels+at/area]) // channels innermost
				return byte(math.Round(255 * min(max(x, 0), 1)))
			}))
		}
	})
	return all, err
}

// Usual is how many images there are on a sheet of views.
const Usual = 8

// Spread returns n of a data set's images, or all where there are fewer, as far from one
// another as can be: of sets that are ordered by class, of many classes.
func Spread(d *data.Dataset, n int) []int {
	n = min(n, d.Len())
	which := make([]int, n)
	for i := range which {
		which[i] = i * d.Len() / n
	}
	return which
}

// The measures of a sheet of views, in pixels.
const (
	usualSide = 96 // about that of a picture
	mostSide  = 160
	gap       = 10
	apart     = 26 // between an image and its views
	perLine   = 10 // views of an image
	captions  = 2  // lines of them below each picture
	mostArea  = 1 << 26
)

// layout is where what stands on a sheet of views.
type layout struct{ side, columns, lines, images int }

func (v *Views) layout(images int) layout {
	largest := 1
	for i := range v.pipelines {
		largest = max(largest, v.Size(i))
	}
	side := mostSide
	if largest <= mostSide {
		side = largest * max(1, (usualSide+largest/2)/largest)
	}
	return layout{side, min(v.Len(), perLine), (v.Len() + perLine - 1) / perLine, images}
}

func (l layout) column() int { return l.side + gap }
func (l layout) row() int    { return l.side + captions*Line + gap }
func (l layout) size() (width, height int) {
	return 2*gap + l.side + apart + l.columns*l.column() - gap, gap + l.images*l.lines*l.row()
}

// MostImages is how many images a sheet of the views has room for.
func (v *Views) MostImages() int {
	w, h := v.layout(1).size()
	return max(1, mostArea/(w*h))
}

// Draw returns a sheet with a row for each of some images of a training set, at most
// MostImages: the image, what it is called, and its views by Of, with their sizes. The error
// is that of an image that cannot be read.
func (v *Views) Draw(d *data.Dataset, which []int, seed uint64) (*image.RGBA, error) {
	l := v.layout(len(which))
	s := New(l.size())
	line := gap + l.side + apart/2
	draw.Draw(s, image.Rect(line, gap, line+1, s.Rect.Max.Y-gap), image.NewUniform(Faint), image.Point{}, draw.Src)
	for row, i := range which {
		at := image.Pt(gap, gap+row*l.lines*l.row())
		im, err := Image(d, i)
		if err != nil {
			return nil, err
		}
		l.put(s, at, im, fmt.Sprintf("%s:%d", data.Training, i), about(d, i))
		views, err := v.Of(d, i, seed)
		if err != nil {
			return nil, err
		}
		for k, im := range views {
			to := at.Add(image.Pt(l.side+apart+k%perLine*l.column(), k/perLine*l.row()))
			l.put(s, to, im, fmt.Sprintf("view %d", k+1), fmt.Sprintf("%d px", v.Size(k)))
		}
	}
	return s, nil
}

// put draws a picture and its captions.
func (l layout) put(s *image.RGBA, at image.Point, im *image.RGBA, lines ...string) {
	Draw(s, at, l.side, im)
	for i, text := range lines {
		Caption(s, at.Add(image.Pt(0, l.side+i*Line)), l.column(), text, Ink)
	}
}

// about returns the class of an image or, where it has none, its size.
func about(d *data.Dataset, i int) string {
	if d.Labels != nil && d.Labels[i] < len(d.Classes) {
		return d.Classes[d.Labels[i]]
	}
	height, width := d.Size(i)
	return fmt.Sprintf("%d x %d px", width, height)
}
