// Package diagnosis says what a wrong answer looks like: how many elements of a tensor are
// off, where they lie, and what turns the expected numbers into those that were found.
package diagnosis
