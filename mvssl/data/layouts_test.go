package data

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// put writes files below a new folder.
func put(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		write(t, dir, name, content)
	}
	return dir
}

// load1 loads and checks what every data set promises.
func load1(t testing.TB, path string, o Options) *Split {
	t.Helper()
	split, err := Load(context.Background(), path, o)
	require.NoError(t, err)
	requireSound(t, split.Train)
	if split.Test != nil {
		requireSound(t, split.Test)
	}
	return split
}

// TestBelow: a data set is found in the folders of a folder, as torchvision leaves them;
// several are named.
func TestBelow(t *testing.T) {
	mnist, cifar := map[string][]byte{}, map[string][]byte{}
	for name, content := range idxFolder() {
		mnist["MNIST/raw/"+name] = content
		mnist["MNIST/raw/"+name+".gz"] = []byte("what it was unpacked from, not looked at")
	}
	cifar["cifar-10-batches-bin/data_batch_1.bin"] = cifarRecords(0, 3)
	cifar["cifar-10-binary.tar.gz"] = []byte("what it was unpacked from, not looked at")
	dir := put(t, mnist)
	for _, path := range []string{dir, filepath.Join(dir, "MNIST"), filepath.Join(dir, "MNIST/raw")} {
		split := load1(t, path, Options{})
		require.Equal(t, []int{0, 2, 1}, split.Train.Labels)
		require.Equal(t, filepath.Base(path), split.Train.Name)
	}
	require.Equal(t, 3, load1(t, put(t, cifar), Options{}).Train.Len())

	for name, content := range cifar {
		write(t, filepath.Join(dir, "MNIST"), name, content)
	}
	_, err := Load(context.Background(), filepath.Join(dir, "MNIST"), Options{})
	requireFormatError(t, err, -1, "several data sets: "+filepath.Join(dir, "MNIST/cifar-10-batches-bin")+", "+filepath.Join(dir, "MNIST/raw"), "expected the path of one")
}

// TestIDXNames: prefixes, dots, and a choice among several.
func TestIDXNames(t *testing.T) {
	emnist := map[string][]byte{}
	for name, content := range idxFolder() {
		name = strings.Replace(name, "t10k", "test", 1)
		emnist["emnist-letters-"+name] = content
		emnist["emnist-digits-"+name+".gz"] = zipped(t, content)
	}
	dir := put(t, emnist)
	for _, choice := range []string{"letters", "digits", "emnist-letters"} {
		require.Equal(t, []int{0, 2, 1}, load1(t, dir+"#"+choice, Options{}).Train.Labels)
	}
	for path, found := range map[string]string{dir: "2 data sets", dir + "#no": "#no behind the path"} {
		_, err := Load(context.Background(), path, Options{})
		requireFormatError(t, err, -1, found, "#emnist-digits, #emnist-letters")
	}
	dotted := map[string][]byte{}
	for name, content := range idxFolder() {
		dotted[strings.Replace(name, "-idx", ".idx", 1)] = content
	}
	require.Equal(t, 2, load1(t, put(t, dotted), Options{}).Test.Len())
	_, err := Load(context.Background(), put(t, dotted)+"#x", Options{})
	requireFormatError(t, err, -1, "#x behind the path")

	alone := idxFolder()
	delete(alone, "t10k-images-idx3-ubyte")
	delete(alone, "t10k-labels-idx1-ubyte")
	require.Nil(t, load1(t, put(t, alone), Options{}).Test)
}

// TestCopies: a copy of a batch is named and left out, not taken a second time.
func TestCopies(t *testing.T) {
	files := map[string][]byte{"data_batch_1.bin": cifarRecords(0, 3), "test_batch.bin": cifarRecords(0, 2)}
	for _, name := range []string{"data_batch_1 (1).bin", "data_batch_1 copy.bin", "data_batch_1(2).bin"} {
		files[name] = files["data_batch_1.bin"]
	}
	dir := put(t, files)
	var told []string
	require.Equal(t, 3, load1(t, dir, Options{Note: func(line string) { told = append(told, line) }}).Train.Len())
	require.Equal(t, []string{dir + ": left out data_batch_1 (1).bin, data_batch_1 copy.bin, data_batch_1(2).bin, which is not called data_batch_NUMBER.bin"}, told)
	require.NoError(t, os.Remove(filepath.Join(dir, "data_batch_1.bin")))
	_, err := Load(context.Background(), dir, Options{})
	requireFormatError(t, err, -1, "found data_batch_1 (1).bin, ", "expected data_batch_1.bin and so on")
}

