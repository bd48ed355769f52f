package naive

import (
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"entrec/reference/golden"
)

// FuzzAnswer gives a good case other shapes and attributes: it must be answered, with
// outputs and gradients of whole shapes, or refused.
func FuzzAnswer(f *testing.F) {
	f.Add(uint8(0), []byte{2, 3, 1}, []byte{1})
	f.Add(uint8(30), []byte{0, 0, 5, 1}, []byte{2, 200, 7})
	f.Fuzz(func(t *testing.T, which uint8, sizes, values []byte) {
		next := func(list *[]byte) (b byte, ok bool) {
			if len(*list) == 0 {
				return 0, false
			}
			b, *list = (*list)[0], (*list)[1:]
			return b, true
		}
		q := cases[int(which)%len(cases)].build()
		for _, name := range sortedKeys(q.In) {
			shape := slices.Clone(q.In[name].Shape)
			for i := range shape {
				if b, ok := next(&sizes); ok {
					shape[i] = int(b % 7)
				}
			}
			n := 1
			for _, d := range shape {
				n *= d
			}
			a := &golden.Array{Shape: shape, Data: make([]float64, n)}
			for i := range a.Data {
				a.Data[i] = math.Sin(float64(3 * i))
			}
			q.In[name] = a
		}
		for _, name := range slices.Sorted(maps.Keys(q.Attrs)) {
			if _, number := q.Attrs[name].(float64); !number {
				continue
			}
			if b, ok := next(&values); ok {
				q.Attrs[name] = float64(int8(b)) / 4
			}
		}
		wrt := q.Attrs["wrt"]
		delete(q.Attrs, "wrt")
		q.CT = nil
		plain, err := Answer(q)
		if err != nil {
			if !errors.As(err, new(*golden.RefusedError)) {
				t.Fatalf("%s: %v", q.Name, err)
			}
			return
		}
		q.Attrs["wrt"], q.CT = wrt, plain.Out
		answer, err := Answer(q)
		if err != nil {
			t.Fatalf("%s: answered without gradients, with them: %v", q.Name, err)
		}
		for _, name := range sortedKeys(answer.Grad) {
			if !slices.Equal(answer.Grad[name].Shape, q.In[name].Shape) {
				t.Fatalf("%s: gradient of %s has shape %v", q.Name, name, answer.Grad[name].Shape)
			}
		}
		for _, name := range sortedKeys(answer.Out) {
			if !whole(answer.Out[name]) {
				t.Fatalf("%s: output %s has shape %v", q.Name, name, answer.Out[name].Shape)
			}
		}
	})
}
