package data

import (
	"archive/tar"
	"context"
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDigestOfArrays: the same arrays have the same digest, wherever and however they are
// stored, and others another.
func TestDigestOfArrays(t *testing.T) {
	plain, packed := t.TempDir(), t.TempDir()
	for name, b := range idxFolder() {
		write(t, plain, name, b)
		write(t, packed, name+".gz", zipped(t, b))
	}
	digest := mustLoad(t, plain).SHA256
	require.Len(t, digest, 64)
	require.Equal(t, digest, mustLoad(t, packed).SHA256)

	folder, archives := t.TempDir(), t.TempDir()
	first, second, test := cifarRecords(0, 3), cifarRecords(3, 2), cifarRecords(7, 2)
	write(t, folder, "data_batch_1.bin", first)
	write(t, folder, "data_batch_2.bin", second)
	write(t, folder, "test_batch.bin", test)
	write(t, archives, "a.tar.gz", zipped(t, tarred(t, tarFile{"data_batch_2.bin", second, tar.TypeReg}, tarFile{"test_batch.bin", test, tar.TypeReg},
		tarFile{"data_batch_1.bin", first, tar.TypeReg})))
	require.Equal(t, mustLoad(t, folder).SHA256, mustLoad(t, filepath.Join(archives, "a.tar.gz")).SHA256)

	seen := map[string]bool{digest: true, mustLoad(t, folder).SHA256: true}
	for name, change := range map[string]func(b map[string][]byte){
		"a pixel":      func(b map[string][]byte) { b["train-images-idx3-ubyte"][16]++ },
		"a label":      func(b map[string][]byte) { b["train-labels-idx1-ubyte"][8]++ },
		"a test pixel": func(b map[string][]byte) { b["t10k-images-idx3-ubyte"][19]++ },
		"a test label": func(b map[string][]byte) { b["t10k-labels-idx1-ubyte"][9]++ },
		"the shape": func(b map[string][]byte) {
			for _, part := range []string{"train", "t10k"} {
				copy(b[part+"-images-idx3-ubyte"][8:], []byte{0, 0, 0, 2, 0, 0, 0, 1})
			}
		},
		"an image more": func(b map[string][]byte) {
			b["t10k-images-idx3-ubyte"] = append(idxBytes(0x803, []uint32{3, 1, 2}), b["t10k-images-idx3-ubyte"][14:]...)
			b["t10k-labels-idx1-ubyte"] = idxBytes(0x801, []uint32{3}, 3, 0, 0)
		},
	} {
		files, dir := idxFolder(), t.TempDir()
		change(files)
		for file, b := range files {
			write(t, dir, file, b)
		}
		digest := mustLoad(t, dir).SHA256
		require.False(t, seen[digest], name)
		seen[digest] = true
	}

	// It is of the set as it was loaded, whatever is selected of it; the embedded set has one.
	whole := mustLoad(t, "fashion-mini")
	few := 10
	part, err := whole.Select(0.2, &few)
	require.NoError(t, err)
	require.Len(t, whole.SHA256, 64)
	require.Equal(t, whole.SHA256, part.SHA256)
}

// TestDigestOfFiles: image files have the digest of their paths within the set, their
// bytes, their labels and the names of the classes, whatever they decode to.
func TestDigestOfFiles(t *testing.T) {
	first, second := pngBytes(t, ramp(image.NewRGBA(size43), 1)), pngBytes(t, ramp(image.NewRGBA(size43), 2))
	set := func(change func(dir string)) string {
		dir := t.TempDir()
		for name, b := range map[string][]byte{"train/a/0.png": first, "train/a/1.png": second, "train/b/0.png": second, "test/a/0.png": first} {
			write(t, dir, name, b)
		}
		change(dir)
		return dir
	}
	rename := func(from, to string) func(dir string) {
		return func(dir string) {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, to)), 0o755))
			require.NoError(t, os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)))
		}
	}
	same := set(func(string) {})
	digest := mustLoad(t, same).SHA256
	require.Equal(t, digest, mustLoad(t, set(func(dir string) { write(t, dir, "train/a/notes.txt", nil) })).SHA256, "at another path, beside what is no image")
	t.Chdir(same)
	require.Equal(t, digest, mustLoad(t, ".").SHA256)

	seen := map[string]bool{digest: true}
	for name, change := range map[string]func(dir string){
		"bytes that decode to the same": func(dir string) { write(t, dir, "train/a/0.png", append(first[:len(first):len(first)], 0)) },
		"an image more":                 func(dir string) { write(t, dir, "train/a/2.png", first) },
		"an image less":                 func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "train/a/1.png"))) },
		"another name":                  rename("train/a/0.png", "train/a/00.png"),
		"another class":                 rename("train/a/1.png", "train/b/1.png"),
		"another class's name":          rename("train/b", "train/c"),
		"two that changed places": func(dir string) {
			write(t, dir, "train/a/0.png", second)
			write(t, dir, "train/a/1.png", first)
		},
	} {
		digest := mustLoad(t, set(change)).SHA256
		require.False(t, seen[digest], name)
		seen[digest] = true
	}
	passed := set(func(dir string) { write(t, dir, "train/a/1.png", []byte("junk")) })
	split, err := Load(context.Background(), passed, Options{SkipBad: true})
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(passed, "train/a/1.png")))
	require.Equal(t, mustLoad(t, passed).SHA256, split.SHA256, "what is passed over is none of the set")
}
