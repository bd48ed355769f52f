package data

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// npyBytes is an array as NumPy writes it.
func npyBytes(dtype, shape string, content []byte) []byte {
	return npyOrdered(dtype, "False", shape, content)
}

// npyOrdered is one that says whether its first index changes fastest.
func npyOrdered(dtype, columns, shape string, content []byte) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", dtype, columns, shape)
	b := binary.LittleEndian.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(header)))
	return append(append(b, header...), content...)
}

func npzFile(t testing.TB, arrays map[string][]byte) []byte {
	var files []tarFile
	for name, content := range arrays {
		files = append(files, tarFile{name + ".npy", content, tar.TypeReg})
	}
	return zipFile(t, files...)
}

// bytesTo counts up from 0.
func bytesTo(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// TestNpz: keys, shapes and types of labels, and that all storages have the same digest.
func TestNpz(t *testing.T) {
	images := npyBytes("|u1", "(2, 2, 2, 3)", bytesTo(24))
	first := npyBytes("|u1", "(2, 3, 2, 2)", []byte{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23})
	labels := map[string][]byte{
		"column": npyBytes("|u1", "(2, 1)", []byte{1, 0}), "<i8": npyBytes("<i8", "(2,)", []byte{1, 7: 0, 15: 0}), ">i2": npyBytes(">i2", "(2,)", []byte{0, 1, 0, 0}),
	}
	var digest string
	for _, keys := range [][4]string{{"train_images", "train_labels", "test_images", "test_labels"}, {"X_train", "y_train", "x_test", "y_test"}, {"images", "labels", "val_images", "val_labels"}} {
		for name, l := range labels {
			for _, im := range [][]byte{images, first} {
				arrays := map[string][]byte{keys[0]: im, keys[1]: l, keys[2]: im, keys[3]: l}
				split := load1(t, put(t, map[string][]byte{"a.npz": npzFile(t, arrays)})+"/a.npz", Options{})
				require.Equal(t, []int{1, 0}, split.Train.Labels, name)
				require.Equal(t, first[len(first)-24:], split.Train.Pixels)
				require.Equal(t, []string{"0", "1"}, split.Test.Classes)
				require.Equal(t, "a", split.Train.Name)
				files := map[string][]byte{}
				for key, content := range arrays {
					files[key+".npy"] = content
				}
				require.Equal(t, split.SHA256, load1(t, put(t, files), Options{}).SHA256)
				if digest == "" {
					digest = split.SHA256
				}
				require.Equal(t, digest, split.SHA256)
			}
		}
	}
	gray := load1(t, put(t, map[string][]byte{"g.npy": npyBytes("|u1", "(2, 3, 4)", bytesTo(24))})+"/g.npy", Options{})
	require.Equal(t, []int{1, 3, 4, 2}, []int{gray.Train.Channels, gray.Train.Height, gray.Train.Width, gray.Train.Len()})
	require.Nil(t, gray.Train.Labels)

	var told []string
	all := npzFile(t, map[string][]byte{
		"train_images": images, "test_images": images, "val_images": images,
		"train_labels": npyBytes("|u1", "(2, 14)", bytesTo(28)), "test_labels": npyBytes("|u1", "(2, 14)", bytesTo(28)),
	})
	split := load1(t, put(t, map[string][]byte{"chest.npz": all})+"/chest.npz", Options{Note: func(line string) { told = append(told, line) }})
	require.Nil(t, split.Train.Labels)
	require.Len(t, told, 3)
	require.Contains(t, told[0], "left out the labels, which are 14 of each image")
	require.Contains(t, told[1], "left out val_images.npy, since there is test_images.npy")
}

// TestNpzWithoutLabels: a part of which some labels are −1 has none; a test part without labels
// is left out where the training images have them, and one with labels loses them where these
// do not.
func TestNpzWithoutLabels(t *testing.T) {
	images, labels, none := npyBytes("|u1", "(2, 2, 2)", bytesTo(8)), npyBytes("|u1", "(2,)", []byte{1, 0}), npyBytes("|i1", "(2,)", []byte{0, 255})
	for _, c := range []struct {
		arrays map[string][]byte
		labels []int
		test   bool
		says   string
	}{
		{map[string][]byte{"image": images, "label": labels}, []int{1, 0}, false, ""},
		{map[string][]byte{"images": images, "labels": none}, nil, false, "left out the labels, of which some are −1"},
		{map[string][]byte{"x_train": images, "y_train": labels, "x_test": images}, []int{1, 0}, false, "left out the test images, of which not all have labels"},
		{map[string][]byte{"x_train": images, "x_test": images, "y_test": labels}, nil, true, ""},
	} {
		var said []string
		dir := put(t, map[string][]byte{"a.npz": npzFile(t, c.arrays)})
		split := load1(t, filepath.Join(dir, "a.npz"), Options{Note: func(line string) { said = append(said, line) }})
		require.Equal(t, c.labels, split.Train.Labels)
		require.Equal(t, c.test, split.Test != nil)
		if c.test {
			require.Nil(t, split.Test.Labels)
		}
		require.Len(t, said, min(1, len(c.says)))
		require.Contains(t, strings.Join(said, ""), c.says)
	}
}

// TestNpyColumns: an array whose first index changes fastest is the same images.
func TestNpyColumns(t *testing.T) {
	const n, h, w, c = 2, 3, 4, 3
	rows, columns := bytesTo(n*h*w*c), make([]byte, n*h*w*c)
	for i := range n {
		for y := range h {
			for x := range w {
				for k := range c {
					columns[i+n*(y+h*(x+w*k))] = rows[c*(w*(h*i+y)+x)+k]
				}
			}
		}
	}
	for _, shape := range []string{"(2, 3, 4, 3)", "(6, 4, 3)"} {
		want := load1(t, put(t, map[string][]byte{"a.npy": npyBytes("|u1", shape, rows)})+"/a.npy", Options{})
		if shape == "(6, 4, 3)" { // images n, y of width k
			for i := range rows {
				j, x, k := i/12, i/3%4, i%3
				columns[j+6*(x+4*k)] = rows[i]
			}
		}
		file := npyOrdered("|u1", "True", shape, columns)
		require.Equal(t, want.Train.Pixels, load1(t, put(t, map[string][]byte{"a.npy": file})+"/a.npy", Options{}).Train.Pixels)
	}
}

func TestNpzRefuses(t *testing.T) {
	good := npyBytes("|u1", "(2, 2, 2)", bytesTo(8))
	label := npyBytes("|u1", "(2,)", []byte{1, 0})
	for _, tt := range []struct {
		name, want string
		arrays     map[string][]byte
	}{
		{"keys", "arrays other, things, expected train_images and train_labels", map[string][]byte{"things": good, "other": good}},
		{"floats", "an array <f4 of shape [1 1 2], expected images as |u1 (uint8)", map[string][]byte{"images": npyBytes("<f4", "(1, 1, 2)", bytesTo(8))}},
		{"five dimensions", "an array |u1 of shape [1 1 1 2 4]", map[string][]byte{"images": npyBytes("|u1", "(1, 1, 1, 2, 4)", bytesTo(8))}},
		{"a volume", "an array |u1 of shape [1 2 2 2]", map[string][]byte{"images": npyBytes("|u1", "(1, 2, 2, 2)", bytesTo(8))}},
		{"cut", "7 bytes of data, expected 8 ([2 2 2] of 1), as the header says", map[string][]byte{"images": good[:len(good)-1]}},
		{"more", "9 bytes of data, expected 8", map[string][]byte{"images": append(bytes.Clone(good), 0)}},
		{"lies", "shape [65535 65535 65535] in", map[string][]byte{"images": npyBytes("|u1", "(65535, 65535, 65535)", bytesTo(8))}},
		{"wraps", "4294967296", map[string][]byte{"images": npyBytes("|u1", "(4294967296, 4294967296, 4294967296)", bytesTo(8))}},
		{"nothing", "shape [0 2 2] in", map[string][]byte{"images": npyBytes("|u1", "(0, 2, 2)", nil)}},
		{"negative", "shape [-1 2 2] in", map[string][]byte{"images": npyBytes("|u1", "(-1, 2, 2)", bytesTo(8))}},
		{"objects", "an array |O of shape [2]", map[string][]byte{"images": good, "labels": npyBytes("|O", "(2,)", bytesTo(16))}},
		{"label", "label -2 of image 1", map[string][]byte{"images": good, "labels": npyBytes("|i1", "(2,)", []byte{0, 254})}},
		{"labels", "3 labels, expected 2", map[string][]byte{"images": good, "labels": npyBytes("|u1", "(3,)", bytesTo(3))}},
		{"other shape", "images of 1×4×1, expected 1×2×2", map[string][]byte{"train_images": good, "train_labels": label, "test_images": npyBytes("|u1", "(2, 4, 1)", bytesTo(8)), "test_labels": label}},
		{"no array", `found "junk jun"`, map[string][]byte{"images": []byte("junk junk junk")}},
		{"no header", "the end of the file", map[string][]byte{"images": good[:20]}},
		{"no dictionary", "an unreadable header", map[string][]byte{"images": []byte(npyMagic + "\x01\x00\x04\x00abcd")}},
		{"a long header", "a header of 4294967295 bytes", map[string][]byte{"images": []byte(npyMagic + "\x02\x00\xff\xff\xff\xff")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := put(t, map[string][]byte{"a.npz": npzFile(t, tt.arrays)})
			_, err := Load(context.Background(), filepath.Join(dir, "a.npz"), Options{})
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "a.npz")
			requireOneLine(t, err)
		})
	}
}

