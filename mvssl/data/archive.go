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
		seen    []string
		files   int
	)
	for tr := tar.NewReader(in); ; {
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
		if h.Typeflag != tar.TypeReg {
			continue
		}
		files++
		base := path.Base(h.Name)
		if !isCIFARBatch(base) && base != cifarTest && base != cifarNames {
			continue
		}
		entry := &input{file: in.file + ":" + h.Name, r: tr, size: h.Size}
		if slices.Contains(seen, base) {
			return nil, &FormatError{File: entry.file, Offset: -1, Found: "a second " + base, Expected: "one in the archive"}
		}
		seen = append(seen, base)
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
	if _, err := io.Copy(io.Discard, in); err != nil {
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
	train := joined(name, batches)
	train.Classes, test.Classes = classes, classes
	return &Split{Train: train, Test: test}, nil
}

// joined is one data set of the batches, in the order of their numbers.
func joined(name string, batches []batch) *Dataset {
	slices.SortFunc(batches, func(a, b batch) int { return byBatchNumber(a.name, b.name) })
	var total int64
	for _, b := range batches {
		total += int64(b.Len()) * cifarRecord
	}
	d := newCIFAR(name, total)
	for _, b := range batches {
		d.Pixels = append(d.Pixels, b.Pixels...)
		d.Labels = append(d.Labels, b.Labels...)
	}
	return d
}
