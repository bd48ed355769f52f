package suite

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"entrec/internal/files"
	"entrec/reference/golden"
)

// Version is the generator's. It changes with the suite.
const Version = 2

const generator = "entrec golden export"

// operations are the cases of all operations.
func (s *sheet) operations() {
	s.products()
	s.logDets()
	s.convolutions()
	s.normalizations()
	s.activations()
	s.softmaxes()
	s.attentions()
	s.pooling()
	s.contrastive()
	s.estimators()
	s.entropies()
	s.asymmetric()
	s.updates()
	s.images()
	s.tails()
	s.slips()
	s.formats()
}

// drafts returns the suite's cases in the order of their files, drawn once.
var drafts = sync.OnceValue(func() []*draft {
	s := &sheet{}
	s.operations()
	s.rejects()
	s.traces()
	slices.SortFunc(s.drafts, func(a, b *draft) int { return strings.Compare(a.Name, b.Name) })
	return s.drafts
})

// Cases returns the suite's cases with their answers, in the order of their files,
// and which of them must be refused.
func Cases() (cases []*golden.Case, rejects map[string]bool, err error) {
	rejects = map[string]bool{}
	for _, d := range drafts() {
		c, err := d.finish()
		if err != nil {
			return nil, nil, err
		}
		cases = append(cases, c)
		rejects[c.Name] = d.reject
	}
	return cases, rejects, nil
}

// Build returns the suite's files by name, with the manifest: the same bytes on
// every processor.
func Build() (map[string][]byte, error) {
	return build(func(string) bool { return true })
}

// build is [Build] of the operations that are wanted.
func build(wanted func(op string) bool) (map[string][]byte, error) {
	spreads, err := Spreads()
	if err != nil {
		return nil, err
	}
	elementSpreads, err := ElementSpreads()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	m := &golden.Manifest{Format: golden.Format, Generator: generator, GeneratorVersion: Version, Margins: margins(), Gaps: map[golden.Profile][]string{}}
	for _, d := range drafts() {
		if !wanted(d.Op) {
			continue
		}
		c, err := d.finish()
		if err != nil {
			return nil, err
		}
		e := golden.Entry{File: c.Name + golden.Extension, Op: c.Op, Attrs: c.Attrs, Reject: d.reject, Oracle: cmp.Or(d.oracle, "definition")}
		if _, twice := files[e.File]; twice {
			return nil, fmt.Errorf("%s stands twice", c.Name)
		}
		content, err := c.Marshal()
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		e.SHA256 = hex.EncodeToString(sum[:])
		if e.Digest, err = golden.Digest(e.File, content); err != nil {
			return nil, err
		}
		if !d.reject {
			if e.Tolerances, e.Excluded, err = tolerances(c, spreads[c.Name]); err != nil {
				return nil, err
			}
			if e.Elements, err = elements(c, e.Tolerances, elementSpreads[c.Name]); err != nil {
				return nil, err
			}
			for _, p := range profiles {
				if e.Tolerances[p.name] == nil {
					m.Gaps[p.name] = append(m.Gaps[p.name], c.Name)
				}
			}
		}
		files[e.File] = content
		m.Cases = append(m.Cases, e)
	}
	m.Count = len(m.Cases)
	if files[OperationsFile], err = Operations(); err != nil {
		return nil, err
	}
	files[golden.ManifestFile], err = m.Marshal()
	return files, err
}

// Open returns the suite, built once.
var Open = sync.OnceValues(func() (*golden.Suite, error) {
	return read(Build())
})

// OpenOp returns the suite's questions about one operation.
func OpenOp(op string) (*golden.Suite, error) {
	return read(build(func(other string) bool { return other == op }))
}

// read returns the suite of files that were built.
func read(files map[string][]byte, err error) (*golden.Suite, error) {
	if err != nil {
		return nil, err
	}
	return golden.ReadSuite("suite", func(name string) ([]byte, error) { return files[name], nil })
}

// ErrNotOurs says that a folder holds something else than a suite of this project.
var ErrNotOurs = errors.New("expected a folder of the suite's own")

// Write writes the suite into a folder, which is made if need be, until ctx is done: each
// file wholly, and the manifest last. The error wraps [ErrNotOurs] where the folder holds a
// file that is not the suite's; nothing is written then.
func Write(ctx context.Context, dir string) error {
	content, err := Build()
	if err != nil {
		return err
	}
	if err := onlyOurs(dir, content); err != nil {
		return err
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(content)), func(name string) bool { return name == golden.ManifestFile })
	for _, name := range append(names, golden.ManifestFile) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := files.Write(path, content[name]); err != nil {
			return err
		}
	}
	return nil
}

// onlyOurs checks that a folder holds regular files of the suite alone, with a manifest
// of this generator if any.
func onlyOurs(dir string, content map[string][]byte) error {
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if _, ours := content[filepath.ToSlash(name)]; !ours || !d.Type().IsRegular() {
			return fmt.Errorf("%s: found a file that is not the suite's, %w", path, ErrNotOurs)
		}
		if name == golden.ManifestFile && !isOurs(path) {
			return fmt.Errorf("%s: found a manifest that is not the suite's, %w", path, ErrNotOurs)
		}
		return nil
	})
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// isOurs says whether a manifest names this generator.
func isOurs(manifest string) bool {
	var m golden.Manifest
	content, err := files.Read(manifest, golden.MaxFile)
	return err == nil && json.Unmarshal(content, &m) == nil && m.Generator == generator
}
