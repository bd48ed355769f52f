// Package house holds tests of the house as a whole: which room imports which, that what
// is exported is documented, that doc comments name what is there, and that the links of
// the documentation lead somewhere.
package house
