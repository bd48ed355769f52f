package data

import (
	"encoding/binary"
	"errors"
)

// What a Parquet file says of itself is in Thrift's compact protocol
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), which
// the package that reads it trusts: a list of claimed length is allocated at once. It is
// walked over before.
const (
	// maxThriftDepth and maxThriftItems bound the structs in one another and the items of
	// all lists.
	maxThriftDepth, maxThriftItems = 32, 1 << 18
)

// The kinds of values.
const (
	thriftTrue, thriftFalse, thriftByte, thriftI16, thriftI32, thriftI64 = 1, 2, 3, 4, 5, 6
	thriftDouble, thriftBinary, thriftList, thriftSet, thriftMap         = 7, 8, 9, 10, 11
	thriftStruct                                                         = 12
)

var errThrift = errors.New("metadata that are no Thrift, or too large")

// thriftWalk walks over bytes.
type thriftWalk struct {
	left  []byte
	items int // of lists so far
}

// thriftInts walks over a struct, and returns its integers by their fields and how many
// bytes it has.
func thriftInts(raw []byte) (ints map[int16]int64, length int, err error) {
	w := &thriftWalk{left: raw}
	ints = map[int16]int64{}
	err = w.fields(0, ints)
	return ints, len(raw) - len(w.left), err
}

func (w *thriftWalk) byte() (byte, error) {
	if len(w.left) == 0 {
		return 0, errThrift
	}
	b := w.left[0]
	w.left = w.left[1:]
	return b, nil
}

func (w *thriftWalk) varint() (uint64, error) {
	v, n := binary.Uvarint(w.left)
	if n <= 0 {
		return 0, errThrift
	}
	w.left = w.left[n:]
	return v, nil
}

// zigzag is a signed number.
func (w *thriftWalk) zigzag() (int64, error) {
	v, err := w.varint()
	return int64(v>>1) ^ -int64(v&1), err
}

func (w *thriftWalk) skip(n uint64) error {
	if n > uint64(len(w.left)) {
		return errThrift
	}
	w.left = w.left[n:]
	return nil
}

// fields walks over a struct's fields to its end.
func (w *thriftWalk) fields(depth int, ints map[int16]int64) error {
	if depth == maxThriftDepth {
		return errThrift
	}
	id := int16(0)
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if delta := int16(head >> 4); delta > 0 {
			id += delta
		} else {
			v, err := w.zigzag()
			if err != nil {
				return err
			}
			id = int16(v)
		}
		kind := head & 15
		if ints != nil && (kind == thriftI16 || kind == thriftI32 || kind == thriftI64) {
			if ints[id], err = w.zigzag(); err != nil {
				return err
			}
			continue
		}
		if kind == thriftTrue || kind == thriftFalse {
			continue // is the value
		}
		if err := w.value(kind, depth); err != nil {
			return err
		}
	}
}

// value walks over a value.
func (w *thriftWalk) value(kind byte, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return w.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := w.varint()
		return err
	case thriftDouble:
		return w.skip(8)
	case thriftBinary:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		return w.list(depth)
	case thriftStruct:
		return w.fields(depth+1, nil)
	}
	return errThrift // maps too, of which Parquet has none
}

// list walks over a list or set.
func (w *thriftWalk) list(depth int) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(w.left)) || n > maxThriftItems {
		return errThrift
	}
	if w.items += int(n); w.items > maxThriftItems {
		return errThrift
	}
	for range n {
		if err := w.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}
