// Package printable shows text that a stranger can have written: a name of a file, a
// message of a program.
package printable

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text returns s on one line with everything escaped that does not print by itself, as
// [strconv.Quote] does but without quotes: control characters, C1 among them, marks
// that turn the direction of text, characters of no width, bytes that are not UTF-8.
// What prints, backslashes and quotes too, stays as it is.
func Text(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[0]), 16))
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// Word returns a word as a shell takes it, in quotes where it needs them.
func Word(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:,@%=", r)
	}
	if word != "" && strings.TrimLeftFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
