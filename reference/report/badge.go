package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// badge is what shields.io makes a badge of (https://shields.io/badges/endpoint-badge).
type badge struct {
	Schema  int    `json:"schemaVersion"`
	Label   string `json:"label"`
	Message string `json:"message"`
	Color   string `json:"color"`
}

// WriteBadge writes how many of the operations that the backend has pass, as JSON for a badge. It
// is green where the whole check passes, yellow where failures were expected, and red otherwise.
func (r *Report) WriteBadge(w io.Writer) error {
	passed, asked := 0, 0
	for _, op := range r.Ops {
		switch op.Verdict {
		case Unsupported, "":
		case Pass:
			passed, asked = passed+1, asked+1
		default:
			asked++
		}
	}
	b := badge{1, "golden " + string(r.Profile), fmt.Sprintf("%d of %d operations", passed, asked), "brightgreen"}
	switch {
	case r.Err() != nil:
		b.Color = "red"
	case r.Excused > 0:
		b.Color = "yellow"
	}
	return json.NewEncoder(w).Encode(b)
}
