package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// kinds are what the made-up photographs show; a point of the square from −1 to 1 is in it
// or not.
var kinds = []struct {
	name string
	in   func(x, y float64) bool
}{
	{"cross", func(x, y float64) bool { return min(math.Abs(x), math.Abs(y)) < 0.3 }},
	{"disk", func(x, y float64) bool { return x*x+y*y < 1 }},
	{"ring", func(x, y float64) bool { return math.Abs(x*x+y*y-0.7) < 0.3 }},
	{"stripes", func(x, _ float64) bool { return math.Mod(x+1, 0.7) < 0.35 }},
}

// photos writes a folder of small pictures, photos, in the place where the command is run.
func photos(w io.Writer) {
	rng := rand.New(rand.NewPCG(1, 1))
	written := 0
	for _, part := range []struct {
		name string
		each int
	}{{"train", 60}, {"test", 50}} {
		for _, kind := range kinds {
			folder := filepath.Join("photos", part.name, kind.name)
			for i := range part.each {
				if err := writePicture(filepath.Join(folder, fmt.Sprintf("%03d.png", i)), picture(rng, kind.in)); err != nil {
					fmt.Fprintln(w, err)
					return
				}
				written++
			}
		}
	}
	fmt.Fprintf(w, "%d pictures of %d kinds in photos\n", written, len(kinds))
}

// picture draws a thing at a random place, in random colors, with noise.
func picture(rng *rand.Rand, in func(x, y float64) bool) image.Image {
	const side = 32
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	radius := 7 + 6*rng.Float64()
	cx, cy := side/2+4*(rng.Float64()-0.5), side/2+4*(rng.Float64()-0.5)
	var paint, ground [3]float64
	for c := range 3 {
		ground[c], paint[c] = 100*rng.Float64(), 130+100*rng.Float64()
	}
	for y := range side {
		for x := range side {
			u, v := (float64(x)-cx)/radius, (float64(y)-cy)/radius
			of := ground
			if math.Abs(u) < 1 && math.Abs(v) < 1 && in(u, v) {
				of = paint
			}
			var rgb [3]uint8
			for c := range rgb {
				rgb[c] = uint8(max(0, min(255, of[c]+12*rng.NormFloat64())))
			}
			img.Set(x, y, color.RGBA{rgb[0], rgb[1], rgb[2], 255})
		}
	}
	return img
}

func writePicture(file string, img image.Image) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	err = png.Encode(f, img)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
