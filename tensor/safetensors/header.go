package safetensors

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"

	lib "github.com/nlpodyssey/safetensors"
)

// maxHeaderBytes is the format's own limit.
const maxHeaderBytes = 100_000_000

// metadataKey is the key of the header's object of metadata; all others name tensors.
const metadataKey = "__metadata__"

// entry is what a header says of a tensor.
type entry struct {
	name       string
	dtype      lib.DType
	shape      []uint64
	begin, end uint64 // of its data
}

// parseHeader reads a header, which so many bytes of data follow. The entries are in the
// order of their data, which they fill one after another.
func parseHeader(name string, text []byte, length uint64) (metadata map[string]string, entries []entry, err error) {
	s := scanner{file: name, text: text}
	if !utf8.Valid(text) {
		for s.at < len(text) {
			r, size := utf8.DecodeRune(text[s.at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			s.at += size
		}
		return nil, nil, s.fail("text that is not UTF-8", "UTF-8")
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, nil, s.fail(s.next(), `"{"`)
	}
	err = s.object(func(key string) error {
		if key == metadataKey {
			metadata = map[string]string{}
			return s.object(func(key string) (err error) {
				metadata[key], err = s.word()
				return err
			})
		}
		e, err := s.entry(key)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for ; s.at < len(text); s.at++ {
		if text[s.at] != ' ' {
			return nil, nil, s.fail(s.next(), "spaces up to the header's end")
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.name, b.name))
	})
	return metadata, entries, fill(name, entries, length)
}

// fill reports tensors whose data are not as large as their shapes say, or do not fill
// so many bytes one after another.
func fill(name string, entries []entry, length uint64) error {
	end := uint64(0)
	for _, e := range entries {
		place := fmt.Sprintf("tensor %q", e.name)
		high, size := uint64(0), uint64(1)
		for _, d := range append(slices.Clone(e.shape), e.dtype.Size()) {
			if high == 0 {
				high, size = bits.Mul64(size, d)
			}
		}
		if found := e.end - e.begin; high != 0 || e.end < e.begin || found != size {
			return &FormatError{name, place, fmt.Sprintf("%d bytes", int64(found)), fmt.Sprintf("those of %s of shape %v", e.dtype, e.shape)}
		}
		if e.begin != end {
			return &FormatError{name, place, fmt.Sprintf("data from byte %d", e.begin), fmt.Sprintf("from byte %d, where those before it end", end)}
		}
		end = e.end
	}
	if end != length {
		return &FormatError{name, "end", fmt.Sprintf("%d bytes of data", length), fmt.Sprintf("the %d of the header's tensors", end)}
	}
	return nil
}

// scanner reads a header's JSON: objects, words and whole numbers.
type scanner struct {
	file string
	text []byte
	at   int
}

// fail is about the byte at which the scanner stands.
func (s *scanner) fail(found, expected string) error {
	return &FormatError{s.file, fmt.Sprintf("byte %d", 8+s.at), found, expected}
}

// next shows the character at which the scanner stands.
func (s *scanner) next() string {
	if s.at == len(s.text) {
		return "the header's end"
	}
	r, _ := utf8.DecodeRune(s.text[s.at:])
	return strconv.QuoteToASCII(string(r))
}

// space passes over JSON's white space.
func (s *scanner) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t' || s.text[s.at] == '\r') {
		s.at++
	}
}

// take passes over a character, if it is next after white space.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.at == len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) expect(c byte) error {
	if s.take(c) {
		return nil
	}
	return s.fail(s.next(), strconv.Quote(string(c)))
}

