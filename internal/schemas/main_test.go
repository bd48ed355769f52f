package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl"
	"entrec/mvssl/sweep"
	"entrec/mvssl/train"
)

// TestUpToDate: the schemas are those of today's types and tables; `make generate` writes
// them.
func TestUpToDate(t *testing.T) {
	files, err := generate()
	require.NoError(t, err)
	for name, content := range files {
		have, err := os.ReadFile(filepath.Join(root, "docs", "schemas", name))
		require.NoError(t, err)
		require.True(t, bytes.Equal(have, content), "docs/schemas/%s is not what its program writes: make generate", name)
	}
	dir := t.TempDir()
	require.NoError(t, write(dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, len(files))
	require.Error(t, write(filepath.Join(dir, "nothing")))
}

// read returns a schema.
func read(t *testing.T, name string) validator {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "schemas", name))
	require.NoError(t, err)
	return validator{decode(t, text).(map[string]any)}
}

func decode(t *testing.T, text []byte) (v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, &v), "%s", text)
	return v
}

// TestRunsValidate: what runs of each method leave is as the schemas say.
func TestRunsValidate(t *testing.T) {
	config, metrics, summary := read(t, "config.schema.json"), read(t, "metrics.schema.json"), read(t, "summary.schema.json")
	check := func(v validator, text []byte) {
		t.Helper()
		require.NoError(t, v.check(v.root, decode(t, text), ""), "%s", text)
	}
	s := runtest.Split()
	for i, r := range mvssl.Rows() {
		sets := []string{"epochs", "1"}
		if i%2 == 1 { // what not every run has
			sets = []string{"steps", "2", "subset", "40", "holdout", "0.1", "report.log_every", "1"}
		}
		cfg, split, err := train.Resolve(runtest.Request(t, r.Name, sets...), s)
		require.NoError(t, err)
		dir := t.TempDir()
		_, err = train.Run(t.Context(), cfg, split, train.Options{Out: dir})
		require.NoError(t, err)
		for name, v := range map[string]validator{train.ConfigFile: config, train.SummaryFile: summary} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			check(v, text)
		}
		lines, err := os.ReadFile(filepath.Join(dir, train.MetricsFile))
		require.NoError(t, err)
		for line := range bytes.Lines(lines) {
			check(metrics, line)
		}
	}
	// Without evaluations, from a request for a vit.
	cfg := runtest.Config(t, "simclr", s, "model.encoder.name", "vit", "model.encoder.patch", "4", "report.evaluate", "off", "epochs", "1")
	dir, _ := runtest.Finished(t, cfg, s)
	for name, v := range map[string]validator{train.ConfigFile: config, train.SummaryFile: summary} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		check(v, text)
	}
}

// TestRefuses: what is not as the schema says is found.
func TestRefuses(t *testing.T) {
	v := read(t, "config.schema.json")
	text, err := json.Marshal(runtest.Config(t, "byol", runtest.Split()))
	require.NoError(t, err)
	whole := string(text)
	require.NoError(t, v.check(v.root, decode(t, text), ""))
	for _, test := range []struct{ old, new string }{
		{`"batch":8,`, ``},
		{`"batch":8`, `"batch":8.5`},
		{`"batch":8`, `"batch":8,"more":1`},
		{`"precision":"f32"`, `"precision":"f16"`},
		{`"seed":0`, `"seed":-1`},
		{`"method":"byol"`, `"method":"simclr"`},
		{`"ema":0.8`, `"ema":1.5`},
		{`"ema_schedule":"cosine"`, `"ema_schedule":"linear"`},
		{`"name":"mlp"`, `"name":"nothing"`},
		{`"width":8`, `"width":0`},
		{`"clip":null`, `"clip":"none"`},
		{`entrec-run/2`, `entrec-run/1`},
	} {
		require.Contains(t, whole, test.old)
		require.Error(t, v.check(v.root, decode(t, []byte(strings.Replace(whole, test.old, test.new, 1))), ""), test.new)
	}
}

