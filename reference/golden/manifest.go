package golden

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"

	"entrec/tensor/safetensors"
)

// ManifestFile is the name of a suite's manifest in its folder.
const ManifestFile = "manifest.json"

// Manifest describes a suite.
type Manifest struct {
	Format           string               `json:"format"`
	Generator        string               `json:"generator"`
	GeneratorVersion int                  `json:"generator_version"`
	Margins          map[Profile]float64  `json:"margins"` // tolerance over measured spread
	Count            int                  `json:"count"`
	Gaps             map[Profile][]string `json:"gaps"` // cases of which a profile compares nothing
	Cases            []Entry              `json:"cases"`
}

// Entry describes a case of a suite.
type Entry struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // of the file
	Digest string `json:"digest"` // of what it holds, see [Digest]
	Op     string `json:"op"`
	Attrs  Attrs  `json:"attrs"`
	Reject bool   `json:"reject,omitempty"` // the question must be refused
	Oracle string `json:"oracle"`           // whose values are expected
	// Tolerances are by profile and tensor. A tensor that a profile leaves out is
	// not compared.
	Tolerances map[Profile]map[string]Tolerance `json:"tolerances,omitempty"`
}

// Name returns the case's name, its file's without the ending.
func (e Entry) Name() string { return strings.TrimSuffix(e.File, Extension) }

// Marshal returns the content of the manifest's file.
func (m *Manifest) Marshal() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Suite is a suite's manifest and cases.
type Suite struct {
	Manifest
	Loaded []*Case // as in Manifest.Cases
}

// OpenSuite reads the suite in a folder.
func OpenSuite(dir string) (*Suite, error) {
	return ReadSuite(dir, func(file string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
	})
}

// ReadSuite reads a suite. read returns the content of a file by its name in the
// manifest, and name stands in errors. Every file must be there and hold what the manifest
// says.
func ReadSuite(name string, read func(file string) ([]byte, error)) (*Suite, error) {
	content, err := read(ManifestFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &Suite{}
	at := path.Join(name, ManifestFile)
	if err := json.Unmarshal(content, &s.Manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	if s.Format != Format {
		return nil, fmt.Errorf("%s: format: found %q, expected %q", at, s.Format, Format)
	}
	if s.Count != len(s.Cases) || s.Count == 0 {
		return nil, fmt.Errorf("%s: cases: found %d, expected the count, %d, and at least one", at, len(s.Cases), s.Count)
	}
	seen := map[string]bool{}
	for _, e := range s.Cases {
		if seen[e.File] {
			return nil, fmt.Errorf("%s: cases: found %q twice, expected each file once", at, e.File)
		}
		if !fs.ValidPath(e.File) {
			return nil, fmt.Errorf("%s: cases: found file %q, expected a path within the suite", at, e.File)
		}
		seen[e.File] = true
		c, err := e.load(name, read)
		if err != nil {
			return nil, err
		}
		s.Loaded = append(s.Loaded, c)
	}
	return s, nil
}

// load reads the case of an entry. Where the file's bytes do not have the manifest's sum,
// its content must have the manifest's digest.
func (e Entry) load(name string, read func(file string) ([]byte, error)) (*Case, error) {
	at := path.Join(name, e.File)
	content, err := read(e.File)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != e.SHA256 {
		digest, err := Digest(at, content)
		if err != nil {
			return nil, err
		}
		if digest != e.Digest {
			return nil, &safetensors.FormatError{File: at, Place: "content", Found: "digest " + digest, Expected: e.Digest}
		}
	}
	c, err := ParseCase(at, content)
	if err != nil {
		return nil, err
	}
	c.Name = e.Name()
	return c, e.holds(at, c)
}

// holds checks that a case is what its entry says.
func (e Entry) holds(at string, c *Case) error {
	wrong := func(place string, found, expected any) error {
		return &safetensors.FormatError{File: at, Place: place, Found: fmt.Sprint(found), Expected: fmt.Sprint(expected)}
	}
	if c.Op != e.Op {
		return wrong("metadata \"op\"", c.Op, e.Op)
	}
	if !reflect.DeepEqual(c.Attrs, e.Attrs) {
		return wrong("metadata \"attrs\"", c.Attrs, e.Attrs)
	}
	if e.Reject {
		return nil
	}
	if len(c.Out) == 0 {
		return wrong("header", "no output", "at least one")
	}
	wrt, err := c.Attrs.Wrt()
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	for _, name := range wrt {
		if c.Grad[name] == nil {
			return wrong("header", "no gradient of "+name, "all that wrt lists")
		}
	}
	if len(wrt) != len(c.Grad) {
		return wrong("header", fmt.Sprintf("%d gradients", len(c.Grad)), len(wrt))
	}
	for _, tensor := range c.Tensors() {
		if _, there := e.Tolerances[F32][tensor]; !there {
			return wrong("manifest", "no f32 tolerance of "+tensor, "one")
		}
	}
	return nil
}

// Tensors returns the names of the outputs and gradients, with their prefixes, in
// order.
func (c *Case) Tensors() []string {
	var names []string
	for _, name := range sortedNames(c.Out) {
		names = append(names, prefixOut+name)
	}
	for _, name := range sortedNames(c.Grad) {
		names = append(names, prefixGrad+name)
	}
	return names
}