// cifar100Records makes n records, of coarse label i%20 and fine label i%100.
func cifar100Records(n int) []byte {
	var b []byte
	for i := range n {
		b = append(append(b, byte(i%20), byte(i%100)), bytes.Repeat([]byte{byte(i)}, cifarPixels)...)
	}
	return b
}

func TestCIFAR100(t *testing.T) {
	fine, coarse := strings.Join(numberNames(100), "-\n"), strings.Repeat("x\n", 20)
	dir := put(t, map[string][]byte{
		"train.bin": cifar100Records(103), "test.bin": cifar100Records(2),
		"fine_label_names.txt": []byte(fine), "coarse_label_names.txt": []byte(coarse),
	})
	split := load1(t, dir, Options{})
	require.Equal(t, 2, split.Train.Labels[102])
	require.Equal(t, "1-", split.Test.Classes[1])
	require.Equal(t, bytes.Repeat([]byte{102}, cifarPixels), split.Train.Image(102))
	require.Equal(t, 99, load1(t, dir+"#fine", Options{}).Train.Labels[99])
	require.Equal(t, 19, load1(t, dir+"#coarse", Options{}).Train.Labels[99])
	require.Len(t, load1(t, dir+"#coarse", Options{}).Train.Classes, 20)
	_, err := Load(context.Background(), dir+"#rough", Options{})
	requireFormatError(t, err, -1, "#rough", "#coarse, #fine")
	bad := cifar100Records(2)
	bad[3074+1] = 100
	write(t, dir, "train.bin", bad)
	_, err = Load(context.Background(), dir, Options{})
	requireFormatError(t, err, 3075, "label 100 in record 1", "0 to 99")
	write(t, dir, "train.bin", bad[:4000])
	_, err = Load(context.Background(), dir, Options{})
	requireFormatError(t, err, 3074, "a multiple of 3074 bytes, two labels and 3072 pixels")
}

// stlImage is an image whose red is its row, green its column, blue a constant.
func stlImage(blue byte) []byte {
	b := make([]byte, 0, stlPixels)
	for _, f := range []func(row, column int) byte{
		func(row, _ int) byte { return byte(row) }, func(_, column int) byte { return byte(column) }, func(int, int) byte { return blue },
	} {
		for column := range stlSide {
			for row := range stlSide {
				b = append(b, f(row, column))
			}
		}
	}
	return b
}

func TestSTL10(t *testing.T) {
	dir := put(t, map[string][]byte{
		"train_X.bin": append(stlImage(1), stlImage(2)...), "train_y.bin": {1, 10},
		"test_X.bin": stlImage(3), "test_y.bin": {2},
		"unlabeled_X.bin": append(stlImage(4), append(stlImage(5), stlImage(6)...)...),
		"class_names.txt": []byte("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"),
	})
	split := load1(t, dir, Options{})
	require.Equal(t, []int{0, 9}, split.Train.Labels)
	require.Equal(t, "j", split.Test.Classes[9])
	im := split.Train.Image(1)
	require.Equal(t, []byte{7, 8, 2}, []byte{im[7*96+8], im[96*96+7*96+8], im[2*96*96]})
	unlabeled := load1(t, dir+"#unlabeled", Options{})
	require.Equal(t, 3, unlabeled.Train.Len())
	require.Nil(t, unlabeled.Train.Labels)
	require.Nil(t, unlabeled.Test)

	for name, tt := range map[string]struct {
		file    string
		content []byte
		offset  int64
		words   string
	}{
		"cut":     {"train_X.bin", make([]byte, stlPixels+5), stlPixels, "27653 bytes (1 images and 5 bytes)"},
		"empty":   {"test_X.bin", nil, 0, "0 bytes"},
		"labels":  {"train_y.bin", []byte{1}, -1, "1 labels, expected 2"},
		"label 0": {"train_y.bin", []byte{1, 0}, 1, "label 0, expected a label of 1 to 10"},
	} {
		before, err := os.ReadFile(filepath.Join(dir, tt.file))
		require.NoError(t, err)
		write(t, dir, tt.file, tt.content)
		_, err = Load(context.Background(), dir, Options{})
		requireFormatError(t, err, tt.offset, tt.words, tt.file)
		write(t, dir, tt.file, before)
		_ = name
	}
}

