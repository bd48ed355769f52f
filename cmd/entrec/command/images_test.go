package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// imagesCase is a folder of testdata/images: inputs that people have.
func imagesCase(elem ...string) string {
	return filepath.Join(append([]string{"testdata", "images"}, elem...)...)
}

// onImages are the arguments of a small run on images.
func onImages(data, out string, more ...string) []string {
	return append([]string{"train", "--encoder", "mlp", "--width", "8", "--batch", "4", "--threads", "1", "--method", "simclr",
		"--epochs", "1", "--steps", "2", "--data", data, "--out", out}, more...)
}

// trained runs training with --json and returns the summary, the configuration and what was
// said.
func trained(t *testing.T, data string, more ...string) (map[string]any, train.Config, string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "run")
	r := entrec(t, onImages(data, out, append(more, "--json")...)...)
	require.Equal(t, exitDone, r.code, r.stderr)
	cfg, err := train.ReadConfig(out)
	require.NoError(t, err)
	return object(t, r.stdout), cfg, r.stderr
}

// TestUsualLayouts: what people have is loaded, wherever the labels and the parts are, with
// labels or without.
func TestUsualLayouts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dir     string
		labeled bool
		holdout float64
		images  int // to train on
	}{
		{imagesCase("unlabelled_flat_folder", "flat"), false, 0.25, 6},
		{imagesCase("unlabelled_flat_folder", "flattrain"), false, 0, 8},
		{imagesCase("unlabelled_flat_folder", "classesonly"), true, 2.0 / 12, 10},
		{imagesCase("unlabelled_flat_folder", "notest"), true, 2.0 / 12, 10},
		{imagesCase("unlabelled_flat_folder", "val"), true, 0, 12},
		{imagesCase("images_silently_left_out", "nested"), true, 0, 13},
		{imagesCase("images_silently_left_out", "nestedonly"), true, 0, 12},
		{imagesCase("images_silently_left_out", "mixedext"), true, 0, 18},
	} {
		summary, cfg, said := trained(t, c.dir)
		require.InDelta(t, c.holdout, cfg.Holdout, 1e-12, c.dir)
		require.Equal(t, c.images, cfg.Images, c.dir)
		require.Equal(t, map[bool]string{true: "val", false: "test"}[c.holdout > 0], summary["eval_split"], c.dir)
		for _, name := range []string{"knn_top1", "knn_top1_untrained", "linear_top1"} {
			require.Equal(t, c.labeled, summary[name] != nil, "%s: %s", c.dir, name)
		}
		for _, name := range []string{"entropy", "reconstruction", "mi_er", "effective_rank"} {
			require.NotNil(t, summary[name], "%s: %s", c.dir, name)
		}
		require.Equal(t, c.labeled, strings.Contains(said, "kNN"), said)
	}
}

// TestUnlabeledRun: a run on images without labels goes on, is evaluated, embedded and
// reported, all without accuracies.
func TestUnlabeledRun(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "run")
	set := imagesCase("unlabelled_flat_folder", "flat")
	text := succeeds(t, onImages(set, out)...)
	require.NotContains(t, text, "kNN")
	require.NotContains(t, text, "linear")
	require.NotContains(t, readFile(t, out, "metrics.jsonl"), "knn_top1")
	succeeds(t, "train", "--out", out, "--resume", "--epochs", "3")

	evaluated := object(t, succeeds(t, "eval", out, "--json"))
	require.Nil(t, evaluated["knn_top1"])
	require.Nil(t, evaluated["linear_top1"])
	require.NotNil(t, evaluated["entropy"])
	require.Equal(t, "val", evaluated["eval_split"])
	require.NotContains(t, succeeds(t, "eval", out), "kNN")
	require.Contains(t, refuses(t, exitUsage, "eval", out, "--split", "test"), "--split test: found no test images in data set ")

	file := filepath.Join(t.TempDir(), "x.npy")
	require.Contains(t, succeeds(t, "embed", out, "--out", file), "8 images", "all that there are, also those held out")

	require.Contains(t, refuses(t, exitUsage, onImages(set, out+"2", "--probe", "online")...), "have no labels")
	require.Contains(t, refuses(t, exitUsage, onImages(set, out+"2", "--keep-predictions")...), "have no labels")
	require.Contains(t, refuses(t, exitUsage, onImages(set, out+"2", "--method", "supervised")...), "--method: found supervised, expected a method that learns without labels")
	require.Contains(t, refuses(t, exitUsage, "eval", out, "--labels", "50%"), "--labels 50%: the images of ")
	require.Contains(t, refuses(t, exitUsage, onImages(set, out+"2", "--holdout", "0")...), "has no test images")
	succeeds(t, onImages(set, out+"2", "--holdout", "0", "--no-eval")...)
	_, cfg, _ := trained(t, set, "--holdout", "0.5")
	require.Equal(t, 4, cfg.Images)
	// On other images, with labels and test images.
	require.NotNil(t, object(t, succeeds(t, "eval", out, "--json", "--data", imagesCase("varied_sizes", "data")))["knn_top1"])
}

