// Package eval measures what a representation is worth: k-nearest-neighbour
// accuracy of an encoder's features, and the information-theoretic and geometric
// diagnostics of a method's projections.
package eval
