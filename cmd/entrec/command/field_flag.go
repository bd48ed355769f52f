package command

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"entrec/mvssl"
)

// fieldFlag is a flag that asks for a value of a field of the configuration.
type fieldFlag struct {
	name, path string
	kind       string   // int, uint, float, bool, string, or any, of another method
	choices    []string // of a string; nil: any
	auto       bool     // "auto" is a value too
	text       string
	given      bool
}

// String returns the value as it was written.
func (f *fieldFlag) String() string { return f.text }

// Type names the value in help.
func (f *fieldFlag) Type() string {
	if f.choices != nil {
		return strings.Join(f.choices, "|")
	}
	return f.kind
}

// Set takes a value if it is of the flag's kind.
func (f *fieldFlag) Set(text string) error {
	ok, expected := f.takes(text)
	if f.auto {
		ok, expected = ok || text == mvssl.Auto, expected+" or "+mvssl.Auto
	}
	if !ok {
		return fmt.Errorf("found %q, expected %s", text, expected)
	}
	f.text, f.given = text, true
	return nil
}

// takes reports whether a text is a value of the flag's kind, and what is.
func (f *fieldFlag) takes(text string) (ok bool, expected string) {
	var err error
	switch f.kind {
	case "int":
		_, err = strconv.Atoi(text)
		return err == nil, "a whole number"
	case "uint":
		_, err = strconv.ParseUint(text, 10, 64)
		return err == nil, "a whole number, not negative"
	case "float":
		_, err = strconv.ParseFloat(text, 64)
		return err == nil, "a number"
	case "bool":
		return text == "true" || text == "false", "true or false"
	}
	return f.choices == nil || slices.Contains(f.choices, text), strings.Join(f.choices, " or ")
}

// value returns what is asked for, as JSON has it.
func (f *fieldFlag) value() any {
	if f.auto && f.text == mvssl.Auto {
		return f.text
	}
	switch f.kind {
	case "int":
		n, _ := strconv.Atoi(f.text) // as Set found
		return json.Number(strconv.Itoa(n))
	case "uint":
		n, _ := strconv.ParseUint(f.text, 10, 64)
		return json.Number(strconv.FormatUint(n, 10))
	case "bool":
		return f.text == "true"
	case "float", "any":
		if v, err := strconv.ParseFloat(f.text, 64); err == nil && json.Valid([]byte(strconv.FormatFloat(v, 'g', -1, 64))) {
			return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	return f.text
}

// seed returns the value of a flag of kind uint.
func (f *fieldFlag) seed() uint64 {
	n, _ := strconv.ParseUint(f.text, 10, 64) // as Set found
	return n
}
