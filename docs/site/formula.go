package main

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// kind says how a piece of a formula stands among its neighbors.
type kind int

const (
	operand  kind = iota
	operator      // plus, minus, a comma: what ends a numerator
	product       // what does not
	relation
	slash // with blanks around it: a fraction
	gap   // wide: two formulas in a line
)

// piece is a part of a formula as MathML, and where in the line it stands.
type piece struct {
	ml       string
	kind     kind
	from, to int
}

// reader reads a formula as the documentation writes it: e^{κ·⟨z1_i, z2_j⟩} / Σ_j s_ij.
type reader struct {
	text    []rune
	at      int
	display bool
}

// The characters that are operators, by how they bind.
const (
	relations = "=≤≥<>≈≠∈∝←→↦≪≫~⇒"
	operators = "+−±,;:"
	products  = "·×⊙*∗…!.%∞∂°′"
	opening   = "([⟨⌊"
	closing   = ")]⟩⌋"
	large     = "Σ∫∏Π"
	raised    = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ" // exponents without a mark, and what they say:
	level     = "0123456789−T"
)

// signs are the large operators as MathML knows them: high in a line of their own.
var signs = strings.NewReplacer("Σ", "∑", "Π", "∏")

// accents are the marks above letters.
var accents = map[string]string{"\u0302": "^", "\u0304": "¯"}

// functions are words that are set as functions, not as text.
var functions = []string{"log", "exp", "sinh", "cosh", "tanh", "sin", "cos", "mean", "max", "min", "det", "softmax", "sg", "tr", "argmax"}

// pieces reads until the closing bracket, which it leaves, or the end where close is 0.
func (p *reader) pieces(close rune) ([]piece, error) {
	var all []piece
	for {
		blanks := p.blanks()
		if p.at == len(p.text) {
			if close != 0 {
				return nil, fmt.Errorf("found the end, expected %c", close)
			}
			return fractions(all), nil
		}
		if p.text[p.at] == close {
			return fractions(all), nil
		}
		if blanks >= 3 && len(all) > 0 {
			all = append(all, piece{`<mspace width="2em"/>`, gap, p.at - blanks, p.at})
		}
		next, err := p.piece()
		if err != nil {
			return nil, err
		}
		if n := len(all); blanks > 0 && n > 0 && all[n-1].kind == operand && (next.kind == operand || strings.HasPrefix(next.ml, "<mo"+prefix)) {
			next.ml = `<mspace width="0.2em"/>` + next.ml
		}
		all = append(all, next)
	}
}

// prefix makes a minus a sign.
const prefix = ` form="prefix" lspace="0.1em" rspace="0"`

func (p *reader) blanks() (n int) {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
		n++
	}
	return n
}

// peek returns the character that is so far ahead, 0 behind the end.
func (p *reader) peek(ahead int) rune {
	if p.at+ahead < 0 || p.at+ahead >= len(p.text) {
		return 0
	}
	return p.text[p.at+ahead]
}

// piece reads one operator, or one operand with its index and exponent.
func (p *reader) piece() (piece, error) {
	from := p.at
	c := p.text[p.at]
	simple := func(k kind, attributes string) (piece, error) {
		p.at++
		return piece{"<mo" + attributes + ">" + html.EscapeString(string(c)) + "</mo>", k, from, p.at}, nil
	}
	switch {
	case c == '/' && p.peek(-1) == ' ' && p.peek(1) == ' ':
		return simple(slash, "")
	case c == '/':
		return simple(product, ` lspace="0" rspace="0"`)
	case strings.ContainsRune(relations, c):
		return simple(relation, "")
	case (c == '-' || c == '−') && p.peek(1) != ' ' && !isWord(p.peek(-1)) && !strings.ContainsRune(closing+"}", p.peek(-1)):
		c = '−'
		return simple(operator, prefix)
	case c == '-':
		c = '−'
		return simple(operator, "")
	case strings.ContainsRune(operators, c):
		return simple(operator, "")
	case strings.ContainsRune(products, c):
		return simple(product, "")
	}
	ml, err := p.operand()
	if err == nil {
		ml, err = p.scripts(ml, strings.ContainsRune(large, c) && p.display)
	}
	return piece{ml, operand, from, p.at}, err
}

