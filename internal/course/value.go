package course

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// number is an exercise whose answer is a number.
type number struct {
	value, within float64
	hints         []hint
}

// hint is what to say to a wrong number.
type hint struct {
	value float64
	text  string
}

// is says whether a number is the right one.
func (n number) is(x float64) bool { return math.Abs(x-n.value) <= n.within }

// reach is how far from its number a hint is still given: half a percent, by which three
// digits may be off, but at most a third of the way to the right answer.
func (n number) reach(h hint) float64 {
	return min(max(n.within, 0.005*math.Abs(h.value)), math.Abs(h.value-n.value)/3)
}

// nearest returns the hint that is nearest to a wrong number, of those that reach it.
func (n number) nearest(x float64) (found hint, ok bool) {
	for _, h := range n.hints {
		off := math.Abs(x - h.value)
		if off <= n.reach(h) && (!ok || off < math.Abs(x-found.value)) {
			found, ok = h, true
		}
	}
	return found, ok
}

// grade takes a number.
func (n number) grade(_ context.Context, answer string) error { return n.bare(answer) }

// nats is an exercise whose answer is a number of nats.
type nats number

// grade takes a number.
func (n nats) grade(_ context.Context, answer string) error {
	return number(n).bare(answer, unit{math.Ln2, "that is in bits; nats are asked for"})
}

// fraction is an exercise whose answer is a number from 0 to 1.
type fraction number

// grade takes a number.
func (f fraction) grade(_ context.Context, answer string) error {
	return number(f).bare(answer, unit{0.01, "that is in percent; a fraction is asked for"})
}

// percent is an exercise whose answer is a number of percent, or of percentage points.
type percent number

// grade takes a number, with a percent sign if one likes.
func (p percent) grade(_ context.Context, answer string) error {
	return number(p).judge(answer, unit{100, "that is a fraction; percent are asked for"})
}

// whole is an exercise whose answer is a whole number. No other one is right, however near.
type whole struct {
	value float64
	hints []hint
}

// grade takes a whole number.
func (w whole) grade(_ context.Context, answer string) error {
	if err := unsigned(answer); err != nil {
		return err
	}
	x, err := parse(answer)
	if err == nil && x != math.Trunc(x) {
		err = wrong("a whole number is asked for")
	}
	if err != nil || x == w.value {
		return err
	}
	for _, h := range w.hints {
		if x == h.value {
			return &Wrong{h.text}
		}
	}
	return side(x, w.value, x == -w.value)
}

// unit is another unit than the one that is asked for.
type unit struct {
	factor float64 // by which a number of it becomes one of that
	text   string  // what to say to a right number of it
}

// bare judges a number that has no percent sign.
func (n number) bare(answer string, units ...unit) error {
	if err := unsigned(answer); err != nil {
		return err
	}
	return n.judge(answer, units...)
}

// judge says what is off with a number.
func (n number) judge(answer string, units ...unit) error {
	x, err := parse(answer)
	if err != nil {
		return err
	}
	if n.is(x) {
		return nil
	}
	if text, y, ok := pointed(answer); ok && n.is(y) {
		return wrong("a comma stands between thousands here: write %s", text)
	}
	if h, ok := n.nearest(x); ok {
		return &Wrong{h.text}
	}
	opposite := n.is(-x)
	for _, u := range units {
		if !opposite && n.is(x*u.factor) {
			return &Wrong{u.text}
		}
	}
	if !opposite && math.Abs(x-n.value) <= 10*n.within {
		return wrong("close: more digits are needed")
	}
	return side(x, n.value, opposite)
}

// side says on which side a wrong number lies.
func side(x, value float64, opposite bool) error {
	switch {
	case opposite:
		return wrong("the size is right, the sign is not")
	case x < value:
		return wrong("too small")
	}
	return wrong("too large")
}

// unsigned refuses a percent sign.
func unsigned(answer string) error {
	if strings.HasSuffix(strings.TrimSpace(answer), "%") {
		return wrong("found %q, expected a number that is not in percent", answer)
	}
	return nil
}

// grouped is a number whose digits before the point are written in groups of three.
var grouped = regexp.MustCompile(`^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$`)

// plain returns an answer with a minus for U+2212, without spaces around it and a percent
// sign behind it.
func plain(answer string) string {
	answer = strings.TrimSuffix(strings.TrimSpace(answer), "%")
	return strings.ReplaceAll(strings.TrimSpace(answer), "−", "-")
}

// parse reads a number as the chapters write numbers, too: with U+2212 for a minus, and
// commas between groups of three digits.
func parse(answer string) (float64, error) {
	text := plain(answer)
	if grouped.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case err == nil && !math.IsNaN(x) && !math.IsInf(x, 0):
		return x, nil
	case strings.Contains(text, ","):
		return 0, wrong("found %q, expected a number with a point", answer)
	}
	return 0, wrong("found %q, expected a number", answer)
}

// pointed returns a number whose only comma can be a decimal one, with a point for it.
func pointed(answer string) (text string, x float64, ok bool) {
	text = plain(answer)
	if strings.Count(text, ",") != 1 || strings.Contains(text, ".") {
		return "", 0, false
	}
	text = strings.Replace(text, ",", ".", 1)
	x, err := parse(text)
	return text, x, err == nil
}

// word is an exercise whose answer is a word of several.
type word struct {
	right string
	hints map[string]string // of the others
}

// grade takes a word in any case.
func (w word) grade(_ context.Context, answer string) error {
	found := strings.ToLower(strings.TrimSpace(answer))
	if found == w.right {
		return nil
	}
	if h, ok := w.hints[found]; ok {
		return &Wrong{h}
	}
	return wrong("found %q, expected one of the answers that the exercise lists", answer)
}
