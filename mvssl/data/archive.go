package data

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"

	"entrec/mvssl/data/picture"
)

// archiveFormat is a folder of any other format in an archive. A tar that is not compressed
// and a zip are read where they lie; what a compressed tar holds is inflated into memory.
var archiveFormat = Format{
	Name: "archive", Doc: ".zip, .tar, .tar.gz or .tar.zst of these", Choices: true,
	Match: func(p Place) bool { return p.File != "" && archiveKind(p) != "" },
	Load:  loadArchive,
}

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	zipMagics = [][]byte{[]byte("PK\x03\x04"), []byte("PK\x05\x06")}
)

// archiveKind is which archive a file is by how it begins, or where that says nothing by its
// name; "" for none.
func archiveKind(p Place) string {
	switch {
	case slices.ContainsFunc(zipMagics, func(m []byte) bool { return bytes.HasPrefix(p.Head, m) }):
		return "zip"
	case bytes.HasPrefix(p.Head, zstdMagic):
		return "zst"
	case bytes.HasPrefix(p.Head, gzipMagic) || isTarGz(p.File):
		return "gz"
	case isTar(p.Head):
		return "tar"
	}
	return ""
}

// isTar reports whether a file begins with a tar's header, a file's or one of those that say
// more of it: by its checksum, the sum of its bytes with blanks in the checksum's own place.
func isTar(head []byte) bool {
	const from, to = 148, 156
	if len(head) < headBytes {
		return false
	}
	want, err := strconv.ParseUint(strings.Trim(string(head[from:to]), " \x00"), 8, 32)
	sum := uint64(to-from) * ' '
	for i, b := range head[:headBytes] {
		if i < from || i >= to {
			sum += uint64(b)
		}
	}
	return err == nil && sum == want
}

// isTarGz reports whether a file's name is that of a .tar.gz.
func isTarGz(name string) bool {
	return strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tgz")
}

func loadArchive(ctx context.Context, p Place, o Options) (*Split, error) {
	members, err := p.members(ctx)
	if err != nil {
		return nil, err
	}
	files, err := newTree(members)
	if err != nil {
		return nil, &FormatError{File: p.Path, Offset: -1, Found: err.Error(), Expected: "each file once in the archive"}
	}
	inside := Place{FS: watch(ctx, files, o), Path: p.Path + archiveMark, Name: p.Name, Choice: p.Choice, room: p.room}
	return inside.load(ctx, o)
}

// archiveMark stands between an archive's path and that of a file in it.
const archiveMark = ":"

// members lists the files of an archive.
func (p Place) members(ctx context.Context) ([]*member, error) {
	switch kind := archiveKind(p); kind {
	case "zip", "tar":
		f, err := p.openAt()
		if err != nil {
			return nil, err
		}
		read := f.zipMembers
		if kind == "tar" {
			read = f.tarMembers
		}
		members, err := read(ctx)
		if err != nil {
			f.close()
		}
		return members, err // which are read as long as the data set is used
	}
	in, err := p.open()
	if err != nil {
		return nil, err
	}
	defer in.close()
	if bytes.HasPrefix(p.Head, zstdMagic) {
		zr, err := zstd.NewReader(in.r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxZstdWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, broken(in.file, 0, "a zstd file", err)
		}
		defer zr.Close()
		in.r, in.size, in.exact = zr, math.MaxInt64, false
	} else if err := in.inflate(); err != nil {
		return nil, err
	}
	return in.tarMembers(ctx, p.Choice)
}

// maxZstdWindow is the most memory that a zstd file may ask for to be inflated.
const maxZstdWindow = 128 << 20

