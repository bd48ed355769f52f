// Package train trains a method on a data set: configuration, loading of views
// ahead of time, steps, checkpoints, metrics and the final evaluation.
//
// A run is determined by its [Config] alone, up to the SIMD level: the same
// configuration gives the same parameters, bit for bit, at any number of threads,
// and a run that was killed and resumed ends as one that never stopped.
package train
