package nn

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// Weights are the tensors of a state dict that a file holds, of an encoder that was trained
// here or elsewhere.
type Weights struct {
	Path   string
	SHA256 string // of the file, in hexadecimal
	file   *safetensors.File
}

// ReadWeights reads a safetensors file. Where it has digests they must be right. The error
// tells of a file of PyTorch's or of ONNX what it is.
func ReadWeights(path string) (*Weights, error) {
	f, err := safetensors.Read(path)
	var unsound *safetensors.FormatError
	if errors.As(err, &unsound) {
		if is := kindOfFile(path); is != "" {
			return nil, fmt.Errorf("%s: found %s", path, is)
		}
	}
	if err != nil {
		return nil, err
	}
	if f.Sealed() {
		if err := f.Verify(path); err != nil {
			return nil, err
		}
	}
	sum, err := fileSHA256(path)
	return &Weights{path, sum, f}, err
}

// kindOfFile words what a file is that is no safetensors file, and what is expected in its
// place; "" where its first bytes do not tell.
func kindOfFile(path string) string {
	f, _, err := files.Open(path, safetensors.MaxBytes)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head) // a short file has fewer
	head = head[:n]
	foreign := n > 8 && head[8] != '{' // with which a header begins
	const converts = "expected safetensors: in Python, safetensors.torch.save_file(torch.load(FILE, weights_only=True), NEW) writes a state dict as such"
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) && bytes.Contains(head, []byte("/data.pkl")), bytes.HasPrefix(head, oldTorch):
		return "a PyTorch file, " + converts
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "a zip archive, expected safetensors"
	case foreign && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5:
		return "a pickle, " + converts
	case foreign && head[0] == 0x08 && head[1] > 0 && head[1] < 0x80 && head[2]&7 == 2: // its version, then a text or a message
		return "an ONNX graph, expected safetensors: the state dict that it was made of"
	}
	return ""
}

// oldTorch is how a file begins that torch.save wrote before it wrote zip archives: a pickle
// of its own number.
var oldTorch = []byte("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")

func fileSHA256(path string) (string, error) {
	f, _, err := files.Open(path, safetensors.MaxBytes)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// MeanStd returns the mean and the standard deviation that images are normalized by, as an
// export of this project says; nil where the file does not.
func (w *Weights) MeanStd() (mean, std []float64) {
	if json.Unmarshal([]byte(w.file.Metadata["mean"]), &mean) != nil || json.Unmarshal([]byte(w.file.Metadata["std"]), &std) != nil {
		return nil, nil
	}
	return mean, std
}

// LoadWeights copies the weights that are an encoder's into it, whatever its names begin
// with in the file (module., backbone., encoder.), in the precision of T. The note is one
// line that says what was taken and what was not: classifiers (fc., head.) and what belongs
// to no part of the encoder. The error is one line with file, tensor, found and expected:
// a tensor that is missing, has another shape, or belongs to a part of the encoder that it
// does not have, or holds what is no finite number in T; the encoder is then unchanged.
// F16 and BF16 are widened exactly.
//
// Of an encoder that is there twice, as a student and its teacher, the teacher is taken.
//
// A vision transformer's positions of another grid are interpolated to the encoder's, and
// the scales of its blocks' layers (ls1, ls2), which are linear, go into the layers.
func LoadWeights[T Float](w *Weights, name string, e Encoder[T]) (note string, err error) {
	state := State(Module[T](e))
	named, err := w.under(name, namesOf(state))
	if err != nil {
		return "", err
	}
	var notes []string
	if v, is := any(e).(*ViT[T]); is {
		if notes, err = fitViT(named, v); err != nil {
			return "", err
		}
	}
	values := make([][]T, len(state))
	for i, s := range state {
		t, ok := named.tensors[s.Name]
		if !ok && strings.HasSuffix(s.Name, batchesTracked) {
			values[i] = make([]T, 1) // not all keep it
			continue
		}
		if !ok {
			return "", fmt.Errorf("%s: tensor %q is missing, expected shape %v, for %s", w.Path, named.prefix+s.Name, s.Shape(), name)
		}
		if !slices.Equal(t.Shape, s.Shape()) {
			return "", fmt.Errorf("%s: tensor %q: found shape %v, expected %v, for %s", w.Path, named.prefix+s.Name, t.Shape, s.Shape(), name)
		}
		delete(named.tensors, s.Name)
		if t.DType == "I64" {
			n, err := safetensors.Int(t)
			if err != nil {
				return "", fmt.Errorf("%s: %w", w.Path, err)
			}
			values[i] = []T{T(n)}
			continue
		}
		if values[i], err = finite[T](w.Path, t); err != nil {
			return "", err
		}
	}
	if err := named.rest(name, namesOf(state)); err != nil {
		return "", err
	}
	for i, s := range state {
		tensor.CopyTo(s.Value, tensor.FromSlice(values[i], s.Shape()...))
	}
	return named.note(len(state), notes), nil
}

// finite returns the values of a tensor of a file, whose numbers must be finite.
func finite[T Float](path string, t safetensors.Tensor) ([]T, error) {
	values, err := safetensors.Widened[T](t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("%s: tensor %q: found %v at index %d, expected a finite number", path, t.Name, v, i)
		}
	}
	return values, nil
}

