package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/internal/printable"
	"entrec/internal/strictjson"
	"entrec/mvssl"
)

// Request is what somebody asks of a run: some fields of a [Config], by their places
// in its JSON. What it does not name has the method's defaults; a parameter that is
// "auto" is left to the method. The zero value asks for nothing.
type Request struct {
	tree  map[string]any
	views []assignment // of single fields of views, in order

	quick  bool    // see Quick
	made   bool    // its model is that of a run which goes on, or of a whole configuration
	origin *origin // what it was read from; nil where that is no whole configuration
}

// assignment is a value for a place.
type assignment struct {
	path  []string
	value any
}

// FieldError is what is wrong with a field of a configuration.
type FieldError struct {
	Path string // its place, such as recipe.lr
	Err  error
}

// Error is one line: the place and what is wrong.
func (e *FieldError) Error() string { return printable.Text(e.Path) + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *FieldError) Unwrap() error { return e.Err }

// Set asks for a value of the field at a path, such as recipe.lr, views.0.flip, or
// views.*.flip for all views. The value is what JSON makes of it; an object's members
// are set one by one. Another encoder drops what was asked of the first one, another
// optimizer the rates that belonged to it, and another weight decay an end that was the
// same as the old one.
func (r *Request) Set(path string, value any) {
	parts := strings.Split(path, ".")
	r.made = r.made && parts[0] != "model"
	if parts[0] == "views" && len(parts) > 1 {
		r.views = append(r.views, assignment{parts, value})
		return
	}
	if members, is := value.(map[string]any); is {
		for _, a := range leaves(nil, members) {
			r.Set(path+"."+join(a.path), a.value)
		}
		return
	}
	switch old := r.Text(path); {
	case path == "model.encoder.name" && old != "" && old != value:
		delete(r.tree["model"].(map[string]any), "encoder")
	case path == "recipe.optimizer" && old != "" && old != value:
		for _, rate := range []string{"lr", "momentum", "weight_decay", "weight_decay_end", "decay_norms"} {
			delete(r.tree["recipe"].(map[string]any), rate)
		}
	case path == "recipe.weight_decay":
		decay, _ := r.lookup(path)
		if end, ok := r.lookup("recipe.weight_decay_end"); ok && fmt.Sprint(end) == fmt.Sprint(decay) { // it stayed
			delete(r.tree["recipe"].(map[string]any), "weight_decay_end")
		}
	}
	if r.tree == nil {
		r.tree = map[string]any{}
	}
	at := r.tree
	for _, key := range parts[:len(parts)-1] {
		next, ok := at[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[key] = next
		}
		at = next
	}
	at[parts[len(parts)-1]] = value
}

// SetText is Set with a value written as on a command line: JSON, or else a word.
func (r *Request) SetText(path, text string) error {
	if path == "" || strings.HasPrefix(path, ".") || strings.HasSuffix(path, ".") || strings.Contains(path, "..") {
		return fmt.Errorf("found %q, expected a path such as recipe.lr", path)
	}
	if first, _, _ := strings.Cut(path, "."); slices.Contains(following, first) {
		return fmt.Errorf("%s: found a value, expected none: it follows from the run", path)
	}
	value, err := parseJSON([]byte(text))
	if err != nil {
		value = text
	}
	r.Set(path, value)
	return nil
}

// following are the fields that follow from the run, and that nobody sets.
var following = []string{"data_sha256", "init_sha256", "images", "classes", "extended", "quick"}

// lookup returns the value at a path outside the views.
func (r *Request) lookup(path string) (any, bool) {
	var at any = r.tree
	for _, key := range strings.Split(path, ".") {
		m, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = m[key]; !ok {
			return nil, false
		}
	}
	return at, true
}

// Asks reports whether a field outside the views is asked for.
func (r *Request) Asks(path string) bool {
	_, asked := r.lookup(path)
	return asked
}

// Text returns the word at a path, empty where there is none.
func (r *Request) Text(path string) string {
	v, _ := r.lookup(path)
	word, _ := v.(string)
	return word
}

// Method returns the method that is asked for.
func (r *Request) Method() string {
	if m := r.Text("model.method"); m != "" {
		return m
	}
	return DefaultMethod
}

// SkipsBad reports whether unreadable images are to be passed over.
func (r *Request) SkipsBad() bool {
	v, _ := r.lookup("skip_bad")
	return v == true
}

// DefaultMethod is trained where no other is asked for.
const DefaultMethod = "simclr-er"

// Data returns the data set that is asked for.
func (r *Request) Data() string {
	if d := r.Text("data"); d != "" {
		return d
	}
	return defaults(mvssl.Row{}).Data
}

