package train_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// TestQuick: what nobody asks for is set for a run of seconds, what somebody asks for
// stays, and the configuration says which is which.
func TestQuick(t *testing.T) {
	large, small := &data.Split{Train: runtest.Images(1200, 1), Test: runtest.Images(24, 2)}, runtest.Split()
	for _, test := range []struct {
		data                  *data.Split
		sets                  []string
		images, width, epochs int
		words                 string
	}{
		{large, nil, 512, 4, 2, "subset 512, width 4, epochs 2"},
		{small, nil, 60, 4, 2, "width 4, epochs 2"},
		{large, []string{"subset", "700"}, 700, 4, 2, "width 4, epochs 2"},
		{large, []string{"model.encoder.width", "8"}, 512, 8, 2, "subset 512, epochs 2"},
		{large, []string{"model.encoder.name", "mlp"}, 512, 512, 2, "subset 512, epochs 2"},
		{large, []string{"epochs", "3"}, 512, 4, 3, "subset 512, width 4"},
		{large, []string{"steps", "5"}, 512, 4, 3, "subset 512, width 4"},
		{large, []string{"batch", "300"}, 600, 4, 2, "subset 600, width 4, epochs 2"},
		{large, []string{"recipe.accumulate", "10"}, 640, 4, 2, "subset 640, width 4, epochs 2"},
		{large, []string{"holdout", "0.5"}, 512, 4, 2, "subset 512, width 4, epochs 2"},
		{large, []string{"holdout", "0.6"}, 480, 4, 2, "width 4, epochs 2"},
		{large, []string{"subset", "700", "epochs", "3", "model.encoder.width", "6"}, 700, 6, 3, ""},
	} {
		r := &train.Request{}
		for i := 0; i < len(test.sets); i += 2 {
			require.NoError(t, r.SetText(test.sets[i], test.sets[i+1]))
		}
		r.Quick()
		c, split, err := train.Resolve(r, test.data)
		require.NoError(t, err)
		require.Equal(t, []int{test.images, test.width, test.epochs}, []int{split.Train.Len(), c.Model.Encoder.Width, c.Epochs}, "%v", test.sets)
		require.Equal(t, test.images, c.Images)
		require.Equal(t, test.words, c.QuickWords())
	}
	require.EqualError(t, (&train.Request{}).SetText("quick", "[]"), "quick: found a value, expected none: it follows from the run")
}

// TestQuickResumes: a quick run goes on as it began, and is the run that its values ask for.
func TestQuickResumes(t *testing.T) {
	s := runtest.Split()
	r := runtest.Request(t, "simclr", "subset", "40")
	r.Quick()
	c, split, err := train.Resolve(r, s)
	require.NoError(t, err)
	require.Nil(t, c.Quick, "all was asked for")
	c.Quick = []string{"subset"}
	dir, end := runtest.Finished(t, c, split)
	stored, err := train.ReadConfig(dir)
	require.NoError(t, err)
	require.Equal(t, c.Quick, stored.Quick)
	again, _, err := train.Resume(dir, stored, &train.Request{}, s)
	require.NoError(t, err)
	require.Equal(t, stored, again)
	asked, err := train.ReadRequest(filepath.Join(dir, train.ConfigFile))
	require.NoError(t, err)
	same, split, err := train.Resolve(asked, s)
	require.NoError(t, err)
	require.Nil(t, same.Quick)
	_, other := runtest.Finished(t, same, split)
	require.Equal(t, end.ParamsSHA256, other.ParamsSHA256)
}
