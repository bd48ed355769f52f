package mvssl

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"entrec/nn"
)

// Auto is the value, in a request, that leaves a parameter to the method. Only
// parameters with an auto tag take it.
const Auto = "auto"

// Parameter describes a field of a method's parameters. It is read from the
// field's tags:
//
//	type MyMethod struct {
//		Kappa float64 `json:"kappa" default:"5" range:"(0, 1e9)" doc:"concentration" remedy:"a smaller --kappa"`
//	}
//
// json, default and doc are needed, and for a number range. Fields are int,
// float64, or an enum: a type with Choices() []string and UnmarshalText, which prints
// as the choice. A default of auto, or auto in a request, leaves the value to the
// struct's [Chooser]; the auto tag then says in a few words how it is chosen. An
// embedded struct's fields stand where it does.
type Parameter struct {
	Name    string   `json:"name"` // in JSON, and with dashes for underscores as a flag
	Type    string   `json:"type"` // int, float, or the choices with bars between
	Default string   `json:"default"`
	Auto    string   `json:"auto,omitempty"`  // how the method chooses; empty: it does not
	Range   string   `json:"range,omitempty"` // an interval
	Choices []string `json:"choices,omitempty"`
	Doc     string   `json:"doc"`
	// Remedy is which change of its flag helps against collapse; empty where none does.
	Remedy string `json:"remedy,omitempty"`
}

// Flag returns the parameter's flag, without the dashes before it.
func (p Parameter) Flag() string { return strings.ReplaceAll(p.Name, "_", "-") }

// Chooser is implemented by pointers to parameters of which some can be left to the
// method.
type Chooser interface {
	// Choose sets all that can be chosen, for a run in the given setting, whose views
	// are not known yet. A request is checked, before there are data, with a setting of
	// one image, one step and a batch of one.
	Choose(s Setting)
}

// Checker is implemented by parameters that have to go together with each other or
// with the run.
type Checker interface {
	// Check reports what does not go together, nil if nothing.
	Check(s Setting) error
}

// AskedChecker is implemented by parameters of which some mean nothing beside others. A new
// run is checked, and not one that was made, which is as it is.
type AskedChecker interface {
	// CheckAsked reports a parameter that has another value than its default and means
	// nothing, as a [ParameterError]; nil if there is none.
	CheckAsked() error
}

// EncoderChecker is implemented by parameters that not every encoder goes together with.
type EncoderChecker interface {
	// CheckEncoder reports why the encoder does not go together with them in the run, nil
	// if it does.
	CheckEncoder(e nn.EncoderConfig, s Setting) error
}

// enum is a type with a few values.
type enum interface{ Choices() []string }

// field is a parameter with its place in a struct.
type field struct {
	Parameter
	value reflect.Value
}

// fieldsOf walks over the fields of a struct.
func fieldsOf(v reflect.Value) []field {
	var fields []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			fields = append(fields, fieldsOf(v.Field(i))...)
			continue
		}
		p := Parameter{
			Name: f.Tag.Get("json"), Default: f.Tag.Get("default"), Auto: f.Tag.Get("auto"),
			Range: f.Tag.Get("range"), Doc: f.Tag.Get("doc"), Remedy: f.Tag.Get("remedy"),
		}
		switch value := v.Field(i).Interface().(type) {
		case int:
			p.Type = "int"
		case float64:
			p.Type = "float"
		case enum:
			p.Choices = value.Choices()
			p.Type = strings.Join(p.Choices, "|")
		}
		fields = append(fields, field{p, v.Field(i)})
	}
	return fields
}

// lookAt returns the fields of parameters, which must not be changed.
func lookAt(parameters any) []field {
	v := reflect.New(reflect.TypeOf(parameters)).Elem()
	v.Set(reflect.ValueOf(parameters))
	return fieldsOf(v)
}

// checkTags panics where a struct's tags are not those that [Parameter] describes.
func checkTags(method string, parameters any) {
	checkFields(method, reflect.TypeOf(parameters))
	seen := map[string]bool{}
	v := reflect.New(reflect.TypeOf(parameters))
	for _, f := range fieldsOf(v.Elem()) {
		wrong := func(what string) {
			panic(fmt.Sprintf("mvssl: method %s, parameter %q: %s", method, f.Name, what))
		}
		_, chooses := v.Interface().(Chooser)
		switch {
		case !isName(f.Name) || f.Doc == "" || f.Default == "":
			wrong("the tags json (small letters, digits and underscores), default and doc are needed")
		case f.Name == "method" || f.Name == "encoder" || f.Name == "projector" || seen[f.Name]:
			wrong("the name is taken")
		case f.Type == "":
			wrong(fmt.Sprintf("found a field of type %s, expected int, float64 or a type with Choices", f.value.Type()))
		case f.Choices == nil && !parseInterval(f.Range).ok:
			wrong(fmt.Sprintf("range %q is no interval", f.Range))
		case f.Default == Auto && f.Auto == "":
			wrong("a default of auto needs the tag auto, which says how it is chosen")
		case f.Auto != "" && !chooses:
			wrong("what is left to the method needs Choose")
		}
		seen[f.Name] = true
		if f.Default == Auto {
			continue
		}
		if err := f.set([]byte(f.Default)); err != nil {
			wrong(err.Error())
		}
	}
}

