package playground

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"entrec/internal/message"
)

// Exhibit has one thing to be found out, and switches to find it by.
type Exhibit struct {
	Name     string
	Controls []Control
	Steps    int // until its end
	every    int // so many steps from one look to the next
	open     func(s setting) stage
}

// Control is something that can be set, to one of some choices.
type Control struct {
	Name    string
	Choices []string
	Default string
}

// Exhibits are all of them, in the order in which they are best seen.
var Exhibits = []*Exhibit{forces, kappa, neighbor, byol, ceiling, seats, grid, spectrum, images}

// stage is an exhibit that runs.
type stage interface {
	step()
	look() Look
}

// Look is what is seen of an exhibit.
type Look struct {
	Step    int
	Numbers []Number
	Points  []float64 // on the sphere, three numbers each
	Labels  []int     // of the points
	Marks   []float64 // more points, that are no data
	Images  []float64 // small images, one after the other, in rows of imageRow
}

// Number is a result with its name.
type Number struct {
	Name  string
	Value float64
	unit  unit
}

// unit is how a number is written: with so many digits behind the point, and a sign.
type unit struct {
	digits int
	sign   string
}

var (
	nats    = unit{digits: 3}
	percent = unit{digits: 1, sign: " %"}
	plain   = unit{digits: 2}
)

// Text returns the number as it is written everywhere.
func (n Number) Text() string {
	return strconv.FormatFloat(n.Value, 'f', n.unit.digits, 64) + n.unit.sign
}

// setting is what the controls of an exhibit are set to.
type setting map[string]string

func (s setting) number(name string) float64 {
	v, err := strconv.ParseFloat(s[name], 64)
	if err != nil {
		panic(err) // the choices are numbers
	}
	return v
}

func (s setting) on(name string) bool { return s[name] == "on" }

// Show is an exhibit from its first step to its last.
type Show struct {
	Exhibit *Exhibit
	setting setting
	stage   stage
	done    int
}

// Open opens the exhibit of an address: its name and, after a question mark, what some of
// its controls are set to, as in kappa?kappa=20. The others have their defaults. The error
// is about a name or a value that there is not.
func Open(address string) (*Show, error) {
	name, query, _ := strings.Cut(address, "?")
	i := slices.IndexFunc(Exhibits, func(e *Exhibit) bool { return e.Name == name })
	if i < 0 {
		var names []string
		for _, e := range Exhibits {
			names = append(names, e.Name)
		}
		return nil, errors.New(message.Sprintf("found the exhibit %q, expected one of %s", name, strings.Join(names, ", ")))
	}
	e := Exhibits[i]
	s := setting{}
	for _, c := range e.Controls {
		s[c.Name] = c.Default
	}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		i := slices.IndexFunc(e.Controls, func(c Control) bool { return c.Name == key })
		if i < 0 {
			return nil, errors.New(message.Sprintf("%s: found a control %q, expected %s", name, key, strings.Join(e.controls(), ", ")))
		}
		if c := e.Controls[i]; !slices.Contains(c.Choices, value) {
			return nil, errors.New(message.Sprintf("%s: found %s=%s, expected one of %s", name, key, value, strings.Join(c.Choices, ", ")))
		}
		s[key] = value
	}
	return &Show{Exhibit: e, setting: s, stage: e.open(s)}, nil
}

func (e *Exhibit) controls() (names []string) {
	for _, c := range e.Controls {
		names = append(names, c.Name)
	}
	return names
}

// Address returns the address that has all controls in it.
func (s *Show) Address() string {
	var parts []string
	for _, name := range s.Exhibit.controls() {
		parts = append(parts, name+"="+s.setting[name])
	}
	if parts == nil {
		return s.Exhibit.Name
	}
	return s.Exhibit.Name + "?" + strings.Join(parts, "&")
}

// Next goes on to the next look, and reports whether there was one.
func (s *Show) Next() bool {
	for range s.Exhibit.every {
		if s.done == s.Exhibit.Steps {
			return false
		}
		s.stage.step()
		s.done++
	}
	return true
}

// Look returns what is seen now.
func (s *Show) Look() Look {
	l := s.stage.look()
	l.Step = s.done
	return l
}

// Print returns the last look of the exhibit of an address as lines of text. The errors are
// those of [Open].
func Print(address string) (string, error) {
	s, err := Open(address)
	if err != nil {
		return "", err
	}
	for s.Next() {
	}
	var b strings.Builder
	look := s.Look()
	b.WriteString(message.Sprintf("%s, step %d of %d\n", s.Address(), look.Step, s.Exhibit.Steps))
	pad := func(text string, width int) string {
		return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
	}
	for _, n := range look.Numbers {
		b.WriteString(n.Name + pad(n.Name, 32) + " " + pad(n.Text(), 8) + n.Text() + "\n")
	}
	return b.String(), nil
}
