package data

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Parquet as Hugging Face has it: a row an image, encoded, in a column of structs of bytes
// and path, or of bytes; the class in a column of integers. The metadata's key huggingface
// tells, in JSON, which columns are images and labels, and names the classes.
const (
	parquetMagic = "PAR1"
	parquetExt   = ".parquet"
	// maxParquetFooter is the longest footer that is read, maxPageHeader the longest header of
	// a page.
	maxParquetFooter, maxPageHeader = 64 << 20, 1 << 20
)

var parquetFormat = Format{
	Name: "parquet", Doc: ".parquet (Hugging Face)", Choices: true,
	Match: func(p Place) bool {
		if p.File != "" {
			return bytes.HasPrefix(p.Head, []byte(parquetMagic))
		}
		files, err := p.folder().parquetFiles()
		return err == nil && len(files[Training]) > 0
	},
	Load: loadParquet,
}

// parquetFiles lists the .parquet files of a folder, and of folders in it that are called
// as parts are, by part. A file's part is that which its name begins with, or that of its
// folder, or else the training part.
func (dir folder) parquetFiles() (map[Part][]string, error) {
	files := map[Part][]string{}
	list := func(sub string, part Part) error {
		entries, err := fs.ReadDir(dir, sub)
		if err != nil {
			return readError(dir.file(sub), err)
		}
		for _, e := range entries {
			if hidden(e) || e.IsDir() || path.Ext(e.Name()) != parquetExt {
				continue
			}
			of := part
			if named, ok := partNamed(e.Name()); ok {
				of = named
			}
			files[of] = append(files[of], path.Join(sub, e.Name()))
		}
		return nil
	}
	if err := list(".", Training); err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, readError(dir.path, err)
	}
	for _, e := range entries {
		if part, ok := partNamed(e.Name()); ok && e.IsDir() {
			if err := list(e.Name(), part); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// partNamed is the part that a name begins with.
func partNamed(name string) (Part, bool) {
	word := strings.ToLower(name)
	if i := strings.IndexFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }); i >= 0 {
		word = word[:i]
	}
	switch word {
	case "train", "training":
		return Training, true
	case "test":
		return Test, true
	case "val", "valid", "validation", "dev":
		return Validation, true
	}
	return "", false
}

func loadParquet(ctx context.Context, p Place, o Options) (*Split, error) {
	dir := p.folder()
	files := map[Part][]string{Training: {p.File}}
	if p.File != "" {
		dir.path = strings.TrimSuffix(p.Path, p.File)
	} else {
		var err error
		if files, err = dir.parquetFiles(); err != nil {
			return nil, err
		}
	}
	if val := files[Validation]; len(files[Test]) == 0 {
		files[Test] = val
	} else if len(val) > 0 {
		o.note(fmt.Sprintf("%s: left out %s, since there is %s", printableName(p.Path), printableName(val[0]), printableName(files[Test][0])))
	}
	var parts []encoded
	var classes []string
	for _, part := range []Part{Training, Test} {
		if len(files[part]) == 0 {
			continue
		}
		rows := &parquetRows{dir: dir, choice: p.Choice}
		for _, file := range files[part] {
			if err := rows.read(ctx, file); err != nil {
				return nil, err
			}
		}
		if len(rows.images) == 0 {
			return nil, &FormatError{File: dir.file(files[part][0]), Offset: -1, Found: "no row", Expected: "at least one image"}
		}
		if part == Test && rows.labels == nil && parts[0].labels != nil {
			o.noteUnlabeledTest(p.Path)
			continue
		}
		if part == Test && parts[0].labels == nil {
			rows.labels = nil // of what there is nothing to learn
		}
		if len(rows.classes) > len(classes) {
			classes = rows.classes
		}
		parts = append(parts, rows.encoded(part))
	}
	if err := sameClasses(p.Path, parts, &classes); err != nil {
		return nil, err
	}
	return loadEncoded(ctx, dir, p.Name, classes, parts, o)
}

// sameClasses holds the labels of all parts against the names of the classes, or names them
// by number.
func sameClasses(path string, parts []encoded, classes *[]string) error {
	largest := -1
	for _, p := range parts {
		for _, label := range p.labels {
			largest = max(largest, label)
		}
	}
	switch n := len(*classes); {
	case largest < 0:
		*classes = nil
	case n == 0 && largest < maxArrayClasses:
		*classes = numberNames(largest + 1)
	case largest >= n:
		return &FormatError{File: path, Offset: -1, Found: fmt.Sprintf("label %d", largest), Expected: fmt.Sprintf("a label below %d", cmp.Or(n, maxArrayClasses))}
	}
	return nil
}

// parquetRows is the rows of a part.
type parquetRows struct {
	dir    folder
	choice string // a column of labels

	images  [][]byte
	names   []string
	labels  []int // nil where a row has none
	bare    bool  // a row has none
	classes []string
}

