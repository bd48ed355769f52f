package main

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
)

var (
	// program finds lines that are commands or code.
	program = regexp.MustCompile("--|:=|//|\\w\\.\\w+\\(|[\"`#&\\\\]|^(entrec|go|cd|make|git|mv|ssh|import|def|for|with|assert|tensorboard|benchstat|GO\\w+=)\\b")
	// formal finds what a formula has.
	formal = regexp.MustCompile(`[=≤≥≈←Σ∫]`)
	// brace finds a label below a part of the line above.
	brace = regexp.MustCompile(`└─* *([^─└┘]*?) *─*┘`)
)

// display returns the lines of a block as formulas in MathML; ok is false where they are
// something else, a command or a program.
func display(lines []string) (ml string, ok bool) {
	seen := false
	var rows [][]piece
	aligned := false
	for i, line := range lines {
		text := strings.TrimRight(line, " ")
		if text == "" {
			continue
		}
		if brace.MatchString(text) && len(rows) > 0 && i > 0 {
			rows[len(rows)-1] = labeled(rows[len(rows)-1], text)
			continue
		}
		if program.MatchString(strings.TrimSpace(text)) {
			return "", false
		}
		all, err := read(text, true)
		if err != nil || len(all) == 0 {
			return "", false
		}
		seen = seen || formal.MatchString(text)
		aligned = aligned || all[0].kind == relation
		rows = append(rows, all)
	}
	if !seen {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="formula"><math display="block" alttext="%s"><mtable displaystyle="true">`, html.EscapeString(strings.Join(lines, "\n")))
	for _, row := range rows {
		b.WriteString("<mtr>")
		if aligned {
			at := 0
			for at < len(row) && row[at].kind != relation {
				at++
			}
			fmt.Fprintf(&b, `<mtd class="right">%s</mtd>`, joined(row[:at]))
			row = row[at:]
		}
		fmt.Fprintf(&b, `<mtd class="left">%s</mtd></mtr>`, joined(row))
	}
	b.WriteString("</mtable></math></div>\n")
	return b.String(), true
}

// labeled puts the labels of a line of braces below the parts that they span.
func labeled(row []piece, line string) []piece {
	for _, m := range brace.FindAllStringSubmatchIndex(line, -1) {
		from, to := len([]rune(line[:m[0]])), len([]rune(line[:m[1]]))
		first, last := -1, -1
		for i, q := range row {
			if q.kind != gap && q.from < to && q.to > from && q.kind != relation {
				if first < 0 {
					first = i
				}
				last = i
			}
		}
		if first < 0 {
			continue
		}
		for first < last && row[first].kind == operator { // the sign before it is not part of it
			first++
		}
		for last > first && row[last].kind == operator {
			last--
		}
		part := piece{fmt.Sprintf("<munder><mrow class=\"part\">%s</mrow><mtext>%s</mtext></munder>",
			joined(row[first:last+1]), html.EscapeString(line[m[2]:m[3]])), operand, row[first].from, row[last].to}
		row = append(append(append([]piece{}, row[:first]...), part), row[last+1:]...)
	}
	return row
}

// marked finds what has an index or an exponent within prose.
var marked = regexp.MustCompile(`(?:[\p{L}]\p{Mn}?\d?|mean|log|Σ|\d|\))(?:[_^](?:\{[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*\}|−?[\p{L}\d]+))+`)

// inline returns a text with its indices and exponents in MathML.
func inline(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range marked.FindAllStringIndex(text, -1) {
		if before := []rune(text[:m[0]]); len(before) > 0 && isWord(before[len(before)-1]) {
			continue
		}
		all, err := read(text[m[0]:m[1]], false)
		if err != nil {
			continue
		}
		b.WriteString(html.EscapeString(text[at:m[0]]))
		b.WriteString("<math>" + joined(all) + "</math>")
		at = m[1]
	}
	b.WriteString(html.EscapeString(text[at:]))
	return b.String()
}

// isWord says whether a character can be part of a word.
func isWord(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' }