// TestSweepsValidate: sweep files that are read are as the schema says, and so are the
// files of sweeps; what is misspelled is found.
func TestSweepsValidate(t *testing.T) {
	v := read(t, "sweep.schema.json")
	paths, err := filepath.Glob(filepath.Join(root, "docs", "sweeps", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, v.check(v.root, decode(t, text), ""), path)
	}
	const whole = `{"format":"entrec-sweep/1","name":"a","data":"made-up","simd":"avx2","seeds":[0],"base":{"epochs":1},
 "rows":[{"name":"n","methods":["simclr","byol"],"set":{"batch":8},"grid":{"lr":[0.1]}}],
 "table":{"columns":["linear_top1"],"primary":"knn","compare":[["simclr","byol"]],"contrasts":[{"name":"c","plus":["simclr n lr=0.1"]}]},"resources":{"threads":2}}`
	require.NoError(t, v.check(v.root, decode(t, []byte(whole)), ""))
	for _, test := range [][2]string{
		{`sweep/1`, `sweep/2`}, {`"name":"a",`, ``}, {`"avx2"`, `"sse"`}, {`[0]`, `[-1]`}, {`"rows"`, `"row"`}, {`["simclr","byol"],"set"`, `["bjol"],"set"`},
		{`{"lr":[0.1]}`, `{"lr":0.1}`}, {`"linear_top1"`, `"linea"`}, {`["simclr","byol"]]`, `["simclr"]]`}, {`"threads":2`, `"threads":"two"`}, {`"name":"c",`, ``},
	} {
		require.Contains(t, whole, test[0])
		require.Error(t, v.check(v.root, decode(t, []byte(strings.Replace(whole, test[0], test[1], 1))), ""), test[1])
	}

	f, err := sweep.Parse([]byte(whole))
	require.NoError(t, err)
	p, err := sweep.NewPlan(f, runtest.Split())
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, p.Keep(dir))
	require.NoError(t, sweep.Failure{Error: "not finite", Code: sweep.NotFinite, Host: "here"}.Write(dir))
	cfg := runtest.Config(t, "simclr", runtest.Split(), "epochs", "1", "report.keep_predictions", "true")
	run, _ := runtest.Finished(t, cfg, runtest.Split())
	for path, schema := range map[string]string{
		filepath.Join(dir, sweep.PlanFile): "plan", filepath.Join(dir, sweep.FailureFile): "failed",
		filepath.Join(run, train.PredictionsFile): "predictions", filepath.Join(run, train.ConfigFile): "config", filepath.Join(run, train.SummaryFile): "summary",
	} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		v := read(t, schema+".schema.json")
		require.NoError(t, v.check(v.root, decode(t, text), ""), path)
	}
}

// validator validates by the part of JSON Schema that the schemas use.
type validator struct{ root map[string]any }

// check reports how a value differs from a schema, nil if it does not.
func (v validator) check(schema map[string]any, value any, at string) error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%s: "+format, append([]any{at}, args...)...)
	}
	for keyword, of := range schema {
		var err error
		switch keyword {
		case "$schema", "title", "description", "default", "$defs", "properties":
		case "$ref":
			name := strings.TrimPrefix(of.(string), "#/$defs/")
			err = v.check(v.root["$defs"].(map[string]any)[name].(map[string]any), value, at)
		case "const":
			if value != of {
				err = wrong("found %v, expected %v", value, of)
			}
		case "enum":
			if !slices.Contains(of.([]any), value) {
				err = wrong("found %v, expected one of %v", value, of)
			}
		case "type":
			types, ok := of.([]any)
			if !ok {
				types = []any{of}
			}
			if !slices.ContainsFunc(types, func(t any) bool { return is(t.(string), value) }) {
				err = wrong("found %v, expected %v", value, of)
			}
		case "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum":
			x, ok := value.(float64)
			bound := of.(float64)
			if ok && (keyword == "minimum" && x < bound || keyword == "exclusiveMinimum" && x <= bound ||
				keyword == "maximum" && x > bound || keyword == "exclusiveMaximum" && x >= bound) {
				err = wrong("found %v, %s %v", x, keyword, bound)
			}
		case "items":
			list, _ := value.([]any)
			for i, item := range list {
				if err == nil {
					err = v.check(of.(map[string]any), item, fmt.Sprintf("%s/%d", at, i))
				}
			}
		case "minItems", "maxItems":
			if list, ok := value.([]any); ok && len(list) != int(of.(float64)) { // they are the same
				err = wrong("found %d items, expected %v", len(list), of)
			}
		case "required":
			object, ok := value.(map[string]any)
			for _, name := range of.([]any) {
				if _, has := object[name.(string)]; ok && !has {
					err = wrong("there is no %v", name)
				}
			}
		case "additionalProperties":
			err = v.properties(schema, value, at)
		case "oneOf":
			var misfits []error
			for _, s := range of.([]any) {
				if e := v.check(s.(map[string]any), value, at); e != nil {
					misfits = append(misfits, e)
				}
			}
			if fit := len(of.([]any)) - len(misfits); fit != 1 {
				err = wrong("%d of the choices fit, expected one: %w", fit, errors.Join(misfits...))
			}
		default:
			err = wrong("the schema has %q, which this test does not know", keyword)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// properties checks the properties of an object, those that the schema lists and those
// that it does not.
func (v validator) properties(schema map[string]any, value any, at string) error {
	listed, _ := schema["properties"].(map[string]any)
	object, _ := value.(map[string]any)
	for name, of := range object {
		s, ok := listed[name].(map[string]any)
		if !ok {
			if s, ok = schema["additionalProperties"].(map[string]any); !ok {
				return fmt.Errorf("%s: found %s, which is not expected", at, name)
			}
		}
		if err := v.check(s, of, at+"/"+name); err != nil {
			return err
		}
	}
	return nil
}

// is reports whether a value is of a type.
func is(typ string, value any) bool {
	switch value := value.(type) {
	case nil:
		return typ == "null"
	case bool:
		return typ == "boolean"
	case string:
		return typ == "string"
	case float64:
		return typ == "number" || typ == "integer" && value == float64(int64(value))
	case []any:
		return typ == "array"
	}
	return typ == "object"
}
