package engine

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"

	"entrec/reference/golden"
)

// FuzzAnswer spoils well-formed questions: attributes are replaced by those of a
// JSON object, shapes by other numbers. Whatever comes of it is answered or refused.
func FuzzAnswer(f *testing.F) {
	all := specimens()
	names := slices.Sorted(maps.Keys(all))
	for i, name := range names {
		text, err := json.Marshal(all[name].Attrs)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(text), []byte{})
		f.Add(uint8(i), string(text), []byte{0, 0, 1})
	}
	f.Fuzz(func(t *testing.T, op uint8, attrs string, shapes []byte) {
		good := all[names[int(op)%len(names)]]
		c := *good
		if json.Unmarshal([]byte(attrs), &c.Attrs) != nil {
			return
		}
		for _, name := range []string{"iterations", "padding", "size"} {
			if v, ok := c.Attrs[name].(float64); ok && v > 100 && v < 5000 {
				return // would only take long; what is larger is refused
			}
		}
		c.In = maps.Clone(good.In)
		inputs := slices.Sorted(maps.Keys(c.In))
		for at := 0; at+2 < len(shapes); at += 3 { // input, axis, length
			name := inputs[int(shapes[at])%len(inputs)]
			shape := slices.Clone(c.In[name].Shape)
			if len(shape) == 0 {
				continue
			}
			shape[int(shapes[at+1])%len(shape)] = int(shapes[at+2] % 12)
			c.In[name] = golden.NewArray(shape...)
		}
		for _, b := range []golden.Backend{Backend[float64](), Backend[float32]()} {
			a, err := b.Answer(&c)
			var refused *golden.RefusedError
			if (a == nil) == (err == nil) || err != nil && !errors.As(err, &refused) {
				t.Fatalf("answer %v, error %v", a, err)
			}
		}
	})
}
