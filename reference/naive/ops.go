package naive

import "maps"

// ops are the operations of the golden format.
var ops = merged(layers, contrastive, estimators, entropies, distillation, optimizers, photometric, geometric)

func merged(parts ...map[string]op) map[string]op {
	all := map[string]op{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