// ReadRequest reads a request from a file: a run's config.json, or any part of one.
// Of a whole configuration it leaves out what belongs to its data (the shape of the
// images, their number and digest, their mean and standard deviation, and with them views
// that are the method's own) and how often the run was made longer. A mean or a standard
// deviation that the configuration's own data do not have was chosen by somebody, and is
// asked for where the request is resolved for the same data.
func ReadRequest(path string) (*Request, error) {
	text, err := files.Read(path, maxConfigBytes)
	if err != nil {
		return nil, err
	}
	tree, err := parseTree(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := checkFormat(tree); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r := &Request{tree: tree}
	if whole, err := decode(tree); err == nil {
		r.origin, r.made = whole.origin(), true
		if whole.hasUsualViews() {
			delete(tree, "views")
		} else if views, ok := tree["views"].([]any); ok {
			leaveOutMeans(views)
		}
	}
	delete(tree, "format")
	for _, key := range following {
		delete(tree, key)
	}
	if e, ok := r.lookup("model.encoder"); ok {
		if e, ok := e.(map[string]any); ok {
			for _, key := range []string{"channels", "height", "image_width"} {
				delete(e, key)
			}
		}
	}
	return r, nil
}

// leaveOutMeans takes the mean and the standard deviation out of views that have the same,
// which are then their data's.
func leaveOutMeans(views []any) {
	if len(views) == 0 {
		return // which is refused where the views are made
	}
	first, _ := views[0].(map[string]any)
	for _, v := range views {
		v, _ := v.(map[string]any)
		if !reflect.DeepEqual(v["mean"], first["mean"]) || !reflect.DeepEqual(v["std"], first["std"]) {
			return
		}
	}
	mean, std := first["mean"], first["std"]
	for _, v := range views {
		if v, ok := v.(map[string]any); ok && mean != nil && std != nil {
			delete(v, "mean")
			delete(v, "std")
		}
	}
}

// hasUsualViews reports whether the views are those that the method has as a rule,
// whatever the mean and the standard deviation.
func (c *Config) hasUsualViews() bool {
	if len(c.Views) == 0 {
		return false
	}
	usual, err := c.usualViews()
	for i := range usual {
		usual[i].Mean, usual[i].Std = c.Views[0].Mean, c.Views[0].Std
	}
	return err == nil && reflect.DeepEqual(usual, c.Views)
}

// parseTree reads a JSON object, in today's form.
func parseTree(text []byte) (map[string]any, error) {
	v, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("found %s, expected an object", kindOf(v))
	}
	upgrade(tree)
	return tree, nil
}

// parseJSON reads one JSON value, in whose objects no key stands twice, and keeps numbers
// as they are written.
func parseJSON(text []byte) (v any, err error) {
	if err := strictjson.Check(text); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// kindOf names what a JSON value is.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		return v.String()
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprint(v)
}

// leaves returns the assignments that make up a tree: names first, since they drop what
// belongs to others, then in the order of its keys.
func leaves(path []string, v any) []assignment {
	m, ok := v.(map[string]any)
	if !ok {
		return []assignment{{slices.Clone(path), v}}
	}
	isName := func(key string) bool { return key == "name" || key == "optimizer" }
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if isName(a) != isName(b) {
			return map[bool]int{true: -1, false: 1}[isName(a)]
		}
		return strings.Compare(a, b)
	})
	var list []assignment
	for _, key := range keys {
		list = append(list, leaves(append(path, key), m[key])...)
	}
	return list
}

// assign stores a value in the field of to at a path of JSON names; null in one that
// need not have a value. The error is a [FieldError].
func assign(to any, a assignment) error {
	at := join(a.path)
	if a.value == nil {
		if kind := fieldType(reflect.TypeOf(to), a.path); kind != nil && kind.Kind() != reflect.Pointer {
			return &FieldError{at, fmt.Errorf("found null, expected %s", expectedKind(kind))}
		}
	}
	value := a.value
	for _, key := range slices.Backward(a.path) {
		value = map[string]any{key: value}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return &FieldError{at, err}
	}
	if err := strictjson.CheckFor(text, reflect.TypeOf(to)); err != nil {
		return &FieldError{at, err}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err = d.Decode(to)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind) && kind.Value == "object" && !isObject(a.value):
		err = fmt.Errorf("there is no such field: %s is %s", kind.Field, expectedKind(kind.Type))
	case errors.As(err, &kind):
		err = fmt.Errorf("found %s, expected %s", kindOf(a.value), expectedKind(kind.Type))
	case strings.Contains(err.Error(), "unknown field"):
		err = fmt.Errorf("there is no such field%s", siblings(to, a.path))
	}
	return &FieldError{at, err}
}

func isObject(v any) bool {
	_, is := v.(map[string]any)
	return is
}

// fieldType returns the type of a field by its path of JSON names, a pointer where it
// need not have a value; nil where there is no such field.
func fieldType(t reflect.Type, path []string) reflect.Type {
	for t.Kind() == reflect.Pointer && (len(path) > 0 || t.Elem().Kind() == reflect.Struct) {
		t = t.Elem()
	}
	if len(path) == 0 {
		return t
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == path[0] {
			return fieldType(f.Type, path[1:])
		}
		if f.Anonymous {
			if found := fieldType(f.Type, path); found != nil {
				return found
			}
		}
	}
	return nil
}

// join writes a path.
func join(path []string) string { return strings.Join(path, ".") }

// expectedKind names what a field of a type takes.
func expectedKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number, not negative"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a word"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}

// siblings lists what the object at a path, or as far along it as there is one, has or can
// have in place of what follows.
func siblings(of any, path []string) string {
	text, err := json.Marshal(of)
	if err != nil {
		return ""
	}
	v, _ := parseJSON(text)
	t := reflect.TypeOf(of)
	for _, key := range path[:len(path)-1] {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		next, ok := m[key]
		if !ok {
			break
		}
		if v = next; t != nil {
			t = fieldType(t, []string{key})
		}
	}
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		return ""
	}
	names := slices.AppendSeq(fieldNames(t), maps.Keys(m))
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(following, name) })
	slices.Sort(names)
	return ": there are " + strings.Join(slices.Compact(names), ", ")
}

// fieldNames returns the JSON names of a struct's fields, also of those that are left out
// where they are empty; none of a type that writes itself.
func fieldNames(t reflect.Type) (names []string) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct || t.Implements(reflect.TypeFor[json.Marshaler]()) {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