// tarMembers reads a tar to its end and keeps what it holds in memory, but for what only
// another choice needs.
func (in *input) tarMembers(ctx context.Context, choice string) ([]*member, error) {
	members, err := walkTar(ctx, in.file, tar.NewReader(in.bounded()), func() int64 { return in.offset }, func(r io.Reader, name string, size int64) (func() (io.ReadCloser, error), error) {
		entry := &input{file: name, r: r, size: size, room: in.room}
		if size > in.size {
			return nil, tooMuch(name, size, in.size)
		}
		if path.Base(name) == stlUnlabeled && choice != stlUnlabeledChoice {
			return nil, nil // gigabytes that nobody wants
		}
		if err := in.room.take(name, size); err != nil {
			return nil, err
		}
		content, err := entry.take(size, fmt.Sprintf("%d bytes", size))
		return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }, err
	})
	if err != nil {
		return nil, err
	}
	// A checksum lies behind the archive's end and its padding.
	if _, err := io.Copy(io.Discard, in.bounded()); err != nil {
		return nil, broken(in.file, in.offset, "an intact archive", err)
	}
	return members, nil
}

// tooMuch is the error of an entry that claims more than its archive can hold.
func tooMuch(name string, size, most int64) error {
	return &FormatError{
		File: name, Offset: -1, Found: fmt.Sprintf("a size of %d bytes", size),
		Expected: fmt.Sprintf("no more than the archive can hold (at most %d)", most),
	}
}

// tarMembers notes where in the tar its files lie.
func (f *fileAt) tarMembers(ctx context.Context) ([]*member, error) {
	all := io.NewSectionReader(f, 0, f.size)
	at := func() int64 { offset, _ := all.Seek(0, io.SeekCurrent); return offset } // which a section cannot fail to tell
	members, err := walkTar(ctx, f.path, tar.NewReader(all), at, func(_ io.Reader, name string, size int64) (func() (io.ReadCloser, error), error) {
		from := at()
		if size > f.size-from {
			return nil, tooMuch(name, size, f.size-from)
		}
		return func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(f, from, size)), nil }, nil
	})
	if err != nil {
		return nil, err
	}
	return members, f.tarEnds(at())
}

// tarEnds reports a tar that was cut off between two of its files, which no checksum tells of:
// before the place at which it ends there are no zeros.
func (f *fileAt) tarEnds(at int64) error {
	var block [512]byte
	_, err := f.ReadAt(block[:], max(0, at-int64(len(block))))
	if err == nil && block == [512]byte{} {
		return nil
	}
	return &FormatError{File: f.path, Offset: at, Found: "the end of the file", Expected: "more files, or the zeros by which a tar ends", Err: err}
}

// walkTar lists the files of a tar; keep returns what opens one, nil for one that is not
// wanted.
func walkTar(ctx context.Context, file string, tr *tar.Reader, at func() int64, keep func(r io.Reader, name string, size int64) (func() (io.ReadCloser, error), error)) ([]*member, error) {
	var members []*member
	seen := map[string]bool{}
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return members, nil
		}
		if err != nil {
			return nil, broken(file, at(), "an intact tar archive", err)
		}
		where := file + archiveMark + h.Name
		if err := honest(where, h); err != nil {
			return nil, err
		}
		name := path.Clean(h.Name)
		if h.Typeflag != tar.TypeReg || leftBehind(name) {
			continue
		}
		if seen[name] {
			return nil, &FormatError{File: where, Offset: -1, Found: "a second " + printableName(name), Expected: "one in the archive"}
		}
		seen[name] = true
		open, err := keep(tr, where, h.Size)
		if err != nil {
			return nil, err
		}
		if open != nil {
			members = append(members, &member{name, h.Size, open})
		}
	}
}

// leftBehind reports whether a file is one that systems put into archives.
func leftBehind(name string) bool {
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), "._")
}

// honest reports an entry that no archive of data has: one that is sparse, so that it
// claims more bytes than were written; one that leads out of the archive; a link in the
// place of a file that would be read.
func honest(where string, h *tar.Header) error {
	found := ""
	switch {
	case isSparse(h):
		found = fmt.Sprintf("a sparse file of %d bytes", h.Size)
	case leadsOut(h.Name):
		found = "a path that leads out of the archive"
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeDir && h.Typeflag != tar.TypeXGlobalHeader && wouldBeRead(h.Name):
		found = fmt.Sprintf("an entry of type %q", h.Typeflag)
	default:
		return nil
	}
	return &FormatError{File: where, Offset: -1, Found: found, Expected: "a plain file within the archive"}
}

