package pictures

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// made are data sets that go by names, as if they were fetched.
var made = map[string]func() *data.Split{
	"pictures-gray": func() *data.Split {
		s := runtest.Split()
		for _, d := range []*data.Dataset{s.Train, s.Test} {
			d.Classes = []string{"<script>alert(1)</script>", "b\x1b[31m\n", "\u202ec", ""}
		}
		return s
	},
	"pictures-color": runtest.ColorSplit,
	"pictures-unlabeled": func() *data.Split {
		s := runtest.ColorSplit()
		for _, d := range []*data.Dataset{s.Train, s.Test} {
			d.Labels, d.Classes = nil, nil
		}
		return s
	},
	"pictures-untested": func() *data.Split { return &data.Split{Train: runtest.Images(60, 1)} },
}

func init() {
	for name, split := range made {
		data.RegisterSource(data.Source{Name: name, Doc: "made up", Load: func(context.Context, data.Options) (*data.Split, error) { return split(), nil }})
	}
}

// trained makes a small run on a data set that goes by a name or a path.
func trained(t *testing.T, place, method string, sets ...string) (dir string, cfg train.Config) {
	t.Helper()
	full, err := data.Load(t.Context(), place, data.Options{})
	require.NoError(t, err)
	cfg, split, err := train.Resolve(runtest.Request(t, method, append([]string{"data", place}, sets...)...), full)
	require.NoError(t, err)
	dir, _ = runtest.Finished(t, cfg, split)
	return dir, cfg
}

// decoded returns an atlas's picture, after a look at whether it has all images.
func decoded(t *testing.T, a *Atlas, tiles int) image.Image {
	t.Helper()
	require.NotNil(t, a)
	require.Zero(t, a.Cell%block)
	head, word, _ := strings.Cut(a.Source, ",")
	require.Contains(t, []string{"data:image/png;base64", "data:image/jpeg;base64"}, head)
	raw, err := base64.StdEncoding.DecodeString(word)
	require.NoError(t, err)
	im, _, err := image.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Equal(t, a.Columns*a.Cell, im.Bounds().Dx())
	require.GreaterOrEqual(t, a.Columns*(im.Bounds().Dy()/a.Cell), tiles)
	require.Contains(t, []int{1, tiles}, len(a.Sizes))
	return im
}

// mixed writes a folder of images of several sizes, one of them gray, in classes.
func mixed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, part := range []string{"train", "test"} {
		for i := range 40 {
			h, w := 12+i%9, 10+i%5
			im := image.NewRGBA(image.Rect(0, 0, w, h))
			for p := range w * h {
				im.SetRGBA(p%w, p/w, color.RGBA{byte(p * i), byte(40 * (i % 3)), byte(p), 255})
			}
			var b bytes.Buffer
			require.NoError(t, png.Encode(&b, im))
			path := filepath.Join(dir, part, []string{"ant", "<b>", "a b"}[i%3], fmt.Sprintf("%d.png", i))
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
		}
	}
	return dir
}

