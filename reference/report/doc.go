// Package report says how a backend did on a golden suite: as a table to read, as
// JSON and as JUnit XML.
package report
