// Package bench holds what the programs that measure speed share: cmd/peers, which sets
// entrec beside other software, and cmd/layers, which studies entrec's own layers.
package bench
