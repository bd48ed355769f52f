//go:build unix

package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// driving matches what could drive a terminal or turn the direction of its text.
var driving = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`)

// TestShown: names and messages from outside cannot drive a terminal, and JSON says what
// it said.
func TestShown(t *testing.T) {
	t.Parallel()
	const hostile = "\x1b[2J\x1b]0;title\a\u009b31m\u202etxt\U000e0041"
	var b bytes.Buffer
	out := &output{w: &b}
	_, err := out.Write([]byte("name\t" + hostile + "\nnext\n"))
	require.NoError(t, err)
	require.Equal(t, "name\t"+`\x1b[2J\x1b]0;title\a\u009b31m\u202etxt\U000e0041`+"\nnext\n", b.String())

	text, err := json.MarshalIndent(map[string]string{"a": hostile}, "", "  ")
	require.NoError(t, err)
	plain := plainJSON(text)
	require.Equal(t, plain, shown(plain))
	var back map[string]string
	require.NoError(t, json.Unmarshal([]byte(plain), &back))
	require.Equal(t, hostile, back["a"])
}

// TestHostileNames: the same for all that a command writes, of folders and files whose
// names are hostile.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const name = "\x1b[2J\u202ex"
	dir := t.TempDir()
	data := filepath.Join(dir, name)
	require.NoError(t, os.CopyFS(data, os.DirFS(tiny(t))))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(`{"`+"\u009b"+`2J": 1}`), 0o644))
	run := filepath.Join(dir, name+"run")
	for _, args := range [][]string{
		tinyRun(data, run, "--epochs", "1"), tinyRun(data, run), {"train", "--data", data + "/no"}, {"train", "--method", name},
		{"train", "--config", filepath.Join(dir, name+".json")}, {"train", "--set", name}, {"eval", run}, {"eval", run + "no"},
		{"eval", "--json", run}, {"compare", run, "--out", filepath.Join(dir, name)}, {"compare", "--json", run, "--out", ""},
		{"embed", run, "--out", filepath.Join(dir, name+".npy")}, {"export", run, "--out", filepath.Join(dir, name+".safetensors")},
		{"golden", "answer", data, filepath.Join(dir, name+"a")}, {"golden", "check", data, "--backend", "naive"}, {name}, {"train", "--" + name},
		{"train", "--out", run, "--resume", "--epochs", "2"}, tinyRun(data, run, "--overwrite", "--print-config"),
	} {
		r := entrec(t, args...)
		require.NotRegexp(t, driving, r.stdout, "%q", args)
		require.NotRegexp(t, driving, r.stderr, "%q", args)
	}
}