// operand reads one, without index and exponent.
func (p *reader) operand() (string, error) {
	c := p.text[p.at]
	switch i := strings.IndexRune(opening, c); {
	case i >= 0:
		p.at++
		close := []rune(closing)[slices.Index([]rune(opening), c)]
		inner, err := p.pieces(close)
		if err != nil {
			return "", err
		}
		p.at++
		return "<mrow>" + fence(c, inner) + joined(inner) + fence(close, inner) + "</mrow>", nil
	case c == '|' || c == '‖':
		space := ""
		if p.peek(-1) != ' ' || p.peek(1) != ' ' { // it encloses something
			space = ` lspace="0" rspace="0"`
		}
		p.at++
		return `<mo stretchy="false"` + space + ">" + string(c) + "</mo>", nil
	case strings.ContainsRune(large, c):
		p.at++
		if next := p.peek(0); next == 0 || strings.ContainsRune(closing, next) || next == ' ' && strings.ContainsRune(closing, p.peek(1)) {
			return "<mi>" + string(c) + "</mi>", nil // a matrix
		}
		return "<mo>" + signs.Replace(string(c)) + "</mo>", nil
	case c == '√':
		p.at++
		if p.at == len(p.text) {
			return "", fmt.Errorf("found nothing below a root")
		}
		below, err := p.operand()
		return "<msqrt>" + bare([]piece{{ml: below}}) + "</msqrt>", err
	case unicode.IsDigit(c):
		begin := p.at
		for unicode.IsDigit(p.peek(0)) || (p.peek(0) == '.' || p.peek(0) == ',') && unicode.IsDigit(p.peek(1)) {
			p.at++
		}
		return "<mn>" + string(p.text[begin:p.at]) + "</mn>", nil
	case unicode.IsLetter(c):
		return p.word(), nil
	case c == '½' || c == '¼' || c == '⅔':
		p.at++
		return "<mn>" + string(c) + "</mn>", nil
	}
	return "", fmt.Errorf("found %q", c)
}

// fence returns a bracket around pieces, as high as they are where one is a fraction or has
// something below it.
func fence(c rune, around []piece) string {
	stretch := ` stretchy="false"`
	if ml := joined(around); strings.Contains(ml, "<mfrac>") || strings.Contains(ml, "<munder") {
		stretch = ""
	}
	return `<mo` + stretch + ` lspace="0" rspace="0">` + string(c) + "</mo>"
}

// word reads a letter with its marks and its number, a function, or words of text.
func (p *reader) word() string {
	w := p.letters()
	if name, number, ok := variable(w); ok {
		if number == "" {
			return letter(name)
		}
		return "<msub>" + letter(name) + "<mn>" + number + "</mn></msub>"
	}
	if slices.Contains(functions, w) {
		return "<mi>" + w + "</mi>"
	}
	if d := strings.TrimRight(w, "'"); len(d) == 2 && d[0] == 'd' && (unicode.IsUpper(rune(d[1])) || strings.Contains("xytz", d[1:])) { // a differential
		return "<mi>d</mi><mi>" + d[1:] + strings.Repeat("′", len(w)-len(d)) + "</mi>"
	}
	for p.peek(0) == ' ' && unicode.IsLetter(p.peek(1)) {
		back := p.at
		p.at++
		next := p.letters()
		_, _, single := variable(next)
		if single || slices.Contains(functions, next) || strings.ContainsRune("_^(", p.peek(0)) {
			p.at = back
			break
		}
		w += " " + next
	}
	return "<mtext>" + html.EscapeString(w) + "</mtext>"
}

// letter sets one letter, with its mark above it.
func letter(name string) string {
	name = strings.ReplaceAll(name, "\u0124", "H\u0302") // Ĥ is one character
	for mark, sign := range accents {
		if bare, ok := strings.CutSuffix(name, mark); ok {
			return `<mover accent="true"><mi>` + bare + `</mi><mo stretchy="false">` + sign + "</mo></mover>"
		}
	}
	return "<mi>" + name + "</mi>"
}

// letters reads a run of letters with marks, digits and hyphens within.
func (p *reader) letters() string {
	begin := p.at
	for {
		c := p.peek(0)
		hyphen := c == '-' && unicode.IsLetter(p.peek(-1)) && unicode.IsLetter(p.peek(1))
		if c == 'ᵀ' || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c) && c != '\'' && !hyphen {
			return string(p.text[begin:p.at])
		}
		p.at++
	}
}

// variable takes a word like z1 or p̂ apart; ok is false for one of several letters.
func variable(w string) (name, number string, ok bool) {
	name = strings.TrimRight(w, "0123456789'")
	number = strings.TrimRight(w[len(name):], "'")
	primes := w[len(name)+len(number):]
	letters := 0
	for _, c := range name {
		if unicode.IsLetter(c) {
			letters++
		}
	}
	return name + strings.ReplaceAll(primes, "'", "′"), number, letters == 1
}

