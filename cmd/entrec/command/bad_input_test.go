package command

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"image"
	"image/png"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// put writes a file with its folders.
func put(t testing.TB, dir, name string, content []byte) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, content, 0o644))
}

func zipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func pngImage(t testing.TB, seed uint64) []byte {
	t.Helper()
	im, rng := image.NewGray(image.Rect(0, 0, 8, 8)), rand.New(rand.NewPCG(seed, 0))
	for i := range im.Pix {
		im.Pix[i] = byte(rng.Uint32())
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, im))
	return b.Bytes()
}

// Whatever is wrong with the data ends with exit code 1 and one line that names
// the file, before anything is written.
func TestBadData(t *testing.T) {
	t.Parallel()
	records := func(n int, label byte) []byte {
		b := make([]byte, 3073*n)
		for i := range n {
			b[3073*i] = label
		}
		return b
	}
	images := func(dir string) {
		for i := range 4 {
			put(t, dir, "train/a/"+string(rune('0'+i))+".png", pngImage(t, uint64(i)))
			put(t, dir, "train/b/"+string(rune('0'+i))+".png", pngImage(t, uint64(10+i)))
		}
		put(t, dir, "test/a/0.png", pngImage(t, 20))
		put(t, dir, "test/b/0.png", pngImage(t, 21))
	}
	for _, c := range []struct {
		name  string
		make  func(dir string) (data string)
		words []string
	}{
		{"truncated CIFAR file", func(dir string) string {
			put(t, dir, "data_batch_1.bin", records(3, 1)[:5000])
			put(t, dir, "test_batch.bin", records(1, 1))
			return dir
		}, []string{"data_batch_1.bin at byte 3073", "5000 bytes", "a multiple of 3073"}},
		{"label above 9", func(dir string) string {
			put(t, dir, "data_batch_1.bin", append(records(2, 1), records(1, 10)...))
			put(t, dir, "test_batch.bin", records(1, 1))
			return dir
		}, []string{"data_batch_1.bin at byte 6146", "label 10 in record 2", "0 to 9"}},
		{"archive that is no gzip", func(dir string) string {
			put(t, dir, "cifar.tar.gz", []byte("this is not gzip"))
			return filepath.Join(dir, "cifar.tar.gz")
		}, []string{"cifar.tar.gz", "gzip"}},
		{"broken gzip", func(dir string) string {
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			require.NoError(t, w.WriteHeader(&tar.Header{Name: "data_batch_1.bin", Typeflag: tar.TypeReg, Size: 6146, Mode: 0o644}))
			_, err := w.Write(records(2, 1))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			z := zipped(t, b.Bytes())
			put(t, dir, "cifar.tar.gz", z[:len(z)-7])
			return filepath.Join(dir, "cifar.tar.gz")
		}, []string{"cifar.tar.gz", "gzip"}},
		{"IDX header that lies", func(dir string) string {
			for _, part := range []string{"train", "t10k"} {
				put(t, dir, part+"-images-idx3-ubyte", idx(make([]byte, 64*3), 1<<30, 8, 8))
				put(t, dir, part+"-labels-idx1-ubyte", idx([]byte{0, 1, 2}, 3))
			}
			return dir
		}, []string{"train-images-idx3-ubyte", "1073741824"}},
		{"packed IDX header that lies", func(dir string) string {
			for _, part := range []string{"train", "t10k"} {
				put(t, dir, part+"-images-idx3-ubyte.gz", zipped(t, idx(make([]byte, 64*3), 1<<31-1, 28, 28)))
				put(t, dir, part+"-labels-idx1-ubyte.gz", zipped(t, idx([]byte{0, 1, 2}, 3)))
			}
			return dir
		}, []string{"train-images-idx3-ubyte.gz", "2147483647"}},
		{"unreadable image", func(dir string) string {
			images(dir)
			put(t, dir, "train/b/2.png", pngImage(t, 1)[:60])
			return dir
		}, []string{filepath.Join("train", "b", "2.png"), "unreadable image"}},
		{"empty folder", func(dir string) string { return dir }, []string{"nothing that can be loaded"}},
		{"a file that is no data", func(dir string) string {
			put(t, dir, "x.txt", []byte("hello"))
			return filepath.Join(dir, "x.txt")
		}, []string{"x.txt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, out := t.TempDir(), filepath.Join(t.TempDir(), "run")
			message := refuses(t, exitFailed, tinyRun(c.make(dir), out)...)
			require.Contains(t, message, dir)
			for _, w := range c.words {
				require.Contains(t, message, w)
			}
			require.NoDirExists(t, out)
		})
	}

	t.Run("skip-bad", func(t *testing.T) {
		dir, out := t.TempDir(), filepath.Join(t.TempDir(), "run")
		images(dir)
		put(t, dir, "train/b/2.png", pngImage(t, 1)[:60])
		put(t, dir, "train/a/9.jpg", nil)
		args := tinyRun(dir, out, "--batch", "2", "--epochs", "1", "--skip-bad")
		r := entrec(t, args...)
		require.Equal(t, exitDone, r.code, r.stderr)
		require.Contains(t, r.stderr, "passed over 2 unreadable images, the first "+filepath.Join(dir, "train", "a", "9.jpg"))
		require.Contains(t, r.stderr, "7 training and 2 test images")

		require.NoError(t, os.Remove(filepath.Join(dir, "train", "a", "9.jpg")))
		r = entrec(t, append(args, "--overwrite")...)
		require.Contains(t, r.stderr, "passed over 1 unreadable image, "+filepath.Join(dir, "train", "b", "2.png"))
	})
	t.Run("one test image", func(t *testing.T) {
		dir, out := filepath.Join(t.TempDir(), "single"), filepath.Join(t.TempDir(), "run")
		images(dir)
		for _, part := range []string{"train", "test"} {
			require.NoError(t, os.RemoveAll(filepath.Join(dir, part, "b")))
		}
		message := refuses(t, exitFailed, tinyRun(dir, out, "--batch", "2")...)
		require.Contains(t, message, "data set single: found 1 test image, expected at least 2")
		require.NoDirExists(t, out)
	})
	t.Run("batch larger than the data", func(t *testing.T) {
		dir, out := t.TempDir(), filepath.Join(t.TempDir(), "run")
		images(dir)
		require.Contains(t, refuses(t, exitUsage, tinyRun(dir, out)...), "batch 16 × 1 is larger than the 8 training images")
		require.NoDirExists(t, out)
	})
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		words      []string
	}{
		{"unknown field", `{"epochs": 3, "epoch": 4}`, []string{"epoch: there is no such field"}},
		{"unknown inner field", `{"model": {"method": "simclr", "tempreature": 1}}`, []string{"model.tempreature: means nothing to method simclr"}},
		{"wrong type", `{"epochs": "three"}`, []string{`epochs: found "three", expected a whole number`}},
		{"cut off", `{"epochs": 3`, []string{"found the end of the text"}},
		{"not JSON", `epochs: 3`, []string{"at byte 1"}},
		{"two objects", `{"epochs": 3} {}`, []string{"more text after the value"}},
		{"value out of range", `{"epochs": -3}`, []string{"epochs -3 must be at least 1"}},
		{"momentum without use", `{"recipe": {"optimizer": "adamw", "momentum": 0.9}}`, []string{"momentum 0.9 means nothing to adamw"}},
		{"projections of one number", `{"model": {"projector": {"hidden": 4, "out": 1}}}`, []string{"projector 4-1"}},
		{"views that are none", `{"views": [{"count": 2, "size": 8, "flip": 2, "mean": [0], "std": [1]}]}`, []string{"flip 2 is not a probability"}},
		{"unknown method", `{"model": {"method": "magic"}}`, []string{`"magic"`, "simclr-er"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file, out := filepath.Join(dir, "config.json"), filepath.Join(dir, "run")
			put(t, dir, "config.json", []byte(c.text))
			message := refuses(t, exitUsage, "train", "--config", file, "--out", out)
			for _, w := range c.words {
				require.Contains(t, message, w)
			}
			require.NoDirExists(t, out)
		})
	}
}

