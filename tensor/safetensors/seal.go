package safetensors

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"

	"entrec/internal/strictjson"
)

// The entries of metadata that [Seal] adds.
const (
	SealKey    = "sha256"
	TensorsKey = "sha256.tensors"
)

// zeroDigest is as long as any.
var zeroDigest = strings.Repeat("0", 2*sha256.Size)

// Seal returns the metadata with digests of all the content, all SHA-256 in hex:
//
//   - "sha256.tensors" is a JSON object of each tensor's digest by its name. It is over
//     the dtype, the shape as JSON without blanks, a line feed, and the data: F32[2,3],
//     line feed, 24 bytes;
//   - "sha256" is over all other entries, that one included, in the order of the bytes
//     of their keys: of each the key and the value in UTF-8, each after its length as 8
//     bytes, little-endian.
//
// So who trusts the second trusts the whole file, and a damaged tensor is known by name.
func Seal(metadata map[string]string, tensors []Tensor) map[string]string {
	return seal(metadata, tensors, digests(tensors))
}

// seal is [Seal] with the tensors' digests.
func seal(metadata map[string]string, tensors []Tensor, sums []string) map[string]string {
	byName := map[string]string{}
	for i, t := range tensors {
		byName[t.Name] = sums[i]
	}
	text, err := json.Marshal(byName)
	if err != nil {
		panic(err) // strings
	}
	sealed := maps.Clone(metadata)
	if sealed == nil {
		sealed = map[string]string{}
	}
	sealed[TensorsKey] = string(text)
	sealed[SealKey] = metadataDigest(sealed)
	return sealed
}

// Sealed reports whether a file has digests.
func (f *File) Sealed() bool {
	_, whole := f.Metadata[SealKey]
	_, tensors := f.Metadata[TensorsKey]
	return whole || tensors
}

// Verify reports the first thing in a file that does not fit its digests, nil where all
// does. A file without is an error. The name serves for errors only, which are a
// *FormatError.
func (f *File) Verify(name string) error {
	wrong := func(place, found, expected string) error { return &FormatError{name, place, found, expected} }
	said, ok := f.Metadata[SealKey]
	if !ok {
		return wrong("metadata", fmt.Sprintf("no %q", SealKey), "the digest of what the file holds")
	}
	if sum := metadataDigest(f.Metadata); sum != said {
		return wrong("metadata", fmt.Sprintf("content of SHA-256 %s", sum), said)
	}
	var byName map[string]string
	if err := strictjson.Unmarshal([]byte(f.Metadata[TensorsKey]), &byName); err != nil {
		return wrong(fmt.Sprintf("metadata %q", TensorsKey), err.Error(), "a digest for each tensor")
	}
	for i, sum := range digests(f.Tensors) {
		t := f.Tensors[i]
		said, ok := byName[t.Name]
		if !ok {
			said = "no such tensor"
		}
		if sum != said {
			return wrong(fmt.Sprintf("tensor %q", t.Name), fmt.Sprintf("content of SHA-256 %s", sum), said)
		}
		delete(byName, t.Name)
	}
	for _, missing := range slices.Sorted(maps.Keys(byName)) {
		return wrong(fmt.Sprintf("tensor %q", missing), "nothing", "content of SHA-256 "+byName[missing])
	}
	return nil
}

// metadataDigest is the digest of all entries but its own.
func metadataDigest(metadata map[string]string) string {
	h := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key == SealKey {
			continue
		}
		for _, text := range []string{key, metadata[key]} {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
			h.Write([]byte(text))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digests returns the digest of each tensor, on all processors.
func digests(tensors []Tensor) []string {
	var w Writer
	for _, t := range tensors {
		w.Add(t)
	}
	return w.digests()
}

// digest is described at [Seal].
func (t Tensor) digest() string {
	h := t.begin()
	h.Write(t.Data)
	return hex.EncodeToString(h.Sum(nil))
}

// begin returns a digest of all of a tensor but its data.
func (t Tensor) begin() hash.Hash {
	shape := t.Shape
	if shape == nil {
		shape = []int{}
	}
	text, err := json.Marshal(shape)
	if err != nil {
		panic(err) // numbers
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s%s\n", t.DType, text)
	return h
}
