package files

import "os"

// Batch is several files that are written together: see [WriteTogether].
type Batch struct{ made []temporary }

// temporary is a file that waits for its name.
type temporary struct{ name, path string }

// WriteTogether writes several files, all of them or none. What write adds to the batch is
// written to temporary files beside those that are asked for; once write has returned
// without an error they are renamed, in their order, so that a file that tells of the
// others comes last. On an error no file is renamed, and no temporary file stays.
func WriteTogether(write func(b *Batch) error) error {
	b := &Batch{}
	defer func() {
		for _, t := range b.made { // those that were not renamed
			os.Remove(t.name)
		}
	}()
	if err := write(b); err != nil {
		return err
	}
	for len(b.made) > 0 {
		t := b.made[0]
		if err := naming(Rename(t.name, t.path), t.name, t.path); err != nil {
			return err
		}
		b.made = b.made[1:]
	}
	return nil
}

// Write is [Batch.WriteBy] of content.
func (b *Batch) Write(path string, content []byte) error {
	return b.WriteBy(path, func(f *os.File) error {
		_, err := f.Write(content)
		return err
	})
}

// WriteBy adds a file, which has what fill writes. A device or a pipe is written to at
// once.
func (b *Batch) WriteBy(path string, fill func(f *os.File) error) error {
	if isStream(path) {
		return writeInto(path, fill)
	}
	name, err := fillTemporary(path, fill)
	if err == nil {
		b.made = append(b.made, temporary{name, path})
	}
	return err
}
