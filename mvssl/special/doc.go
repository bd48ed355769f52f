// Package special computes the special functions of the von Mises–Fisher
// distribution in float64: the logarithm of the modified Bessel function of the
// first kind, the distribution's normalizer and its mean resultant length.
//
// They are expansions and recurrences, fast for every dimension and concentration.
// The oracle (package naive) has the same functions as integrals, and shares no code
// with these.
package special
