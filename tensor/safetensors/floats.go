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

// Widened returns the values of a tensor of any floats, F16 and BF16 too, converted to T:
// both of these exactly, with their subnormal numbers, infinities and NaN.
func Widened[T float32 | float64](t Tensor) ([]T, error) {
	var widen func(uint16) float32
	switch t.DType {
	case "F16":
		widen = Float16
	case "BF16":
		widen = func(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }
	case "F32", "F64":
		return Floats[T](t)
	default:
		return nil, fmt.Errorf("tensor %q: found dtype %s, expected F16, BF16, F32 or F64", t.Name, t.DType)
	}
	out := make([]T, len(t.Data)/2)
	for i := range out {
		out[i] = T(widen(binary.LittleEndian.Uint16(t.Data[2*i:])))
	}
	return out, nil
}

// Float16 returns the number that the bits of IEEE 754's binary16 stand for, exactly.
func Float16(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0: // subnormal, which float32 has as normal ones
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
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
