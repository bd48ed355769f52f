package runs

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"

	"entrec/internal/files"
	"entrec/tensor"
)

// csvColumns are those before the features'.
var csvColumns = []string{"path", "split", "label", "class"}

// writeCSV writes an embedding as a line of names and a line an image. Numbers have as many
// digits as it takes to read the same number again.
func writeCSV[T tensor.Float](file string, e *embedding[T]) error {
	return files.WriteBy(file, func(f *os.File) error {
		buffered := bufio.NewWriterSize(f, 1<<20)
		w := csv.NewWriter(buffered)
		line := append([]string{}, csvColumns...)
		for i := range e.dim {
			line = append(line, fmt.Sprintf("%s%d", strings.TrimSuffix(string(e.what), "s"), i))
		}
		if err := w.Write(line); err != nil {
			return err
		}
		at := 0
		err := e.each(func(rows *tensor.Tensor[T]) error {
			values := tensor.Contiguous(rows).Data()
			for i := range rows.Dim(0) {
				line = append(line[:0], e.file(at), string(e.part(at)), "", e.class(at))
				if e.labels[at] >= 0 {
					line[2] = strconv.Itoa(e.labels[at])
				}
				for _, v := range values[i*e.dim : (i+1)*e.dim] {
					line = append(line, strconv.FormatFloat(float64(v), 'g', -1, 8*floatBytes[T]()))
				}
				if err := w.Write(line); err != nil {
					return err
				}
				at++
			}
			return nil
		})
		if err != nil {
			return err
		}
		w.Flush()
		if err := w.Error(); err != nil {
			return err
		}
		return buffered.Flush()
	})
}

// file returns the name of an image's file, "" where it has none.
func (e *embedding[T]) file(i int) string {
	if e.files == nil {
		return ""
	}
	return e.files[i]
}

// isCSV reports whether a file begins as those that [Embed] writes.
func isCSV(file string) bool {
	f, _, err := files.Open(file, 1<<50)
	if err != nil {
		return false
	}
	defer f.Close()
	begin := make([]byte, len(strings.Join(csvColumns, ","))+1)
	n, _ := f.Read(begin)
	return string(begin[:n]) == strings.Join(csvColumns, ",")+","
}
