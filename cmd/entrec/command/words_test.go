package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/printable"
)

func TestWords(t *testing.T) {
	for line, want := range map[string][]string{
		"python3 b.py --device cpu": {"python3", "b.py", "--device", "cpu"},
		"  a\t b ":                  {"a", "b"},
		`"a b" 'c "d"' e\ f`:        {"a b", `c "d"`, "e f"},
		`a"b"c '' \"`:               {"abc", "", `"`},
		`'\' "\\"`:                  {`\`, `\`},
		"größe \xff":                {"größe", "\xff"},
	} {
		got, err := words(line)
		require.NoError(t, err, line)
		require.Equal(t, want, got, line)
	}
	for _, line := range []string{"", "  ", `a "b`, `a\`, "'"} {
		_, err := words(line)
		require.Error(t, err, line)
	}
}

// FuzzWords: a line is split into words whose quoted forms are split into the same words,
// or refused on one line; a word holds nothing that the line does not.
func FuzzWords(f *testing.F) {
	for _, line := range []string{"", "a 'b c' d", `"a\"b" \ c`, "'", `a\`, "a\n\tb", "\xff\x00 '\u202e'", `''"" '' `, `"$HOME" $(true)`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, err := words(line)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NotEmpty(t, got)
		require.LessOrEqual(t, len(strings.Join(got, "")), len(line))
		var again []string
		for _, word := range got {
			again = append(again, printable.Word(word))
		}
		back, err := words(strings.Join(again, " "))
		require.NoError(t, err)
		require.Equal(t, got, back)
	})
}
