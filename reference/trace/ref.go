package trace

import (
	"encoding"
	"fmt"
	"strconv"
	"strings"
)

// Ref is what an action sees of a named tensor: "NAME" is all of it, "NAME i" the
// i-th view, which is the i-th block of k rows, counted from 1, and "NAME *" all rows by
// views, of shape (rows/k, k, d).
type Ref struct {
	Name  string
	View  int // from 1; 0 is all
	Views bool
}

var (
	_ encoding.TextMarshaler   = Ref{}
	_ encoding.TextUnmarshaler = (*Ref)(nil)
)

// String returns the reference as it stands in a case.
func (r Ref) String() string {
	switch {
	case r.Views:
		return r.Name + " *"
	case r.View > 0:
		return fmt.Sprintf("%s %d", r.Name, r.View)
	}
	return r.Name
}

// MarshalText writes the reference.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a reference.
func (r *Ref) UnmarshalText(text []byte) error {
	name, view, some := strings.Cut(string(text), " ")
	*r = Ref{Name: name, Views: some && view == "*"}
	if some && !r.Views {
		var err error
		if r.View, err = strconv.Atoi(view); err != nil || r.View < 1 {
			return fmt.Errorf("found %q, expected NAME, NAME and the number of a view, or NAME *", text)
		}
	}
	return nil
}

// Of returns which part of a tensor of a given shape the reference means: its first element
// and its shape. k is the number of samples of a batch.
func (r Ref) Of(shape []int, k int) (first int, part []int, err error) {
	if r.View == 0 && !r.Views {
		return 0, shape, nil
	}
	if len(shape) == 0 || shape[0]%k != 0 || r.View*k > shape[0] {
		return 0, nil, fmt.Errorf("%q of shape %v: expected views of %d rows", r, shape, k)
	}
	if r.Views {
		return 0, append([]int{shape[0] / k, k}, shape[1:]...), nil
	}
	part = append([]int{k}, shape[1:]...)
	return (r.View - 1) * size(part), part, nil
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
