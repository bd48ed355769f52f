// Package reference tells sound questions of the golden suite from those that must be
// refused.
package reference

import (
	"entrec/reference/golden"
	"entrec/reference/naive"
)

// Validate returns why a question must be refused, a *[golden.RefusedError], or an error that
// wraps [golden.ErrUnsupported] where there is no such operation; nil where a backend is to answer
// it. It does not look at the shapes of cotangents, which are those of outputs.
func Validate(c *golden.Case) error { return naive.Validate(c) }
