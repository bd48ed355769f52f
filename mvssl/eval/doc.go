// Package eval measures what a representation is worth: the accuracies of a
// nearest-neighbor and of a linear classifier on an encoder's features, and the
// information-theoretic and geometric diagnostics of a method's projections.
// Entropies, reconstructions and mutual informations are in nats.
package eval
