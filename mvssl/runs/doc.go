// Package runs holds what is done with runs afterward: their histories, evaluations,
// embeddings and exports. Training is package train's.
package runs
