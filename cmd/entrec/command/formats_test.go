package command

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"entrec/mvssl/data"
)

// formatsCase is a file or folder of testdata/formats: inputs that people have.
func formatsCase(elem ...string) string {
	return filepath.Join(append([]string{"testdata", "formats"}, elem...)...)
}

// TestFormatsOfFiles: archives and arrays train; what is none is named in one line, with
// what is taken.
func TestFormatsOfFiles(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"webponly", "bmp", "tif", "gif", "webp_as_jpg"} {
		_, cfg, _ := trained(t, formatsCase("webp_bmp_gif_tiff_classes", set))
		require.Equal(t, map[bool]int{false: 12, true: 13}[set == "webp_as_jpg"], cfg.Images, set)
	}
	_, cfg, _ := trained(t, formatsCase("not_an_archive", "imgs.zip"))
	require.Equal(t, 12, cfg.Images)
	out := filepath.Join(t.TempDir(), "run")
	require.Contains(t, refuses(t, exitFailed, onImages(formatsCase("not_an_archive", "medmnist.npz"), out, "--batch", "2")...), "all training images are the same in channel 0", "as they are there")
	for file, words := range map[string]string{
		"cifar.tar":             "found 1 test image, expected at least 2",
		"ds.parquet":            "ds.parquet: found an unreadable Parquet file",
		"svhn_train_32x32.mat":  "svhn_train_32x32.mat: found a file that seems to be a MATLAB file (.mat), nothing that can be loaded, expected data_batch_*.bin (CIFAR-10), ",
		"no_such_file.npz":      `unknown data set "`,
		"imgs.zip#fine":         "found #fine behind the path, expected none",
		"medmnist.npz#anything": "medmnist.npz: found #anything behind the path, expected none",
	} {
		code := exitFailed
		if file == "no_such_file.npz" {
			code = exitUsage
		}
		require.Contains(t, refuses(t, code, onImages(formatsCase("not_an_archive", file), out)...), words, file)
	}
}

// tinyCIFAR is a few images of CIFAR's kind, sorted by class: what is in every format below.
type tinyCIFAR struct {
	labels []int
	pixels [][]byte // planes
}

func newTinyCIFAR(perClass, seed int) tinyCIFAR {
	var c tinyCIFAR
	for i := range 10 * perClass {
		planes := make([]byte, 3*32*32)
		for j := range planes {
			planes[j] = byte((i+seed)*(j%31) + j/(i+seed+1) + 13*i)
		}
		c.labels, c.pixels = append(c.labels, i/perClass), append(c.pixels, planes)
	}
	return c
}

// png is image i as PNG.
func (c tinyCIFAR) png(t *testing.T, i int) []byte {
	im := image.NewRGBA(image.Rect(0, 0, 32, 32))
	for y := range 32 {
		for x := range 32 {
			at := y*32 + x
			im.SetRGBA(x, y, color.RGBA{c.pixels[i][at], c.pixels[i][1024+at], c.pixels[i][2048+at], 255})
		}
	}
	var buf bytes.Buffer
	require.NoError(t, png.Encode(&buf, im))
	return buf.Bytes()
}

// records is CIFAR-10's binary version.
func (c tinyCIFAR) records() []byte {
	var b []byte
	for i, p := range c.pixels {
		b = append(append(b, byte(c.labels[i])), p...)
	}
	return b
}

// pickle is CIFAR-10's version for Python, as protocol 2 has it.
func (c tinyCIFAR) pickle() []byte {
	all := bytes.Join(c.pixels, nil)
	b := []byte("\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01")
	b = append(b, 'K', byte(len(c.pixels)), 'M', 0, 12, 0x86)
	b = append(b, "cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"...)
	b = append(binary.LittleEndian.AppendUint32(b, uint32(len(all))), all...)
	b = append(b, "tbU\x06labels]("...)
	for _, label := range c.labels {
		b = append(b, 'K', byte(label))
	}
	return append(b, "eu."...)
}

// npy is an array of bytes.
func npy(shape string, content []byte) []byte {
	header := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': %s, }\n", shape)
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(append(b, header...), content...)
}

// parquet is a file as Hugging Face has it.
func (c tinyCIFAR) parquet(t *testing.T) []byte {
	type row struct {
		Img struct {
			Bytes []byte `parquet:"bytes,optional"`
			Path  string `parquet:"path,optional"`
		} `parquet:"img"`
		Label int64 `parquet:"label"`
	}
	var rows []row
	for i, label := range c.labels {
		r := row{Label: int64(label)}
		r.Img.Bytes = c.png(t, i)
		rows = append(rows, r)
	}
	var buf bytes.Buffer
	w := parquet.NewGenericWriter[row](&buf)
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// TestSamePixels: CIFAR-10 as binaries, pickles, Parquet, class folders of PNG and npz has
// the same pixels and labels in the same order, and trains to the same parameters.
func TestSamePixels(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
	parts := map[string]tinyCIFAR{"train": newTinyCIFAR(4, 1), "test": newTinyCIFAR(2, 7)}
	write := func(content []byte, elem ...string) {
		file := filepath.Join(append([]string{dir}, elem...)...)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, content, 0o644))
	}
	var npz bytes.Buffer
	zw := zip.NewWriter(&npz)
	for part, c := range parts {
		batch := map[string]string{"train": "data_batch_1", "test": "test_batch"}[part]
		write(c.records(), "binary", batch+".bin")
		write(c.pickle(), "python", batch)
		write(c.parquet(t), "parquet", part+"-00000-of-00001.parquet")
		var labels []byte
		for i, label := range c.labels {
			write(c.png(t, i), "folders", part, names[label], fmt.Sprintf("%03d.png", i))
			labels = append(labels, byte(label))
		}
		for key, content := range map[string][]byte{
			part + "_images.npy": npy(fmt.Sprintf("(%d, 3, 32, 32)", len(labels)), bytes.Join(c.pixels, nil)),
			part + "_labels.npy": npy(fmt.Sprintf("(%d,)", len(labels)), labels),
		} {
			w, err := zw.Create(key)
			require.NoError(t, err)
			_, err = w.Write(content)
			require.NoError(t, err)
		}
	}
	require.NoError(t, zw.Close())
	write(npz.Bytes(), "cifar.npz")

	want := ""
	for _, set := range []string{"binary", "python", "parquet", "folders", "cifar.npz"} {
		path := filepath.Join(dir, set)
		split, err := data.Load(context.Background(), path, data.Options{})
		require.NoError(t, err, set)
		require.Equal(t, parts["train"].labels, split.Train.Labels, set)
		require.Equal(t, bytes.Join(parts["train"].pixels, nil), split.Train.Pixels, set)
		require.Equal(t, bytes.Join(parts["test"].pixels, nil), split.Test.Pixels, set)
		summary, _, _ := trained(t, path)
		if want == "" {
			want = summary["params_sha256"].(string)
		}
		require.Equal(t, want, summary["params_sha256"], set)
	}
}
