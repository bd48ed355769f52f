package torch

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"entrec/internal/files"
	"entrec/tensor/safetensors"
)

// Records of an archive lie in a folder, whose name torch.load does not mind.
const folder = "archive/"

// metadataRecord holds the metadata, a JSON object of strings; torch.load passes it over.
const metadataRecord = folder + "metadata.json"

// alignment is where the data of tensors begin, in bytes, so that they can be mapped.
const alignment = 64

// Write writes tensors as a state dict, in their order, wholly or not at all. Their dtypes
// are F32, F64 or I64. The metadata are in a record of their own, metadata.json. It errors
// where a tensor has another dtype, and where the file system does.
func Write(path string, metadata map[string]string, tensors []safetensors.Tensor) error {
	fill, err := Filling(path, metadata, tensors)
	if err != nil {
		return err
	}
	return files.WriteBy(path, fill)
}

// Filling returns what writes the file of [Write], whose name is for errors.
func Filling(path string, metadata map[string]string, tensors []safetensors.Tensor) (fill func(f *os.File) error, err error) {
	dict, err := stateDict(tensors)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	meta, err := json.Marshal(metadata)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return func(f *os.File) error {
		buffered := bufio.NewWriterSize(f, 1<<20)
		a := &archive{out: &counter{w: buffered}}
		a.zip = zip.NewWriter(a.out)
		a.add(folder+"data.pkl", dict)
		a.add(folder+"byteorder", []byte("little"))
		a.add(metadataRecord, meta)
		for i, t := range tensors {
			a.add(fmt.Sprintf("%sdata/%d", folder, i), t.Data)
		}
		a.add(folder+"version", []byte("3\n"))
		if a.err == nil {
			a.err = a.zip.Close()
		}
		if a.err == nil {
			a.err = buffered.Flush()
		}
		return a.err
	}, nil
}

// archive is a zip file of records that are stored as they are.
type archive struct {
	zip *zip.Writer
	out *counter
	err error // the first
}

// add adds a record, whose content begins at a multiple of alignment.
func (a *archive) add(name string, content []byte) {
	if a.err == nil {
		a.err = a.zip.Flush()
	}
	if a.err != nil {
		return
	}
	const header, extra = 30, 4 // of a local file, and of its extra field
	pad := -(a.out.n + header + int64(len(name)) + extra) & (alignment - 1)
	size := uint64(len(content))
	h := &zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(content), CompressedSize64: size, UncompressedSize64: size,
		Extra: append([]byte{'F', 'B', byte(pad), 0}, make([]byte, pad)...), // as PyTorch pads
	}
	var w io.Writer
	if w, a.err = a.zip.CreateRaw(h); a.err == nil {
		_, a.err = w.Write(content)
	}
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

// Write writes and counts.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Metadata returns the metadata of a file that [Write] wrote. The error is one line.
func Metadata(path string) (map[string]string, error) {
	const limit = 1 << 24 // far more than any has
	r, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer r.Close()
	f, err := r.Open(metadataRecord)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer f.Close()
	var metadata map[string]string
	if err := json.NewDecoder(io.LimitReader(f, limit)).Decode(&metadata); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", path, metadataRecord, err)
	}
	return metadata, nil
}
