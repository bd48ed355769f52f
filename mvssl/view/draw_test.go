package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// draws makes n draws of a configuration's parameters.
func draws(cfg Config, h, w, n int) []params {
	var pcg rand.PCG
	rng := rand.New(&pcg)
	all := make([]params, n)
	for i := range all {
		Key{Seed: 7, Sample: i}.seed(&pcg)
		all[i] = cfg.draw(rng, h, w)
	}
	return all
}

// distance is the Kolmogorov–Smirnov distance of two samples, which are sorted.
func distance(a, b []float64) float64 {
	slices.Sort(a)
	slices.Sort(b)
	worst := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		v := min(a[i], b[j])
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		worst = max(worst, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return worst
}

// critical is the distance that two samples of one distribution exceed once in a
// million times: √(−ln(α/2)/2 · (1/n + 1/m)). Ties make it rarer.
func critical(n, m int) float64 {
	return math.Sqrt(-math.Log(1e-6/2) / 2 * (1/float64(n) + 1/float64(m)))
}

// Rectangles are distributed as RandomResizedCrop.get_params draws them: top,
// left, height, width, area, and where the middle is.
func TestCropDistribution(t *testing.T) {
	type question struct {
		H     int        `json:"h"`
		W     int        `json:"w"`
		Scale [2]float64 `json:"scale"`
		Ratio [2]float64 `json:"ratio"`
		N     int        `json:"n"`
	}
	wide := [2]float64{3.0 / 4, 4.0 / 3}
	cases := []question{
		{32, 32, [2]float64{0.2, 1}, wide, 5000},
		{28, 28, [2]float64{0.08, 1}, wide, 5000},
		{20, 50, [2]float64{0.5, 1}, wide, 5000}, // falls back often
		{40, 24, [2]float64{0.05, 0.14}, [2]float64{0.3, 3}, 5000},
		// What is drawn never fits: the central rectangle.
		{10, 90, [2]float64{1, 1}, wide, 1},
		{91, 10, [2]float64{1, 1}, wide, 1},
		{30, 30, [2]float64{1, 1}, [2]float64{1.2, 1.3}, 1},
	}
	var expected [][][4]float64
	foreign.Run(t, []string{"torch", "torchvision"}, `
import torch, torchvision.transforms as T
torch.manual_seed(3)
y = [[T.RandomResizedCrop.get_params(torch.zeros(1, c["h"], c["w"]), c["scale"], c["ratio"]) for _ in range(c["n"])] for c in x]
`, cases, &expected)
	for i, c := range cases {
		t.Run(fmt.Sprintf("%d×%d %v %v", c.H, c.W, c.Scale, c.Ratio), func(t *testing.T) {
			cfg := Config{Crop: CropConfig{ScaleMin: c.Scale[0], ScaleMax: c.Scale[1], RatioMin: c.Ratio[0], RatioMax: c.Ratio[1]}}
			var ours [][4]float64
			for _, p := range draws(cfg, c.H, c.W, c.N) {
				ours = append(ours, [4]float64{float64(p.crop.Top), float64(p.crop.Left), float64(p.crop.Height), float64(p.crop.Width)})
			}
			if c.N == 1 {
				require.Equal(t, expected[i], ours)
				return
			}
			for name, of := range map[string]func(r [4]float64) float64{
				"top":    func(r [4]float64) float64 { return r[0] },
				"left":   func(r [4]float64) float64 { return r[1] },
				"height": func(r [4]float64) float64 { return r[2] },
				"width":  func(r [4]float64) float64 { return r[3] },
				"area":   func(r [4]float64) float64 { return r[2] * r[3] },
				"ratio":  func(r [4]float64) float64 { return r[3] / r[2] },
				"middle": func(r [4]float64) float64 { return r[0] + r[2]/2 + 1e-3*(r[1]+r[3]/2) },
			} {
				d := distance(column(ours, of), column(expected[i], of))
				require.LessOrEqual(t, d, critical(c.N, c.N), name)
			}
		})
	}
}

func column(rows [][4]float64, of func([4]float64) float64) []float64 {
	var values []float64
	for _, r := range rows {
		values = append(values, of(r))
	}
	return values
}

// ColorJitter.get_params draws each factor uniformly from its range, and an order
// of the four operations uniformly from the 24.
func TestJitterDistribution(t *testing.T) {
	const n = 24000
	cfg := Config{Jitter: JitterConfig{Probability: 1, Brightness: 0.4, Contrast: 1.5, Saturation: 0.8, Hue: 0.1}}
	low, high := [4]float64{0.6, 0, 0.2, -0.1}, [4]float64{1.4, 2.5, 1.8, 0.1}
	var factor [4][]float64
	order := map[[4]int]int{}
	for _, p := range draws(cfg, 8, 8, n) {
		require.True(t, p.jitter)
		for i, f := range p.factor {
			factor[i] = append(factor[i], f)
		}
		order[p.order]++
	}
	for i, f := range factor {
		slices.Sort(f)
		require.GreaterOrEqual(t, f[0], low[i])
		require.LessOrEqual(t, f[n-1], high[i])
		worst := 0.0
		for j, v := range f {
			worst = max(worst, math.Abs((v-low[i])/(high[i]-low[i])-(float64(j)+0.5)/n))
		}
		require.LessOrEqual(t, worst, math.Sqrt(-math.Log(1e-6/2)/2/n), "factor %d", i)
	}
	require.Len(t, order, 24)
	chi := 0.0
	for _, count := range order {
		chi += float64((count-n/24)*(count-n/24)) / (n / 24)
	}
	require.LessOrEqual(t, chi, 23+6*math.Sqrt(2*23.0), "six standard deviations above the mean of χ² with 23 degrees of freedom")
}

// Each operation is applied with its probability, independently of the others.
func TestProbabilities(t *testing.T) {
	const n = 20000
	cfg := Config{
		Flip: 0.5, Jitter: JitterConfig{Probability: 0.8}, Grayscale: 0.2,
		Blur: BlurConfig{Probability: 0.4, Kernel: 3, SigmaMin: 0.1, SigmaMax: 2}, Solarize: SolarizeConfig{Probability: 0.1},
	}
	chance := []float64{0.5, 0.8, 0.2, 0.4, 0.1}
	var once [5]float64
	var both [5][5]float64
	for _, p := range draws(cfg, 8, 8, n) {
		happened := [5]bool{p.flip, p.jitter, p.gray, p.sigma > 0, p.invert}
		for i, a := range happened {
			for j, b := range happened {
				if a && b {
					both[i][j]++
				}
			}
			if a {
				once[i]++
			}
		}
		if p.sigma > 0 {
			require.True(t, 0.1 <= p.sigma && p.sigma <= 2)
		}
	}
	within := func(count, p float64) { // five standard deviations of a binomial count
		t.Helper()
		require.LessOrEqual(t, math.Abs(count-n*p), 5*math.Sqrt(n*p*(1-p)))
	}
	for i := range chance {
		within(once[i], chance[i])
		for j := range i {
			within(both[i][j], chance[i]*chance[j])
		}
	}
}
