package data

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

var archiveFormat = Format{
	Name: "cifar-archive", Doc: "a .tar.gz of those files",
	Match: func(p Place) bool { return p.File != "" && (isTarGz(p.File) || bytes.HasPrefix(p.Head, gzipMagic)) },
	Load: func(ctx context.Context, p Place, _ Options) (*Split, error) {
		in, err := p.open()
		if err != nil {
			return nil, err
		}
		defer in.close()
		return readArchive(ctx, in, p.Name)
	},
}

var gzipMagic = []byte{0x1f, 0x8b}

// isTarGz reports whether a file's name is that of a .tar.gz.
func isTarGz(name string) bool {
	return strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tgz")
}

// batch is a file of records found in an archive.
type batch struct {
	name string
	*Dataset
}

// readArchive reads a .tar.gz that holds, in whatever folder and order, the files
// that loadCIFAR looks for. All else in it is passed over.
func readArchive(ctx context.Context, in *input, name string) (*Split, error) {
	if err := in.inflate(); err != nil {
		return nil, err
	}
	var (
		batches []batch
		test    *Dataset
		classes = cifarDefaultNames
		seen    = map[string]bool{}
		files   int
	)
	for tr := tar.NewReader(in.bounded()); ; {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, broken(in.file, in.offset, "an intact tar archive", err)
		}
		entry := &input{file: in.file + ":" + h.Name, r: tr, size: h.Size, room: in.room}
		base := path.Base(h.Name)
		ours := isCIFARBatch(base) || base == cifarTest || base == cifarNames
		if err := entry.honest(h, ours); err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		files++
		if !ours {
			continue
		}
		if seen[base] {
			return nil, &FormatError{File: entry.file, Offset: -1, Found: "a second " + base, Expected: "one in the archive"}
		}
		seen[base] = true
		if h.Size > in.size {
			return nil, &FormatError{
				File: entry.file, Offset: -1, Found: fmt.Sprintf("a size of %d bytes", h.Size),
				Expected: fmt.Sprintf("no more than the archive can hold (at most %d)", in.size),
			}
		}
		if base == cifarNames {
			if classes, err = entry.cifarClassNames(); err != nil {
				return nil, err
			}
			continue
		}
		if err := in.room.take(entry.file, h.Size); err != nil {
			return nil, err
		}
		d := newCIFAR(name, 0)
		if err := d.appendCIFAR(entry, h.Size); err != nil {
			return nil, err
		}
		if base == cifarTest {
			test = d
		} else {
			batches = append(batches, batch{base, d})
		}
	}
	// The gzip checksum lies behind the archive's end and its padding.
	if _, err := io.Copy(io.Discard, in.bounded()); err != nil {
		return nil, broken(in.file, in.offset, "an intact gzip file", err)
	}
	if len(batches) == 0 {
		return nil, &FormatError{
			File: in.file, Offset: -1, Found: fmt.Sprintf("no data_batch_*.bin among the archive's %d files", files),
			Expected: "CIFAR-10's binary version",
		}
	}
	if test == nil {
		return nil, missing(in.file, cifarTest)
	}
	train, err := in.joined(name, batches)
	if err != nil {
		return nil, err
	}
	train.Classes, test.Classes = classes, classes
	return &Split{Train: train, Test: test}, nil
}

// honest reports an entry that no archive of data has: one that is sparse, so that it
// claims more bytes than were written; one that leads out of the archive; a link in the
// place of a file that is ours.
func (in *input) honest(h *tar.Header, ours bool) error {
	found := ""
	switch {
	case isSparse(h):
		found = fmt.Sprintf("a sparse file of %d bytes", h.Size)
	case path.IsAbs(h.Name) || slices.Contains(strings.Split(h.Name, "/"), ".."):
		found = "a path that leads out of the archive"
	case ours && h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeDir:
		found = fmt.Sprintf("an entry of type %q", h.Typeflag)
	default:
		return nil
	}
	return &FormatError{File: in.file, Offset: -1, Found: found, Expected: "a plain file within the archive"}
}

// isSparse reports whether an entry is a sparse file, by GNU's header or by PAX records.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// slack is how many bytes an archive may hold beside images.
const slack = 1 << 26

// bounded is the input as long as it does not inflate to more than its images may take,
// and some more: an archive that does is passed over for hours, or is none.
func (in *input) bounded() io.Reader { return boundedInput{in} }

type boundedInput struct{ *input }

// Read reads on up to the bound.
func (in boundedInput) Read(p []byte) (int, error) {
	if in.room != nil && in.offset > slack+in.room.limit {
		return 0, &FormatError{
			File: in.file, Offset: in.offset, Found: "an archive that goes on",
			Expected: fmt.Sprintf("no more than images may take, %s, and %s", bytesInWords(in.room.limit), bytesInWords(slack)),
		}
	}
	return in.input.Read(p)
}

// joined is one data set of the batches, in the order of their numbers.
func (in *input) joined(name string, batches []batch) (*Dataset, error) {
	slices.SortFunc(batches, func(a, b batch) int { return byBatchNumber(a.name, b.name) })
	var total int64
	for _, b := range batches {
		total += int64(b.Len()) * cifarRecord
	}
	if err := in.room.take(in.file, total); err != nil {
		return nil, err
	}
	d := newCIFAR(name, total)
	for _, b := range batches {
		d.Pixels = append(d.Pixels, b.Pixels...)
		d.Labels = append(d.Labels, b.Labels...)
	}
	return d, nil
}
