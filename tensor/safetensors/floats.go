package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Floats returns the values of an F32 or F64 tensor, converted to T.
func Floats[T float32 | float64](t Tensor) ([]T, error) {
	switch t.DType {
	case "F32":
		out := make([]T, len(t.Data)/4)
		for i := range out {
			out[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:])))
		}
		return out, nil
	case "F64":
		out := make([]T, len(t.Data)/8)
		for i := range out {
			out[i] = T(math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:])))
		}
		return out, nil
	}
	return nil, fmt.Errorf("tensor %q: found dtype %s, expected F32 or F64", t.Name, t.DType)
}

// FromFloats returns a tensor of dtype F32 or F64, as T is, with the given values.
func FromFloats[T float32 | float64](name string, shape []int, values []T) Tensor {
	t := Tensor{Name: name, DType: "F64", Shape: shape}
	if _, single := any(T(0)).(float32); single {
		t.DType = "F32"
		t.Data = make([]byte, 0, 4*len(values))
		for _, v := range values {
			t.Data = binary.LittleEndian.AppendUint32(t.Data, math.Float32bits(float32(v)))
		}
		return t
	}
	t.Data = make([]byte, 0, 8*len(values))
	for _, v := range values {
		t.Data = binary.LittleEndian.AppendUint64(t.Data, math.Float64bits(float64(v)))
	}
	return t
}

// FromInt returns an I64 scalar.
func FromInt(name string, value int64) Tensor {
	return Tensor{Name: name, DType: "I64", Shape: []int{}, Data: binary.LittleEndian.AppendUint64(nil, uint64(value))}
}

// Int returns the value of an I64 scalar.
func Int(t Tensor) (int64, error) {
	if t.DType != "I64" || len(t.Data) != 8 {
		return 0, fmt.Errorf("tensor %q: found %s%v, expected an I64 scalar", t.Name, t.DType, t.Shape)
	}
	return int64(binary.LittleEndian.Uint64(t.Data)), nil
}