// encoded is the part.
func (r *parquetRows) encoded(part Part) encoded {
	return encoded{part: part, folder: ".", labels: r.labels, files: r.names, stored: stored{
		where: func(i int) string { return r.dir.file(r.names[i]) },
		open: func(i int) (io.ReadCloser, int64, error) {
			return io.NopCloser(bytes.NewReader(r.images[i])), int64(len(r.images[i])), nil
		},
	}}
}

// read appends the rows of a file.
func (r *parquetRows) read(ctx context.Context, file string) (err error) {
	in := Place{FS: r.dir.FS, Path: r.dir.file(file), File: file, room: r.dir.room}
	f, err := in.openAt()
	if err != nil {
		return err
	}
	defer f.close()
	wrong := func(err error) error {
		return &FormatError{File: in.Path, Offset: -1, Found: fmt.Sprintf("an unreadable Parquet file (%v)", err), Expected: "images in a column of bytes, or of bytes and path", Err: err}
	}
	// The package counts on whoever wrote the file for much.
	defer func() {
		if v := recover(); v != nil {
			err = wrong(errors.New("parts that do not fit together"))
		}
	}()
	if err := f.footer(); err != nil {
		return wrong(err)
	}
	pf, err := parquet.OpenFile(f, f.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return wrong(err)
	}
	columns, err := r.columns(pf)
	if err != nil {
		return wrong(err)
	}
	before := len(r.images)
	for i, group := range pf.RowGroups() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := r.group(f, group, pf.Metadata().RowGroups[i], columns); err != nil {
			var short *MemoryError
			if errors.As(err, &short) {
				return err
			}
			return wrong(err)
		}
	}
	for i := before; i < len(r.images); i++ {
		if r.names = append(r.names, ""); columns.paths != nil {
			r.names[i] = columns.names[i-before]
		}
		if r.names[i] == "" || !fs.ValidPath(r.names[i]) {
			r.names[i] = fmt.Sprintf("row %d", i-before)
		}
		r.names[i] = path.Join(file, r.names[i])
	}
	if r.bare = r.bare || columns.labels == nil || len(r.labels) < len(r.images); r.bare {
		r.labels = nil
	}
	return nil
}

// footer walks over the footer, so that what claims more than there is is not believed.
func (f *fileAt) footer() error {
	var end [8]byte
	if f.size < 12 {
		return errors.New("too short")
	}
	if _, err := f.ReadAt(end[:], f.size-8); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(end[:]))
	if string(end[4:]) != parquetMagic || n > min(f.size-12, maxParquetFooter) {
		return fmt.Errorf("a footer of %d bytes", n)
	}
	raw := make([]byte, n)
	if _, err := f.ReadAt(raw, f.size-8-n); err != nil {
		return err
	}
	_, _, err := thriftInts(raw)
	return err
}

// parquetColumns is which columns are read.
type parquetColumns struct {
	images        int
	paths, labels *int
	names         []string // of paths, so far
}

// huggingFace is what is read of the metadata's key huggingface.
type huggingFace struct {
	Info struct {
		Features map[string]struct {
			Type  string   `json:"_type"`
			Names []string `json:"names"`
		} `json:"features"`
	} `json:"info"`
}

// columns finds the columns by the metadata, or where these say nothing by their names.
func (r *parquetRows) columns(f *parquet.File) (*parquetColumns, error) {
	var meta huggingFace
	if text, ok := f.Lookup("huggingface"); ok {
		_ = json.Unmarshal([]byte(text), &meta) // what is not understood is as if it were not there
	}
	var images, labels []string
	for _, field := range f.Schema().Fields() {
		switch name := field.Name(); {
		case meta.Info.Features[name].Type == "Image" || len(meta.Info.Features) == 0 && slices.Contains([]string{"image", "img"}, name):
			images = append(images, name)
		case meta.Info.Features[name].Type == "ClassLabel" || len(meta.Info.Features) == 0 && slices.Contains([]string{"label", "labels", "fine_label", "coarse_label"}, name):
			labels = append(labels, name)
		}
	}
	if len(images) != 1 {
		return nil, fmt.Errorf("%d columns of images", len(images))
	}
	c := &parquetColumns{}
	leaf, ok := f.Schema().Lookup(images[0], "bytes")
	if !ok {
		leaf, ok = f.Schema().Lookup(images[0])
	}
	if !ok || !leaf.Node.Leaf() || leaf.Node.Type().Kind() != parquet.ByteArray || leaf.MaxRepetitionLevel > 0 {
		return nil, fmt.Errorf("a column %.40q that is not of bytes", images[0])
	}
	c.images = leaf.ColumnIndex
	if leaf, ok := f.Schema().Lookup(images[0], "path"); ok && leaf.Node.Type().Kind() == parquet.ByteArray && leaf.MaxRepetitionLevel == 0 {
		c.paths = &leaf.ColumnIndex
	}
	label, err := r.label(labels)
	if err != nil || label == "" {
		return c, err
	}
	leaf, ok = f.Schema().Lookup(label)
	if !ok || leaf.MaxRepetitionLevel > 0 || leaf.Node.Type().Kind() != parquet.Int64 && leaf.Node.Type().Kind() != parquet.Int32 {
		return nil, fmt.Errorf("a column %.40q that is not of integers", label)
	}
	c.labels = &leaf.ColumnIndex
	if names := meta.Info.Features[label].Names; len(names) > len(r.classes) && len(names) <= maxArrayClasses {
		r.classes = names
	}
	return c, nil
}