// zipFile is an archive of files, deflated.
func zipFile(t testing.TB, files ...tarFile) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, f := range files {
		w, err := zw.Create(f.name)
		require.NoError(t, err)
		_, err = w.Write(f.content)
		require.NoError(t, err)
	}
	require.NoError(t, zw.Close())
	return buf.Bytes()
}

func zstdFile(t testing.TB, b []byte) []byte {
	t.Helper()
	zw, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return zw.EncodeAll(b, nil)
}

// archives packs files in every way, by the name of the archive.
func archives(t testing.TB, files ...tarFile) map[string][]byte {
	return map[string][]byte{
		"a.zip": zipFile(t, files...), "a.tar": tarred(t, files...), "a.tar.gz": zipped(t, tarred(t, files...)), "a.tgz": zipped(t, tarred(t, files...)),
		"a.tar.zst": zstdFile(t, tarred(t, files...)), "tar-by-no-name": tarred(t, files...), "zip.by.another.gif": zipFile(t, files...),
	}
}

// TestArchives: an archive of a folder is loaded as the folder is, to the same digest and
// in the same order, from whatever depth.
func TestArchives(t *testing.T) {
	good := func(seed int) []byte { return pngBytes(t, ramp(image.NewRGBA(size43), seed)) }
	sets := map[string]map[string][]byte{
		"cifar":   {"data_batch_2.bin": cifarRecords(4, 2), "data_batch_1.bin": cifarRecords(0, 3), "test_batch.bin": cifarRecords(7, 2)},
		"idx":     idxFolder(),
		"classes": {"train/b/0.png": good(1), "train/a/0.png": good(2), "test/a/0.png": good(3), "train/a/x.jpg": jpegBytes(t, image.NewGray(size43))},
	}
	for set, files := range sets {
		want := load1(t, put(t, files), Options{})
		for _, prefix := range []string{"", "./", "set/", "a/b/"} {
			var members []tarFile
			for name, content := range files {
				members = append(members, tarFile{prefix + name, content, tar.TypeReg})
			}
			members = append(members, tarFile{"__MACOSX/._x", []byte("left behind"), tar.TypeReg}, tarFile{prefix + "readme", []byte("x"), tar.TypeReg})
			for name, content := range archives(t, members...) {
				dir := put(t, map[string][]byte{name: content})
				split := load1(t, filepath.Join(dir, name), Options{})
				require.Equal(t, want.SHA256, split.SHA256, "%s %s %s", set, prefix, name)
				require.Equal(t, want.Train.Labels, split.Train.Labels)
				require.Equal(t, want.Train.Classes, split.Train.Classes)
				require.Equal(t, want.Train.Pixels, split.Train.Pixels)
			}
		}
	}
}

