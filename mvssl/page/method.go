package page

import (
	"fmt"
	"regexp"
	"strings"

	"entrec/docs/methods"
	"entrec/mvssl"
)

// Method is what the page says of a run's method: its answers to the two questions of the
// paper's Figure 1, its objective, and how that stands in the bound.
type Method struct {
	Name        string `json:"name"`
	Branches    string `json:"branches"`
	Projections string `json:"projections"`
	Objective   string `json:"objective"`
	Paper       string `json:"paper"`
	TwinOf      string `json:"twin_of,omitempty"`
	Nats        bool   `json:"nats"` // the loss is
	Supervised  bool   `json:"supervised,omitempty"`
	// Formula is the loss as the method's page writes it, Bound what that is in the bound;
	// both empty where the method has no page.
	Formula string `json:"formula,omitempty"`
	Bound   string `json:"bound,omitempty"`
}

// describe returns what is known of a method.
func describe(name string) (*Method, error) {
	row, err := mvssl.Find(name)
	if err != nil {
		return nil, err
	}
	m := &Method{Name: row.Name, Objective: row.Objective, Paper: row.Paper, TwinOf: row.TwinOf, Nats: row.Nats, Supervised: row.Supervised}
	m.Branches, m.Projections = row.Figure()
	if text, err := methods.Pages.ReadFile(fmt.Sprintf("%s.md", name)); err == nil {
		m.Formula, m.Bound = quote(string(text))
	}
	return m, nil
}

var link = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// quote returns the first code of a method's page, and its paragraph about the bound.
func quote(page string) (formula, bound string) {
	var code []string
	for line := range strings.Lines(page) {
		if rest, is := strings.CutPrefix(line, "    "); is {
			code = append(code, strings.TrimRight(rest, "\n"))
		} else if code != nil {
			break
		}
	}
	if _, rest, is := strings.Cut(page, "**In the bound.** "); is {
		bound, _, _ = strings.Cut(rest, "\n\n")
	}
	bound = strings.Join(strings.Fields(link.ReplaceAllString(bound, "$1")), " ")
	return strings.Join(code, "\n"), bound
}
