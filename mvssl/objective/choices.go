package objective

import (
	"errors"
	"strings"

	"entrec/internal/message"
)

// Reduction is how the entropy of a density estimate is taken.
type Reduction int

// Average is Joe's resubstitution estimate, Expectation the plug-in over the batch.
const (
	Average Reduction = iota
	Expectation
)

// Normalizer is which constant of the von Mises–Fisher density is used.
type Normalizer int

// Exact is the true one, Official that of the paper's file, which is off where
// I_{d/2−1}(κ) is small; gradients are the same.
const (
	Exact Normalizer = iota
	Official
)

// Self says whether a point is its own neighbor in the kernel density estimate.
type Self int

// Include is as published; Exclude leaves the point itself out.
const (
	Include Self = iota
	Exclude
)

var (
	reductionNames  = []string{"average", "expectation"}
	normalizerNames = []string{"exact", "official"}
	selfNames       = []string{"include", "exclude"}
)

// String returns the name in configurations and golden files.
func (r Reduction) String() string { return reductionNames[r] }

// String returns the name in configurations and golden files.
func (n Normalizer) String() string { return normalizerNames[n] }

// String returns the name in configurations and golden files.
func (s Self) String() string { return selfNames[s] }

// MarshalText writes the name.
func (r Reduction) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// MarshalText writes the name.
func (n Normalizer) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// MarshalText writes the name.
func (s Self) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; the error for another lists those there are.
func (r *Reduction) UnmarshalText(text []byte) error { return choose(r, text, reductionNames) }

// UnmarshalText reads a name; the error for another lists those there are.
func (n *Normalizer) UnmarshalText(text []byte) error { return choose(n, text, normalizerNames) }

// UnmarshalText reads a name; the error for another lists those there are.
func (s *Self) UnmarshalText(text []byte) error { return choose(s, text, selfNames) }

func choose[E ~int](e *E, text []byte, names []string) error {
	for i, name := range names {
		if string(text) == name {
			*e = E(i)
			return nil
		}
	}
	return errors.New(message.Sprintf("found %q, expected %s", text, strings.Join(names, " or ")))
}

// Choices returns the names.
func (Self) Choices() []string { return selfNames }
