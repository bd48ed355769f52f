package train_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// TestSupervisedNeedsLabels: images without labels, or of one class, are refused before
// anything is trained.
func TestSupervisedNeedsLabels(t *testing.T) {
	relabeled := func(change func(labels []int) []int) *data.Split {
		s := runtest.Split()
		for _, d := range []*data.Dataset{s.Train, s.Test} {
			d.Labels = change(d.Labels)
		}
		return s
	}
	for want, change := range map[string]func(labels []int) []int{
		"no labels":           func([]int) []int { return nil },
		"labels of one class": func(labels []int) []int { return make([]int, len(labels)) },
	} {
		_, _, err := train.Resolve(runtest.Request(t, "supervised"), relabeled(change))
		require.EqualError(t, err, "model.method: found supervised, expected a method that learns without labels: the images of made-up have "+want)
	}
	// Labels of training images alone are enough where nothing is measured.
	s := runtest.Split()
	s.Test = nil
	c := runtest.Config(t, "supervised", s, "holdout", "0", "report.evaluate", "off")
	require.Equal(t, 4, c.Classes)
	_, _ = runtest.Finished(t, c, s)
}

// TestSupervisedLearns: what tells the four classes apart is found from labels, and other
// labels make other parameters.
func TestSupervisedLearns(t *testing.T) {
	s := runtest.Split()
	c := runtest.Config(t, "supervised", s, "epochs", "12", "views.*.crop.scale_min", "0.9", "views.*.flip", "0")
	_, end := runtest.Finished(t, c, s)
	require.Less(t, *end.Loss, *end.LossFirst/2)
	require.Greater(t, *end.Linear, 0.9)
	for i := range s.Train.Labels {
		s.Train.Labels[i] = 3 - s.Train.Labels[i]
	}
	_, other := runtest.Finished(t, c, s)
	require.NotEqual(t, end.ParamsSHA256, other.ParamsSHA256)
}
