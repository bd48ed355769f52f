package suite

import (
	"bytes"
	"encoding/json"

	"entrec/docs"
	"entrec/reference/naive"
)

// OperationsFile is the name of the file of a suite that says what its operations take.
const OperationsFile = "ops.json"

// Operations returns the content of that file: by operation its inputs with their shapes and
// which of them are constant, its attributes with their ranges, and its definition with its
// conventions, as in the table of the documentation.
func Operations() ([]byte, error) {
	type operation struct {
		naive.Operation
		Definition string `json:"definition"`
	}
	all := map[string]operation{}
	for name, o := range naive.Operations() {
		_, _, definition, _ := docs.Operation(name)
		all[name] = operation{o, definition}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(all)
	return text.Bytes(), err
}
