// Package message puts messages together without package fmt. What the playground runs in
// the browser is made of packages that need no more, and fmt, with what it brings, would be
// an eighth of the program there.
package message

import (
	"strconv"
	"strings"
)

// Sprintf is that of fmt for the verbs %d, %s, %v and %q without flags, of strings, integers,
// floating-point numbers, slices of them, and what has a method String or Error. Anything
// else becomes a question mark.
func Sprintf(format string, args ...any) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(format, "%")
		b.WriteString(before)
		if !ok || after == "" {
			return b.String()
		}
		switch {
		case after[0] == '%':
			b.WriteByte('%')
		case len(args) > 0:
			text := Text(args[0])
			if after[0] == 'q' {
				text = strconv.Quote(text)
			}
			b.WriteString(text)
			args = args[1:]
		}
		format = after[1:]
	}
}

// Text returns a value as [Sprintf] writes it.
func Text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int:
		return strconv.Itoa(v)
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []int:
		return list(v)
	case []float32:
		return list(v)
	case []float64:
		return list(v)
	case error:
		return v.Error()
	case interface{ String() string }:
		return v.String()
	}
	return "?"
}

func list[T any](values []T) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = Text(v)
	}
	return "[" + strings.Join(parts, " ") + "]"
}