// Files of a run that are not as they should be: one line that names the file.
func TestBadRun(t *testing.T) {
	t.Parallel()
	data, good := tiny(t), filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(data, good, "--epochs", "1")...)
	whole := []byte(readFile(t, good, "checkpoint.safetensors"))
	header := func(text string, data int) []byte {
		return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), make([]byte, data)...)
	}
	for _, c := range []struct {
		name       string
		checkpoint []byte
		words      []string
	}{
		{"empty", []byte{}, []string{"0 bytes"}},
		{"truncated", whole[:len(whole)/2], []string{"found", "expected"}},
		{"huge header", binary.LittleEndian.AppendUint64(nil, 1<<62), []string{"a header of 4611686018427387904 bytes"}},
		{"overlapping tensors", header(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), []string{`tensor "b": found data from byte 4`}},
		{"no checkpoint", header(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), []string{`metadata format: found ""`}},
		{"no progress", header(`{"__metadata__":{"format":"entrec-checkpoint/1","progress":"x","config":"{}"}}`, 0), []string{"metadata progress"}},
		{"one that lies", header(`{"__metadata__":{"format":"entrec-checkpoint/1","progress":"{\"images\":-5}","config":"{}"}}`, 0), []string{"found"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "config.json", []byte(readFile(t, good, "config.json")))
			put(t, dir, "checkpoint.safetensors", c.checkpoint)
			out := filepath.Join(t.TempDir(), "x.safetensors")
			for _, args := range [][]string{{"eval", dir}, {"embed", dir, "--out", out}, {"export", dir, "--out", out}, {"train", "--out", dir, "--resume"}} {
				message := refuses(t, exitFailed, args...)
				require.Contains(t, message, filepath.Join(dir, "checkpoint.safetensors"))
				for _, w := range c.words {
					require.Contains(t, message, w)
				}
			}
			require.NoFileExists(t, out)
			require.Equal(t, c.checkpoint, []byte(readFile(t, dir, "checkpoint.safetensors"))[:len(c.checkpoint)])
		})
	}

	none := filepath.Join(t.TempDir(), "none")
	for _, args := range [][]string{{"eval", none}, {"embed", none, "--out", none + ".npy"}, {"export", none, "--out", none + ".pt"}, {"compare", none}} {
		require.Contains(t, refuses(t, exitFailed, args...), filepath.Join(none, "config.json"))
	}
	require.NoError(t, os.CopyFS(none, os.DirFS(good)))
	require.NoError(t, os.WriteFile(filepath.Join(none, "metrics.jsonl"), []byte("{\"kind\":\"epoch\"}\n{\"kind\":5}\n"), 0o644))
	r := entrec(t, "compare", none, "--out", filepath.Join(t.TempDir(), "plots"))
	require.Equal(t, exitDone, r.code, r.stderr)
	require.Equal(t, "warning: "+filepath.Join(none, "metrics.jsonl")+": line 2 is damaged, and passed over: kind: found a JSON number, expected a string\n", r.stderr)
	require.NoError(t, os.WriteFile(filepath.Join(none, "metrics.jsonl"), nil, 0o644))
	require.NoError(t, os.Remove(filepath.Join(none, "summary.json")))
	require.Contains(t, succeeds(t, "compare", none, "--out", ""), "not ended")
	// Images of another number of channels than the encoder's; those of another size are resized.
	require.Contains(t, refuses(t, exitFailed, "eval", good, "--data", filepath.Join("testdata", "images", "varied_sizes", "data")), "found images of 3 channels, expected the 1 that the encoder was trained on")
}