// TestArchivesRefuse: what an archive claims and does not hold, in each kind.
func TestArchivesRefuse(t *testing.T) {
	members := []tarFile{{"data_batch_1.bin", cifarRecords(0, 2), tar.TypeReg}, {"test_batch.bin", cifarRecords(0, 1), tar.TypeReg}}
	for name, content := range archives(t, members...) {
		dir := t.TempDir()
		for n := 0; n < len(content); n += max(1, len(content)/20) {
			write(t, dir, name, content[:n])
			_, err := Load(context.Background(), filepath.Join(dir, name), Options{})
			requireOneLineOf(t, err)
			require.ErrorContains(t, err, name)
		}
	}
	whole := zipFile(t, members...)
	directory := bytes.Index(whole, []byte("PK\x01\x02"))
	claim := func(at int, v uint32) []byte {
		b := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(b[directory+at:], v)
		return b
	}
	encrypted := bytes.Clone(whole)
	encrypted[directory+8] |= 1
	for _, tt := range []struct {
		name    string
		content []byte
		words   []string
	}{
		{"claims much", claim(24, 1<<31), []string{":data_batch_1.bin: found a size of 2147483648 bytes, expected no more than the archive can hold"}},
		{"claims more than the file", claim(20, 1<<30), []string{":data_batch_1.bin: found a size of 1073741824 bytes"}},
		{"claims less", claim(24, 3073), []string{":data_batch_1.bin", "a damaged or incomplete zip file"}},
		{"checksum", claim(16, 1), []string{":data_batch_1.bin: found bytes of another checksum, expected an intact file"}},
		{"encrypted", encrypted, []string{":data_batch_1.bin: found an encrypted file"}},
		{"leads out", zipFile(t, tarFile{"../data_batch_1.bin", nil, 0}), []string{"a path that leads out of the archive"}},
		{"leads out, Windows", zipFile(t, tarFile{`..\data_batch_1.bin`, nil, 0}), []string{"a path that leads out of the archive"}},
		{"twice", zipFile(t, members[0], members[0]), []string{"a second data_batch_1.bin"}},
		{"file and folder", zipFile(t, tarFile{"a", []byte("x"), 0}, tarFile{"a/data_batch_1.bin", cifarRecords(0, 1), 0}), []string{"a file and a folder a"}},
		{"nothing", zipFile(t), []string{"an empty archive"}},
		{"a window of a gigabyte", append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0}, make([]byte, 100)...), []string{"a.tar.zst"}},
	} {
		name := "a.zip"
		if bytes.HasPrefix(tt.content, zstdMagic) {
			name = "a.tar.zst"
		}
		dir := put(t, map[string][]byte{name: tt.content})
		_, err := Load(context.Background(), filepath.Join(dir, name), Options{})
		require.Error(t, err, tt.name)
		requireOneLine(t, err)
		for _, word := range tt.words {
			require.ErrorContains(t, err, word, tt.name)
		}
	}
}

// TestKinds: what is none of all that is named.
func TestKinds(t *testing.T) {
	for content, kind := range map[string]string{
		"MATLAB 5.0 MAT-file, Platform: x": "a MATLAB file (.mat)", "\x89HDF\r\n\x1a\n": "an HDF5 file", "7z\xbc\xaf\x27\x1c": "a 7z archive", "\xfd7zXZ\x00": "an xz file",
		"Rar!\x1a\x07\x00": "a RAR archive", "BZh9": "a bzip2 file", "\x80\x04\x95": "a pickle", "\x00\x00\x08\x03\x00": "an IDX file", "P5 1 1 255 a": "one image (PNM)",
		"\x00\x00\x00\x18ftypheic\x00": "an HEIC or AVIF image",
	} {
		dir := put(t, map[string][]byte{"x": []byte(content)})
		_, err := Load(context.Background(), filepath.Join(dir, "x"), Options{})
		requireFormatError(t, err, -1, "a file that seems to be "+kind, "(CIFAR-10)")
	}
}

