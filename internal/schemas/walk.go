package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
	"entrec/nn"
)

// walker makes schemas of Go types, by the fields' json tags and doc comments.
type walker struct {
	comments    map[string]comments // by type
	definitions properties
}

// known are fields of which the type does not say what they may be.
var known = map[string]schema{
	"Config.Format":      {Const: "entrec-run/2"},
	"Predictions.Format": {Const: "entrec-predictions/1"},
	"File.Format":        {Const: "entrec-sweep/1"},
	"Listing.Format":     {Const: "entrec-plan/1"},
	"File.SIMD":          {Enum: list(train.LevelNames)},
	"Row.Methods":        {Type: "array", Items: &schema{Enum: list(methods())}},
	"Table.Columns":      {Type: "array", Items: &schema{Enum: list(columns())}},
	"Table.Primary":      {Enum: list(columns())},
	"Row.Grid":           {Type: "object", AdditionalProperties: &schema{Type: "array"}},
	"StepMetrics.Kind":   {Const: "step"},
	"EpochMetrics.Kind":  {Const: "epoch"},
	"Recipe.Optimizer":   {Enum: list(nn.OptimizerNames())},
	"Summary.EvalSplit":  {Enum: list([]data.Part{data.Validation, data.Test})},
}

// optional are fields of sweep files that may be left out; of a type alone, all of its fields.
var optional = []string{"File.SIMD", "File.Base", "File.Table", "File.Resources", "Row.Name", "Row.Set", "Row.Grid", "Table", "Contrast.Plus", "Contrast.Minus", "Resources"}

// methods returns the names of the methods.
func methods() (names []string) {
	for _, r := range mvssl.Rows() {
		names = append(names, r.Name)
	}
	return names
}

// columns returns the names that columns of a table have.
func columns() (names []string) {
	for _, c := range sweep.Columns {
		if names = append(names, c.Name); c.Alias != "" {
			names = append(names, c.Alias)
		}
	}
	return names
}

// of returns the schema of a type.
func (w *walker) of(t reflect.Type) (*schema, error) {
	switch t {
	case reflect.TypeFor[mvssl.Config]():
		return w.model()
	case reflect.TypeFor[nn.EncoderConfig]():
		return w.encoder()
	case reflect.TypeFor[train.Classes]():
		return &schema{Type: "string"}, nil
	case reflect.TypeFor[sweep.Settings]():
		return &schema{Type: "object"}, nil
	}
	if e, ok := reflect.New(t).Interface().(interface{ Choices() []string }); ok {
		return &schema{Enum: list(e.Choices())}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return &schema{Type: "boolean"}, nil
	case reflect.Int, reflect.Int64:
		return &schema{Type: "integer"}, nil
	case reflect.Uint64:
		return &schema{Type: "integer", Minimum: number("0")}, nil
	case reflect.Float64:
		return &schema{Type: "number"}, nil
	case reflect.String:
		return &schema{Type: "string"}, nil
	case reflect.Array:
		items, err := w.of(t.Elem())
		return &schema{Type: "array", Items: items, MinItems: t.Len(), MaxItems: t.Len()}, err
	case reflect.Slice:
		items, err := w.of(t.Elem())
		return &schema{Type: "array", Items: items}, err
	case reflect.Map:
		values, err := w.of(t.Elem())
		return &schema{Type: "object", AdditionalProperties: values}, err
	case reflect.Struct:
		s := object()
		return s, w.fields(t, s)
	}
	return nil, fmt.Errorf("%v: a type without a schema", t)
}

