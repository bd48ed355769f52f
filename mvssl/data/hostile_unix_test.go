//go:build unix

package data

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNoRegularFiles: in the place of each file that a stranger can have made, a pipe
// that nobody writes to, a device without an end and a file of a terabyte are refused at
// once.
func TestNoRegularFiles(t *testing.T) {
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	sets := map[string]map[string][]byte{
		"cifar":      {"data_batch_1.bin": cifarRecords(0, 2), "test_batch.bin": cifarRecords(0, 2), "batches.meta.txt": []byte("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n")},
		"classes":    {"train/a/0.png": good, "train/a/1.jpg": good, "test/a/0.png": good},
		"idx":        idxFolder(),
		"idx packed": {},
		"archive":    {"a.tar.gz": nil},
	}
	for name, content := range idxFolder() {
		sets["idx packed"][name+".gz"] = zipped(t, content)
	}
	for format, files := range sets {
		for instead := range files {
			for what, place := range map[string]func(file string) error{
				"a pipe":     func(file string) error { return syscall.Mkfifo(file, 0o644) },
				"a device":   func(file string) error { return os.Symlink("/dev/zero", file) },
				"a socket":   func(file string) error { return socket(file) },
				"a terabyte": func(file string) error { return errors.Join(os.WriteFile(file, nil, 0o644), os.Truncate(file, 1<<40)) },
			} {
				t.Run(format+" "+filepath.Base(instead)+" "+what, func(t *testing.T) {
					dir := t.TempDir()
					for name, content := range files {
						write(t, dir, name, content)
					}
					file := filepath.Join(dir, instead)
					require.NoError(t, os.Remove(file))
					require.NoError(t, place(file))
					path := dir
					if format == "archive" {
						path = file
					}
					_, err := Load(context.Background(), path, Options{Memory: 1 << 30})
					requireOneLineOf(t, err)
					require.ErrorContains(t, err, file)
					require.ErrorContains(t, err, "found ")
					require.ErrorContains(t, err, "expected ")
				})
			}
		}
	}
}

// socket leaves a socket in the place of a file, whose path may be too long for one.
func socket(file string) error {
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	at := filepath.Join(dir, "s")
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: at}); err != nil {
		return err
	}
	return os.Rename(at, file)
}

// TestSparseFiles: a file that claims more than images may take is refused before
// anything is allocated, whatever its headers say of it.
func TestSparseFiles(t *testing.T) {
	const large = 1 << 37
	for name, header := range map[string][]byte{
		"train-images-idx3-ubyte": idxBytes(0x803, []uint32{1 << 20, 1 << 9, 1 << 8}),
		"train-labels-idx1-ubyte": idxBytes(0x801, []uint32{1 << 31}),
		"data_batch_1.bin":        nil,
		"test_batch.bin":          nil,
	} {
		dir := t.TempDir()
		size := int64(large / cifarRecord * cifarRecord)
		if header != nil {
			for other, content := range idxFolder() {
				write(t, dir, other, content)
			}
			size = int64(len(header)) + large
			if name == "train-labels-idx1-ubyte" {
				size = int64(len(header)) + 1<<31
			}
		} else {
			write(t, dir, "data_batch_1.bin", cifarRecords(0, 1))
		}
		write(t, dir, name, header)
		require.NoError(t, os.Truncate(filepath.Join(dir, name), size))
		_, err := Load(context.Background(), dir, Options{Memory: 1 << 30})
		var short *MemoryError
		require.ErrorAs(t, err, &short, name)
		requireOneLine(t, err)
	}
}

// TestUnreadableEntries: what may not be read is named.
func TestUnreadableEntries(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	good := pngBytes(t, ramp(image.NewRGBA(size43), 1))
	for _, name := range []string{"train", "train/a", "train/a/0.png", "test", "test/a"} {
		dir := t.TempDir()
		write(t, dir, "train/a/0.png", bytes.Clone(good))
		write(t, dir, "test/a/0.png", good)
		file := filepath.Join(dir, name)
		require.NoError(t, os.Chmod(file, 0))
		_, err := Load(context.Background(), dir, Options{})
		require.NoError(t, os.Chmod(file, 0o755))
		require.ErrorIs(t, err, fs.ErrPermission)
		require.ErrorContains(t, err, file)
		requireOneLine(t, err)
	}
}
