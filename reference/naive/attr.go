package naive

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"entrec/reference/golden"
)

// attr describes an attribute of an operation.
type attr struct {
	name string
	spec Attribute
	take func(q *question, attrs golden.Attrs) error
}

// takeAttrs checks the attributes and remembers their values. One that the
// operation does not know would change the question, so it is refused.
func (q *question) takeAttrs(attrs golden.Attrs, known []attr) error {
	for _, a := range known {
		if err := a.take(q, attrs); err != nil {
			return q.refuse("%v", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		if name != "wrt" && !slices.ContainsFunc(known, func(a attr) bool { return a.name == name }) {
			return q.refuse("there is no attribute %q", name)
		}
	}
	return nil
}

// number is an attribute that is a number within bounds.
func number(name string, within Bounds) attr {
	return attr{name, Attribute{Kind: "number", Bounds: within}, func(q *question, attrs golden.Attrs) error {
		v, err := attrs.Float(name)
		if err != nil {
			return err
		}
		if !within.hold(v) || math.IsInf(v, 0) {
			return fmt.Errorf("attribute %q: found %v, expected %s", name, v, within)
		}
		q.number[name] = v
		return nil
	}}
}

func anyNumber(name string) attr { return number(name, Bounds{}) }

func positive(name string) attr { return number(name, Bounds{Above: new(0.0)}) }

func nonNegative(name string) attr { return number(name, Bounds{Least: new(0.0)}) }

// fraction is a number in [0, 1].
func fraction(name string) attr { return number(name, Bounds{Least: new(0.0), Most: new(1.0)}) }

// decay is a number in [0, 1).
func decay(name string) attr { return number(name, Bounds{Least: new(0.0), Below: new(1.0)}) }

// count is a whole number of at least low.
func count(name string, low int) attr {
	return attr{name, Attribute{Kind: "whole", Bounds: Bounds{Least: new(float64(low))}}, func(q *question, attrs golden.Attrs) error {
		v, err := attrs.Int(name)
		if err != nil {
			return err
		}
		if v < low {
			return fmt.Errorf("attribute %q: found %d, expected at least %d", name, v, low)
		}
		q.number[name] = float64(v)
		return nil
	}}
}

// choice is one of several strings, optional if the first of them has a ? after it.
func choice(name string, options ...string) attr {
	first, optional := strings.CutSuffix(options[0], "?")
	all := append([]string{first}, options[1:]...)
	spec := Attribute{Kind: "choice", Of: all}
	if optional {
		spec.Default = first
	}
	return attr{name, spec, func(q *question, attrs golden.Attrs) error {
		var err error
		if optional {
			q.choice[name], err = attrs.ChoiceOr(first, name, all...)
		} else {
			q.choice[name], err = attrs.Choice(name, all...)
		}
		return err
	}}
}

// flag is true or false.
func flag(name string) attr {
	return attr{name, Attribute{Kind: "flag"}, func(q *question, attrs golden.Attrs) error {
		v, err := attrs.Bool(name)
		q.flag[name] = v
		return err
	}}
}
