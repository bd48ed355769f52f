package playground

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/special"
	"entrec/simd"
)

// TestTheChapter: the exhibit of two forces shows what the course's chapter 5 prints of the
// same network, at each SIMD level.
func TestTheChapter(t *testing.T) {
	for _, level := range simd.Levels() {
		restore := simd.Force(level)
		text, err := Print("forces?weight=0.5")
		restore()
		require.NoError(t, err)
		require.Equal(t, []string{
			"forces?weight=0.5, step 200 of 200", "entropy 0.922", "reconstruction 0.439", "information 1.362",
			"right neighbors 100.0 %", "most entropy 2.531", "what there is to tell 1.386",
		}, words(text), level)
	}
}

// words returns lines without the blanks in them that are for the eye.
func words(text string) (lines []string) {
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

// TestExhibits: each begins, with numbers, points on the sphere and one label a point, and its
// address opens it again.
func TestExhibits(t *testing.T) {
	for _, e := range Exhibits {
		t.Run(e.Name, func(t *testing.T) {
			s, err := Open(e.Name)
			require.NoError(t, err)
			require.Zero(t, e.Steps%e.every)
			s.Look() // of what has not begun
			for range min(e.every, 4) {
				s.stage.step()
			}
			look := s.Look()
			for _, n := range look.Numbers {
				require.Regexp(t, regexp.MustCompile(`^-?\d+\.\d+( %)?$`), n.Text(), n.Name)
			}
			require.Len(t, look.Points, 3*len(look.Labels))
			for i := 0; i < len(look.Points); i += 3 {
				z := look.Points[i : i+3]
				require.InDelta(t, 1, z[0]*z[0]+z[1]*z[1]+z[2]*z[2], 1e-9)
			}
			again, err := Open(s.Address())
			require.NoError(t, err)
			require.Equal(t, s.Address(), again.Address())
		})
	}
}

// TestAddresses: what is no exhibit, control or choice is refused.
func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"":                   `found the exhibit "", expected one of forces,`,
		"force":              `found the exhibit "force", expected one of forces,`,
		"forces?size=1":      `forces: found a control "size", expected weight`,
		"forces?weight":      `forces: found weight=, expected one of 0, 0.1,`,
		"forces?weight=0.55": `forces: found weight=0.55, expected one of 0, 0.1,`,
	} {
		_, err := Print(address)
		require.ErrorContains(t, err, want)
	}
	s, err := Open("kappa?objective=infonce&&kappa=5")
	require.NoError(t, err)
	require.Equal(t, "kappa?kappa=5&objective=infonce", s.Address())
}

// TestTheTruth: the information of pairs is that of the normalizer's special functions.
func TestTheTruth(t *testing.T) {
	for _, kappa := range []float64{2, 10, 200, 1000} {
		want := mostEntropy + special.LogVMFNormalizer(3, kappa) + kappa*special.MeanResultantLength(3, kappa)
		require.InDelta(t, want, (&pairs{kappa: kappa}).information(), 1e-9)
	}
}

// TestEigenvalues: those of a matrix that is known.
func TestEigenvalues(t *testing.T) {
	found := eigenvalues([][]float64{{2, 1, 0}, {1, 2, 0}, {0, 0, 7}})
	require.InDeltaSlice(t, []float64{7, 3, 1}, found, 1e-12)
	c := covariance([]float64{1, 0, -1, 0, 0, 2, 0, -2}, 2)
	require.InDeltaSlice(t, []float64{0.5, 0}, c[0], 1e-12)
	require.InDeltaSlice(t, []float64{0, 2}, c[1], 1e-12)
	require.True(t, math.IsNaN(eigenvalues([][]float64{{math.NaN()}})[0]))
}