// TestNumPy reads what NumPy writes, compressed or not.
func TestNumPy(t *testing.T) {
	dir := t.TempDir()
	var want struct{ Train, Labels []int }
	foreign.Run(t, []string{"numpy"}, `
import os
import numpy as np
rng = np.random.default_rng(2)
a = dict(train_images=rng.integers(0, 256, (5, 4, 3, 3)).astype(np.uint8), train_labels=rng.integers(0, 4, (5, 1)).astype(np.uint8),
         test_images=rng.integers(0, 256, (2, 4, 3, 3)).astype(np.uint8), test_labels=np.array([[3], [0]], np.int64))
np.savez(os.path.join(x, "stored.npz"), **a)
np.savez_compressed(os.path.join(x, "packed.npz"), **a)
os.mkdir(os.path.join(x, "folder"))
for key, v in a.items(): np.save(os.path.join(x, "folder", key + ".npy"), v)
y = {"Train": a["train_images"].transpose(0, 3, 1, 2).ravel().tolist(), "Labels": a["train_labels"].ravel().tolist()}
`, dir, &want)
	for _, name := range []string{"stored.npz", "packed.npz", "folder"} {
		split := load1(t, filepath.Join(dir, name), Options{})
		require.Equal(t, want.Labels, split.Train.Labels)
		for i, v := range want.Train {
			require.Equal(t, byte(v), split.Train.Pixels[i])
		}
		require.Equal(t, []int{3, 0}, split.Test.Labels)
	}
}

func FuzzNpy(f *testing.F) {
	f.Add(npyBytes("|u1", "(2, 2, 2)", bytesTo(8)))
	f.Add(npyBytes("|u1", "(2, 2, 2, 3)", bytesTo(24)))
	f.Add(npyBytes(">i8", "(1,)", bytesTo(8)))
	f.Add([]byte(npyMagic + "\x02\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		in := inMemory(raw)
		requireModest(t, in, func() {
			if a, err := in.array(); err != nil {
				requireOneLine(t, err)
			} else {
				require.LessOrEqual(t, a.elems, int64(len(raw)))
			}
		})
	})
}
