package sheet

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
)

// images returns n made-up images of so many channels; their first pixels are full.
func images(n, channels, height, width int) *data.Dataset {
	d := &data.Dataset{Name: "made-up", Channels: channels, Height: height, Width: width, Classes: []string{"<script>", "b\n\x1b[31m"}}
	for i := range n {
		for p := range channels * height * width {
			d.Pixels = append(d.Pixels, byte(255*(1-min(p, 1))|p%100))
		}
		d.Labels = append(d.Labels, i%2)
	}
	return d
}

func whole(count, size, channels int) mvssl.View {
	return mvssl.View{Count: count, Config: view.Evaluation(size, make([]float64, channels), halves(channels))}
}

func halves(n int) []float64 {
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 0.5
	}
	return ones
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		side, width, height int
		want                image.Rectangle
	}{
		{96, 32, 32, image.Rect(0, 0, 96, 96)},
		{96, 16, 16, image.Rect(0, 0, 96, 96)},
		{96, 28, 28, image.Rect(6, 6, 90, 90)},
		{96, 30, 20, image.Rect(3, 18, 93, 78)},
		{96, 96, 96, image.Rect(0, 0, 96, 96)},
		{96, 224, 112, image.Rect(0, 24, 96, 72)},
		{96, 60, 60, image.Rect(0, 0, 96, 96)},
		{96, 1, 1, image.Rect(0, 0, 96, 96)},
		{96, 1000, 1, image.Rect(0, 47, 96, 48)},
	} {
		require.Equal(t, c.want, Fit(c.side, c.width, c.height), c)
	}
}

// A view of the whole image is that image, of one channel and of three, whatever the mean.
func TestViewsOf(t *testing.T) {
	for _, channels := range []int{1, 3} {
		d := images(3, channels, 8, 8)
		v, err := NewViews([]mvssl.View{whole(2, 8, channels)}, channels)
		require.NoError(t, err)
		require.Equal(t, 2, v.Len())
		require.Equal(t, 8, v.Size(1))
		want, err := Image(d, 2)
		require.NoError(t, err)
		all, err := v.Of(d, 2, 5)
		require.NoError(t, err)
		require.Equal(t, []*image.RGBA{want, want}, all)
	}
}

// Views are those that training makes: of the first epoch, of the seed, of the sample.
func TestViewsAreTrainings(t *testing.T) {
	d := images(3, 3, 12, 20)
	c := view.SimCLR(3, 8)
	v, err := NewViews([]mvssl.View{{Count: 2, Config: c}}, 3)
	require.NoError(t, err)
	p, err := view.New[float32](c, 3) // whose mean is 0 and whose deviation is 1
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, seed := range []uint64{0, 1 << 63} {
		all, err := v.Of(d, 1, seed)
		require.NoError(t, err)
		again, err := v.Of(d, 1, seed)
		require.NoError(t, err)
		require.Equal(t, all, again)
		for k, im := range all {
			values := make([]float32, 3*64)
			p.Apply(values, d.Image(1), 12, 20, view.Key{Seed: seed, Sample: 1, View: k})
			require.InDelta(t, 255*min(max(values[0], 0), 1), im.RGBAAt(0, 0).R, 0.5)
			seen[string(im.Pix)] = true
		}
	}
	require.Len(t, seen, 4)
}

// A sheet is drawn of any number of views of any sizes, in whole factors, and fits what it
// says that it fits.
func TestDraw(t *testing.T) {
	for _, c := range []struct {
		name            string
		d               *data.Dataset
		views           []mvssl.View
		side, w, h, per int
	}{
		{"two views", images(4, 3, 32, 32), []mvssl.View{whole(2, 32, 3)}, 96, 2, 1, 1},
		{"small views beside large ones", images(4, 1, 28, 28), []mvssl.View{whole(2, 28, 1), whole(6, 16, 1)}, 84, 8, 1, 1},
		{"many", images(4, 3, 20, 40), []mvssl.View{whole(23, 16, 3)}, 96, 10, 3, 3},
		{"large", images(4, 3, 300, 200), []mvssl.View{whole(2, 224, 3)}, 160, 2, 1, 1},
		{"few pixels", images(4, 1, 2, 2), []mvssl.View{whole(2, 2, 1)}, 96, 2, 1, 1},
	} {
		v, err := NewViews(c.views, c.d.Channels)
		require.NoError(t, err)
		drawn, err := v.Draw(c.d, Spread(c.d, 3), 1)
		require.NoError(t, err)
		require.Equal(t, 2*gap+c.side+apart+c.w*(c.side+gap)-gap, drawn.Rect.Dx(), c.name)
		require.Equal(t, gap+3*c.h*(c.side+2*Line+gap), drawn.Rect.Dy(), c.name)
		require.GreaterOrEqual(t, v.MostImages(), 3)
		again, err := v.Draw(c.d, Spread(c.d, 3), 1)
		require.NoError(t, err)
		require.Equal(t, drawn.Pix, again.Pix)
		corner := image.Pt(gap+c.side+apart, gap).Add(Fit(c.side, v.Size(0), v.Size(0)).Min)
		require.NotEqual(t, color.RGBA{255, 255, 255, 255}, drawn.RGBAAt(corner.X+c.side/2, corner.Y+c.side/2), c.name)
	}
	d := images(4, 1, 8, 8)
	d.Labels = nil
	require.Equal(t, "8 x 8 px", about(d, 0))
}

func TestSpread(t *testing.T) {
	d := images(10, 1, 1, 1)
	require.Equal(t, []int{0, 3, 6}, Spread(d, 3))
	require.Len(t, Spread(d, 99), 10)
}

func TestPNG(t *testing.T) {
	dir := t.TempDir()
	s := New(40, 20)
	Caption(s, image.Pt(0, 0), 40, "a caption that is too long", Ink)
	Caption(s, image.Pt(0, 0), 3, "\x00", Ink)
	content, err := PNG(s, "this program")
	require.NoError(t, err)
	back, err := png.Decode(bytes.NewReader(content))
	require.NoError(t, err)
	require.Equal(t, s.Rect, back.Bounds())
	path := filepath.Join(dir, "s.png")
	require.False(t, By(path, "this program"))
	require.NoError(t, os.WriteFile(path, content, 0o644))
	for by, want := range map[string]bool{"this program": true, "this": false, "this programme": false, "that program": false, "": false} {
		require.Equal(t, want, By(path, by), by)
	}
	require.NoError(t, os.WriteFile(path, content[:markAt+4], 0o644))
	require.False(t, By(path, "this program"))
	_, err = NewViews([]mvssl.View{whole(2, 8, 1)}, 2)
	require.Error(t, err)
}
