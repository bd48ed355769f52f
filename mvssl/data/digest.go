package data

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
)

// digestChunk is how many bytes are digested between two looks at the context.
const digestChunk = 1 << 24

// arraysSHA256 is the digest of a data set that is stored as arrays: over the number and
// shape of the images, their bytes and their labels, of the training part, then of the
// test part. Where and how they are stored does not enter.
func (s *Split) arraysSHA256(ctx context.Context) (string, error) {
	h := sha256.New()
	h.Write([]byte("arrays\n"))
	for _, d := range []*Dataset{s.Train, s.Test} {
		if d == nil {
			continue
		}
		fmt.Fprintf(h, "%d %d %d %d\n", d.Len(), d.Channels, d.Height, d.Width)
		for chunk := range slices.Chunk(d.Pixels, digestChunk) {
			if ctx.Err() != nil {
				return "", context.Cause(ctx)
			}
			h.Write(chunk)
		}
		var labels []byte
		for _, label := range d.Labels {
			labels = binary.LittleEndian.AppendUint32(labels, uint32(label))
		}
		h.Write(labels)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// digested is an image file that was loaded.
type digested struct {
	file  string
	label int // -1 where there is none
	content
}

// filesSHA256 is the digest of a data set that is stored as image files: over the path
// within the set, the label (-1 where there is none), the size and the SHA-256 of each, in the order of the paths,
// and over the names of the classes. It says nothing of how they are decoded.
func filesSHA256(files []digested, classes []string) string {
	h := sha256.New()
	h.Write([]byte("images\n"))
	for _, f := range slices.SortedFunc(slices.Values(files), func(a, b digested) int { return cmp.Compare(a.file, b.file) }) {
		fmt.Fprintf(h, "%q %d %d %x\n", f.file, f.label, f.size, f.sha256)
	}
	for _, name := range classes {
		fmt.Fprintf(h, "%q\n", name)
	}
	return hex.EncodeToString(h.Sum(nil))
}
