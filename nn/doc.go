// Package nn builds networks from autograd's operations: layers, encoders,
// optimizers, schedules, and state dicts under PyTorch's names.
//
// A layer is a struct with a Forward method and a State method that visits its
// parameters and buffers under the names that PyTorch gives them. Composition is
// plain Go: a network holds its layers in fields and calls them in turn. Nothing
// is found by reflection.
//
// Shapes that do not fit panic with a *tensor.ShapeError. What is read from a file
// returns an error where it is not as expected.
package nn
