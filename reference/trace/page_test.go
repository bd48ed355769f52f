package trace

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

func page(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "trace.md"))
	require.NoError(t, err)
	return string(content)
}

// TestExampleOfThePage: it is the suite's trace train/moco, and it is read.
func TestExampleOfThePage(t *testing.T) {
	_, text, ok := strings.Cut(page(t), "```json\n")
	require.True(t, ok)
	text, _, _ = strings.Cut(text, "```")
	var attrs golden.Attrs
	require.NoError(t, json.Unmarshal([]byte(text), &attrs))

	file := filepath.Join("..", "testdata", "golden", "v1", "train", "moco.safetensors")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	c, err := golden.ParseCase(file, content)
	require.NoError(t, err)
	require.Equal(t, c.Attrs, attrs)
	c.Attrs = attrs
	read, err := Read(c)
	require.NoError(t, err)
	require.Len(t, read.Actions, 8)
}

// TestShortExamplesOfThePage: the actions between the paragraphs are read as
// JSON without unknown fields, and their layers are known.
func TestShortExamplesOfThePage(t *testing.T) {
	found := 0
	for line := range strings.Lines(page(t)) {
		text, ok := strings.CutPrefix(line, "    {\"do\"")
		if !ok || strings.Contains(line, "\"layers\": [\n") || !strings.HasSuffix(line, "}\n") {
			continue
		}
		d := json.NewDecoder(strings.NewReader("{\"do\"" + text))
		d.DisallowUnknownFields()
		var a Action
		require.NoError(t, d.Decode(&a), line)
		for _, layer := range a.Layers {
			_, err := ParseLayer(layer)
			require.NoError(t, err)
		}
		found++
	}
	require.GreaterOrEqual(t, found, 3)
}

// TestPageIsWhole: it has a section for every verb, and names every field of an
// action, every kind of layer and every place in a queue.
func TestPageIsWhole(t *testing.T) {
	text := page(t)
	for _, verb := range constants(t, "Verb") {
		require.Contains(t, text, "\n### `"+verb+"`\n")
	}
	for _, place := range constants(t, "Place") {
		require.Contains(t, text, "| `"+place+"` |")
	}
	for _, kind := range constants(t, "Kind") {
		require.True(t, strings.Contains(text, "`\""+kind+"\"`") || strings.Contains(text, "`\""+kind+" "), kind)
	}
	fields := reflect.TypeFor[Action]()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		require.Contains(t, text, "`"+name+"`", "field %s", name)
	}
}

// constants returns the values of the package's constants of a type.
func constants(t *testing.T, typ string) (values []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				values = append(values, value)
			}
			return true
		})
	}
	require.NotEmpty(t, values, typ)
	return values
}
