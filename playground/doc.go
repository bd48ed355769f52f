// Package playground is the room behind the course's page in the browser: small networks
// that learn while one looks, each in an exhibit that has one thing to be found out. What
// an exhibit shows follows from its address alone, such as forces?weight=0.5, and is the
// same in a browser and natively.
//
// It is made of the project's own engine and objectives, in float64, and imports nothing
// that would not fit through a telephone line: command cmd/playground makes WebAssembly of it.
package playground
