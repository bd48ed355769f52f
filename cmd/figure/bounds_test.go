package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/mi"
	"entrec/mvssl/special"
)

var nats = regexp.MustCompile(`-?\d+\.\d+`)

// TestSpherePage: the numbers of the page about the sphere are what the command measures. The
// last digit may be off by one, since the last bits depend on the SIMD level.
func TestSpherePage(t *testing.T) {
	if testing.Short() {
		t.Skip("measures what the page tells")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "bounds.md"))
	require.NoError(t, err)
	_, page, found := strings.Cut(string(text), "## InfoNCE and ER on the sphere")
	require.True(t, found)
	lines := strings.Split(page, "\n")
	at := func(panel int, place float64) row {
		p := panels[panel]
		for _, v := range p.places { // which are rounded
			if math.Abs(v-place) < 1e-9*place {
				place = v
			}
		}
		r, err := measure(t.Context(), p, place, samples)
		require.NoError(t, err)
		return r
	}
	// line finds that of a place, and holds its numbers behind it against some.
	line := func(place string, want ...float64) {
		for _, l := range lines {
			rest, begins := strings.CutPrefix(l, "| "+place+" | ")
			if !begins {
				continue
			}
			got := nats.FindAllString(rest, -1)
			require.Len(t, got, len(want), l)
			for i, v := range want {
				shown, err := strconv.ParseFloat(got[i], 64)
				require.NoError(t, err)
				require.InDelta(t, v, shown, 0.0015, "%s: number %d", l, i+1)
			}
			return
		}
		require.Fail(t, "no line of "+place)
	}
	both := func(m mi.Mean) []float64 { return []float64{m.Value, m.Error} }
	exclude := map[float64]float64{}
	for _, k := range []float64{2, 16, 128, 2048} {
		r := at(0, k)
		exclude[k] = r.exclude.Value
		want := append([]float64{r.truth, r.ceiling}, both(r.infoNCE)...)
		want = append(append(want, both(r.include)...), both(r.exclude)...)
		line(fmt.Sprint(k), want...)
	}
	for _, kappa := range []float64{6.25, 12.5, 25, 50, 100} {
		r := at(3, kappa)
		want := append([]float64{r.known, r.official}, both(r.infoNCE)...)
		want = append(append(want, both(r.include)...), both(r.exclude)...)
		line(fmt.Sprint(kappa), want...)
	}

	words := strings.Join(strings.Fields(page), " ")
	says := func(format string, values ...any) { require.Contains(t, words, fmt.Sprintf(format, values...)) }
	r := at(0, 256)
	says("at κ = 20 it finds −%.1f nats in a batch of 256 where %.0f are", -r.include.Value, r.truth)
	says("%.1f nats in a batch of 2, %.1f in one of 256, %.1f in one of 2048, where %.1f are", exclude[2], r.exclude.Value, exclude[2048], r.truth)
	says("right at d = 16, %.0f nats too low at d = 512 and κ = 100", special.LogVMFNormalizer(512, 100)-special.LogVMFNormalizerOfficial(512, 100))
	require.InDelta(t, special.LogVMFNormalizer(16, 100), special.LogVMFNormalizerOfficial(16, 100), 0.01)
	says("at κ = 1024 there are %.0f nats, and %.3f = log 256 is all it can say", mi.VMF(16, 1024).MI, math.Log(256))
	says("Pairs in 64 dimensions with κ = 50, %.2f nats", mi.VMF(64, 50).MI)
	largest := 2.
	for _, d := range panels[2].places {
		if mi.VMF(int(d), 100).MI > mi.VMF(int(largest), 100).MI {
			largest = d
		}
	}
	says("so that the information falls again after d = %.0f", largest)
	flat := at(3, 6.25)
	says("at κ = 6.25 excluding the self term finds ER's %.2f within its error", flat.known)
	require.InDelta(t, flat.known, flat.exclude.Value, 2*flat.exclude.Error)
}
