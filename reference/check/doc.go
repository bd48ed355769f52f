// Package check runs a backend over a golden suite. The backend is of this process, or a
// command that is given questions and leaves answers as files.
package check
