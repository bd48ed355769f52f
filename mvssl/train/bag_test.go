package train_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
)

// Whether there is a bag changes nothing but what is said of it.
func TestBag(t *testing.T) {
	s := split()
	for _, method := range methods() {
		t.Run(method, func(t *testing.T) {
			without := whole(t, config(t, method, s, "steps", "3", "report.bag", "0"), s)
			require.Nil(t, without.summary.LinearBag)
			require.Zero(t, without.summary.Bag)
			with := finished(t, config(t, method, s, "steps", "3", "report.bag", "3"), s)
			require.NotNil(t, with.summary.LinearBag)
			require.Equal(t, 3, with.summary.Bag)
			with.summary.LinearBag, with.summary.Bag = nil, 0
			require.Equal(t, without, with)
		})
	}
	require.Nil(t, finished(t, config(t, "emp-ssl", s, "report.evaluate", "off", "steps", "2"), s).summary.LinearBag)
}

// A run has the bag of its method unless another is asked for.
func TestUsualBag(t *testing.T) {
	for _, row := range mvssl.Rows() {
		expected := 0
		if row.Name == "emp-ssl" {
			expected = 8
		}
		require.Equal(t, expected, row.Bag, row.Name)
		require.Equal(t, expected, config(t, row.Name, split()).Report.Bag, row.Name)
	}
	require.Equal(t, 2, config(t, "emp-ssl", split(), "report.bag", "2").Report.Bag)
}