// TestLeftOut: what is no image is counted and named once; what systems leave behind is
// passed over silently.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	set := filepath.Join(t.TempDir(), "set")
	require.NoError(t, os.CopyFS(set, os.DirFS(imagesCase("unlabelled_flat_folder", "notest"))))
	image, err := os.ReadFile(filepath.Join(set, "train/ant/im00.png"))
	require.NoError(t, err)
	for _, name := range []string{"train/ant/._im00.png", "train/ant/Thumbs.db", "train/.DS_Store", "__MACOSX/x.png", "train/bee/desktop.ini"} {
		put(t, set, name, []byte("junk"))
	}
	_, _, said := trained(t, set)
	require.NotContains(t, said, "left out")
	put(t, set, "train/ant/a.csv", []byte("1,2"))
	put(t, set, "train/ant/deep/b.CSV", []byte("1,2"))
	put(t, set, "train/notes", []byte("x"))
	put(t, set, "train/loose.png", image)
	put(t, set, "train/ant/deep/image-without-ending", image)
	_, cfg, said := trained(t, set)
	require.Contains(t, said, "left out 3 files that are no images (2 .csv, 1 without an ending), the first train/notes")
	require.Contains(t, said, "left out 1 images beside folders of images, the first train/loose.png")
	require.Equal(t, 11, cfg.Images)
}

// TestSizes: images that are not square, or of several sizes, are brought to one that is said
// and recorded, by default or as asked for.
func TestSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dir    string
		more   []string
		size   int // of the network's input
		field  int
		resize string
		says   string
	}{
		{imagesCase("nonsquare_images", "data"), nil, 16, 16, "shorter", "the network sees 16×16"},
		{imagesCase("varied_sizes", "data"), nil, 16, 16, "shorter", "16 to 20 × 16 to 24 pixels"},
		{imagesCase("varied_sizes", "data"), []string{"--size", "12", "--resize", "squash"}, 12, 12, "squash", "12×12"},
		{imagesCase("varied_sizes", "data"), []string{"--skip-bad", "--resize", "crop"}, 16, 16, "crop", "resize crop"},
		{imagesCase("unlabelled_flat_folder", "val"), nil, 16, 0, "", ""},
		{imagesCase("unlabelled_flat_folder", "val"), []string{"--size", "16", "--resize", "squash"}, 16, 0, "", ""},
		{imagesCase("unlabelled_flat_folder", "val"), []string{"--size", "24"}, 24, 24, "shorter", "24×24"},
	} {
		_, cfg, said := trained(t, c.dir, c.more...)
		e := cfg.Model.Encoder
		require.Equal(t, []any{c.size, c.size, c.field, c.resize}, []any{e.Height, e.ImgWidth, cfg.Size, string(cfg.Resize)}, "%s %v", c.dir, c.more)
		require.Equal(t, c.size, cfg.Views[0].Size)
		require.Contains(t, strings.Join(strings.Fields(said), " "), c.says)
	}
	out := filepath.Join(t.TempDir(), "run")
	succeeds(t, onImages(imagesCase("varied_sizes", "data"), out, "--size", "12", "--resize", "squash")...)
	first := succeeds(t, "eval", out, "--json")
	require.Equal(t, first, succeeds(t, "eval", out, "--json"))
	require.Contains(t, refuses(t, exitUsage, "train", "--out", out, "--resume", "--size", "16"), "size: found 16, expected 12, as the encoder has it")
	succeeds(t, "train", "--out", out, "--resume", "--epochs", "3")
	for flag, says := range map[string]string{"--size=-1": "expected at least 1", "--size=5000": "at most 4096", "--resize=pad": "shorter or squash or crop"} {
		require.Contains(t, refuses(t, exitUsage, onImages(imagesCase("varied_sizes", "data"), out+"2", flag)...), says)
	}
}

