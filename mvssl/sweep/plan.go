package sweep

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"entrec/internal/files"
	"entrec/internal/strictjson"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// Plan are the runs of a sweep file on its data, in their fixed order: all rows from the
// first seed, then all from the second, so that a sweep that is half done has whole seeds.
type Plan struct {
	File     *File
	Runs     []Run
	Rows     []Planned // those of one seed
	resolver *train.Resolver
	requests []*train.Request // of the rows
}

// PlanFile is the file in a sweep's folder that lists its runs, so that where they stand
// and what they came to can be told without the data.
const PlanFile = "plan.json"

const planFormat = "entrec-plan/1"

// Listing is the content of [PlanFile].
type Listing struct {
	Format string    `json:"format"`
	Sweep  string    `json:"sweep_sha256"` // of the sweep file's text
	Rows   []Planned `json:"rows"`
	Runs   []string  `json:"runs"` // digests of their configurations, in order
}

// maxPlanBytes is more than any has.
const maxPlanBytes = 256 << 20

// Keep writes the list of the runs into the sweep's folder, unless it is there.
func (p *Plan) Keep(dir string) error {
	kept := Listing{Format: planFormat, Sweep: p.File.sha256, Rows: p.Rows}
	for _, r := range p.Runs {
		kept.Runs = append(kept.Runs, r.SHA256)
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, PlanFile)
	if old, err := files.Read(path, maxPlanBytes); err == nil && bytes.Equal(old, append(text, '\n')) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return files.Write(path, append(text, '\n'))
}

