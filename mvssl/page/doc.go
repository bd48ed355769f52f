// Package page shows runs in a browser: [Read] takes a run's folder in, however damaged,
// and [Report] makes one self-contained HTML page of runs, that opens from a disk without
// a network. Package serve has the same page live.
//
// What the browser does is in assets: plain scripts in the order of their names, without a
// build step. Charts over time are drawn by uPlot (see uplot/SOURCE.md), everything that
// is exported as SVG by the scripts themselves.
package page