// checkFields panics where a struct has fields that cannot be parameters.
func checkFields(method string, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		_, reads := reflect.New(f.Type).Interface().(encoding.TextUnmarshaler)
		_, chooses := reflect.Zero(f.Type).Interface().(enum)
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			checkFields(method, f.Type)
		case f.Anonymous, !f.IsExported(), chooses && !reads:
			panic(fmt.Sprintf("mvssl: method %s, field %s: found a %s, expected an exported field that is an int, a float64 or an enum with UnmarshalText, or an embedded struct", method, f.Name, f.Type))
		}
	}
}

// isName reports whether a text can be a parameter's name.
func isName(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// set stores a value written as JSON; words of enums may go without quotes.
func (f field) set(text []byte) error {
	to := f.value.Addr().Interface()
	if f.Choices != nil {
		word := string(text)
		if json.Unmarshal(text, &word) != nil {
			word = string(text)
		}
		if err := to.(encoding.TextUnmarshaler).UnmarshalText([]byte(word)); err != nil {
			return err
		}
		return f.check()
	}
	expected := "a number"
	if f.Type == "int" {
		expected = "a whole number"
	}
	if f.Auto != "" {
		expected += " or " + Auto
	}
	if err := json.Unmarshal(text, to); err != nil || string(text) == "null" {
		return fmt.Errorf("found %s, expected %s", text, expected)
	}
	return f.check()
}

// check reports a number out of its range, or what is none of the choices.
func (f field) check() error {
	if f.Choices != nil {
		if word := fmt.Sprint(f.value.Interface()); !slices.Contains(f.Choices, word) {
			return fmt.Errorf("found %q, expected %s", word, strings.Join(f.Choices, " or "))
		}
		return nil
	}
	var v float64
	if f.Type == "int" {
		v = float64(f.value.Int())
	} else {
		v = f.value.Float()
	}
	if !parseInterval(f.Range).holds(v) {
		return fmt.Errorf("found %v, expected a number in %s", f.value.Interface(), f.Range)
	}
	return nil
}

// interval is a range of numbers: [lo, hi], each end open or closed.
type interval struct {
	lo, hi         float64
	loOpen, hiOpen bool
	ok             bool // it is one
}

// parseInterval reads an interval such as "[0, 1)".
func parseInterval(text string) interval {
	lo, hi, ok := strings.Cut(text, ",")
	if !ok || len(lo) < 2 || len(hi) < 2 || !strings.Contains("[(", lo[:1]) || !strings.Contains("])", hi[len(hi)-1:]) {
		return interval{}
	}
	a, errA := strconv.ParseFloat(strings.TrimSpace(lo[1:]), 64)
	b, errB := strconv.ParseFloat(strings.TrimSpace(hi[:len(hi)-1]), 64)
	return interval{a, b, lo[0] == '(', hi[len(hi)-1] == ')', errors.Join(errA, errB) == nil && a <= b}
}

func (i interval) holds(v float64) bool {
	return !math.IsNaN(v) && (v > i.lo || v == i.lo && !i.loOpen) && (v < i.hi || v == i.hi && !i.hiOpen)
}

// complete returns parameters of prototype's type: given values, as JSON by their
// names, over the defaults, and what is left to the method as it chooses in the
// setting. Without a setting nothing may be left to the method.
func complete(method string, prototype any, given map[string]json.RawMessage, s *Setting) (any, error) {
	ptr := reflect.New(reflect.TypeOf(prototype))
	fields := fieldsOf(ptr.Elem())
	known := map[string]bool{}
	var open []int // left to the method
	for i, f := range fields {
		known[f.Name] = true
		text, is := given[f.Name]
		if !is {
			text = []byte(f.Default)
		}
		if word := string(text); f.Auto != "" && (word == Auto || word == `"`+Auto+`"`) {
			open = append(open, i)
			continue
		}
		if err := f.set(text); err != nil {
			return nil, &ParameterError{f.Name, err}
		}
	}
	for _, name := range sortedNames(given) {
		if !known[name] {
			return nil, &ParameterError{name, fmt.Errorf("means nothing to method %s, which takes %s", method, names(fields))}
		}
	}
	if len(open) == 0 {
		return ptr.Elem().Interface(), nil
	}
	if s == nil {
		return nil, &ParameterError{fields[open[0]].Name, errors.New("found nothing, expected a value")}
	}
	chosen := reflect.New(reflect.TypeOf(prototype))
	chosen.Elem().Set(ptr.Elem())
	chosen.Interface().(Chooser).Choose(*s)
	for j, f := range fieldsOf(chosen.Elem()) {
		for _, i := range open {
			if i == j {
				fields[i].value.Set(f.value)
			}
		}
	}
	return ptr.Elem().Interface(), nil
}

// names lists the names of fields.
func names(fields []field) string {
	if len(fields) == 0 {
		return "no parameters"
	}
	var list []string
	for _, f := range fields {
		list = append(list, f.Name)
	}
	return strings.Join(list, ", ")
}