// TestMake: pictures are made of sets of all kinds; what they cannot have is said.
func TestMake(t *testing.T) {
	for _, c := range []struct {
		name, place, method string
		sets                []string
		missing             []string
		part                string
		views               int
	}{
		{"gray, hostile classes", "pictures-gray", "simclr", nil, nil, "test", 2},
		{"in color, of double precision", "pictures-color", "simclr", []string{"precision", "f64"}, nil, "test", 2},
		{"without labels", "pictures-unlabeled", "byol", nil, []string{"confusion"}, "test", 2},
		{"without test images", "pictures-untested", "simclr", nil, nil, "validation", 2},
		{"without test images, none held out", "pictures-untested", "simclr", []string{"holdout", "0", "report.evaluate", "off"}, nil, "training", 2},
		{"a part, held out", "pictures-gray", "simclr", []string{"holdout", "0.2", "subset", "40"}, nil, "validation", 2},
		{"clusters", "pictures-gray", "swav", []string{"model.prototypes", "7", "model.local_crops", "2"}, nil, "test", 4},
		{"clusters that are found", "pictures-color", "deepcluster", []string{"model.prototypes", "5"}, nil, "test", 2},
		{"a teacher", "pictures-color", "dino", []string{"model.prototypes", "9"}, nil, "test", 2},
		{"images of several sizes", mixed(t), "simclr", []string{"size", "8"}, nil, "test", 2},
		{"many views", "pictures-color", "simclr", []string{"views.whole", "20"}, nil, "test", 20},
		{"two encoders", "pictures-color", "cmc", []string{"model.variant", "color"}, nil, "test", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, cfg := trained(t, c.place, c.method, c.sets...)
			p, err := Make(t.Context(), dir, Options{CacheDir: t.TempDir()})
			require.NoError(t, err)
			var missing []string
			for what := range p.Missing {
				missing = append(missing, what)
			}
			require.ElementsMatch(t, c.missing, missing, p.Missing)
			require.Equal(t, c.part, p.Part)
			require.Equal(t, cfg.TotalSteps(), p.Step)
			require.Len(t, p.Stages, 2)
			require.Equal(t, c.views, p.Views.All)
			decoded(t, &p.Views.Atlas, viewedImages*(1+p.Views.Each))
			points := decoded(t, p.Points, p.Queries)
			require.Positive(t, points.Bounds().Dx())
			tiles := len(p.Shown)
			for _, s := range p.Stages {
				require.Len(t, s.Neighbors, len(p.Shown))
				for _, of := range s.Neighbors {
					tiles += len(of)
					require.Len(t, of, neighbors)
					for i, n := range of {
						require.True(t, i == 0 || n.Value >= of[i-1].Value)
					}
				}
				require.Len(t, s.Map.X, p.Queries)
				n := 0
				for _, triple := range s.Confusion {
					n += triple[2]
				}
				if p.Missing["confusion"] == "" {
					require.Equal(t, p.Queries, n)
					require.NotNil(t, s.Accuracy)
				}
			}
			if p.Clusters != nil {
				in := 0
				for _, one := range p.Clusters.Shown {
					tiles += len(one.Members)
					in += one.Size
				}
				require.LessOrEqual(t, in, p.Clusters.Images)
				require.LessOrEqual(t, p.Clusters.Used, p.Clusters.All)
			}
			require.Equal(t, strings.Contains(c.name, "clusters") || c.method == "dino", p.Clusters != nil)
			decoded(t, p.Images, tiles)
			require.Len(t, p.Similarities, 2)
			for _, s := range p.Similarities {
				require.InDelta(t, 1, total(s.Positives), 0.01)
				require.InDelta(t, 1, total(s.Negatives), 0.01)
			}
			text, err := json.Marshal(p)
			require.NoError(t, err)
			require.NotContains(t, string(text), `\u001b`)
			require.NotContains(t, string(text), "\u202e")
		})
	}
}

func total(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

// TestKeptPictures: pictures are kept by what they are made of, and made anew when that
// changes; encoders that the run has kept are stages between.
func TestKeptPictures(t *testing.T) {
	dir, _ := trained(t, "pictures-gray", "simclr", "report.keep_every", "1")
	cache := t.TempDir()
	o := Options{CacheDir: cache}
	require.Nil(t, Find(dir, o))
	p, err := Make(t.Context(), dir, o)
	require.NoError(t, err)
	var names []string
	for _, s := range p.Stages {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"untrained", "epoch 1", "epoch 2", "now"}, names)
	require.NotEqual(t, p.Stages[0].Map, p.Stages[1].Map)
	require.Equal(t, p, Find(dir, o))
	require.Nil(t, Find(dir, Options{CacheDir: cache, Points: 5}))
	few, err := Make(t.Context(), dir, Options{CacheDir: cache, Points: 5})
	require.NoError(t, err)
	require.Len(t, few.Stages[0].Map.X, 5)

	moved := filepath.Join(t.TempDir(), "moved") // where a run lies is nothing to its pictures
	require.NoError(t, os.CopyFS(moved, os.DirFS(dir)))
	require.Equal(t, p, Find(moved, o))
	require.NoError(t, os.Remove(filepath.Join(moved, train.KeptFile(2))))
	require.Nil(t, Find(moved, o))
	require.NoError(t, os.Remove(filepath.Join(moved, train.CheckpointFile)))
	p, err = Make(t.Context(), moved, o)
	require.NoError(t, err)
	require.Contains(t, p.Missing["stages"], "the run has no checkpoint yet")
	require.NotNil(t, p.Views)
	require.Len(t, p.Stages, 3, "untrained, epoch 1 and 3")

	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	for _, e := range entries { // damaged, they are made anew
		require.NoError(t, os.WriteFile(filepath.Join(cache, e.Name()), []byte("{"), 0o644))
	}
	require.Nil(t, Find(dir, o))
	require.NoError(t, os.WriteFile(filepath.Join(dir, train.CheckpointFile), []byte("no checkpoint"), 0o644))
	p, err = Make(t.Context(), dir, o)
	require.NoError(t, err)
	require.Contains(t, p.Missing["stages"], "checkpoint.safetensors")
}

