package naive

import "maps"

// ops is the golden format's table.
var ops = merged(layers, contrastive, entropies, distillation, optimizers, photometric, geometric)

func merged(parts ...map[string]op) map[string]op {
	all := map[string]op{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
