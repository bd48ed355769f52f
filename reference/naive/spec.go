package naive

import (
	"fmt"
	"strings"

	"entrec/reference/golden"
)

// Operation describes, as data, what an operation takes.
type Operation struct {
	Inputs     map[string]Input     `json:"inputs"`
	Attributes map[string]Attribute `json:"attributes,omitempty"`
}

// Input describes an input of an operation.
type Input struct {
	// Shapes are the shapes that it may have, with a letter for each size: "n,c" and "n,c,h,w".
	// A letter is one size throughout the operation's inputs, a digit that size, * any shape, which
	// is one as well.
	Shapes   []string `json:"shapes"`
	Optional bool     `json:"optional,omitempty"`
	Constant bool     `json:"constant,omitempty"` // its gradient may not be asked for
}

// Attribute describes an attribute of an operation.
type Attribute struct {
	Kind string `json:"kind"` // number, whole (a number), choice (of words) or flag (true or false)
	Bounds
	Of      []string `json:"of,omitempty"`
	Default string   `json:"default,omitempty"` // where it may be absent
}

// Bounds are those of a number; nil where there is none.
type Bounds struct {
	Least *float64 `json:"least,omitempty"`
	Above *float64 `json:"above,omitempty"`
	Most  *float64 `json:"most,omitempty"`
	Below *float64 `json:"below,omitempty"`
}

// hold reports whether a number is within the bounds. NaN never is.
func (b Bounds) hold(v float64) bool {
	return v == v && (b.Least == nil || v >= *b.Least) && (b.Above == nil || v > *b.Above) &&
		(b.Most == nil || v <= *b.Most) && (b.Below == nil || v < *b.Below)
}

// String says the bounds in words.
func (b Bounds) String() string {
	switch {
	case b.Least != nil && b.Most != nil:
		return fmt.Sprintf("a number from %v to %v", *b.Least, *b.Most)
	case b.Least != nil && b.Below != nil:
		return fmt.Sprintf("a number of at least %v and below %v", *b.Least, *b.Below)
	case b.Least != nil:
		return fmt.Sprintf("a number of at least %v", *b.Least)
	case b.Above != nil:
		return fmt.Sprintf("a number above %v", *b.Above)
	case b.Most != nil:
		return fmt.Sprintf("a number of at most %v", *b.Most)
	}
	return "a number"
}

// Operations describes all operations but the traces of training.
func Operations() map[string]Operation {
	all := map[string]Operation{}
	for name, row := range ops {
		o := Operation{Inputs: map[string]Input{}, Attributes: map[string]Attribute{}}
		for _, in := range parseInputs(row.in) {
			i := Input{Optional: in.optional, Constant: in.constant}
			for _, letters := range in.shapes {
				i.Shapes = append(i.Shapes, strings.Join(letters, ","))
			}
			o.Inputs[in.name] = i
		}
		for _, a := range row.attrs {
			o.Attributes[a.name] = a.spec
		}
		all[name] = o
	}
	return all
}

// Validate returns what [Answer] would refuse of a question, but for the cotangents, whose shapes
// are those of outputs. Of a trace of training it is all, since that is answered.
func Validate(c *golden.Case) error {
	if strings.HasPrefix(c.Op, "train/") {
		_, err := train(c)
		return err
	}
	row, ok := ops[c.Op]
	if !ok {
		return golden.ErrUnsupported
	}
	_, err := row.sound(c)
	return err
}