// TestWithoutData: a run whose data are gone, or others by now, has no pictures, and says so
// in a line; nor has what is no run.
func TestWithoutData(t *testing.T) {
	place := mixed(t)
	dir, _ := trained(t, place, "simclr", "size", "8")
	o := Options{CacheDir: t.TempDir()}
	first, err := Make(t.Context(), dir, o)
	require.NoError(t, err)
	require.Empty(t, first.Missing)
	require.NoError(t, os.Rename(place, place+"-moved"))
	p, err := Make(t.Context(), dir, o)
	require.NoError(t, err)
	require.Equal(t, first, p, "they are kept")
	o.CacheDir = t.TempDir()
	for _, c := range []struct {
		change func()
		words  string
	}{
		{func() {}, "found nothing at " + place + ", expected the data of the run"},
		{func() {
			require.NoError(t, os.Rename(place+"-moved", place))
			require.NoError(t, os.Remove(filepath.Join(place, "train", "ant", "0.png")))
		}, "the data changed since the run began"},
		{func() {
			require.NoError(t, os.WriteFile(filepath.Join(dir, train.ConfigFile), []byte(`{"format":"entrec-run/99"}`), 0o644))
		}, "entrec-run/99"},
		{func() { require.NoError(t, os.Remove(filepath.Join(dir, train.ConfigFile))) }, "config.json"},
	} {
		c.change()
		p, err := Make(t.Context(), dir, o)
		require.NoError(t, err)
		require.Contains(t, p.Missing[all], c.words)
		require.NotContains(t, p.Missing[all], "\n")
	}
	left, err := os.ReadDir(o.CacheDir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestMakeCanceled(t *testing.T) {
	dir, _ := trained(t, "pictures-gray", "simclr")
	ctx, stop := context.WithCancelCause(t.Context())
	enough := fmt.Errorf("enough")
	_, err := Make(ctx, dir, Options{CacheDir: t.TempDir(), Progress: func(what string, _, _ int) {
		if what == untrained {
			stop(enough)
		}
	}})
	require.ErrorIs(t, err, enough)
}

// TestForget: the oldest are forgotten, and nothing else.
func TestForget(t *testing.T) {
	cache := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(cache, "mine.json"), nil, 0o644))
	for i := range mostKept + 3 {
		key(fmt.Sprintf("%064x", i)).write(Options{CacheDir: cache}, &Pictures{Format: format})
	}
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, left, mostKept+1)
	require.FileExists(t, filepath.Join(cache, "mine.json"))
}

// TestPrincipal: rows that lie in a plane are laid out in it, up to the signs of its axes.
func TestPrincipal(t *testing.T) {
	const n, d = 200, 30
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n*d)
	for i := range n {
		a, b := 0.3*rng.NormFloat64(), 0.1*rng.NormFloat64()
		x[i*d], x[i*d+1], x[i*d+2] = 1, a, b
		for j := 3; j < d; j++ {
			x[i*d+j] = 0.001 * rng.NormFloat64()
		}
	}
	m := principal(tensor.FromSlice(x, n, d))
	correlation := func(values []int, column int) float64 {
		var xy, xx, yy float64
		for i, v := range values {
			norm := math.Sqrt(x[i*d]*x[i*d] + x[i*d+1]*x[i*d+1] + x[i*d+2]*x[i*d+2])
			y := x[i*d+column] / norm
			xy, xx, yy = xy+float64(v)*y, xx+float64(v*v), yy+y*y
		}
		return math.Abs(xy / math.Sqrt(xx*yy))
	}
	require.Greater(t, correlation(m.X, 1), 0.98)
	require.Greater(t, correlation(m.Y, 2), 0.98)
	require.Greater(t, m.Shares[0], 0.8)
	require.InDelta(t, 1, m.Shares[0]+m.Shares[1], 0.05)

	for name, rows := range map[string]*tensor.Tensor[float64]{
		"one row": tensor.FromSlice([]float64{1, 2, 3}, 1, 3), "one column": tensor.FromSlice([]float64{1, -2, 3}, 3, 1), "collapsed": tensor.FromSlice([]float64{1, 2, 1, 2, 1, 2}, 3, 2), "zeros": tensor.New[float64](4, 5),
	} {
		m := principal(rows)
		require.Len(t, m.X, rows.Dim(0), name)
		require.LessOrEqual(t, m.Shares[0]+m.Shares[1], 1.0001, name)
	}
	require.Nil(t, principal(tensor.FromSlice([]float64{1, math.NaN()}, 1, 2)))
}

// TestAtlas: images stand where they are said to stand, as they are or shrunk.
func TestAtlas(t *testing.T) {
	a := atlas{most: 20}
	for i := range 40 {
		im := image.NewRGBA(image.Rect(0, 0, 5+i, 10))
		for p := range im.Pix {
			im.Pix[p] = byte(i)
		}
		require.Equal(t, i, a.add(im))
	}
	e, err := a.encode(true, looked)
	require.NoError(t, err)
	im := decoded(t, &e, 40)
	require.Equal(t, [2]int{8, 10}, e.Sizes[3])
	require.Equal(t, [2]int{20, 4}, e.Sizes[39])
	for i := range 40 {
		c := color.GrayModel.Convert(im.At(i%e.Columns*e.Cell+1, i/e.Columns*e.Cell+1)).(color.Gray)
		require.Equal(t, byte(i), c.Y)
	}
	empty := atlas{most: 1}
	_, err = empty.encode(false, glanced)
	require.NoError(t, err)
}
