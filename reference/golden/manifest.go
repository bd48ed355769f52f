package golden

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/internal/strictjson"
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
	// Tolerances are by profile and tensor.
	Tolerances map[Profile]map[string]Tolerance `json:"tolerances,omitempty"`
	// Elements are what single elements may be off beside that, of tensors where small ones
	// have a meaning, by profile and tensor.
	Elements map[Profile]map[string]Elements `json:"elements,omitempty"`
	// Excluded are the tensors that a profile does not compare, with the reason why.
	Excluded map[Profile]map[string]string `json:"excluded,omitempty"`
}

// Name returns the case's name, its file's without the ending.
func (e Entry) Name() string { return strings.TrimSuffix(e.File, Extension) }

// FlatName returns the file's name with dots for slashes, which it has where a suite's
// folders are not kept.
func (e Entry) FlatName() string { return flat(e.File) }

func flat(file string) string { return strings.ReplaceAll(file, "/", ".") }

// Sum returns the SHA-256, in hexadecimal, of the lines "FILE DIGEST" of all cases: what the
// suite asks and expects, whatever its tolerances are.
func (m *Manifest) Sum() string {
	h := sha256.New()
	for _, e := range m.Cases {
		fmt.Fprintf(h, "%s %s\n", e.File, e.Digest)
	}
	return hex.EncodeToString(h.Sum(nil))
}

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

// MaxFile is how many bytes a file of a suite, or a question's, may have.
const MaxFile = 1 << 29

// Suite is a suite's manifest and cases.
type Suite struct {
	Manifest
	Loaded []*Case // as in Manifest.Cases
}

// OpenSuite reads the suite in a folder, as [ReadSuite] does, from regular files of at
// most [MaxFile] bytes.
func OpenSuite(dir string) (*Suite, error) {
	return ReadSuite(dir, func(file string) ([]byte, error) {
		return files.Read(filepath.Join(dir, filepath.FromSlash(file)), MaxFile)
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
	if err := strictjson.Unmarshal(content, &s.Manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	if s.Format != Format {
		return nil, fmt.Errorf("%s: format: found %q, expected %q", at, s.Format, Format)
	}
	if s.Count != len(s.Cases) || s.Count == 0 {
		return nil, fmt.Errorf("%s: cases: found %d, expected the count, %d, and at least one", at, len(s.Cases), s.Count)
	}
	if err := s.checkNames(); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	for _, e := range s.Cases {
		c, err := e.load(name, read)
		if err != nil {
			return nil, err
		}
		s.Loaded = append(s.Loaded, c)
	}
	return s, nil
}

// checkNames checks the files' names, which are to differ also where their folders are
// not kept, and that gaps are of cases.
func (m *Manifest) checkNames() error {
	seen, names := map[string]bool{}, map[string]bool{}
	for _, e := range m.Cases {
		switch flat := e.FlatName(); {
		case !fs.ValidPath(e.File) || strings.Contains(e.File, `\`):
			return fmt.Errorf("cases: found file %q, expected a path within the suite", e.File)
		case !strings.HasSuffix(e.File, Extension):
			return fmt.Errorf("cases: found file %q, expected a name that ends in %s", e.File, Extension)
		case seen[flat]:
			return fmt.Errorf("cases: found %q twice, expected each file once, also with dots for slashes", e.File)
		default:
			seen[flat], names[e.Name()] = true, true
		}
	}
	for _, p := range sortedNames(m.Gaps) {
		if _, err := ParseProfile(string(p)); err != nil {
			return fmt.Errorf("gaps: %w", err)
		}
		for _, name := range m.Gaps[p] {
			if !names[name] {
				return fmt.Errorf("gaps: found %q of profile %s, expected the name of a case", name, p)
			}
		}
	}
	return nil
}

// ValidFor checks that a profile compares every tensor of every case, but for what the
// manifest declares: cases that are the profile's gaps, and tensors that it excludes. The
// error is one line.
func (s *Suite) ValidFor(p Profile) error {
	for i, e := range s.Cases {
		if e.Reject || slices.Contains(s.Gaps[p], e.Name()) {
			continue
		}
		if err := e.covers(s.Loaded[i], p); err != nil {
			return fmt.Errorf("%s: the suite does not check profile %s: %s: %w", ManifestFile, p, e.Name(), err)
		}
	}
	return nil
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
	if err := e.checkTolerances(c); err != nil {
		return fmt.Errorf("%s: manifest: %w", at, err)
	}
	return nil
}

// checkTolerances checks that tolerances are numbers of at least 0, that what is excluded
// is a tensor without a tolerance, for a reason, and that nothing else of float32 is left
// out.
func (e Entry) checkTolerances(c *Case) error {
	for _, p := range sortedNames(e.Tolerances) {
		if p == F64 || !slices.Contains(Profiles, p) {
			return fmt.Errorf("tolerances: found profile %q, expected %s", p, measured())
		}
		for _, tensor := range sortedNames(e.Tolerances[p]) {
			if t := e.Tolerances[p][tensor]; t.Atol < 0 || t.Rtol < 0 {
				return fmt.Errorf("found %s tolerance {%v %v} of %s, expected numbers of at least 0", p, t.Atol, t.Rtol, tensor)
			}
		}
	}
	for _, p := range sortedNames(e.Excluded) {
		if _, err := ParseProfile(string(p)); err != nil {
			return fmt.Errorf("excluded: %w", err)
		}
		tolerances := e.TolerancesFor(p)
		for _, tensor := range sortedNames(e.Excluded[p]) {
			_, compared := tolerances[tensor]
			switch {
			case !slices.Contains(c.Tensors(), tensor):
				return fmt.Errorf("excluded: found %q of profile %s, expected one of %v", tensor, p, c.Tensors())
			case compared:
				return fmt.Errorf("excluded: found %s of profile %s, which has a tolerance as well", tensor, p)
			case strings.TrimSpace(e.Excluded[p][tensor]) == "":
				return fmt.Errorf("excluded: found no reason for %s of profile %s, expected one", tensor, p)
			}
		}
	}
	if err := e.checkElements(); err != nil {
		return err
	}
	return e.covers(c, F32)
}

// covers checks that a profile compares all tensors of a case but those that it excludes.
func (e Entry) covers(c *Case, p Profile) error {
	tolerances, excluded := e.TolerancesFor(p), e.ExcludedFor(p)
	for _, tensor := range c.Tensors() {
		if _, compared := tolerances[tensor]; !compared && excluded[tensor] == "" {
			return fmt.Errorf("found no %s tolerance of %s, expected one, or a reason to exclude it", p, tensor)
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
