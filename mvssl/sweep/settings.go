package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entrec/mvssl/train"
)

// Setting is a value for a field of the configuration, by the name of its flag or by its
// path.
type Setting struct {
	Name  string
	Value any // as encoding/json reads it, numbers as json.Number
}

// Settings are a JSON object's members in their order.
type Settings []Setting

// errNoObject is the error of settings that are no object, whose place checkShapes tells.
var errNoObject = errors.New("found settings that are no object")

// UnmarshalJSON keeps the order of the members.
func (s *Settings) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return errNoObject
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return err
		}
		*s = append(*s, Setting{name.(string), value})
	}
	return nil
}

// points returns the product of axes, one empty point where there is none.
func (s Settings) points() []Settings {
	points := []Settings{nil}
	for _, axis := range s {
		var next []Settings
		for _, p := range points {
			for _, v := range axis.Value.([]any) {
				next = append(next, append(slices.Clone(p), Setting{axis.Name, v}))
			}
		}
		points = next
	}
	return points
}

// flat returns the values of all axes as settings.
func (s Settings) flat() (all Settings) {
	for _, axis := range s {
		for _, v := range axis.Value.([]any) {
			all = append(all, Setting{axis.Name, v})
		}
	}
	return all
}

// own are the names of fields that a sweep file gives in places of their own.
var own = map[string]string{"model.method": "methods of a row", "seed": "seeds", "data": "data"}

// ask sets the fields of a request, for the method that it asks for: those on which
// others depend, or the others.
func (s Settings) ask(r *train.Request, leading bool) error {
	for _, field := range s {
		path, err := field.path(r.Method())
		if err != nil {
			return err
		}
		if (path == "model.encoder.name" || path == "recipe.optimizer") == leading {
			r.Set(path, field.Value)
		}
	}
	return nil
}

// path returns the place of the field in a configuration of the method.
func (f Setting) path(method string) (string, error) {
	path, known := train.PathOf(f.Name, method)
	if !known {
		path = f.Name
	}
	if where, is := own[path]; is {
		return "", fmt.Errorf("%s: found a value here, expected it as the file's %s", f.Name, where)
	}
	if f.Value == nil {
		return "", fmt.Errorf("%s: found null, expected a value", f.Name)
	}
	if !known && !strings.Contains(path, ".") && path != "views" {
		return "", fmt.Errorf("%s: there is no such field, flag or parameter of %s", f.Name, method)
	}
	return path, nil
}

// sets calls each with the paths of the fields that a setting sets in a configuration of
// the method: an object's members one by one.
func (f Setting) sets(method string, each func(path string)) {
	path, known := train.PathOf(f.Name, method)
	if !known {
		path = f.Name
	}
	eachPath(path, f.Value, each)
}

// eachPath calls each with the paths below one of the fields that a value sets.
func eachPath(path string, value any, each func(path string)) {
	members, is := value.(map[string]any)
	if !is {
		each(path)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		eachPath(path+"."+name, members[name], each)
	}
}

// written writes a value as it stands in the file, words without their quotes.
func written(value any) string {
	if word, is := value.(string); is {
		return word
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
