package course

import (
	"context"
	"math"
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

func (n number) is(x, value float64) bool { return math.Abs(x-value) <= n.within }

// grade takes a number, with a percent sign if one likes.
func (n number) grade(_ context.Context, answer string) error {
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(answer), "%"))
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(x) || math.IsInf(x, 0):
		return wrong("found %q, expected a number", answer)
	case n.is(x, n.value):
		return nil
	}
	for _, h := range n.hints {
		if n.is(x, h.value) {
			return &Wrong{h.text}
		}
	}
	switch {
	case n.is(-x, n.value):
		return wrong("the size is right, the sign is not")
	case n.is(x*math.Ln2, n.value):
		return wrong("that is in bits; nats are asked for")
	case n.is(x*100, n.value):
		return wrong("that is a fraction; percent are asked for")
	case n.is(x/100, n.value):
		return wrong("that is in percent; a fraction is asked for")
	case math.Abs(x-n.value) <= 10*n.within:
		return wrong("close: more digits are needed")
	case x < n.value:
		return wrong("too small")
	}
	return wrong("too large")
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
