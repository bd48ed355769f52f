package command

import (
	"errors"
	"strings"
)

// words splits a command line at blanks. Single and double quotes keep blanks in a
// word, as does a backslash before them; within single quotes a backslash means
// itself.
func words(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun, quote, escaped := false, byte(0), false
	for i := range len(line) { // by bytes: a path need not be UTF-8
		r := line[i]
		switch {
		case escaped:
			word.WriteByte(r)
			escaped = false
		case r == '\\' && quote != '\'':
			begun, escaped = true, true
		case r == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(r)
		case r == '\'' || r == '"':
			begun, quote = true, r
		case r == ' ' || r == '\t' || r == '\n':
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			begun = true
			word.WriteByte(r)
		}
	}
	switch {
	case quote != 0:
		return nil, errors.New("a quote is not closed")
	case escaped:
		return nil, errors.New("nothing follows the last backslash")
	case begun:
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("found no word")
	}
	return words, nil
}
