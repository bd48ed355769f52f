package report

import (
	"maps"
	"slices"
	"strings"
)

// Declaration is what a backend says of itself in [DeclarationFile]. What it lacks is by
// name, with the reason: of an operation, or of a case, in which dots may stand for
// slashes.
type Declaration struct {
	Lacks struct {
		Ops       map[string]string `json:"ops,omitzero"`
		Cases     map[string]string `json:"cases,omitzero"`
		Gradients map[string]string `json:"gradients,omitzero"` // of operations and cases whose outputs it has
	} `json:"lacks,omitzero"`
	FlushToZero bool              `json:"flush_to_zero,omitzero"` // subnormal numbers become 0
	Device      string            `json:"device,omitzero"`
	Versions    map[string]string `json:"versions,omitzero"` // of what it is made of, by name
}

// DeclarationFile is the name of a backend's declaration in its folder of answers.
const DeclarationFile = "backend.json"

// Lacking returns the reason why a case is declared lacking.
func (d Declaration) Lacking(op, name string) (reason string, lacks bool) {
	return declared(op, name, d.Lacks.Ops, d.Lacks.Cases)
}

// WithoutGradients returns the reason why a case's gradients are declared lacking.
func (d Declaration) WithoutGradients(op, name string) (reason string, lacks bool) {
	return declared(op, name, d.Lacks.Gradients, d.Lacks.Gradients)
}

func declared(op, name string, ops, cases map[string]string) (reason string, there bool) {
	if reason, there = ops[op]; there {
		return reason, true
	}
	if reason, there = cases[name]; there {
		return reason, true
	}
	reason, there = cases[strings.ReplaceAll(name, "/", ".")]
	return reason, there
}

// Merge adds what another part of the same backend declares.
func (d *Declaration) Merge(other Declaration) {
	for _, lists := range []struct {
		to   *map[string]string
		from map[string]string
	}{
		{&d.Lacks.Ops, other.Lacks.Ops}, {&d.Lacks.Cases, other.Lacks.Cases},
		{&d.Lacks.Gradients, other.Lacks.Gradients}, {&d.Versions, other.Versions},
	} {
		if len(lists.from) > 0 && *lists.to == nil {
			*lists.to = map[string]string{}
		}
		maps.Copy(*lists.to, lists.from)
	}
	d.FlushToZero = d.FlushToZero || other.FlushToZero
	if d.Device == "" {
		d.Device = other.Device
	}
}

// made says in a few words what the backend is made of: its device and versions.
func (d Declaration) made() string {
	var parts []string
	if d.Device != "" {
		parts = append(parts, d.Device)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Versions)) {
		parts = append(parts, name+" "+d.Versions[name])
	}
	return strings.Join(parts, ", ")
}
