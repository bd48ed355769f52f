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
	kinds := map[string]string{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1"}
	data, kind := t.Data, kinds[t.DType]
	if t.DType == "BF16" {
		data, kind = widened(t.Data), kinds["F32"]
	}
	a.shape = t.Shape
	if a.values, err = decode(data, kind); err != nil {
		return a, fmt.Errorf("%s: tensor %q: found %s, expected floats or whole numbers", path, key, t.DType)
	}
	return a, nil
}

// widened returns numbers of bfloat16, which are the upper halves of float32's, as these.
func widened(data []byte) []byte {
	out := make([]byte, 0, 2*len(data))
	for i := 0; i < len(data); i += 2 {
		out = append(out, 0, 0, data[i], data[i+1])
	}
	return out
}
