package safetensors

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"

	"entrec/internal/files"
)

// Writer writes a file with the digests of [Seal]. It computes each tensor's once it is
// added, beside what makes the next ones, so that on two processors digests take next to
// no time of their own. The zero value is ready.
type Writer struct {
	tensors []placed
	sums    []*string
	busy    chan struct{} // as many as there are processors
	wait    sync.WaitGroup
}

// Add adds a tensor, whose data must not change until the file is written.
func (w *Writer) Add(t Tensor) {
	if w.busy == nil {
		w.busy = make(chan struct{}, runtime.GOMAXPROCS(0))
	}
	sum := new(string)
	w.tensors, w.sums = append(w.tensors, placed{Tensor: t, size: len(t.Data)}), append(w.sums, sum)
	w.wait.Go(func() {
		w.busy <- struct{}{}
		*sum = t.digest()
		<-w.busy
	})
}

// AddStreamed adds a tensor without data, of size bytes, which fill writes once the file
// is written. It need not fit in memory. What fill returns, and another number of bytes,
// is an error of the file.
func (w *Writer) AddStreamed(t Tensor, size int, fill func(w io.Writer) error) {
	w.tensors, w.sums = append(w.tensors, placed{t, size, fill}), append(w.sums, new(string))
}

// digests waits for those of the tensors, in the order in which they were added.
func (w *Writer) digests() []string {
	w.wait.Wait()
	sums := make([]string, len(w.sums))
	for i, sum := range w.sums {
		sums[i] = *sum
	}
	return sums
}

// Write writes the tensors and metadata, wholly or not at all: see files.WriteBy. It
// errors where [Marshal] does and where the file system does.
func (w *Writer) Write(path string, metadata map[string]string) error {
	fill, err := w.Filling(path, metadata)
	if err != nil {
		return err
	}
	return files.WriteBy(path, fill)
}

// Replace is Write that keeps the file before, if any, under the name previous: see
// files.Replace.
func (w *Writer) Replace(path, previous string, metadata map[string]string) error {
	fill, err := w.Filling(path, metadata)
	if err != nil {
		return err
	}
	return files.Replace(path, previous, fill)
}

// Filling returns what writes the file of [Writer.Write], whose name is for errors.
func (w *Writer) Filling(path string, metadata map[string]string) (fill func(f *os.File) error, err error) {
	ordered, err := order(w.tensors)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	tensors := make([]Tensor, len(w.tensors))
	sumOf := map[string]*string{}
	for i, t := range w.tensors {
		tensors[i], sumOf[t.Name] = t.Tensor, w.sums[i]
	}
	sealed := func(sums []string) []byte { return header(seal(metadata, tensors, sums), ordered) }
	return func(f *os.File) error {
		// The data first, while the digests are computed; digests are of one length, so
		// the header's is known before them.
		unknown := slices.Repeat([]string{zeroDigest}, len(w.tensors))
		start := int64(len(sealed(unknown)))
		if err := write(f, start, ordered, sumOf); err != nil {
			return err
		}
		if err := syncLarge(f, start); err != nil {
			return err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := f.Write(sealed(w.digests()))
		return err
	}, nil
}

// syncLarge begins to put a large file on the disk, whose digests take as long. A small
// file's are there already.
func syncLarge(f *os.File, start int64) error {
	info, err := f.Stat()
	if err != nil || info.Size()-start < 16<<20 {
		return err
	}
	return f.Sync()
}

// write writes the tensors' data from an offset on, and stores the digests of those that
// are streamed.
func write(f *os.File, offset int64, ordered []placed, sums map[string]*string) error {
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for _, t := range ordered {
		if t.fill != nil {
			sum, err := t.stream(w)
			if err != nil {
				return err
			}
			*sums[t.Name] = sum
			continue
		}
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return w.Flush()
}

// stream writes the tensor's data and returns their digest.
func (t placed) stream(w io.Writer) (sum string, err error) {
	h, n := t.begin(), &counter{}
	if err := t.fill(io.MultiWriter(w, h, n)); err != nil {
		return "", err
	}
	if n.n != t.size {
		return "", fmt.Errorf("tensor %q: found %d bytes of data, expected %d", t.Name, n.n, t.size)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// counter counts bytes.
type counter struct{ n int }

// Write counts p.
func (c *counter) Write(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}

// Write writes a file with the given content and the digests of [Seal], wholly or not at
// all.
func Write(path string, metadata map[string]string, tensors []Tensor) error {
	return writerOf(tensors).Write(path, metadata)
}

// Filling returns what writes the file of [Write], whose name is for errors.
func Filling(path string, metadata map[string]string, tensors []Tensor) (fill func(f *os.File) error, err error) {
	return writerOf(tensors).Filling(path, metadata)
}

// writerOf returns a writer with tensors.
func writerOf(tensors []Tensor) *Writer {
	w := &Writer{}
	for _, t := range tensors {
		w.Add(t)
	}
	return w
}
