// Package course holds the exercises of the course, so that the command can list them
// and grade answers wherever it runs.
package course

import "embed"

// Exercises are the exercises, each in a folder with its number: README.md asks, and the
// starting files, if any, begin the answer.
//
//go:embed exercises
var Exercises embed.FS

// Python is what starting files in Python import.
//
//go:embed answer/answer.py
var Python []byte

// Chapters are the titles of the chapters, by number.
var Chapters = []string{
	"A first run, every number read",
	"Views: what we ask to be ignored",
	"An autograd engine in 150 lines",
	"Mutual information, and the ER bound",
	"InfoNCE, and log k",
	"NT-Xent is entropy plus reconstruction",
	"Densities from samples",
	"The normalizer that underflows",
	"Clustering, and the entropy of W",
	"Distillation, and collapse on purpose",
	"ER twins: the paper's claims with intervals",
	"Evaluation, and how not to fool oneself",
	"The oracle: plant a bug, and find it",
	"Speed: a roof, and what made it fast",
	"A project of your own",
}
