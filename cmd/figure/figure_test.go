package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// run runs the command and returns what it printed and how it failed.
func run(args ...string) (string, error) {
	var out bytes.Buffer
	c := newCommand()
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(&out)
	err := c.Execute()
	return out.String(), err
}

func TestBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("draws every panel")
	}
	file := filepath.Join(t.TempDir(), "bounds.svg")
	var tables bytes.Buffer
	all, err := measureBounds(t.Context(), &tables, 1)
	require.NoError(t, err)
	require.NoError(t, drawBounds(file, all))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, p := range panels {
		require.Contains(t, tables.String(), p.title)
		require.Contains(t, string(text), ">"+p.title+"<")
	}
}

const sweeps = `{"sweeps":[{"name":"a","cost":"ms","size":"k","sizes":[1,2,8],"costs":[3,12,192],"exponent":2},
{"name":"b","cost":"MB","size":"k","sizes":[10,20],"costs":[3,4],"exponent":0.5}]}`

// TestGrowth: a figure is what its name says.
func TestGrowth(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "growth.json")
	require.NoError(t, os.WriteFile(input, []byte(sweeps), 0o644))
	for name, begins := range map[string]string{"a.svg": "<?xml", "a.pdf": "%PDF", "a.png": "\x89PNG"} {
		file := filepath.Join(dir, name)
		_, err := run("growth", input, "--out", file)
		require.NoError(t, err)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, begins, string(text[:len(begins)]))
		if name == "a.svg" {
			require.Contains(t, string(text), "a, by k: 2.00")
		}
	}
}

func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return file
	}
	good := write("good.json", sweeps)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"growth", good}, `required flag(s) "out" not set`},
		{[]string{"growth", "--out", "a.svg"}, "accepts 1 arg(s)"},
		{[]string{"growth", good, "--out", filepath.Join(dir, "a.bmp")}, `no format "bmp"; expected`},
		{[]string{"growth", good, "--out", filepath.Join(dir, "no", "a.svg")}, "no such file"},
		{[]string{"growth", write("empty.json", "{}"), "--out", "a.svg"}, "no sweeps; expected"},
		{[]string{"growth", write("bad.json", "{"), "--out", "a.svg"}, "bad.json: unexpected end"},
		{[]string{"growth", write("short.json", `{"sweeps":[{"name":"a","sizes":[1,2],"costs":[1]}]}`), "--out", "a.svg"}, `sweep "a": 2 sizes and 1 costs`},
		{[]string{"growth", write("zero.json", `{"sweeps":[{"name":"a","sizes":[1],"costs":[0]}]}`), "--out", "a.svg"}, `size 1 and cost 0, expected both above 0`},
		{[]string{"pie", "--out", "a.svg"}, `unknown command "pie"`},
	} {
		_, err := run(c.args...)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}