// leadsOut reports whether a name is absolute or climbs, or has a NUL. Other bytes are a
// name's own, UTF-8 or not.
func leadsOut(name string) bool {
	return path.IsAbs(name) || slices.Contains(strings.Split(name, "/"), "..") || !validPath(path.Clean(name))
}

// zipName returns the name of a file of a zip. One that is neither said to be UTF-8 nor is
// it is of code page 437, as the format says.
func zipName(h *zip.FileHeader) string {
	const isUTF8 = 1 << 11
	if h.Flags&isUTF8 != 0 || utf8.ValidString(h.Name) {
		return h.Name
	}
	var b strings.Builder
	for _, c := range []byte(h.Name) {
		b.WriteRune(charmap.CodePage437.DecodeByte(c))
	}
	return b.String()
}

// wouldBeRead reports whether a file is of a data set by its name.
func wouldBeRead(name string) bool {
	base := path.Base(name)
	return picture.Named(base) || strings.HasPrefix(base, "data_batch_") || strings.HasPrefix(base, cifarPythonTest) ||
		slices.Contains([]string{".bin", ".npy", ".npz", ".parquet"}, path.Ext(base)) || idxName.MatchString(base)
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

// zipMembers lists the files of a zip. What the directory claims of them is held against
// the archive's own size.
func (f *fileAt) zipMembers(ctx context.Context) ([]*member, error) {
	zr, err := zip.NewReader(f, f.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, broken(f.path, -1, "an intact zip archive", err)
	}
	var members []*member
	stored := uint64(0)
	for _, m := range zr.File {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		name := strings.ReplaceAll(zipName(&m.FileHeader), `\`, "/")
		where := f.path + archiveMark + name
		if leadsOut(name) {
			return nil, &FormatError{File: where, Offset: -1, Found: "a path that leads out of the archive", Expected: "a plain file within the archive"}
		}
		if strings.HasSuffix(name, "/") || leftBehind(name) {
			continue
		}
		if !m.Mode().IsRegular() {
			if wouldBeRead(name) {
				return nil, &FormatError{File: where, Offset: -1, Found: "a link or a device", Expected: "a plain file within the archive"}
			}
			continue
		}
		if stored += m.CompressedSize64; m.CompressedSize64 > uint64(f.size) || stored > uint64(f.size) {
			return nil, tooMuch(where, int64(min(m.CompressedSize64, math.MaxInt64)), f.size)
		}
		if most := m.CompressedSize64 * maxInflation; m.UncompressedSize64 > most || m.Method == zip.Store && m.UncompressedSize64 != m.CompressedSize64 {
			return nil, tooMuch(where, int64(min(m.UncompressedSize64, math.MaxInt64)), int64(most))
		}
		if m.Flags&1 != 0 {
			return nil, &FormatError{File: where, Offset: -1, Found: "an encrypted file", Expected: "one that is not"}
		}
		members = append(members, &member{path.Clean(name), int64(m.UncompressedSize64), func() (io.ReadCloser, error) {
			r, err := m.Open()
			if err != nil {
				return nil, broken(where, -1, intactMember, err)
			}
			return &checked{r, where, int64(m.UncompressedSize64)}, nil
		}})
	}
	return members, nil
}

// checked is a file of a zip, whose checksum lies behind its last byte: whoever reads as
// many bytes as there are shall learn of it.
type checked struct {
	io.ReadCloser
	where string
	left  int64
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.left -= int64(n); err == nil && c.left <= 0 {
		_, err = c.ReadCloser.Read(make([]byte, 1))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, broken(c.where, -1, intactMember, err) // or who has what was asked for would not look at the error
	}
	return n, err
}

// intactMember is what is expected of a file of a zip.
const intactMember = "an intact file of the archive"

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
