// Package special computes the special functions of the von Mises–Fisher
// distribution in float64: the logarithm of the modified Bessel function of the
// first kind, the distribution's normalizer and its mean resultant length. It
// imports nothing of the engine, which uses it.
//
// The golden suite is made with these values, so their bits are the same on every
// processor: the rule of package portable holds here.
package special
