// Package house holds tests of the house as a whole: which room may import which, that
// what is exported is documented, and that links of the documentation lead somewhere.
package house
