package rows

import (
	"fmt"

	"entrec/tensor/safetensors"
)

// readSafetensors reads a tensor of floats or whole numbers.
func readSafetensors(path, key string) (a array, err error) {
	f, err := safetensors.Read(path)
	if err != nil {
		return a, err
	}
	axes := map[string]int{}
	for _, t := range f.Tensors {
		axes[t.Name] = len(t.Shape)
	}
	if key, err = choose(path, key, axes); err != nil {
		return a, err
	}
	t, _ := f.Tensor(key)
	a.shape = t.Shape
	kinds := map[string]string{"I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1"}
	if kind, whole := kinds[t.DType]; whole {
		a.values, err = decode(t.Data, kind)
	} else {
		a.values, err = safetensors.Widened[float64](t)
	}
	if err != nil {
		return a, fmt.Errorf("%s: tensor %q: found %s, expected floats or whole numbers", path, key, t.DType)
	}
	return a, nil
}
