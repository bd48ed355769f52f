package data

import (
	"fmt"
	"math"

	"entrec/internal/memory"
)

// MemoryError says that a data set's images need more memory than they may have.
type MemoryError struct {
	// Path is that of the file or folder at which it was found.
	Path string
	// Need is how many bytes are needed up to there, of at most Limit.
	Need, Limit int64
}

// Error is one line: the path, the need and the limit.
func (e *MemoryError) Error() string {
	return fmt.Sprintf("%s: found images that need %s of memory, expected at most %s", printableName(e.Path), bytesInWords(e.Need), bytesInWords(e.Limit))
}

// bytesInWords writes a number of bytes with a unit of which there are few.
func bytesInWords(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// unknownMachine is how much memory a machine is taken to have that does not say.
const unknownMachine = 8 << 30

// DefaultMemory returns what [Options].Memory is where it is 0: half of what this process
// may use.
func DefaultMemory() int64 {
	if n := memory.Machine(); n > 0 {
		return n / 2
	}
	return unknownMachine / 2
}

// budget is the memory that the images of a data set may have. A nil budget has no limit.
type budget struct{ limit, used int64 }

// budget returns what a data set may have by the options.
func (o Options) budget() *budget {
	limit := o.Memory
	if limit <= 0 {
		limit = DefaultMemory()
	}
	return &budget{limit: min(limit, math.MaxInt)} // what a slice can have
}

// left is how many bytes are left.
func (b *budget) left() int64 {
	if b == nil {
		return math.MaxInt64
	}
	return b.limit - b.used
}

// take grants n bytes for what is at a path, before they are allocated. The error is a
// *MemoryError.
func (b *budget) take(path string, n int64) error {
	if b == nil {
		return nil
	}
	if n > b.limit-b.used {
		return &MemoryError{path, b.used + n, b.limit}
	}
	b.used += n
	return nil
}

// hold reports whether n bytes more could be taken now, for what is given back soon. The
// error is a *MemoryError.
func (b *budget) hold(path string, n int64) error {
	if n <= b.left() {
		return nil
	}
	return &MemoryError{path, b.used + n, b.limit}
}