// namesOf returns the names of a state.
func namesOf[T Float](state []Named[T]) []string {
	names := make([]string, len(state))
	for i, s := range state {
		names[i] = s.Name
	}
	return names
}

// namedWeights are the tensors of a file whose names begin with a prefix, by the names
// without it.
type namedWeights struct {
	path, prefix string
	student      string // the prefix of the student, whose teacher this is; "" for none
	tensors      map[string]safetensors.Tensor
	others       []string // the names of the others
}

// under returns the tensors under the prefix under which most of the names are, the
// shortest one of several that lack some. Of several that have all the teacher's is taken,
// where the others are a student's.
func (w *Weights) under(encoder string, names []string) (*namedWeights, error) {
	counts := map[string]int{}
	for _, t := range w.file.Tensors {
		for _, n := range names {
			if prefix, is := strings.CutSuffix(t.Name, n); is && (prefix == "" || strings.HasSuffix(prefix, ".")) {
				counts[prefix]++
			}
		}
	}
	if len(counts) == 0 {
		return nil, fmt.Errorf("%s: found %s, expected tensors of %s such as %q", w.Path, w.some(), encoder, names[0])
	}
	prefixes := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], len(a)-len(b), strings.Compare(a, b))
	})
	most := counts[prefixes[0]]
	for len(prefixes) > 1 && counts[prefixes[len(prefixes)-1]] < most {
		prefixes = prefixes[:len(prefixes)-1]
	}
	named := &namedWeights{path: w.Path, prefix: prefixes[0], tensors: map[string]safetensors.Tensor{}}
	if len(prefixes) > 1 && most >= needed(names) {
		isTeacher := func(prefix string) bool { return slices.Contains(strings.Split(prefix, "."), "teacher") }
		isStudent := func(prefix string) bool { return slices.Contains(strings.Split(prefix, "."), "student") }
		if isTeacher(prefixes[1]) {
			prefixes[0], prefixes[1] = prefixes[1], prefixes[0]
		}
		if len(prefixes) > 2 || !isTeacher(prefixes[0]) || !isStudent(prefixes[1]) {
			return nil, fmt.Errorf("%s: found tensors of %s under %q and as many under %q, expected one encoder", w.Path, encoder, prefixes[0], prefixes[1])
		}
		named.prefix, named.student = prefixes[0], prefixes[1]
	}
	for _, t := range w.file.Tensors {
		if name, is := strings.CutPrefix(t.Name, named.prefix); is {
			named.tensors[name] = t
		} else {
			named.others = append(named.others, t.Name)
		}
	}
	return named, nil
}

// needed returns how many tensors of those names no file lacks.
func needed(names []string) int {
	n := len(names)
	for _, name := range names {
		if strings.HasSuffix(name, batchesTracked) {
			n--
		}
	}
	return n
}

// some words which tensors there are.
func (w *Weights) some() string {
	if len(w.file.Tensors) == 0 {
		return "no tensors"
	}
	return fmt.Sprintf("%d tensors, the first %q", len(w.file.Tensors), w.file.Tensors[0].Name)
}

// changing are tensors that change what a network makes of images, where it has them.
var changing = []string{"reg_token", "register_tokens", "dist_token", "norm_pre", "fc_norm", "attn_pool"}

// rest reports a tensor that is left and belongs to the encoder: one of a part that it has,
// or that changes its features.
func (n *namedWeights) rest(encoder string, names []string) error {
	parts := slices.Clone(changing)
	for _, name := range names {
		part, _, _ := strings.Cut(name, ".")
		parts = append(parts, part)
	}
	for _, name := range slices.Sorted(maps.Keys(n.tensors)) {
		if part, _, _ := strings.Cut(name, "."); slices.Contains(parts, part) && !strings.HasSuffix(name, batchesTracked) {
			return fmt.Errorf("%s: found tensor %q of shape %v, expected none of that name in %s", n.path, n.prefix+name, n.tensors[name].Shape, encoder)
		}
	}
	return nil
}

// note says in one line what was taken, and what was not.
func (n *namedWeights) note(taken int, notes []string) string {
	text := fmt.Sprintf("%s: took %d tensors", filepath.Base(n.path), taken)
	if n.prefix != "" {
		text += fmt.Sprintf(", whose names begin with %q", n.prefix)
	}
	if n.student != "" {
		text += fmt.Sprintf(": the teacher, not the student under %q", n.student)
	}
	for _, more := range notes {
		text += "; " + more
	}
	ignored := map[string]bool{}
	for name := range n.tensors {
		part, _, _ := strings.Cut(name, ".")
		ignored[n.prefix+part] = true
	}
	for _, name := range n.others {
		part, _, _ := strings.Cut(name, ".")
		ignored[part] = true
	}
	if len(ignored) > 0 {
		const shown = 5
		parts := slices.Sorted(maps.Keys(ignored))
		more := ""
		if len(parts) > shown {
			more = fmt.Sprintf(" and %d more", len(parts)-shown)
			parts = parts[:shown]
		}
		text += fmt.Sprintf("; ignored %d: %s%s", len(n.tensors)+len(n.others), strings.Join(parts, ", "), more)
	}
	return text
}
