// Package sweep makes many runs of one file: it reads entrec-sweep/1 files, plans their
// runs, tells from the runs' folders where they stand, and makes tables with intervals
// of what came out. It trains nothing.
package sweep
