package train

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/internal/strictjson"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
)

// predictionsFormat is the format of predictions.json.
const predictionsFormat = "entrec-predictions/1"

// Predictions are a run's predictions.json: the classes that the classifiers at its end
// found, one of each image that accuracies are of, in the data set's order.
type Predictions struct {
	Format    string    `json:"format"`
	EvalSplit data.Part `json:"eval_split"` // test, or val where images are held out
	Images    int       `json:"images"`
	Labels    Classes   `json:"labels"` // the true ones
	KNN       Classes   `json:"knn"`
	Linear    Classes   `json:"linear"`
}

// Classes are one class for each of some images. In JSON they are a word: how they are
// packed, a colon, and the bytes in base64 with padding. Where all are below 15 they are
// packed as "half", half a byte each, the higher half first, with 15 in a half that is left;
// else as "varint", an unsigned varint each (LEB128).
type Classes []int

// halves is the first class that is not packed into half a byte.
const halves = 15

// String is the word.
func (c Classes) String() string {
	var b []byte
	if len(c) > 0 && slices.Max(c) >= halves {
		for _, class := range c {
			b = binary.AppendUvarint(b, uint64(class))
		}
		return "varint:" + base64.StdEncoding.EncodeToString(b)
	}
	for pair := range slices.Chunk(c, 2) {
		low := halves
		if len(pair) > 1 {
			low = pair[1]
		}
		b = append(b, byte(pair[0]<<4|low))
	}
	return "half:" + base64.StdEncoding.EncodeToString(b)
}

// MarshalText returns the word.
func (c Classes) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the word.
func (c *Classes) UnmarshalText(text []byte) error {
	packed, word, _ := strings.Cut(string(text), ":")
	b, err := base64.StdEncoding.DecodeString(word)
	if err != nil {
		return fmt.Errorf("classes: %w", err)
	}
	*c = Classes{}
	switch packed {
	case "half":
		for _, pair := range b {
			*c = append(*c, int(pair>>4), int(pair&0xf))
		}
		if n := len(*c); n > 0 && (*c)[n-1] == halves {
			*c = (*c)[:n-1]
		}
		if at := slices.Index(*c, halves); at >= 0 {
			return fmt.Errorf("classes: found %d at image %d, expected less", halves, at)
		}
		return nil
	case "varint":
		for at := 0; at < len(b); {
			class, n := binary.Uvarint(b[at:])
			if n <= 0 || class >= maxClasses {
				return fmt.Errorf("classes: found no varint below %d at byte %d", maxClasses, at)
			}
			*c, at = append(*c, int(class)), at+n
		}
		return nil
	}
	return fmt.Errorf("classes: found %.20q, expected half: or varint: and base64", text)
}

// maxPredictionsBytes is more than any has.
const maxPredictionsBytes = 1 << 30

// ReadPredictions reads predictions.json of the run in a folder whose summary is s. Errors
// name the file: one that is not the summary's is refused.
func ReadPredictions(dir string, s *Summary) (*Predictions, error) {
	path := filepath.Join(dir, PredictionsFile)
	text, err := files.Read(path, maxPredictionsBytes)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: found no such file, expected that of digest %.12s of %s", path, s.PredictionsSHA256, SummaryFile)
	}
	if err != nil {
		return nil, err
	}
	if sum := digestOf(text); sum != s.PredictionsSHA256 {
		return nil, fmt.Errorf("%s: found digest %.12s, expected %.12s of %s", path, sum, s.PredictionsSHA256, SummaryFile)
	}
	p := &Predictions{}
	if err := strictjson.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := p.check(s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// check reports in what the predictions are not those of a summary.
func (p *Predictions) check(s *Summary) error {
	if p.Format != predictionsFormat {
		return fmt.Errorf("format: found %q, expected %q", p.Format, predictionsFormat)
	}
	for _, c := range []struct {
		name     string
		classes  Classes
		accuracy *float64
	}{{"labels", p.Labels, nil}, {"knn", p.KNN, s.KNN}, {"linear", p.Linear, s.Linear}} {
		if found := len(c.classes); found == 0 || found != p.Images {
			return fmt.Errorf("%s: found %d classes, expected those of %d images", c.name, found, p.Images)
		}
		if c.accuracy != nil && eval.Accuracy(c.classes, p.Labels) != *c.accuracy {
			return fmt.Errorf("%s: found accuracy %v, expected %v of %s", c.name, eval.Accuracy(c.classes, p.Labels), *c.accuracy, SummaryFile)
		}
	}
	return nil
}

// keepPredictions writes predictions.json and returns its digest, or removes what another
// attempt has left where none are to be kept.
func (t *trainer[T]) keepPredictions() (sum string, err error) {
	path := filepath.Join(t.opts.Out, PredictionsFile)
	if !t.cfg.Report.KeepPredictions {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		return "", nil
	}
	p := Predictions{Format: predictionsFormat, EvalSplit: t.cfg.EvalSplit(), Images: t.split.Test.Len(), Labels: t.split.Test.Labels}
	if err := errors.Join(p.KNN.UnmarshalText([]byte(t.at.Final.KNNClasses)), p.Linear.UnmarshalText([]byte(t.at.Final.LinearClasses))); err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return "", err
	}
	text = append(text, '\n')
	return digestOf(text), files.Write(path, text)
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
