package printable

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		`C:\x "y" 'z' 100%`:             `C:\x "y" 'z' 100%`,
		"größe 大きさ κ·z 🙂 �":             "größe 大きさ κ·z 🙂 �",
		"\x1b[2J\x1b]0;title\a":         `\x1b[2J\x1b]0;title\a`,
		"two\r\nlines\ttab\x00\x7f":     `two\r\nlines\ttab\x00\x7f`,
		"\u009b31m\u0085":               `\u009b31m\u0085`,
		"a\u202etxt\u202cb\u2066\u2069": `a\u202etxt\u202cb\u2066\u2069`,
		"\u200b\u200e\ufeff\u2028":      `\u200b\u200e\ufeff\u2028`,
		"\xff\x80é\xc3":                 `\xff\x80é\xc3`,
		"\U000e0041":                    `\U000e0041`,
	} {
		require.Equal(t, want, Text(text))
	}
}

// FuzzText: whatever the text, what is shown prints, is on one line, and stays as it is
// when it is shown again.
func FuzzText(f *testing.F) {
	f.Add("\x1b[31mred\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		shown := Text(s)
		require.True(t, utf8.ValidString(shown))
		require.Equal(t, -1, strings.IndexFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }))
		require.Equal(t, shown, Text(shown))
	})
}
