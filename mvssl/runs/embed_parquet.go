package runs

import (
	"fmt"
	"os"

	"github.com/parquet-go/parquet-go"

	"entrec/internal/about"
	"entrec/internal/files"
	"entrec/tensor"
)

// parquetFeatures and parquetProjections are a row of a table.
type parquetFeatures[T tensor.Float] struct {
	Path     *string `parquet:"path,optional"`
	Split    string  `parquet:"split,dict"`
	Label    *int64  `parquet:"label,optional"`
	Class    *string `parquet:"class,optional,dict"`
	Features []T     `parquet:"features,list"`
}

type parquetProjections[T tensor.Float] struct {
	Path        *string `parquet:"path,optional"`
	Split       string  `parquet:"split,dict"`
	Label       *int64  `parquet:"label,optional"`
	Class       *string `parquet:"class,optional,dict"`
	Projections []T     `parquet:"projections,list"`
}

// rowGroupBytes is about how much of a table is kept before it is written.
const rowGroupBytes = 32 << 20

// writeParquet writes an embedding as a table.
func writeParquet[T tensor.Float](file string, e *embedding[T]) error {
	if e.what == Projections {
		return writeTable(file, e, func(i parquetFeatures[T]) parquetProjections[T] {
			return parquetProjections[T]{i.Path, i.Split, i.Label, i.Class, i.Features}
		})
	}
	return writeTable(file, e, func(i parquetFeatures[T]) parquetFeatures[T] { return i })
}

func writeTable[T tensor.Float, R any](file string, e *embedding[T], row func(i parquetFeatures[T]) R) error {
	return files.WriteBy(file, func(f *os.File) error {
		w := parquet.NewGenericWriter[R](f,
			parquet.KeyValueMetadata("format", EmbeddingFormat), parquet.KeyValueMetadata("data", e.name),
			parquet.CreatedBy("entrec", about.Version, ""), parquet.MaxRowsPerRowGroup(int64(max(1, rowGroupBytes/(e.dim*floatBytes[T]())))))
		at := 0
		err := e.each(func(rows *tensor.Tensor[T]) error {
			values, batch := tensor.Contiguous(rows).Data(), make([]R, rows.Dim(0))
			for i := range batch {
				batch[i] = row(e.parquetRow(at, values[i*e.dim:(i+1)*e.dim]))
				at++
			}
			_, err := w.Write(batch)
			return err
		})
		if err != nil {
			return err
		}
		return w.Close()
	})
}

// parquetRow returns the row of an image.
func (e *embedding[T]) parquetRow(i int, values []T) parquetFeatures[T] {
	row := parquetFeatures[T]{Split: string(e.part(i)), Features: values}
	if e.files != nil {
		row.Path = &e.files[i]
	}
	if label, class := int64(e.labels[i]), e.class(i); label >= 0 {
		row.Label, row.Class = &label, &class
	}
	return row
}

// isParquet reports whether a file is a table that [Embed] wrote.
func isParquet(file string) bool {
	f, size, err := files.Open(file, 1<<50)
	if err != nil {
		return false
	}
	defer f.Close()
	opened, err := openParquet(f, size)
	if err != nil {
		return false
	}
	format, ok := opened.Lookup("format")
	return ok && format == EmbeddingFormat
}

// openParquet opens a table; what it trips over in a damaged one is an error.
func openParquet(f *os.File, size int64) (p *parquet.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
}
