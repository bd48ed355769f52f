package data

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// readable writes a data set of each format into folders of their own and returns
// their paths by the format's name.
func readable(t testing.TB) map[string]string {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("cifar"), "data_batch_1.bin", cifarRecords(0, 700))
	write(t, at("cifar"), "test_batch.bin", cifarRecords(0, 2))
	write(t, dir, "archive.tar.gz", zipped(t, tarred(t,
		tarFile{"data_batch_1.bin", cifarRecords(0, 9), tar.TypeReg}, tarFile{"test_batch.bin", cifarRecords(0, 9), tar.TypeReg})))
	for name, content := range idxFolder() {
		write(t, at("idx"), name+".gz", zipped(t, content))
	}
	for _, file := range []string{"train/a/0.png", "train/a/1.png", "test/a/0.png"} {
		write(t, at("classes"), file, pngBytes(t, ramp(image.NewGray(image.Rect(0, 0, 4, 4)), 0)))
	}
	return map[string]string{"cifar": at("cifar"), "archive": at("archive.tar.gz"), "idx": at("idx"), "classes": at("classes")}
}

// TestReading: who loads is told how far it is, to the end of each file and of the
// images of each part.
func TestReading(t *testing.T) {
	for format, path := range readable(t) {
		t.Run(format, func(t *testing.T) {
			last := map[string][2]int{}
			_, err := Load(context.Background(), path, Options{Reading: func(what string, done, total int) {
				require.GreaterOrEqual(t, done, last[what][0])
				last[what] = [2]int{done, total}
			}})
			require.NoError(t, err)
			require.NotEmpty(t, last)
			for what, at := range last {
				require.Equal(t, at[1], at[0], what)
			}
			if format == "classes" {
				require.Equal(t, map[string][2]int{"decoding training images": {2, 2}, "decoding test images": {1, 1}}, last)
			}
		})
	}
}

// TestReadingCanceled: loading ends with the context's cause at whatever place it is
// canceled, even when all has been read, and skips no image for that.
func TestReadingCanceled(t *testing.T) {
	cause := errors.New("enough")
	for format, path := range readable(t) {
		calls := 0
		_, err := Load(context.Background(), path, Options{Reading: func(string, int, int) { calls++ }})
		require.NoError(t, err)
		for n := range calls {
			t.Run(fmt.Sprintf("%s after %d", format, n+1), func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(context.Background())
				seen := 0
				split, err := Load(ctx, path, Options{SkipBad: true, Reading: func(string, int, int) {
					if seen++; seen == n+1 {
						cancel(cause)
					}
				}})
				require.Equal(t, cause, err)
				require.Nil(t, split)
				require.LessOrEqual(t, seen, n+2)
			})
		}
	}
}
