package command

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWords(t *testing.T) {
	for line, want := range map[string][]string{
		"python3 b.py --device cpu": {"python3", "b.py", "--device", "cpu"},
		"  a\t b ":                  {"a", "b"},
		`"a b" 'c "d"' e\ f`:        {"a b", `c "d"`, "e f"},
		`a"b"c '' \"`:               {"abc", "", `"`},
		`'\' "\\"`:                  {`\`, `\`},
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
