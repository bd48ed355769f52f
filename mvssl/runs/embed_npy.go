package runs

import (
	"archive/zip"
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"entrec/internal/files"
	"entrec/internal/strictjson"
	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// EmbeddingRecord is F.json, which says what the .npy files of an embedding hold.
type EmbeddingRecord struct {
	Format  string       `json:"format"` // EmbeddingFormat
	Run     string       `json:"run"`    // the run's folder, as it was named
	Data    string       `json:"data"`
	What    What         `json:"what"`
	Classes []string     `json:"classes"` // null where there are none
	Images  int          `json:"images"`
	Dim     int          `json:"dim"`   // of the features or projections
	Paths   []string     `json:"paths"` // of the images, null where they have none
	Files   []FileRecord `json:"files"`
}

// FileRecord is about one file.
type FileRecord struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// maxRecordBytes is more than the record of any data set has.
const maxRecordBytes = 1 << 30

// isRecord reports whether a file is the record of arrays that [Embed] wrote.
func isRecord(file string) bool {
	text, err := files.Read(file, maxRecordBytes)
	var r EmbeddingRecord
	return err == nil && strictjson.Unmarshal(text, &r) == nil && r.Format == EmbeddingFormat
}

// writeNPY writes an embedding as arrays in a file each, and the record about them, which
// comes last: all of them, or none.
func writeNPY[T tensor.Float](file string, e *embedding[T]) error {
	names := EmbeddingFiles(file)
	record := EmbeddingRecord{
		Format: EmbeddingFormat, Run: e.run, Data: e.name, What: e.what, Classes: e.classes, Images: e.images, Dim: e.dim, Paths: e.files,
	}
	return files.WriteTogether(func(b *files.Batch) error {
		write := func(path string, fill func(w io.Writer) error) error {
			h, n := sha256.New(), &counter{}
			err := b.WriteBy(path, func(f *os.File) error {
				w := bufio.NewWriterSize(f, 1<<20)
				if err := fill(io.MultiWriter(w, h, n)); err != nil {
					return err
				}
				return w.Flush()
			})
			record.Files = append(record.Files, FileRecord{filepath.Base(path), n.n, fmt.Sprintf("%x", h.Sum(nil))})
			return err
		}
		if err := write(names[0], e.writeNPYRows); err != nil {
			return err
		}
		for i, values := range [][]int{e.labels, e.parts} {
			err := write(names[1+i], func(w io.Writer) error {
				_, err := w.Write(npy(ints("", values)))
				return err
			})
			if err != nil {
				return err
			}
		}
		text, err := json.MarshalIndent(record, "", "  ")
		if err != nil {
			return err
		}
		return b.Write(names[3], append(text, '\n'))
	})
}

// writeNPYRows writes the rows as an array in NumPy's format.
func (e *embedding[T]) writeNPYRows(w io.Writer) error {
	kind := npyKinds[safetensors.FromFloats[T]("", nil, nil).DType]
	if _, err := w.Write(npyHeader(kind, []int{e.images, e.dim})); err != nil {
		return err
	}
	return e.writeRows(w)
}

// npzComment is the comment of the archives that are written here.
const npzComment = EmbeddingFormat

// isNPZ reports whether a file is an archive that [Embed] wrote.
func isNPZ(file string) bool {
	r, err := zip.OpenReader(file)
	if err != nil {
		return false
	}
	defer r.Close()
	return r.Comment == npzComment
}

// writeNPZ writes an embedding as an archive of arrays, as numpy.savez does.
func writeNPZ[T tensor.Float](file string, e *embedding[T]) error {
	return files.WriteBy(file, func(f *os.File) error {
		buffered := bufio.NewWriterSize(f, 1<<20)
		archive := zip.NewWriter(buffered)
		add := func(name string, fill func(w io.Writer) error) error {
			w, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
			if err != nil {
				return err
			}
			return fill(w)
		}
		content := func(name string, content []byte) error {
			return add(name, func(w io.Writer) error {
				_, err := w.Write(content)
				return err
			})
		}
		if err := add(string(e.what), e.writeNPYRows); err != nil {
			return err
		}
		if err := content("labels", npy(ints("", e.labels))); err != nil {
			return err
		}
		if err := content("split", npy(ints("", e.parts))); err != nil {
			return err
		}
		for _, a := range []struct {
			name  string
			words []string
		}{{"paths", e.files}, {"classes", e.classes}} {
			if a.words == nil {
				continue
			}
			if err := content(a.name, npyWords(a.words)); err != nil {
				return err
			}
		}
		if err := archive.SetComment(npzComment); err != nil {
			return err
		}
		if err := archive.Close(); err != nil {
			return err
		}
		return buffered.Flush()
	})
}

// counter counts what is written.
type counter struct{ n int }

// Write counts p.
func (c *counter) Write(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}