// ReadPlan returns the plan of a file that [Plan.Keep] left in a folder, whose runs have no
// configurations; false where there is none, or one of another file.
func ReadPlan(f *File, dir string) (p *Plan, ok bool, err error) {
	path := filepath.Join(dir, PlanFile)
	text, err := files.Read(path, maxPlanBytes)
	if errors.Is(err, os.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	var kept Listing
	if err := strictjson.UnmarshalKnown(text, &kept); err != nil {
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	if kept.Format != planFormat || kept.Sweep != f.sha256 {
		return nil, false, nil
	}
	if found, expected := len(kept.Runs), len(kept.Rows)*len(f.Seeds); found != expected {
		return nil, false, fmt.Errorf("%s: found %d runs, expected %d", path, found, expected)
	}
	p = &Plan{File: f, Rows: kept.Rows}
	for n, digest := range kept.Runs {
		p.add(n, digest, train.Config{})
	}
	if err := f.checkLabels(); err != nil {
		return nil, false, err
	}
	return p, true, p.checkTable()
}

// ReadCollected returns the plan of a file whose runs [Plan.Collect] has put into a folder,
// nil where there is no such folder. One without a plan of the file is an error.
func ReadCollected(f *File, dir string) (*Plan, error) {
	p, ok, err := ReadPlan(f, dir)
	if ok || err != nil {
		return p, err
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return nil, fmt.Errorf("%s: found no plan of sweep file %s as it is now, expected what entrec sweep collect puts there", dir, f.Name)
}

// add adds the run of an index.
func (p *Plan) add(n int, digest string, c train.Config) {
	row, seed := p.Rows[n%len(p.Rows)], p.File.Seeds[n/len(p.Rows)]
	p.Runs = append(p.Runs, Run{n, fmt.Sprintf("%04d-%s-%d", n, slug(row.Label()), seed), row.Label(), seed, digest, c})
}

// Planned is a row of a plan: a method in a setting.
type Planned struct {
	Method  string `json:"method"`
	Setting string `json:"setting"` // empty where there is none
}

// Label names the row: its method, and its setting behind a space.
func (p Planned) Label() string { return strings.TrimSpace(p.Method + " " + p.Setting) }

// Run is a run of a plan.
type Run struct {
	Index  int    `json:"index"`
	Folder string `json:"folder"` // its name in the sweep's folder
	Row    string `json:"row"`    // its label
	Seed   uint64 `json:"seed"`
	// SHA256 is the configuration's digest: see Digest.
	SHA256 string       `json:"config_sha256"`
	Config train.Config `json:"config"`
}

// NewPlan resolves the runs of a file on its data, which were loaded once. Errors name the
// row and the field.
func NewPlan(f *File, full *data.Split) (*Plan, error) {
	p := &Plan{File: f, resolver: train.NewResolver(full)}
	var configs []train.Config
	for i, row := range f.Rows {
		points := row.Grid.points()
		for _, method := range row.Methods {
			for _, point := range points {
				r := &train.Request{}
				r.Set("data", f.Data)
				r.Set("model.method", method)
				c, err := p.resolve(r, f.Base, row.Set, point)
				if err != nil {
					return nil, fmt.Errorf("rows[%d], %s: %w", i, method, err)
				}
				p.Rows = append(p.Rows, Planned{method, row.setting(point)})
				p.requests, configs = append(p.requests, r), append(configs, c)
			}
		}
	}
	of := map[string]int{}
	for _, seed := range f.Seeds {
		for i, c := range configs {
			c.Seed = seed
			digest, err := Digest(c)
			if err != nil {
				return nil, err
			}
			n := len(p.Runs)
			if first, twice := of[digest]; twice {
				return nil, fmt.Errorf("runs %d and %d are the same: %s and %s from seed %d", first, n, p.Runs[first].Row, p.Rows[i].Label(), seed)
			}
			of[digest] = n
			p.add(n, digest, c)
		}
	}
	if err := f.checkLabels(); err != nil {
		return nil, err
	}
	return p, p.checkTable()
}

// checkLabels reports rows that tables would call the same.
func (f *File) checkLabels() error {
	of := map[string]int{} // the file's row of each label
	for i, row := range f.Rows {
		for _, method := range row.Methods {
			for _, point := range row.Grid.points() {
				label := Planned{method, row.setting(point)}.Label()
				if first, twice := of[label]; twice {
					return fmt.Errorf("rows[%d], %s: found label %q, which rows[%d] has, expected another name", i, method, label, first)
				}
				of[label] = i
			}
		}
	}
	return nil
}

// resolve makes the configuration of a request over which settings are laid.
func (p *Plan) resolve(r *train.Request, layers ...Settings) (train.Config, error) {
	for _, leads := range []bool{true, false} { // what others depend on comes first
		for _, layer := range layers {
			if err := layer.ask(r, leads); err != nil {
				return train.Config{}, err
			}
		}
	}
	c, _, err := p.resolver.Resolve(r)
	return c, explain(err, r.Method(), layers)
}

// explain says of an error about a field by which name it was asked for.
func explain(err error, method string, layers []Settings) error {
	var field *train.FieldError
	if !errors.As(err, &field) || err.Error() != field.Error() {
		return err
	}
	for i := len(layers) - 1; i >= 0; i-- {
		for _, s := range layers[i] {
			if path, _ := train.PathOf(s.Name, method); path == field.Path {
				return fmt.Errorf("%s: %w", s.Name, field.Err)
			}
		}
	}
	return err
}

// Split returns the part of the data that a run is to use.
func (p *Plan) Split(run Run) (*data.Split, error) {
	_, split, err := p.resolver.Resolve(p.requests[run.Index%len(p.Rows)])
	return split, err
}

// setting names what a row sets, at a point of its grid.
func (r Row) setting(point Settings) string {
	var parts []string
	if r.Name != "" {
		parts = append(parts, r.Name)
	} else {
		parts = append(parts, r.Set.words()...)
	}
	return strings.Join(append(parts, point.words()...), " ")
}

// words writes settings as NAME=VALUE.
func (s Settings) words() (words []string) {
	for _, f := range s {
		words = append(words, f.Name+"="+written(f.Value))
	}
	return words
}

var notSlug = regexp.MustCompile(`[^a-zA-Z0-9.]+`)

// slug makes a part of a folder's name of a label.
func slug(label string) string {
	const longest = 80
	s := strings.Trim(notSlug.ReplaceAllString(label, "-"), "-.")
	return s[:min(len(s), longest)]
}

// Digest returns the SHA-256, in hexadecimal digits, of a configuration as compact JSON
// without the path and the digest of its data: the members data and data_sha256. It is the
// identity of a run, wherever its data lie.
func Digest(c train.Config) (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return digestOf(text)
}

// digestOf is [Digest] of the text of a config.json.
func digestOf(text []byte) (string, error) {
	kept, err := edited(text, func(name string, value json.RawMessage) json.RawMessage {
		if name == "data" || name == "data_sha256" {
			return nil
		}
		return value
	})
	sum := sha256.Sum256(kept)
	return hex.EncodeToString(sum[:]), err
}

// edited returns an object as compact JSON, with each member's value as edit returns it;
// nil leaves it out.
func edited(text []byte, edit func(name string, value json.RawMessage) json.RawMessage) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return nil, errors.New("found no object, expected a configuration")
	}
	kept := []byte("{")
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if value = edit(name.(string), value); value == nil {
			continue
		}
		if len(kept) > 1 {
			kept = append(kept, ',')
		}
		kept = append(fmt.Appendf(kept, "%q:", name), value...)
	}
	var compact bytes.Buffer
	err := json.Compact(&compact, append(kept, '}'))
	return compact.Bytes(), err
}
