package train

import "encoding/json"

// upgrade brings a whole configuration that an older version wrote, which has no
// format, into today's form. There 0 stood for no clipping, for a weight decay that
// stays, and for steps of one pass.
func upgrade(tree map[string]any) {
	recipe, ok := tree["recipe"].(map[string]any)
	_, whole := tree["knn"]
	_, today := tree["format"]
	if !ok || !whole || today {
		return
	}
	for key, value := range map[string]any{"clip": nil, "weight_decay_end": recipe["weight_decay"], "accumulate": json.Number("1")} {
		if isZero(recipe[key]) {
			recipe[key] = value
		}
	}
}

func isZero(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	f, err := n.Float64()
	return err == nil && f == 0
}
