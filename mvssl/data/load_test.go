package data

import (
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
	require.Equal(t, []string{"fashion-mini", remoteFashion.name, remoteCIFAR.name}, Names())
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
	}
}

func TestLoadFolderOfNothing(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(context.Background(), dir, Options{})
	requireFormatError(t, err, -1, dir, "nothing that can be loaded", "data_batch_*.bin")
	_, err = Load(context.Background(), os.DevNull, Options{})
	requireFormatError(t, err, -1, os.DevNull, "neither a folder nor a regular file")
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
	require.Equal(t, `a\nb at byte 7: found x, expected y`, err.Error())
	require.ErrorIs(t, err, context.Canceled)
	err.Offset = -1
	require.Equal(t, `a\nb: found x, expected y`, err.Error())
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
