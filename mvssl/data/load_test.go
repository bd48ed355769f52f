package data

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func ExampleLoad() {
	split, err := Load(context.Background(), "fashion-mini", Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := split.Train
	fmt.Println(d.Len(), "training and", split.Test.Len(), "test images of", d.Channels, "×", d.Height, "×", d.Width)
	fmt.Println("the first is a", d.Classes[d.Labels[0]])
	// Output:
	// 5800 training and 1000 test images of 1 × 28 × 28
	// the first is a Pullover
}

func ExampleDataset_Subset() {
	split, err := Load(context.Background(), "fashion-mini", Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	few, err := split.Train.Subset(100, 1)
	fmt.Println(few.Len(), err)
	_, err = split.Train.Subset(1e6, 1)
	fmt.Println(err)
	// Output:
	// 100 <nil>
	// subset of fashion-mini: found 1000000 images asked for, expected 1 to 5800
}

func TestNames(t *testing.T) {
	require.Equal(t, []string{
		"fashion-mini", "fashion-mnist", "mnist", "cifar10", "cifar100", "cifar100-coarse", "stl10", "stl10-unlabeled",
		"bloodmnist", "breastmnist", "chestmnist", "dermamnist", "octmnist", "organamnist", "organcmnist", "organsmnist",
		"pathmnist", "pneumoniamnist", "retinamnist", "tissuemnist",
	}, Names())
}

func TestLoadUnknown(t *testing.T) {
	for _, name := range []string{"imagenet", "", "no/such/path", "two\nlines"} {
		_, err := Load(context.Background(), name, Options{})
		var unknown *UnknownError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, name, unknown.Name)
		for _, word := range append(Names(), "data_batch_*.bin", ".tar.gz", "IDX", "train/CLASS") {
			require.ErrorContains(t, err, word)
		}
		requireOneLine(t, err)
		require.Less(t, len(err.Error()), 720) // of which the names are a third
	}
}

func TestLoadFolderOfNothing(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(context.Background(), dir, Options{})
	requireFormatError(t, err, -1, dir, "nothing that can be loaded", "data_batch_*.bin")
	for _, name := range []string{"d", "b", "a", "c"} {
		write(t, dir, name+".txt", []byte("\x00text of some length"))
	}
	_, err = Load(context.Background(), dir, Options{})
	requireFormatError(t, err, -1, "found a folder of a.txt, b.txt, c.txt and 1 more, nothing that can be loaded")
	_, err = Load(context.Background(), filepath.Join(dir, "a.txt"), Options{})
	requireFormatError(t, err, -1, filepath.Join(dir, "a.txt"), `found a file that begins with "\x00text of", nothing that can be loaded`, ".tar.gz")
	_, err = Load(context.Background(), os.DevNull, Options{})
	requireFormatError(t, err, -1, os.DevNull, "neither a folder nor a regular file")
}

// TestRegister adds a format that looks at a file's first bytes and a source by name.
func TestRegister(t *testing.T) {
	beforeFormats, beforeSources := formats, sources
	t.Cleanup(func() { formats, sources = beforeFormats, beforeSources })
	load := func(p Place) *Split {
		d := &Dataset{Name: p.Name, Channels: 1, Height: 1, Width: 1, Pixels: []byte{p.Head[3]}, Labels: []int{0}, Classes: []string{"x"}}
		return &Split{Train: d, Test: d}
	}
	RegisterFormat(Format{
		Name: "one", Doc: "a file of one pixel (ONE)",
		Match: func(p Place) bool { return bytes.HasPrefix(p.Head, []byte("ONE")) },
		Load:  func(_ context.Context, p Place, _ Options) (*Split, error) { return load(p), nil },
	})
	RegisterSource(Source{Name: "seven", Load: func(context.Context, Options) (*Split, error) {
		return load(Place{Head: []byte{0, 0, 0, 7}, Name: "seven"}), nil
	}})

	dir := t.TempDir()
	write(t, dir, "eight.one", []byte("ONE\x08"))
	split := mustLoad(t, filepath.Join(dir, "eight.one"))
	require.Equal(t, []byte{8}, split.Train.Pixels)
	require.Equal(t, "eight.one", split.Train.Name)
	require.Equal(t, []byte{7}, mustLoad(t, "seven").Train.Pixels)
	_, err := Load(context.Background(), "nothing", Options{})
	require.ErrorContains(t, err, "seven")
	require.ErrorContains(t, err, "(ONE)")

	require.PanicsWithValue(t, `data.RegisterFormat: format "idx" is there already`, func() { RegisterFormat(Format{Name: "idx"}) })
	require.PanicsWithValue(t, `data.RegisterSource: data set "cifar10" is there already`, func() { RegisterSource(Source{Name: "cifar10"}) })
}

// TestRows checks that the tables are whole.
func TestRows(t *testing.T) {
	for _, f := range Formats() {
		require.NotEmpty(t, f.Name)
		require.NotEmpty(t, f.Doc, f.Name)
	}
	for _, s := range Sources() {
		require.NotEmpty(t, s.Doc, s.Name)
	}
}

func TestDatasetName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my-images")
	write(t, dir, "data_batch_1.bin", cifarRecords(0, 1))
	write(t, dir, "test_batch.bin", cifarRecords(0, 1))
	require.Equal(t, "my-images", mustLoad(t, dir+"/").Train.Name)
	t.Chdir(dir)
	require.Equal(t, "my-images", mustLoad(t, ".").Test.Name)
}

func TestLoadCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	write(t, dir, "data_batch_1.bin", cifarRecords(0, 1))
	write(t, dir, "test_batch.bin", cifarRecords(0, 1))
	for _, name := range []string{"fashion-mini", dir} {
		_, err := Load(ctx, name, Options{})
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestFormatError(t *testing.T) {
	err := &FormatError{File: "a\nb", Offset: 7, Found: "x", Expected: "y", Err: context.Canceled}
	require.Equal(t, `"a\nb" at byte 7: found x, expected y`, err.Error())
	require.ErrorIs(t, err, context.Canceled)
	err.Offset = -1
	require.Equal(t, `"a\nb": found x, expected y`, err.Error())
}

func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	for i := range 5 {
		write(b, dir, fmt.Sprintf("data_batch_%d.bin", i+1), cifarRecords(0, 10000))
	}
	write(b, dir, "test_batch.bin", cifarRecords(0, 10000))
	for _, name := range []string{"fashion-mini", dir} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Load(context.Background(), name, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOrder(b *testing.B) {
	for b.Loop() {
		Order(50000, 1, 2)
	}
}
