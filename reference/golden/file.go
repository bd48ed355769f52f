package golden

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"entrec/internal/strictjson"
	"entrec/tensor/safetensors"
)

// Format is what the metadata of every case says under "format".
const Format = "entrec-golden/1"

// Extension is the ending of the files of cases, questions and answers.
const Extension = ".safetensors"

// The kinds of tensors in a file: NAME's prefix.
const (
	prefixIn   = "in/"
	prefixCT   = "ct/"
	prefixOut  = "out/"
	prefixGrad = "grad/"
)

// Precision is the dtype of the tensors of an answer's file.
type Precision string

// The precisions of answers.
const (
	Single Precision = "F32"
	Double Precision = "F64"
)

// ParseQuestion reads the content of a question's file. The file's name gives the
// case its name and stands in errors. Outputs and gradients of a whole case are passed
// over. The error is one line: file, place, found, expected.
func ParseQuestion(file string, content []byte) (*Case, error) {
	c, err := parse(file, content)
	if err != nil {
		return nil, err
	}
	c.Out, c.Grad = nil, nil
	return c, nil
}

// ParseCase reads the content of a whole case's file. Unlike [ParseQuestion] it demands
// that inputs and cotangents are exact in float32.
func ParseCase(file string, content []byte) (*Case, error) {
	c, err := parse(file, content)
	if err != nil {
		return nil, err
	}
	if place, v, ok := c.inexact(); ok {
		return nil, &safetensors.FormatError{File: file, Place: place, Found: strconv.FormatFloat(v, 'g', -1, 64), Expected: "numbers that are exact in float32"}
	}
	return c, nil
}

// ParseAnswer reads the content of an answer's file: out/ and grad/ tensors of
// dtype F32 or F64, and nothing else. It needs no metadata.
func ParseAnswer(file string, content []byte) (*Answer, error) {
	f, err := safetensors.Parse(file, content)
	if err != nil {
		return nil, err
	}
	a := &Answer{Out: map[string]*Array{}, Grad: map[string]*Array{}}
	for _, t := range f.Tensors {
		x, err := array(file, t, "F32", "F64")
		if err != nil {
			return nil, err
		}
		if name, ok := strings.CutPrefix(t.Name, prefixOut); ok {
			a.Out[name] = x
		} else if name, ok := strings.CutPrefix(t.Name, prefixGrad); ok {
			a.Grad[name] = x
		} else {
			return nil, unexpected(file, t.Name, "out/ and grad/ tensors only")
		}
	}
	return a, nil
}

