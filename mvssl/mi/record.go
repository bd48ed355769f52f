package mi

import (
	"fmt"

	"entrec/internal/files"
	"entrec/internal/strictjson"
)

// Record is what a bench has found so far: the content of its bench.json.
type Record struct {
	Items []Item `json:"items"`
}

// maxRecord is the largest record that is read.
const maxRecord = 64 << 20

// ReadRecord reads a record. Errors are those of the file system, or one line with the file.
func ReadRecord(path string) (r Record, err error) {
	text, err := files.Read(path, maxRecord)
	if err != nil {
		return r, err
	}
	if err := strictjson.UnmarshalKnown(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}
