// Package special computes the special functions of the von Mises–Fisher
// distribution in float64: the logarithm of the modified Bessel function of the
// first kind, the distribution's normaliser and its mean resultant length. It
// imports nothing of the engine, which uses it.
package special