func parse(file string, content []byte) (*Case, error) {
	f, err := safetensors.Parse(file, content)
	if err != nil {
		return nil, err
	}
	wrong := func(key, expected string) error {
		found := "nothing"
		if v, there := f.Metadata[key]; there {
			found = strconv.Quote(v)
		}
		return &safetensors.FormatError{File: file, Place: "metadata \"" + key + "\"", Found: found, Expected: expected}
	}
	if f.Metadata["format"] != Format {
		return nil, wrong("format", strconv.Quote(Format))
	}
	c := &Case{Name: strings.TrimSuffix(file, Extension), Op: f.Metadata["op"]}
	if c.Op == "" {
		return nil, wrong("op", "the name of an operation")
	}
	if err := strictjson.Unmarshal([]byte(f.Metadata["attrs"]), &c.Attrs); err != nil || c.Attrs == nil {
		return nil, wrong("attrs", "a JSON object with each key once")
	}
	c.In, c.CT, c.Out, c.Grad = map[string]*Array{}, map[string]*Array{}, map[string]*Array{}, map[string]*Array{}
	for _, t := range f.Tensors {
		prefix, name, ok := strings.Cut(t.Name, "/")
		into, dtypes := c.kind(prefix + "/")
		if !ok || into == nil || name == "" {
			return nil, unexpected(file, t.Name, "in/NAME, ct/NAME, out/NAME or grad/NAME")
		}
		if into[name], err = array(file, t, dtypes...); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// kind returns the tensors with a prefix, and the dtypes that they may have in a
// file.
func (c *Case) kind(prefix string) (map[string]*Array, []string) {
	switch prefix {
	case prefixIn:
		return c.In, []string{"F64"}
	case prefixCT:
		return c.CT, []string{"F64"}
	case prefixOut:
		return c.Out, []string{"F64", "F32"}
	case prefixGrad:
		return c.Grad, []string{"F64", "F32"}
	}
	return nil, nil
}

// Tensor returns the tensor of that name, with its prefix; nil where there is none.
func (c *Case) Tensor(name string) *Array {
	prefix, rest, _ := strings.Cut(name, "/")
	arrays, _ := c.kind(prefix + "/")
	return arrays[rest]
}

func unexpected(file, name, expected string) error {
	return &safetensors.FormatError{File: file, Place: "header", Found: fmt.Sprintf("tensor %q", name), Expected: expected}
}

// array converts a tensor, which must be of one of the given dtypes.
func array(file string, t safetensors.Tensor, dtypes ...string) (*Array, error) {
	if !slices.Contains(dtypes, t.DType) {
		return nil, &safetensors.FormatError{File: file, Place: fmt.Sprintf("tensor %q", t.Name), Found: "dtype " + t.DType, Expected: strings.Join(dtypes, " or ")}
	}
	values, err := safetensors.Floats[float64](t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return FromSlice(values, t.Shape...), nil
}

// inexact returns the place of an input or cotangent that float32 does not hold.
func (c *Case) inexact() (place string, v float64, found bool) {
	for _, prefix := range []string{prefixIn, prefixCT} {
		arrays, _ := c.kind(prefix)
		for _, name := range sortedNames(arrays) {
			for i, v := range arrays[name].Data {
				if v == v && float64(float32(v)) != v {
					return fmt.Sprintf("tensor %q at %v", prefix+name, arrays[name].index(i)), v, true
				}
			}
		}
	}
	return "", 0, false
}

// Marshal returns the bytes of the file of a whole case, all tensors F64. The same
// content is the same bytes.
func (c *Case) Marshal() ([]byte, error) {
	return marshal(c, append(c.question(), answer(c.Out, c.Grad, Double)...))
}

// MarshalQuestion returns the bytes of the file of a case's question.
func (c *Case) MarshalQuestion() ([]byte, error) { return marshal(c, c.question()) }

// Marshal returns the bytes of the file of an answer to c.
func (a *Answer) Marshal(c *Case, p Precision) ([]byte, error) {
	return marshal(c, answer(a.Out, a.Grad, p))
}

func marshal(c *Case, tensors []safetensors.Tensor) ([]byte, error) {
	attrs := c.Attrs
	if attrs == nil {
		attrs = Attrs{}
	}
	text, err := json.Marshal(attrs) // keys in order
	if err != nil {
		return nil, fmt.Errorf("%s: attributes: %w", c.Name, err)
	}
	return safetensors.Marshal(map[string]string{"format": Format, "op": c.Op, "attrs": string(text)}, tensors)
}

func (c *Case) question() []safetensors.Tensor {
	return append(raw(prefixIn, c.In, Double), raw(prefixCT, c.CT, Double)...)
}

func answer(out, grad map[string]*Array, p Precision) []safetensors.Tensor {
	return append(raw(prefixOut, out, p), raw(prefixGrad, grad, p)...)
}

// raw converts arrays. Of the many NaN it writes one, since processors differ.
func raw(prefix string, arrays map[string]*Array, p Precision) []safetensors.Tensor {
	var tensors []safetensors.Tensor
	for _, name := range sortedNames(arrays) {
		x := arrays[name]
		if p == Single {
			values := make([]float32, len(x.Data))
			for i, v := range x.Data {
				values[i] = float32(v)
			}
			tensors = append(tensors, safetensors.FromFloats(prefix+name, x.Shape, values))
			continue
		}
		values := slices.Clone(x.Data)
		for i, v := range values {
			if v != v {
				values[i] = math.NaN()
			}
		}
		tensors = append(tensors, safetensors.FromFloats(prefix+name, x.Shape, values))
	}
	return tensors
}

// Digest returns the SHA-256, in hexadecimal, of what a safetensors file holds:
// for each tensor in the order of names a line
//
//	NAME DTYPE [2,3]
//
// and its bytes. It does not depend on how the file is laid out.
func Digest(file string, content []byte) (string, error) {
	f, err := safetensors.Parse(file, content)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, t := range f.Tensors {
		fmt.Fprintf(h, "%s %s [%s]\n", t.Name, t.DType, strings.Join(decimals(t.Shape), ","))
		h.Write(t.Data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func decimals(shape []int) []string {
	s := make([]string, len(shape))
	for i, d := range shape {
		s[i] = strconv.Itoa(d)
	}
	return s
}

func sortedNames[K cmp.Ordered, V any](of map[K]V) []K { return slices.Sorted(maps.Keys(of)) }