// What cannot be written ends with exit code 1 and one line that names the place.
func TestNowhereToWrite(t *testing.T) {
	t.Parallel()
	data := tiny(t)
	run := filepath.Join(t.TempDir(), "run")
	succeeds(t, tinyRun(data, run, "--epochs", "1")...)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("mine"), 0o644))
	for _, out := range []string{filepath.Join(file, "run"), file, "/proc/nothing/run"} {
		require.Contains(t, refuses(t, exitFailed, tinyRun(data, out)...), strings.TrimSuffix(out, "/run"))
		require.Contains(t, refuses(t, exitFailed, "compare", run, "--out", out), strings.TrimSuffix(out, "/run"))
	}
	for _, out := range []string{filepath.Join(file, "x.safetensors"), "/proc/nothing/x.safetensors", "/proc/x.safetensors"} {
		require.Contains(t, refuses(t, exitFailed, "embed", run, "--out", out), filepath.Dir(out))
		require.Contains(t, refuses(t, exitFailed, "export", run, "--out", out), filepath.Dir(out))
	}
	require.Equal(t, "mine", readFile(t, filepath.Dir(file), "file"))
	if devFull, err := os.OpenFile("/dev/full", os.O_WRONLY, 0); err == nil {
		defer devFull.Close()
		cmd := command(t, "info", "--json")
		cmd.Stdout = devFull
		require.Error(t, cmd.Run())
		require.Equal(t, exitFailed, cmd.ProcessState.ExitCode(), "standard output is full")
	}
}

// What cannot be fetched ends with exit code 1 and the address; nothing of it is
// taken for data later.
func TestFetchFails(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/there/") {
			_, _ = w.Write([]byte("something else"))
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	out := filepath.Join(t.TempDir(), "run")
	for mirror, words := range map[string]string{
		server.URL:            server.URL + "/cifar-10-binary.tar.gz: found status 404 Not Found",
		server.URL + "/there": "MD5 sum",
		"ftp://example.org":   `mirror of cifar10: found "ftp://example.org"`,
	} {
		for range 2 {
			require.Contains(t, refuses(t, exitFailed, tinyRun("cifar10", out, "--data-url", mirror)...), words)
		}
	}
	require.NoDirExists(t, out)
}
