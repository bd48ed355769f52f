package torch

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"entrec/tensor/safetensors"
)

// The operations of a pickle, of protocol 2, that a state dict needs (Lib/pickletools.py).
const (
	opProto, opStop, opMark     = '\x80', '.', '('
	opReduce, opPersist         = 'R', 'Q'
	opText, opInt, opLong, opNo = 'X', 'J', '\x8a', '\x89'
	opEmptyTuple, opTuple       = ')', 't'
	opSetItems                  = 'u'
)

// storages are PyTorch's classes of the data of a dtype.
var storages = map[string]string{"F32": "FloatStorage", "F64": "DoubleStorage", "I64": "LongStorage"}

// pickle is a pickle that grows.
type pickle []byte

// stateDict returns the pickle of an OrderedDict of tensors by their names, in order. The
// data of tensor i are those of the archive's record data/i.
func stateDict(tensors []safetensors.Tensor) ([]byte, error) {
	p := pickle{opProto, 2}
	p.orderedDict()
	p.op(opMark)
	for i, t := range tensors {
		storage, ok := storages[t.DType]
		if !ok {
			return nil, fmt.Errorf("tensor %q: found dtype %s, expected F32, F64 or I64", t.Name, t.DType)
		}
		p.text(t.Name)
		p.global("torch._utils", "_rebuild_tensor_v2")
		p.op(opMark)
		p.op(opMark)
		p.text("storage")
		p.global("torch", storage)
		p.text(strconv.Itoa(i))
		p.text("cpu")
		p.int(length(t.Shape))
		p.op(opTuple)
		p.op(opPersist)
		p.int(0) // where the tensor begins in its storage
		p.tuple(t.Shape)
		p.tuple(strides(t.Shape))
		p.op(opNo) // needs no gradient
		p.orderedDict()
		p.op(opTuple)
		p.op(opReduce)
	}
	p.op(opSetItems)
	p.op(opStop)
	return p, nil
}

// length returns how many elements a shape has.
func length(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// strides returns those of a tensor whose rows lie one after another.
func strides(shape []int) []int {
	s, n := make([]int, len(shape)), 1
	for i, d := range slices.Backward(shape) {
		s[i] = n
		n *= d
	}
	return s
}

func (p *pickle) op(op byte) { *p = append(*p, op) }

func (p *pickle) text(s string) {
	p.op(opText)
	*p = append(binary.LittleEndian.AppendUint32(*p, uint32(len(s))), s...)
}

func (p *pickle) global(module, name string) { *p = append(*p, "c"+module+"\n"+name+"\n"...) }

func (p *pickle) orderedDict() {
	p.global("collections", "OrderedDict")
	p.op(opEmptyTuple)
	p.op(opReduce)
}

func (p *pickle) tuple(values []int) {
	p.op(opMark)
	for _, v := range values {
		p.int(v)
	}
	p.op(opTuple)
}

// int appends a number that is not negative.
func (p *pickle) int(v int) {
	if v <= math.MaxInt32 {
		p.op(opInt)
		*p = binary.LittleEndian.AppendUint32(*p, uint32(v))
		return
	}
	digits := big.NewInt(int64(v)).Bytes()
	slices.Reverse(digits)
	digits = append(digits, 0) // the sign
	p.op(opLong)
	*p = append(append(*p, byte(len(digits))), digits...)
}