// fields adds a struct's fields to the schema of an object.
func (w *walker) fields(t reflect.Type, s *schema) error {
	comments, err := w.commentsOf(t)
	if err != nil {
		return err
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		if f.Anonymous {
			if err := w.fields(f.Type, s); err != nil {
				return err
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		typ, nullable := f.Type, f.Type.Kind() == reflect.Pointer
		if nullable {
			typ = typ.Elem()
		}
		p, err := w.of(typ)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		if k, ok := known[t.Name()+"."+f.Name]; ok {
			*p = k
		}
		if p.Description == "" && p.Const == nil {
			p.Description = comments[f.Name]
		}
		switch {
		case options == "omitempty", slices.Contains(optional, t.Name()), slices.Contains(optional, t.Name()+"."+f.Name):
		case nullable:
			p.Type = []string{p.Type.(string), "null"}
			fallthrough
		default:
			s.Required = append(s.Required, name)
		}
		s.Properties = append(s.Properties, property{name, p})
	}
	return nil
}

// model returns the schema of a method with its networks and parameters: one of the
// methods.
func (w *walker) model() (*schema, error) {
	projector, err := w.of(reflect.TypeFor[mvssl.ProjectorConfig]())
	if err != nil {
		return nil, err
	}
	encoder, err := w.encoder()
	if err != nil {
		return nil, err
	}
	w.definitions = properties{{"encoder", encoder}, {"projector", projector}}
	ref := func(name string) *schema { return &schema{Ref: "#/$defs/" + name} }
	s := &schema{}
	for _, r := range mvssl.Rows() {
		m := object(property{"method", &schema{Const: r.Name}}, property{"encoder", ref("encoder")}, property{"projector", ref("projector")})
		m.Description = fmt.Sprintf("%v branches; projections %v; %s. %s", r.Branches, r.Projections, r.Objective, r.Paper)
		for _, p := range r.Describe() {
			of, err := parameter(p)
			if err != nil {
				return nil, fmt.Errorf("method %s: %w", r.Name, err)
			}
			m.Properties = append(m.Properties, property{p.Name, of})
		}
		for _, p := range m.Properties {
			m.Required = append(m.Required, p.name)
		}
		s.OneOf = append(s.OneOf, m)
	}
	return s, nil
}

// parameter returns the schema of a method's parameter.
func parameter(p mvssl.Parameter) (*schema, error) {
	s := &schema{Description: p.Doc}
	switch {
	case p.Default != mvssl.Auto && p.Choices != nil:
		s.Default = p.Default
	case p.Default != mvssl.Auto:
		s.Default = json.Number(p.Default)
	}
	if p.Auto != "" {
		s.Description += "; auto in a request: " + p.Auto
	}
	if p.Choices != nil {
		s.Enum = list(p.Choices)
		return s, nil
	}
	s.Type = map[string]string{"int": "integer", "float": "number"}[p.Type]
	m := interval.FindStringSubmatch(p.Range)
	if m == nil {
		return nil, fmt.Errorf("parameter %s: range %q is no interval", p.Name, p.Range)
	}
	lo, hi := number(m[2]), number(m[3])
	if s.Minimum = lo; m[1] == "(" {
		s.Minimum, s.ExclusiveMinimum = nil, lo
	}
	if s.Maximum = hi; m[4] == ")" {
		s.Maximum, s.ExclusiveMaximum = nil, hi
	}
	return s, nil
}

var interval = regexp.MustCompile(`^([\[(])([^,]+), *([^,]+)([\])])$`)

// encoder returns the schema of an encoder with its parameters: one of the encoders.
func (w *walker) encoder() (*schema, error) {
	t := reflect.TypeFor[nn.EncoderConfig]()
	comments, err := w.commentsOf(t)
	if err != nil {
		return nil, err
	}
	s := &schema{}
	for _, r := range nn.Encoders() {
		e := object(property{"name", &schema{Const: r.Name}})
		e.Description = r.Doc
		for i := range t.NumField() {
			f := t.Field(i)
			if name := f.Tag.Get("json"); f.Type.Kind() == reflect.Int {
				p := &schema{Type: "integer", Minimum: number("1"), Description: comments[f.Name]}
				if name == "width" {
					p.Default, p.Description = r.StandardWidth, ""
				}
				e.Properties = append(e.Properties, property{name, p})
			}
		}
		for _, p := range r.Parameters {
			s := &schema{Description: p.Doc + "; unless asked for " + p.Usual}
			if p.Words != nil {
				s.Enum = list(p.Words)
			} else {
				s.Type, s.Minimum, s.Maximum = "integer", number("1"), number(strconv.Itoa(p.Max))
			}
			e.Properties = append(e.Properties, property{p.Name, s})
		}
		for _, p := range e.Properties {
			if !slices.ContainsFunc(r.Parameters, func(q nn.EncoderParameter) bool { return q.Name == p.name && q.Absent > 0 }) {
				e.Required = append(e.Required, p.name)
			}
		}
		s.OneOf = append(s.OneOf, e)
	}
	return s, nil
}

// list returns the values as JSON has them.
func list[T ~string](values []T) []any {
	all := make([]any, len(values))
	for i, v := range slices.All(values) {
		all[i] = string(v)
	}
	return all
}