// scripts reads the index and the exponent of what has been read.
func (p *reader) scripts(base string, under bool) (string, error) {
	var low, high string
	for p.peek(0) == '_' || p.peek(0) == '^' {
		mark := p.peek(0)
		p.at++
		script, err := p.script(mark == '_')
		if err != nil {
			return "", err
		}
		if mark == '_' {
			low = script
		} else {
			high = script
		}
	}
	for i := strings.IndexRune(raised, p.peek(0)); p.peek(0) != 0 && i >= 0; i = strings.IndexRune(raised, p.peek(0)) {
		high += "<mn>" + string([]rune(level)[slices.Index([]rune(raised), p.peek(0))]) + "</mn>"
		p.at++
	}
	// A number that a letter has already is written before its index.
	if rest, ok := strings.CutPrefix(base, "<msub>"); ok && low != "" {
		if name, number, ok := strings.Cut(strings.TrimSuffix(rest, "</msub>"), "<mn>"); ok {
			base, low = name, "<mn>"+number+`<mo separator="true">,</mo>`+low
		}
	}
	low, high = "<mrow>"+low+"</mrow>", "<mrow>"+high+"</mrow>"
	const none = "<mrow></mrow>"
	switch {
	case low == none && high == none:
		return base, nil
	case high == none && under:
		return "<munder>" + base + low + "</munder>", nil
	case high == none:
		return "<msub><mrow>" + base + "</mrow>" + low + "</msub>", nil
	case low == none:
		return "<msup><mrow>" + base + "</mrow>" + high + "</msup>", nil
	case under:
		return "<munderover>" + base + low + high + "</munderover>", nil
	}
	return "<msubsup><mrow>" + base + "</mrow>" + low + high + "</msubsup>", nil
}

// script reads an index or an exponent: braces, or one word, number or bracket.
func (p *reader) script(low bool) (string, error) {
	if p.peek(0) == '{' {
		p.at++
		inner, err := p.pieces('}')
		if err != nil {
			return "", err
		}
		p.at++
		return joined(inner), nil
	}
	if p.at == len(p.text) {
		return "", fmt.Errorf("found nothing behind a mark of index or exponent")
	}
	sign := ""
	if c := p.peek(0); c == '−' || c == '*' {
		p.at++
		sign = "<mo>" + string(c) + "</mo>"
		if c == '*' {
			return sign, nil
		}
	}
	if p.at == len(p.text) {
		return "", fmt.Errorf("found a sign alone")
	}
	if !low || !unicode.IsLetter(p.peek(0)) {
		ml, err := p.operand()
		return sign + ml, err
	}
	w := p.letters()
	if len([]rune(w)) > 3 {
		return sign + "<mtext>" + w + "</mtext>", nil
	}
	var b strings.Builder
	for _, c := range w {
		tag := "mi"
		if unicode.IsDigit(c) {
			tag = "mn"
		}
		fmt.Fprintf(&b, "<%s>%c</%s>", tag, c, tag)
	}
	return sign + b.String(), nil
}

// fractions sets what stands around a slash with blanks above each other.
func fractions(all []piece) []piece {
	for i := 0; i < len(all); i++ {
		if all[i].kind != slash {
			continue
		}
		ends := func(q piece) bool { return q.kind == operator || q.kind == relation || q.kind == gap }
		from, to := i, i+1
		for from > 0 && !ends(all[from-1]) {
			from--
		}
		for to < len(all) && !ends(all[to]) {
			to++
		}
		if from == i || to == i+1 {
			continue
		}
		ml := "<mfrac><mrow>" + joined(all[from:i]) + "</mrow><mrow>" + bare(all[i+1:to]) + "</mrow></mfrac>"
		all = slices.Replace(all, from, to, piece{ml, operand, all[from].from, all[to-1].to})
		i = from
	}
	return all
}

// bracketed finds one pair of round brackets and what is within.
var bracketed = regexp.MustCompile(`^<mrow><mo[^>]*>\(</mo>(.*)<mo[^>]*>\)</mo></mrow>$`)

// bare returns pieces without their brackets where they are one pair of brackets.
func bare(all []piece) string {
	ml := joined(all)
	if len(all) == 1 {
		if m := bracketed.FindStringSubmatch(ml); m != nil {
			return m[1]
		}
	}
	return ml
}

func joined(all []piece) string {
	var b strings.Builder
	for _, q := range all {
		b.WriteString(q.ml)
	}
	return b.String()
}

// read reads a whole formula.
func read(text string, display bool) ([]piece, error) {
	p := &reader{text: []rune(text), display: display}
	all, err := p.pieces(0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	return all, nil
}