// TestImagesBeyondMemory: a folder that does not fit into memory is decoded as needed, to
// the same bits.
func TestImagesBeyondMemory(t *testing.T) {
	t.Parallel()
	set := t.TempDir()
	for i := range 30 {
		im := image.NewRGBA(image.Rect(0, 0, 120+i, 90))
		for p := range im.Pix {
			im.Pix[p] = byte(p * (i + 3) >> 4)
		}
		var b bytes.Buffer
		require.NoError(t, jpeg.Encode(&b, im, nil))
		put(t, set, fmt.Sprintf("train/%c/%02d.jpg", 'a'+i%3, i), b.Bytes())
		put(t, set, fmt.Sprintf("test/%c/%02d.jpg", 'a'+i%3, i), b.Bytes())
	}
	args := []string{"--size", "32", "--epochs", "2", "--steps", "9"}
	inMemory, _, _ := trained(t, set, args...)
	lazy, _, said := trained(t, set, append(args, "--memory", "1500K")...)
	require.Contains(t, said, "decoded whenever they are read")
	for _, same := range []string{"params_sha256", "data_sha256", "knn_top1", "entropy", "linear_top1"} {
		require.Equal(t, inMemory[same], lazy[same], same)
	}
	require.Contains(t, refuses(t, exitFailed, onImages(set, filepath.Join(t.TempDir(), "run"), "--memory", "10K")...), "of memory, expected at most 10.0 KiB")
}

// TestSkipBadIsRemembered: what looks at a run, or goes on with it, passes over what it did.
func TestSkipBadIsRemembered(t *testing.T) {
	t.Parallel()
	set, out := imagesCase("skip_bad_not_remembered", "data"), filepath.Join(t.TempDir(), "run")
	require.Contains(t, refuses(t, exitFailed, onImages(set, out)...), "found ")
	r := entrec(t, onImages(set, out, "--skip-bad")...)
	require.Equal(t, exitDone, r.code, r.stderr)
	require.Contains(t, r.stderr, "passed over")
	cfg, err := train.ReadConfig(out)
	require.NoError(t, err)
	require.True(t, cfg.SkipBad)
	succeeds(t, "eval", out)
	succeeds(t, "embed", out, "--data", set, "--out", out+".npy")
	succeeds(t, "train", "--out", out, "--resume")
	succeeds(t, "train", "--out", out, "--resume", "--epochs", "2", "--steps", "4")
	succeeds(t, onImages(set, out+"2", "--config", filepath.Join(out, "config.json"))...)
}

// TestImagesThatSayNothing: data of which nothing can be learned are told of as such.
func TestImagesThatSayNothing(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "run")
	require.Contains(t, refuses(t, exitFailed, onImages(imagesCase("constant_images", "data"), out)...), "all training images are the same in channel 0")
	black := func(dir string, c color.Color, sides ...int) string {
		for i, side := range sides {
			im := image.NewRGBA(image.Rect(0, 0, side, side))
			for p := range side * side {
				im.Set(p%side, p/side, c)
			}
			im.Set(0, 0, color.RGBA{byte(i * 40), 0, 0, 255})
			var b bytes.Buffer
			require.NoError(t, jpeg.Encode(&b, im, &jpeg.Options{Quality: 100}))
			put(t, dir, fmt.Sprintf("%d.jpg", i), b.Bytes())
		}
		return dir
	}
	flat := t.TempDir()
	put(t, flat, "a/b.png", pngImage(t, 1))
	put(t, flat, "a/c.png", pngImage(t, 1))
	put(t, flat, "a/d.png", pngImage(t, 1))
	put(t, flat, "a/e.png", pngImage(t, 1))
	require.Contains(t, refuses(t, exitFailed, onImages(flat, out, "--batch", "2")...), "all training images are the same in channel 0")
	require.Contains(t, refuses(t, exitFailed, onImages(black(t.TempDir(), color.Black, 8, 9), out)...), "found 2 images and no test images, expected at least 4")
}