// TestCIFARPython: pickles by every protocol that Python writes, of CIFAR-10 and CIFAR-100,
// give what the binary version gives.
func TestCIFARPython(t *testing.T) {
	dir := t.TempDir()
	var protocols []string
	foreign.Run(t, []string{"numpy"}, `
import os, pickle
import numpy as np
rng = np.random.default_rng(5)
def batch(n, key, classes, text):
    k = (lambda s: s) if text else (lambda s: s.encode())
    d = {k("data"): rng.integers(0, 256, (n, 3072)).astype(np.uint8), k("filenames"): [k(f"{i}.png") for i in range(n)], k("batch_label"): k("a batch")}
    for name, c in zip(key, classes): d[k(name)] = rng.integers(0, c, n).tolist()
    return d
y = []
for protocol in 2, 3, 4, 5:
    for text in True, False:
        name = f"{protocol}-{text}"
        y.append(name)
        def dump(d, *path):
            path = os.path.join(x, *path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f: pickle.dump(d, f, protocol)
        def records(ds, keys, *path):
            path = os.path.join(x, *path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            k = (lambda s: s) if text else (lambda s: s.encode())
            with open(path, "wb") as f:
                for d in ds:
                    for i, row in enumerate(d[k("data")]): f.write(bytes(d[k(key)][i] for key in keys) + row.tobytes())
        for b in 1, 2, 10:
            d = batch(3 + b, ["labels"], [10], text)
            dump(d, name, "10", "cifar-10-batches-py", f"data_batch_{b}")
            records([d], ["labels"], name, "10-bin", f"data_batch_{b}.bin")
        d = batch(4, ["labels"], [10], text)
        dump(d, name, "10", "cifar-10-batches-py", "test_batch")
        records([d], ["labels"], name, "10-bin", "test_batch.bin")
        names = [f"class {i}" for i in range(10)]
        dump({"label_names": names} if text else {b"label_names": [n.encode() for n in names]}, name, "10", "cifar-10-batches-py", "batches.meta")
        for part in "train", "test":
            d = batch(5, ["coarse_labels", "fine_labels"], [20, 100], text)
            dump(d, name, "100", part)
            records([d], ["coarse_labels", "fine_labels"], name, "100-bin", part + ".bin")
`, dir, &protocols)
	require.Len(t, protocols, 8)
	for _, name := range protocols {
		at := func(set string) string { return filepath.Join(dir, name, set) }
		pickles := load1(t, at("10"), Options{})
		binary := load1(t, at("10-bin"), Options{})
		require.Equal(t, binary.SHA256, pickles.SHA256, name)
		require.Equal(t, "class 9", pickles.Test.Classes[9])
		for _, choice := range []string{"", "#coarse", "#fine"} {
			require.Equal(t, load1(t, at("100-bin")+choice, Options{}).SHA256, load1(t, at("100")+choice, Options{}).SHA256)
		}
	}
}

// hostilePickles are pickles that would have Python run something, or take memory.
var hostilePickles = map[string]string{
	"a call":             "\x80\x02cos\nsystem\n(U\x04lsU\x01xtR.",
	"another":            "\x80\x04\x8c\x08builtins\x94\x8c\x04eval\x94\x93\x8c\x011\x85R.",
	"a long string":      "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
	"a long frame":       "\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
	"a negative length":  "\x80\x02T\xff\xff\xff\xff.",
	"the last code":      "\x80\x02\xff.",
	"nothing popped":     "\x80\x020.",
	"an odd dictionary":  "\x80\x02}(K\x01u.",
	"no end":             "\x80\x02}",
	"a dictionary of it": "\x80\x02}q\x00(h\x00h\x00u.",
	"marks":              "\x80\x02" + strings.Repeat("(", maxPickleMarks+1) + ".",
	"a list of itself":   "\x80\x02}q\x00U\x06labels]q\x01h\x01as.",
	"a shape that lies":  "\x80\x02}U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01J\xff\xff\xff\x7fM\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89U\x03abctbs.",
}

func TestHostilePickles(t *testing.T) {
	for name, p := range hostilePickles {
		dir := put(t, map[string][]byte{"data_batch_1": []byte(p)})
		_, err := Load(context.Background(), dir, Options{})
		requireFormatError(t, err, -1, filepath.Join(dir, "data_batch_1"))
		_ = name
	}
}

func FuzzPickle(f *testing.F) {
	for _, p := range hostilePickles {
		f.Add([]byte(p))
	}
	f.Add([]byte("\x80\x02}q\x01(U\x06labels](K\x01K\x02eU\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x01K\x02\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x02abtbu."))
	f.Fuzz(func(t *testing.T, raw []byte) {
		in := inMemory(raw)
		in.offset = 32 * int64(len(raw)) // a mark takes 256 bytes, and is one of few
		requireModest(t, in, func() {
			value, err := pickled(raw)
			if err != nil {
				return
			}
			if dict, err := pickledDict(value); err == nil {
				_, _ = pickledInts(dict["labels"])
				_, _ = pickledTexts(dict["label_names"])
			}
		})
	})
}
