package train

import (
	"reflect"

	"entrec/mvssl/data"
)

// origin is what a whole configuration says of its data.
type origin struct {
	sha256    string // of the data set
	holdout   float64
	subset    *int
	mean, std []float64 // of all views; nil where these differ
}

// origin returns what the configuration says of its data, nil where it does not know them.
func (c *Config) origin() *origin {
	if c.DataSHA256 == "" || len(c.Views) == 0 {
		return nil
	}
	first := c.Views[0]
	for _, v := range c.Views {
		if !reflect.DeepEqual(v.Mean, first.Mean) || !reflect.DeepEqual(v.Std, first.Std) {
			return nil
		}
	}
	return &origin{c.DataSHA256, c.Holdout, c.Subset, first.Mean, first.Std}
}

// chosen returns the mean and the standard deviation of the configuration as far as its own
// data have others, so that somebody chose them. Of a data set that is not its own nobody
// can tell.
func (o *origin) chosen(full *data.Split) (mean, std []float64, err error) {
	if o == nil || o.sha256 != full.SHA256 {
		return nil, nil, nil
	}
	own, err := full.Select(o.holdout, o.subset)
	if err != nil {
		return nil, nil, err
	}
	usualMean, usualStd := own.Train.MeanStd()
	if !reflect.DeepEqual(o.mean, usualMean) {
		mean = o.mean
	}
	if !reflect.DeepEqual(o.std, usualStd) {
		std = o.std
	}
	return mean, std, nil
}
