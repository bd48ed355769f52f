package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

const (
	// maxPickle is the most bytes that a pickle may have: several of CIFAR-100's.
	maxPickle = 1 << 30
	// maxPickleOps and maxPickleMarks are the most instructions and marks of one:
	// each takes memory.
	maxPickleOps, maxPickleMarks = 1 << 22, 1 << 12
)

// pickled returns what a pickle of dictionaries, lists, tuples, numbers, strings and
// NumPy arrays of bytes holds. Nothing else is made of it, and no name in it is looked up
// but in a list of six: see [pickleClass]. It takes no more than a multiple of its bytes.
func pickled(raw []byte) (value any, err error) {
	if err := scanPickle(raw); err != nil {
		return nil, err
	}
	// The package counts on whoever wrote the pickle for the kinds of what is on its stack.
	defer func() {
		if r := recover(); r != nil {
			value, err = nil, errors.New("instructions that do not fit together")
		}
	}()
	u := pickle.NewUnpickler(bytes.NewReader(raw))
	u.FindClass = pickleClass
	return u.Load()
}

// pickleArgs says how many bytes follow an instruction: as many as there are, or as a
// number of -n bytes says that stands there. These are the instructions that the protocols
// 2 to 5 write for what [pickled] returns.
var pickleArgs = map[byte]int{
	'(': 0, '.': 0, '0': 0, 'N': 0, 'R': 0, ')': 0, ']': 0, '}': 0, 'a': 0, 'b': 0, 'd': 0, 'e': 0, 'l': 0, 's': 0, 't': 0, 'u': 0,
	'K': 1, 'M': 2, 'J': 4, 'h': 1, 'j': 4, 'q': 1, 'r': 4, 'U': -1, 'C': -1, 'T': -4, 'B': -4, 'X': -4,
	0x80: 1, 0x85: 0, 0x86: 0, 0x87: 0, 0x88: 0, 0x89: 0, 0x8a: -1, 0x8c: -1, 0x8d: -8, 0x8e: -8, 0x93: 0, 0x94: 0, 0x95: 8, 0x96: -8,
}

// scanPickle holds a pickle's instructions and the lengths in it against its bytes.
func scanPickle(raw []byte) error {
	const opGlobal, opMark, opFrame, opStop = 'c', '(', 0x95, '.'
	marks := 0
	for at, ops := 0, 0; at < len(raw); ops++ {
		op := raw[at]
		at++
		switch op {
		case opStop:
			return nil
		case opMark:
			marks++
		}
		if ops == maxPickleOps || marks > maxPickleMarks {
			return fmt.Errorf("more than %d instructions or %d marks", maxPickleOps, maxPickleMarks)
		}
		if op == opGlobal { // two lines
			for range 2 {
				n := bytes.IndexByte(raw[at:min(len(raw), at+128)], '\n')
				if n < 1 {
					return errors.New("a name without an end")
				}
				at += n + 1
			}
			continue
		}
		n, known := pickleArgs[op]
		if !known {
			return fmt.Errorf("instruction 0x%02x at byte %d", op, at-1)
		}
		length := uint64(max(n, 0))
		if digits := max(n, -n); n < 0 || op == opFrame {
			if len(raw)-at < digits {
				break
			}
			var number [8]byte
			copy(number[:], raw[at:at+digits])
			at += digits
			length = binary.LittleEndian.Uint64(number[:])
		}
		if length > uint64(len(raw)-at) {
			return fmt.Errorf("%d bytes at byte %d, where %d are left", length, at, len(raw)-at)
		}
		if op != opFrame { // whose instructions follow
			at += int(length)
		}
	}
	return errors.New("the end of the file")
}

// pickleClass looks a name up.
func pickleClass(module, name string) (any, error) {
	switch module + "." + name {
	case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
		return called(func(...any) (any, error) { return &numpyArray{}, nil }), nil
	case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer":
		return called(numpyFromBuffer), nil
	case "numpy.ndarray":
		return "numpy.ndarray", nil // an argument of _reconstruct
	case "numpy.dtype":
		return called(numpyDtype), nil
	case "_codecs.encode":
		return called(latin1), nil
	}
	return nil, fmt.Errorf("the name %.40q.%.40q", module, name)
}

// called is a function that a pickle may call.
type called func(args ...any) (any, error)

