package golden

import (
	"fmt"
	"math"
	"slices"
)

// Attrs are a case's attributes, decoded from JSON: numbers are float64, lists
// []any.
type Attrs map[string]any

// Float returns a number, or an error where there is none.
func (a Attrs) Float(name string) (float64, error) {
	v, ok := a[name].(float64)
	if !ok {
		return 0, fmt.Errorf("attribute %q: found %v, expected a number", name, a[name])
	}
	return v, nil
}

// Int returns a whole number, or an error where there is none.
func (a Attrs) Int(name string) (int, error) {
	v, err := a.Float(name)
	if err != nil {
		return 0, err
	}
	if v != math.Trunc(v) || math.Abs(v) > 1<<31 {
		return 0, fmt.Errorf("attribute %q: found %v, expected a whole number", name, v)
	}
	return int(v), nil
}

// Bool returns a truth value, or an error where there is none.
func (a Attrs) Bool(name string) (bool, error) {
	v, ok := a[name].(bool)
	if !ok {
		return false, fmt.Errorf("attribute %q: found %v, expected true or false", name, a[name])
	}
	return v, nil
}

// Choice returns a string, or an error where it is none of the options.
func (a Attrs) Choice(name string, options ...string) (string, error) {
	v, ok := a[name].(string)
	if !ok || !slices.Contains(options, v) {
		return "", fmt.Errorf("attribute %q: found %v, expected one of %v", name, a[name], options)
	}
	return v, nil
}

// ChoiceOr returns a string that must be one of options, or fallback where the
// attribute is absent.
func (a Attrs) ChoiceOr(fallback, name string, options ...string) (string, error) {
	if _, there := a[name]; !there {
		return fallback, nil
	}
	return a.Choice(name, options...)
}

// Wrt returns the names of the inputs whose gradients are asked for, in order.
func (a Attrs) Wrt() ([]string, error) {
	raw, there := a["wrt"]
	if !there {
		return nil, nil
	}
	list, ok := raw.([]any)
	if !ok {
		return nil, fmt.Errorf("attribute \"wrt\": found %v, expected a list of names", raw)
	}
	names := make([]string, len(list))
	for i, v := range list {
		if names[i], ok = v.(string); !ok {
			return nil, fmt.Errorf("attribute \"wrt\": found %v, expected a name", v)
		}
	}
	return names, nil
}
