// Package strictjson reads JSON as encoding/json does, but for what that package takes
// in silence and other readers take otherwise: a key that stands twice in an object, a
// key that is a field's name in another case, text that is not UTF-8.
package strictjson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxDepth bounds how deep values may be nested.
const maxDepth = 1000

// Check reports what is wrong with a text that should be one JSON value, on one line
// with its place: the byte where it is no JSON, or the path of the object with a key
// twice.
func Check(text []byte) error { return check(text, nil, false) }

// CheckFor is [Check] that also reports a key in another case than that of a field of the
// type that the text is for.
func CheckFor(text []byte, to reflect.Type) error { return check(text, to, false) }

// Unmarshal reads one JSON value into what to points to. Errors are those of [Check],
// a key in another case than its field's name, a value of another kind, with its path, what
// was found and what is expected, and those of encoding/json.
func Unmarshal(text []byte, to any) error {
	return unmarshal(text, to, false)
}

// UnmarshalKnown is [Unmarshal] that also refuses a key that is no field's name.
func UnmarshalKnown(text []byte, to any) error { return unmarshal(text, to, true) }

func unmarshal(text []byte, to any, known bool) error {
	if err := check(text, reflect.TypeOf(to), known); err != nil {
		return err
	}
	err := json.Unmarshal(text, to)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		wrong := fmt.Sprintf("found a JSON %s, expected %s", kind.Value, expected(kind.Type))
		if place := placeOf(text, kind); place != "" {
			wrong = place + ": " + wrong
		}
		return &kindError{wrong, kind}
	}
	return oneLine(err)
}

// kindError is an error about a value of another kind, with its place.
type kindError struct {
	message string
	kind    *json.UnmarshalTypeError
}

func (e *kindError) Error() string { return e.message }

// Unwrap returns the error of encoding/json.
func (e *kindError) Unwrap() error { return e.kind }

// placeOf returns the path of the value that an error is about, with the indices in lists
// that the error's own has not.
func placeOf(text []byte, kind *json.UnmarshalTypeError) string {
	w := walker{Decoder: json.NewDecoder(bytes.NewReader(text)), until: kind.Offset}
	if err := w.value(nil, 0); !errors.Is(err, errUntil) || anyIndex.ReplaceAllString(w.at(), "") != kind.Field {
		return kind.Field // of a type that reads itself the offset is another
	}
	return w.at()
}

var anyIndex = regexp.MustCompile(`\[[0-9]+\]`)

// expected names what JSON value a type is read from.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Uint, reflect.Uint64:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-t.Bits()))
	}
	return fmt.Sprintf("a whole number of at most %d bits", t.Bits())
}

func check(text []byte, to reflect.Type, known bool) error {
	if !utf8.Valid(text) {
		return fmt.Errorf("at byte %d: found text that is not UTF-8", validBytes(text))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	w := walker{Decoder: d, known: known}
	if err := w.value(to, 0); err != nil {
		return located(err, d)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("at byte %d: found more text after the value", d.InputOffset())
	}
	return nil
}

func validBytes(text []byte) int {
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// keyError is about a key, whose place is the path of its object.
type keyError struct{ message string }

func (e *keyError) Error() string { return e.message }

// located adds the place to an error of the decoder.
func located(err error, d *json.Decoder) error {
	var key *keyError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &key):
		return err
	case errors.As(err, &syntax):
		return oneLine(fmt.Errorf("at byte %d: %w", syntax.Offset, err))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("at byte %d: found the end of the text, expected more JSON", d.InputOffset())
	}
	return oneLine(fmt.Errorf("at byte %d: %w", d.InputOffset(), err))
}

func oneLine(err error) error {
	if err == nil || !strings.ContainsAny(err.Error(), "\r\n") {
		return err
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}

// walker passes over a JSON text beside the type that it is for.
type walker struct {
	*json.Decoder
	path  []string // such as ".rows" and "[3]"
	known bool     // whether keys must be fields' names
	until int64    // the byte at which it stops, with errUntil; 0: nowhere
}

// errUntil is the error of a walker that is where it was to go.
var errUntil = errors.New("stopped")

// value passes over a value that is for type t; nil is any.
func (w *walker) value(t reflect.Type, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("found values nested more than %d deep", maxDepth)
	}
	token, err := w.Token()
	if err != nil {
		return err
	}
	if w.until > 0 && w.InputOffset() >= w.until {
		return errUntil
	}
	switch token {
	case json.Delim('{'):
		err = w.object(plain(t), depth)
	case json.Delim('['):
		err = w.list(plain(t), depth)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = w.Token() // the end
	return err
}

func (w *walker) object(t reflect.Type, depth int) error {
	seen := map[string]bool{}
	names := fieldsOf(t)
	for w.More() {
		token, err := w.Token()
		if err != nil {
			return err
		}
		key := token.(string) // the decoder refuses other keys
		if seen[key] {
			return &keyError{fmt.Sprintf("found key %q twice%s", key, w.place())}
		}
		seen[key] = true
		field, known := names[key]
		for name := range names {
			if !known && strings.EqualFold(name, key) {
				return &keyError{fmt.Sprintf("found key %q%s, expected %q", key, w.place(), name)}
			}
		}
		if w.known && !known && names != nil {
			return &keyError{fmt.Sprintf("found key %q%s, expected one of %s", key, w.place(), strings.Join(slices.Sorted(maps.Keys(names)), ", "))}
		}
		if t != nil && t.Kind() == reflect.Map {
			field = t.Elem()
		}
		w.path = append(w.path, "."+key)
		if err := w.value(field, depth+1); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	return nil
}

func (w *walker) list(t reflect.Type, depth int) error {
	var element reflect.Type
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		element = t.Elem()
	}
	for i := 0; w.More(); i++ {
		w.path = append(w.path, fmt.Sprintf("[%d]", i))
		if err := w.value(element, depth+1); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
	}
	return nil
}

// place names the object that the walker is in.
func (w *walker) place() string {
	if len(w.path) == 0 {
		return ""
	}
	return " in " + w.at()
}

// at returns the path of the value that the walker is in.
func (w *walker) at() string { return strings.TrimPrefix(strings.Join(w.path, ""), ".") }

var (
	ownJSON = reflect.TypeFor[json.Unmarshaler]()
	ownText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// plain returns the type that encoding/json fills by itself, nil where there is none: a
// type that reads itself also checks its keys.
func plain(t reflect.Type) reflect.Type {
	for t != nil {
		if p := reflect.PointerTo(t); t.Kind() != reflect.Pointer && (p.Implements(ownJSON) || p.Implements(ownText)) {
			return nil
		}
		if t.Kind() != reflect.Pointer {
			return t
		}
		t = t.Elem()
	}
	return nil
}

// structs are the fields of structs that were asked for before, by the type.
var structs sync.Map

// fieldsOf returns the types of a struct's fields by their JSON names, which nobody
// changes; nil of another type.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	if fields, ok := structs.Load(t); ok {
		return fields.(map[string]reflect.Type)
	}
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Anonymous && name == "" || f.Tag.Get("json") == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[name] = f.Type
	}
	structs.Store(t, fields)
	return fields
}
