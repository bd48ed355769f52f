package train_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/train"
)

// TestRemedies: what is advised when numbers are no longer finite fits the cause and
// names flags that the method has.
func TestRemedies(t *testing.T) {
	s := split()
	const noUpdate, asUsual = "no update was made yet: try ", "no update was made yet and the method's parameters are the usual ones: look at the images, or try --precision f64"
	for _, test := range []struct {
		method string
		sets   []string
		step   string
		remedy string
	}{
		// The update of step 1 does it, whatever the method.
		{"simclr", []string{"recipe.lr", "9e5", "steps", "1"}, "step 1", "try a smaller --lr (it is 900000, by default 0.06)"},
		{"simclr-er", []string{"recipe.lr", "9e5", "steps", "1"}, "step 1", "try a smaller --lr (it is 900000, by default 0.06)"},
		{"vicreg", []string{"recipe.lr", "9e5", "steps", "1"}, "step 1", "try a smaller --lr (it is 900000, by default "},
		{"barlow-twins", []string{"recipe.lr", "9e5", "steps", "1"}, "step 1", "try a smaller --lr (it is 900000, by default "},
		{"align-uniform", []string{"recipe.lr", "9e5", "steps", "1"}, "step 1", "try a smaller --lr (it is 900000, by default "},
		// The loss of step 1 is that of no update.
		{"simclr", []string{"model.temperature", "1e-44", "recipe.lr", "9e5"}, "step 1", noUpdate + "--temperature nearer its default, 0.2 (it is 1e-44)"},
		{"moco", []string{"model.temperature", "1e-44", "model.ema", "0.5"}, "step 1",
			noUpdate + "--temperature nearer its default, 0.2 (it is 1e-44), or --ema nearer its default, 0.99 (it is 0.5)"},
		// What the method chooses is usual, and another value is not.
		{"er", []string{"model.kappa", "1e-300"}, "step 1", noUpdate + "--kappa nearer its default, 5 (it is 1e-300)"},
		{"moco", []string{"model.temperature", "1e-44"}, "step 1", noUpdate + "--temperature nearer its default, 0.2 (it is 1e-44)"},
	} {
		t.Run(test.method+" "+test.sets[0], func(t *testing.T) {
			c := config(t, test.method, s, test.sets...)
			_, err := train.Run(t.Context(), c, s, train.Options{Out: t.TempDir()})
			require.ErrorIs(t, err, train.ErrNotFinite)
			require.ErrorContains(t, err, test.method+", "+test.step+": ")
			require.ErrorContains(t, err, test.remedy)
			row, err2 := mvssl.Find(test.method)
			require.NoError(t, err2)
			if _, has := row.Parameter("temperature"); !has {
				require.NotContains(t, err.Error(), "temperature")
			}
		})
	}
	broken = map[int]string{0: "pull"}
	defer func() { broken = nil }()
	_, err := train.Run(t.Context(), config(t, "toy", s), s, train.Options{Out: t.TempDir()})
	require.ErrorContains(t, err, asUsual)
}
