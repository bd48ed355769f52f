package nn

import (
	"entrec/simd"
	"entrec/tensor"
)

// UpdateEMA moves the parameters of target, a module of the same architecture,
// toward those of online: target ← momentum·target + (1−momentum)·online. Buffers
// (running statistics) stay as they are, as in MoCo, BYOL and DINO, whose targets gather
// their own. It panics with a *tensor.ShapeError where the two modules differ.
func UpdateEMA[T Float](target, online Module[T], momentum float64) {
	from, to := Parameters(online), Parameters(target)
	if len(from) != len(to) {
		tensor.Refuse("nn.UpdateEMA", "target and online have different numbers of parameters", []int{len(to)}, []int{len(from)})
	}
	for i, to := range to {
		if to.Name != from[i].Name {
			tensor.Refuse("nn.UpdateEMA", "target "+to.Name+" and online "+from[i].Name+" differ", to.Shape(), from[i].Shape())
		}
		simd.Lerp(to.Value.Data(), T(momentum), from[i].Value.Data())
	}
}