// label is the column of the labels: the one that is chosen, or the only one, or of several
// that of CIFAR-100's fine ones.
func (r *parquetRows) label(columns []string) (string, error) {
	switch {
	case r.choice != "":
		for _, c := range columns {
			if c == r.choice || c == r.choice+"_label" {
				return c, nil
			}
		}
		return "", fmt.Errorf("no column of labels %.40q, of %s", r.choice, strings.Join(columns, ", "))
	case len(columns) == 0:
		return "", nil
	case len(columns) == 1:
		return columns[0], nil
	case slices.Contains(columns, "label"):
		return "label", nil
	case slices.Contains(columns, "fine_label"):
		return "fine_label", nil
	}
	return "", fmt.Errorf("several columns of labels, of which one has to stand behind the path: #%s", strings.Join(columns, ", #"))
}

// group appends the rows of a row group.
func (r *parquetRows) group(f *fileAt, group parquet.RowGroup, meta format.RowGroup, c *parquetColumns) error {
	rows := group.NumRows()
	column := func(i int, what string, keep func(v parquet.Value) error) error {
		if err := f.pages(&meta.Columns[i].MetaData); err != nil {
			return err
		}
		n, err := eachValue(group.ColumnChunks()[i], keep)
		if err == nil && n != rows {
			err = fmt.Errorf("%d %s in a group of %d rows", n, what, rows)
		}
		return err
	}
	err := column(c.images, "images", func(v parquet.Value) error {
		b := v.ByteArray()
		if v.IsNull() || len(b) == 0 {
			return errors.New("a row without an image")
		}
		if err := f.room.take(f.path, int64(len(b))); err != nil {
			return err
		}
		r.images = append(r.images, bytes.Clone(b))
		return nil
	})
	if err == nil && c.paths != nil {
		err = column(*c.paths, "paths", func(v parquet.Value) error {
			name := ""
			if !v.IsNull() {
				name = string(v.ByteArray())
			}
			c.names = append(c.names, name)
			return nil
		})
	}
	if err == nil && c.labels != nil {
		err = column(*c.labels, "labels", func(v parquet.Value) error {
			label := int64(-1)
			if !v.IsNull() {
				if label = v.Int64(); v.Kind() == parquet.Int32 {
					label = int64(v.Int32())
				}
			}
			if label < -1 || label >= maxArrayClasses {
				return fmt.Errorf("label %d", label)
			}
			r.bare = r.bare || label < 0 // as those of hidden test sets are
			r.labels = append(r.labels, int(label))
			return nil
		})
	}
	return err
}

// eachValue calls keep with the values of a column of a row group, and counts them.
func eachValue(chunk parquet.ColumnChunk, keep func(v parquet.Value) error) (n int64, err error) {
	pages := chunk.Pages()
	defer pages.Close()
	var values [64]parquet.Value
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		for from := page.Values(); ; {
			m, err := from.ReadValues(values[:])
			for _, v := range values[:m] {
				if err := keep(v); err != nil {
					return n, err
				}
			}
			n += int64(m)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return n, err
			}
			if m == 0 {
				return n, io.ErrNoProgress
			}
		}
		parquet.Release(page)
	}
}

// pages holds what the headers of a column's pages claim against the memory that there is.
func (f *fileAt) pages(chunk *format.ColumnMetaData) error {
	at := chunk.DataPageOffset
	if dictionary := chunk.DictionaryPageOffset; dictionary > 0 {
		at = dictionary
	}
	end := at + chunk.TotalCompressedSize
	if at < 0 || end < at || end > f.size {
		return errors.New("a column that is not in the file")
	}
	for at < end {
		raw := make([]byte, min(maxPageHeader, end-at))
		if _, err := f.ReadAt(raw, at); err != nil {
			return err
		}
		ints, length, err := thriftInts(raw)
		if err != nil {
			return err
		}
		const uncompressed, compressed = 2, 3 // fields of a page's header
		if ints[compressed] < 0 || ints[uncompressed] < 0 || ints[compressed] > end-at-int64(length) {
			return fmt.Errorf("a page of %d bytes, %d inflated", ints[compressed], ints[uncompressed])
		}
		if err := f.room.hold(f.path, 2*ints[uncompressed]); err != nil {
			return err
		}
		at += int64(length) + ints[compressed]
	}
	return nil
}
