// Command schemas writes the JSON Schemas of the files of runs and sweeps, docs/schemas, from the Go
// types that the files are written from, their doc comments, and the tables of methods
// and encoders.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
)

//go:generate go run .

// root is the repository's, from this folder.
var root = filepath.Join("..", "..")

func main() {
	if err := write(filepath.Join(root, "docs", "schemas")); err != nil {
		fmt.Fprintln(os.Stderr, "schemas:", err)
		os.Exit(1)
	}
}

// write writes the schemas into a folder.
func write(dir string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the schemas' files by name.
func generate() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, f := range []struct {
		name, title, doc string
		of               []any // one of these types
	}{
		{"config.schema.json", train.ConfigFile, "Everything that determines a run.", []any{train.Config{}}},
		{"metrics.schema.json", "a line of " + train.MetricsFile, "What a run tells of a step or of an epoch.", []any{train.StepMetrics{}, train.EpochMetrics{}}},
		{"throughput.schema.json", "a line of " + train.ThroughputFile, "How fast the steps since the line before were.", []any{train.Throughput{}}},
		{"summary.schema.json", train.SummaryFile, "What came of a run that has ended.", []any{train.Summary{}}},
		{"predictions.schema.json", train.PredictionsFile, "The classes that were found at a run's end.", []any{train.Predictions{}}},
		{"sweep.schema.json", "a sweep file", "Which runs there are, and what is shown of them.", []any{sweep.File{}}},
		{"plan.schema.json", sweep.PlanFile, "The runs of a sweep, as its folder lists them.", []any{sweep.Listing{}}},
		{"failed.schema.json", sweep.FailureFile, "How the last attempt at a run of a sweep failed.", []any{sweep.Failure{}}},
	} {
		w := &walker{comments: map[string]comments{}}
		var all []*schema
		for _, v := range f.of {
			s, err := w.of(reflect.TypeOf(v))
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		s := all[0]
		if len(all) > 1 {
			s = &schema{OneOf: all}
		}
		s.Dialect, s.Title, s.Description = "https://json-schema.org/draft/2020-12/schema", f.title, f.doc
		s.Definitions = w.definitions
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(s); err != nil {
			return nil, err
		}
		files[f.name] = b.Bytes()
	}
	return files, nil
}
