package mi

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Mean is what several estimates say of an expectation.
type Mean struct {
	Value float64
	Error float64 // the standard error of Value
}

// meanOf returns the mean of independent values and its standard error, their standard
// deviation over the root of their number.
func meanOf(values []float64) Mean {
	mean, deviation := stat.MeanStdDev(values, nil)
	return Mean{mean, deviation / math.Sqrt(float64(len(values)))}
}
