package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// schema is the part of JSON Schema that is written here.
type schema struct {
	Dialect          string       `json:"$schema,omitempty"`
	Title            string       `json:"title,omitempty"`
	Description      string       `json:"description,omitempty"`
	Type             any          `json:"type,omitempty"` // a word or, with null, a list
	Const            any          `json:"const,omitempty"`
	Enum             []any        `json:"enum,omitempty"`
	Default          any          `json:"default,omitempty"`
	Minimum          *json.Number `json:"minimum,omitempty"`
	ExclusiveMinimum *json.Number `json:"exclusiveMinimum,omitempty"`
	Maximum          *json.Number `json:"maximum,omitempty"`
	ExclusiveMaximum *json.Number `json:"exclusiveMaximum,omitempty"`
	Items            *schema      `json:"items,omitempty"`
	MinItems         int          `json:"minItems,omitempty"`
	MaxItems         int          `json:"maxItems,omitempty"`
	Properties       properties   `json:"properties,omitempty"`
	Required         []string     `json:"required,omitempty"`
	// AdditionalProperties is false for structs, a schema for maps.
	AdditionalProperties any       `json:"additionalProperties,omitempty"`
	OneOf                []*schema `json:"oneOf,omitempty"`
	// Ref points to one of the definitions, as #/$defs/NAME.
	Ref         string     `json:"$ref,omitempty"`
	Definitions properties `json:"$defs,omitempty"`
}

// property is a named schema.
type property struct {
	name string
	*schema
}

// properties are those of an object, in the order in which it is written.
type properties []property

// MarshalJSON writes an object.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, q := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := marshal(q.schema)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", q.name, text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal writes v with <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// object returns the schema of an object with no other properties than these.
func object(p ...property) *schema {
	return &schema{Type: "object", AdditionalProperties: false, Properties: p}
}

// number returns a number as it is written.
func number(text string) *json.Number {
	n := json.Number(text)
	return &n
}
