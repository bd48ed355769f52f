// Package methods holds the pages about methods, so that what shows a run can quote them.
package methods

import "embed"

// Pages are the pages, each in a file with its method's name.
//
//go:embed *.md
var Pages embed.FS