// TestClassWithoutImages: a class of which nothing can be read is named, or left out with
// --skip-bad.
func TestClassWithoutImages(t *testing.T) {
	t.Parallel()
	set, out := filepath.Join(t.TempDir(), "set"), filepath.Join(t.TempDir(), "run")
	require.NoError(t, os.CopyFS(set, os.DirFS(imagesCase("unlabelled_flat_folder", "val"))))
	put(t, set, "train/cat/0.png", []byte("junk"))
	put(t, set, "val/cat/0.png", pngImage(t, 1))
	require.Contains(t, refuses(t, exitFailed, onImages(set, out)...), filepath.Join(set, "train/cat/0.png")+": found")
	_, cfg, said := trained(t, set, "--skip-bad")
	require.Contains(t, said, "left out class cat, none of whose 1 training images can be read")
	require.Equal(t, 12, cfg.Images)
	require.NoError(t, os.Remove(filepath.Join(set, "train/cat/0.png")))
	require.Contains(t, refuses(t, exitFailed, onImages(set, out)...), filepath.Join(set, "train/cat")+": found no image")
}

// TestOneLevelDown: a data set is found in the folder that holds it, and several are named.
func TestOneLevelDown(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"MNIST", "parent", "emnist"} {
		summary, _, _ := trained(t, imagesCase("usual_layouts_one_level_down", dir), "--batch", "2")
		require.NotNil(t, summary["knn_top1"], dir)
	}
	// A folder around a folder of images by part.
	around := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(around, "mine"), os.DirFS(imagesCase("unlabelled_flat_folder", "val"))))
	summary, cfg, _ := trained(t, around)
	require.NotNil(t, summary["knn_top1"])
	require.Equal(t, 12, cfg.Images)
	require.NoError(t, os.CopyFS(filepath.Join(around, "other"), os.DirFS(imagesCase("unlabelled_flat_folder", "val"))))
	said := refuses(t, exitFailed, onImages(around, filepath.Join(t.TempDir(), "run"))...)
	require.Contains(t, said, "mine")
	require.Contains(t, said, "other")
}

// TestTrainIsAClass: a class may be called train.
func TestTrainIsAClass(t *testing.T) {
	t.Parallel()
	set := t.TempDir()
	for i := range 12 {
		put(t, set, fmt.Sprintf("%s/%d.png", []string{"car", "plane", "train"}[i%3], i), pngImage(t, uint64(i)))
	}
	_, cfg, _ := trained(t, set)
	require.Equal(t, 10, cfg.Images)
}

// TestSizeFields: what a configuration says of sizes and of what is passed over is there
// where it matters alone.
func TestSizeFields(t *testing.T) {
	t.Parallel()
	fields := func(args ...string) map[string]any {
		var c map[string]any
		require.NoError(t, json.Unmarshal([]byte(succeeds(t, append([]string{"train", "--print-config"}, args...)...)), &c))
		return c
	}
	plain := fields()
	for _, name := range []string{"size", "resize", "skip_bad"} {
		require.NotContains(t, plain, name)
	}
	large := fields("--size", "96")
	require.Equal(t, "imagenet", large["model"].(map[string]any)["encoder"].(map[string]any)["stem"])
	require.Equal(t, 96.0, large["size"])
	require.NotContains(t, plain["model"].(map[string]any)["encoder"], "stem")
	require.Equal(t, "imagenet", fields("--stem", "imagenet")["model"].(map[string]any)["encoder"].(map[string]any)["stem"])
}
