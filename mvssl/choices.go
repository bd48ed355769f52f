package mvssl

import (
	"fmt"
	"slices"
	"strings"
)

// Switch is a parameter that is on or off.
type Switch string

// The values of a Switch.
const (
	On  Switch = "on"
	Off Switch = "off"
)

// Choices returns the values.
func (Switch) Choices() []string { return []string{string(On), string(Off)} }

// UnmarshalText takes one of the values.
func (s *Switch) UnmarshalText(text []byte) error { return choose(s, text) }

// EMASchedule is how the momentum of an exponential moving average goes over a run.
type EMASchedule string

// The schedules: from the base to 1 by half a cosine, or the base throughout.
const (
	CosineEMA   EMASchedule = "cosine"
	ConstantEMA EMASchedule = "constant"
)

// Choices returns the schedules.
func (EMASchedule) Choices() []string { return []string{string(CosineEMA), string(ConstantEMA)} }

// UnmarshalText takes one of the schedules.
func (s *EMASchedule) UnmarshalText(text []byte) error { return choose(s, text) }

// choose stores one of the choices of an enum.
func choose[E interface {
	~string
	enum
}](to *E, text []byte) error {
	choices := (*to).Choices()
	if !slices.Contains(choices, string(text)) {
		return fmt.Errorf("found %q, expected %s", text, strings.Join(choices, " or "))
	}
	*to = E(text)
	return nil
}