// Call calls it.
func (f called) Call(args ...any) (any, error) { return f(args...) }

// numpyType is a data type's code, as "u1".
type numpyType struct{ code string }

func numpyDtype(args ...any) (any, error) {
	if len(args) > 0 {
		if code, ok := text(args[0]); ok {
			return &numpyType{code}, nil
		}
	}
	return nil, errors.New("a data type without a name")
}

// PySetState passes over the byte order: bytes have none.
func (*numpyType) PySetState(any) error { return nil }

// numpyArray is an array of bytes, row-major.
type numpyArray struct {
	shape []int
	data  []byte
}

var errNoBytes = errors.New("an array that is not of unsigned bytes, row-major")

// PySetState takes version, shape, data type, whether it is column-major, and the bytes.
func (a *numpyArray) PySetState(state any) error {
	s, ok := state.(*types.Tuple)
	if !ok || s.Len() != 5 {
		return errNoBytes
	}
	if s.Get(3) != false {
		return errNoBytes
	}
	return a.set(s.Get(4), s.Get(2), s.Get(1))
}

func numpyFromBuffer(args ...any) (any, error) {
	a := &numpyArray{}
	if len(args) != 4 || args[3] != "C" {
		return nil, errNoBytes
	}
	return a, a.set(args[0], args[1], args[2])
}

// set takes the content, whose size must be the shape's.
func (a *numpyArray) set(content, dtype, shape any) error {
	t, ok := dtype.(*numpyType)
	sizes, isTuple := shape.(*types.Tuple)
	if !ok || t.code != "u1" || !isTuple {
		return errNoBytes
	}
	switch content := content.(type) {
	case []byte:
		a.data = content
	case string:
		a.data = []byte(content)
	case *types.ByteArray:
		a.data = []byte(*content)
	default:
		return errNoBytes
	}
	a.shape = nil
	total := int64(1)
	for _, size := range *sizes {
		n, ok := size.(int)
		if !ok || n < 0 || int64(n) > math.MaxInt32 || total*int64(n) > math.MaxInt32 {
			return errNoBytes
		}
		a.shape, total = append(a.shape, n), total*int64(n)
	}
	if total != int64(len(a.data)) {
		return fmt.Errorf("%d bytes in an array of %d", len(a.data), total)
	}
	return nil
}

// latin1 encodes a text, as Python 3 writes bytes by protocol 2.
func latin1(args ...any) (any, error) {
	if len(args) == 2 && args[1] == "latin1" {
		if s, ok := args[0].(string); ok {
			var b []byte
			for _, r := range s {
				if r > math.MaxUint8 {
					return nil, errors.New("a text that is not Latin 1")
				}
				b = append(b, byte(r))
			}
			return b, nil
		}
	}
	return nil, errors.New("an encoding that is not Latin 1")
}

// text is a pickle's string or bytes.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}

// pickledDict is a pickle's dictionary, by its keys, strings or bytes.
func pickledDict(v any) (map[string]any, error) {
	d, ok := v.(*types.Dict)
	if !ok {
		return nil, fmt.Errorf("a pickle of %T", v)
	}
	m := map[string]any{}
	for _, e := range *d {
		key, ok := text(e.Key)
		if !ok {
			return nil, fmt.Errorf("a key of %T", e.Key)
		}
		m[key] = e.Value
	}
	return m, nil
}

// pickledInts is a pickle's list of small numbers that are not negative.
func pickledInts(v any) ([]int, error) {
	list, ok := v.(*types.List)
	if !ok {
		return nil, fmt.Errorf("%T", v)
	}
	ints := make([]int, len(*list))
	for i, e := range *list {
		n, ok := e.(int)
		if !ok || n < 0 {
			return nil, fmt.Errorf("%T at place %d", e, i)
		}
		ints[i] = n
	}
	return ints, nil
}

// pickledTexts is a pickle's list of strings or bytes.
func pickledTexts(v any) ([]string, error) {
	list, ok := v.(*types.List)
	if !ok {
		return nil, fmt.Errorf("%T", v)
	}
	texts := make([]string, len(*list))
	for i, e := range *list {
		if texts[i], ok = text(e); !ok {
			return nil, fmt.Errorf("%T at place %d", e, i)
		}
	}
	return texts, nil
}