// object reads an object, of which each reads a member's value.
func (s *scanner) object(each func(key string) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	if s.take('}') {
		return nil
	}
	seen := map[string]bool{}
	for {
		key, err := s.word()
		if err != nil {
			return err
		}
		if seen[key] {
			return s.fail(fmt.Sprintf("%q twice", key), "each name once")
		}
		seen[key] = true
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := each(key); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
}

// word reads a string.
func (s *scanner) word() (string, error) {
	if err := s.expect('"'); err != nil {
		return "", err
	}
	begin, plain := s.at, true
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c < ' ':
			return "", s.fail(s.next(), "no control character")
		case c == '\\':
			if err := s.escape(); err != nil {
				return "", err
			}
			plain = false
		case c == '"':
			s.at++
			if plain {
				return string(s.text[begin : s.at-1]), nil
			}
			var word string
			if err := json.Unmarshal(s.text[begin-1:s.at], &word); err != nil {
				return "", s.fail("a string that is none", "JSON")
			}
			return word, nil
		}
	}
	return "", s.fail(s.next(), `"\""`)
}

// escape passes over an escaped character but for its last byte. Halves of characters
// beyond 16 bits stand in pairs.
func (s *scanner) escape() error {
	high, err := s.unit()
	switch {
	case err != nil:
		return err
	case high >= 0xdc00 && high < 0xe000:
		return s.fail("the second half of a character", "a first one before it")
	case high < 0xd800 || high >= 0xe000:
		return nil
	}
	s.at++
	if s.at == len(s.text) || s.text[s.at] != '\\' {
		return s.fail(s.next(), "the second half of a character")
	}
	if low, err := s.unit(); err != nil {
		return err
	} else if low < 0xdc00 || low >= 0xe000 {
		return s.fail("the first half of a character alone", "the second one after it")
	}
	return nil
}

// unit passes over one escape but for its last byte, and returns its number where it is
// written as one.
func (s *scanner) unit() (uint64, error) {
	if s.at++; s.at == len(s.text) {
		return 0, s.fail(s.next(), "an escaped character")
	}
	if s.text[s.at] != 'u' {
		return 0, nil // encoding/json knows the others
	}
	end := s.at + 5
	if end > len(s.text) {
		return 0, s.fail(`"u"`, "four hexadecimal digits")
	}
	n, err := strconv.ParseUint(string(s.text[s.at+1:end]), 16, 16)
	if err != nil {
		return 0, s.fail(`"u"`, "four hexadecimal digits")
	}
	s.at = end - 1
	return n, nil
}

// number reads a whole number that is not negative.
func (s *scanner) number() (uint64, error) {
	const expected = "a whole number below 2^64"
	s.space()
	begin := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	digits := string(s.text[begin:s.at])
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case digits == "":
		return 0, s.fail(s.next(), expected)
	case err != nil || digits[0] == '0' && digits != "0":
		return 0, s.fail(digits, expected)
	}
	return n, nil
}

// numbers reads a list of numbers.
func (s *scanner) numbers() ([]uint64, error) {
	if err := s.expect('['); err != nil {
		return nil, err
	}
	list := []uint64{}
	if s.take(']') {
		return list, nil
	}
	for {
		n, err := s.number()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if s.take(']') {
			return list, nil
		}
		if err := s.expect(','); err != nil {
			return nil, err
		}
	}
}

// entry reads what the header says of a tensor.
func (s *scanner) entry(name string) (e entry, err error) {
	e.name = name
	var offsets []uint64
	begin, fields := s.at, 0
	err = s.object(func(key string) (err error) {
		fields++
		switch key {
		case "dtype":
			at := s.at
			var word string
			if word, err = s.word(); err != nil {
				return err
			}
			if e.dtype, err = lib.ParseDType(word); err != nil {
				s.at = at
				return s.fail(fmt.Sprintf("dtype %q of tensor %q", word, name), "one of the format's")
			}
		case "shape":
			e.shape, err = s.numbers()
		case "data_offsets":
			offsets, err = s.numbers()
		default:
			return s.fail(fmt.Sprintf("field %q of tensor %q", key, name), "dtype, shape, data_offsets")
		}
		return err
	})
	if err != nil {
		return e, err
	}
	if fields != 3 || len(offsets) != 2 {
		s.at = begin
		return e, s.fail(fmt.Sprintf("tensor %q with %d fields and %d data_offsets", name, fields, len(offsets)), "dtype, shape, and two data_offsets")
	}
	e.begin, e.end = offsets[0], offsets[1]
	return e, nil
}
