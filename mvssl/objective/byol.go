package objective

import (
	"entrec/autograd"
	"entrec/tensor"
)

// BYOL returns the regression loss of predictions (k, d) to targets (k, d), one
// direction; targets are constants:
//
//	mean_i ( 2 − 2·cos(prediction_i, target_i) )
//
// Grill et al. (2020), equation 2; deepmind-research byol/utils/helpers.py,
// regression_loss. It panics with a *tensor.ShapeError unless both are equal
// matrices with at least one row.
//
// A row's loss is worked out in float64 as ‖p̂ − t̂‖², p̂ and t̂ being the normalized
// rows: 2 − 2·cos loses all digits where they are parallel, which is what they are
// trained to be. Its gradient is 2·( (p̂ − t̂) − p̂·½‖p̂ − t̂‖² )/‖p‖.
func BYOL[T Float](prediction *autograd.Var[T], target *tensor.Tensor[T]) *autograd.Var[T] {
	checkConstant("objective.BYOL", prediction, target)
	k, d := target.Dim(0), target.Dim(1)
	p, t := tensor.Contiguous(prediction.Value).Data(), tensor.Contiguous(target).Data()
	// rows calls f for each row with p̂, p̂ − t̂, what p was divided by and the loss.
	rows := func(f func(i int, unit, diff []float64, by, loss float64)) {
		blocks(k, func(lo, hi int) {
			unit, diff := make([]float64, d), make([]float64, d)
			for i := lo; i < hi; i++ {
				by, short := unitRow(unit, p[i*d:(i+1)*d])
				_, loss := unitRow(diff, t[i*d:(i+1)*d])
				loss += short
				for j, u := range unit {
					diff[j] = u - diff[j]
					loss += diff[j] * diff[j]
				}
				f(i, unit, diff, by, loss)
			}
		})
	}
	losses := make([]float64, k)
	rows(func(i int, _, _ []float64, _, loss float64) { losses[i] = loss })
	return autograd.Function(tensor.Scalar(T(sum(losses)/float64(k))), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := 2 * float64(g.Item()) / float64(k)
		rows(func(i int, unit, diff []float64, by, loss float64) {
			if by == normalizeEps { // a row as good as zero is only scaled
				loss = 2
			}
			for j, u := range unit {
				dst[0].Data()[i*d+j] = T(scale * (diff[j] - u*loss/2) / by)
			}
		})
	}, prediction)
}
