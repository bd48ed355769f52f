package naive

import "entrec/reference/portable"

// BYOL returns mean_i( 2 − 2·cos(prediction_i, target_i) ) of prediction and target
// (k, d): one direction of Grill et al. (2020), equation 2.
func BYOL(prediction, target [][]float64) float64 {
	p, t := Normalize(prediction, normEps), Normalize(target, normEps)
	var s portable.Sum
	for i := range p {
		s.Add(2 - float64(2*portable.Dot(p[i], t[i])))
	}
	return s.Value() / float64(len(p))
}

// BYOLGrad returns the gradient with respect to the prediction; the target is a
// constant. Of the normalized prediction it is −2·ct/k times the normalized target.
func BYOLGrad(prediction, target [][]float64, ct float64) [][]float64 {
	by := -2 * ct / float64(len(prediction))
	g := byRow(Normalize(target, normEps), func(row []float64) []float64 { return scaled(row, by) })
	return NormalizeGrad(prediction, normEps, g)
}
