package train_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
	"entrec/tensor/safetensors"
)

// TestForeignCheckpoint resumes a run as what it is not. Each error names the
// file, the field, what was found and what was expected.
func TestForeignCheckpoint(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	out := interrupted(t, c, s, 3)
	path := filepath.Join(out, "checkpoint.safetensors")
	other := func(change func(c *train.Config)) train.Config {
		o := c
		change(&o)
		return o
	}
	for _, test := range []struct {
		name  string
		cfg   train.Config
		field string
		found string
	}{
		{"method", config(t, "simclr-er", s), "model", ""},
		{"encoder", other(func(c *train.Config) { c.Model.Encoder.Name = "convnet" }), "model.encoder.name", `found "mlp", expected "convnet"`},
		{"width", other(func(c *train.Config) { c.Model.Encoder.Width = 9 }), "model.encoder.width", "found 8, expected 9"},
		{"precision", other(func(c *train.Config) { c.Precision = "f64" }), "precision", `found "f32", expected "f64"`},
		{"rate", other(func(c *train.Config) { c.Recipe.LR = 1 }), "recipe.lr", "found 0.06, expected 1"},
		{"seed", other(func(c *train.Config) { c.Seed = 1 }), "seed", "found 0, expected 1"},
		{"views", other(func(c *train.Config) { c.Views = append(slices.Clone(c.Views), c.Views...) }), "views", "found 1 of them, expected 2"},
		{"flip", other(func(c *train.Config) { c.Views = slices.Clone(c.Views); c.Views[0].Flip = 0 }), "views.0.flip", "found 0.5, expected 0"},
		{"probe", other(func(c *train.Config) { c.Probe, c.Classes = train.OnlineProbe, 3 }), "probe", `found "none", expected "online"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := train.Run(context.Background(), test.cfg, s, train.Options{Out: out, Resume: true})
			for _, words := range []string{path, test.field, test.found} {
				require.ErrorContains(t, err, words)
			}
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// TestCutWrite leaves beside the checkpoint what a kill leaves at any point of
// the writing of the next one: a part of it, under a temporary name.
func TestCutWrite(t *testing.T) {
	s := split()
	c := config(t, "toy", s)
	want := whole(t, c, s)
	old := interrupted(t, c, s, 2)
	next, err := os.ReadFile(filepath.Join(interrupted(t, c, s, 4), "checkpoint.safetensors"))
	require.NoError(t, err)
	for _, n := range []int{0, 8, 300, len(next) - 1, len(next)} {
		out := t.TempDir()
		require.NoError(t, os.CopyFS(out, os.DirFS(old)))
		require.NoError(t, os.WriteFile(filepath.Join(out, ".checkpoint.safetensors.123"), next[:n], 0o600))
		require.Equal(t, want, resumed(t, c, s, out), "%d bytes written", n)
	}
}

// TestReplaced starts a new run in the folder of an old one: not unless it is to be
// overwritten, and then the run's files alone.
func TestReplaced(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	out := interrupted(t, c, s, 10)
	c.Epochs, c.Seed = 1, 3
	mine := filepath.Join(out, "notes.txt")
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o644))
	occupied, err := train.Occupied(out)
	require.NoError(t, err)
	require.True(t, occupied)
	_, err = train.Run(context.Background(), c, s, train.Options{Out: out})
	require.ErrorIs(t, err, train.ErrOccupied)
	summary, err := train.Run(context.Background(), c, s, train.Options{Out: out, Overwrite: true})
	require.FileExists(t, mine)
	require.NoError(t, err)
	require.Equal(t, finished(t, c, s), result(t, summary, out))
	stored, err := train.ReadConfig(out)
	require.NoError(t, err)
	require.NoError(t, stored.Same(&c))
}

// badProgress are texts of which none is where a run of three epochs of seven steps with 60
// images stands after step 10, and what is said of each.
var badProgress = []struct{ change, words string }{
	{`"step":-1`, "step: found -1, expected 0 to the run's 21"},
	{`"step":22`, "step: found 22, expected 0 to the run's 21"},
	{`"step":9223372036854775807`, "step: found 9223372036854775807"},
	{`"step":9223372036854775808`, "found a JSON number"},
	{`"step":1.5`, "found a JSON number"},
	{`"step":null`, "step: found nothing"},
	{`"Step":10`, `found key "Step", expected "step"`},
	{`"step":10,"step":10`, `found key "step" twice`},
	{`"images":59`, "images: found 59, expected the run's 60"},
	{`"images":-60`, "images: found -60"},
	{`"prepared":-1`, "prepared: found -1, expected 0 to 0 at step 10"},
	{`"prepared":1`, "prepared: found 1, expected 0 to 0 at step 10"},
	{`"loss_first":null`, "loss_first: found nothing"},
	{`"loss_first":1e999`, "found a JSON number"},
	{`"loss_first":NaN`, "invalid character 'N'"},
	{`"epoch_loss":-1e999`, "found a JSON number"},
	{`"last_epoch_loss":"1"`, "last_epoch_loss: found a JSON string, expected a number"},
	{`"knn_top1_untrained":1.5`, "knn_top1_untrained: found 1.5, expected 0 to 1"},
	{`"knn_top1_untrained":-0.5`, "knn_top1_untrained: found -0.5"},
	{`"train_seconds":-1`, "train_seconds: found -1"},
	{`"wall_seconds":-1`, "wall_seconds: found -1"},
	{`"reported":11`, "reported: found 11, expected 0 to step 10"},
	{`"reported":-1`, "reported: found -1"},
	{`"lines":-1`, "lines: found -1"},
	{`"numerics":-1`, "numerics: found -1"},
	{`"simd_levels":[1]`, "found a JSON number"},
}

// goodProgress is where the run that badProgress tells of stands.
const goodProgress = `{"step":10,"images":60,"prepared":0,"loss_first":2,"epoch_loss":5,"last_epoch_loss":2,"knn_top1_untrained":0.5,` +
	`"train_seconds":1,"wall_seconds":2,"reported":7,"lines":4,"numerics":1,"simd_levels":["generic"]}`

// changed returns goodProgress with other fields in place of the one that the first of
// them names.
func changed(fields string) string {
	name, _, _ := strings.Cut(strings.ToLower(fields), ":")
	before, after, _ := strings.Cut(goodProgress, name+":")
	end := strings.IndexAny(after, ",}")
	return before + fields + after[end:]
}

// standing returns the folder of the run that badProgress tells of, and its files but for
// the checkpoint's progress.
func standing(t testing.TB) (c train.Config, out string, checkpoint *safetensors.File) {
	t.Helper()
	c = config(t, "simclr", split())
	out = interrupted(t, c, split(), 10)
	checkpoint, err := safetensors.Read(filepath.Join(out, train.CheckpointFile))
	require.NoError(t, err)
	return c, out, checkpoint
}

// reseal writes a checkpoint of whatever content with right digests.
func reseal(t testing.TB, dir string, f *safetensors.File) {
	t.Helper()
	require.NoError(t, safetensors.Write(filepath.Join(dir, train.CheckpointFile), f.Metadata, f.Tensors))
}

// TestBadProgress: a checkpoint with right digests whose progress cannot be is refused by
// what goes on with a run and by what looks at it.
func TestBadProgress(t *testing.T) {
	c, out, f := standing(t)
	for _, fields := range []string{`"step":10`, `"step":21`, `"numerics":1`} {
		f.Metadata["progress"] = changed(fields)
		reseal(t, out, f)
		_, err := train.Load[float32](out, c)
		require.NoError(t, err, fields)
	}
	for _, bad := range badProgress {
		f.Metadata["progress"] = changed(bad.change)
		reseal(t, out, f)
		_, err := train.Load[float32](out, c)
		_, resumed := train.Run(t.Context(), c, split(), train.Options{Out: out, Resume: true})
		for _, err := range []error{err, resumed} {
			require.ErrorContains(t, err, filepath.Join(out, train.CheckpointFile)+": metadata progress: ", bad.change)
			require.ErrorContains(t, err, bad.words)
			require.NotContains(t, err.Error(), "\n")
		}
	}
}

// FuzzProgress: from whatever progress is taken, a step is made, or there is none left to
// make, and nothing panics.
func FuzzProgress(f *testing.F) {
	f.Add(goodProgress)
	for _, bad := range badProgress {
		f.Add(changed(bad.change))
	}
	for _, fields := range []string{
		`"step":21`, `"step":20`, `"step":0`, `"step":7`, `"reported":null`, `"reported":10`, `"lines":9223372036854775807`,
		`"epoch_loss":1e308`, `"wall_seconds":1e308`, `"train_seconds":0`, `"loss_first":-1e308`, `"numerics":7`, `"simd_levels":null`,
	} {
		f.Add(changed(fields))
	}
	c, out, checkpoint := standing(f)
	stored, err := os.ReadFile(filepath.Join(out, train.ConfigFile))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, train.ConfigFile), stored, 0o644))
		checkpoint.Metadata["progress"] = text
		reseal(t, dir, checkpoint)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := train.Run(ctx, c, split(), train.Options{Out: dir, Resume: true, AnyLevel: true, Report: func(e train.Event) {
			if e.Phase == "" && e.Metrics == nil {
				cancel()
			}
			require.False(t, math.IsNaN(e.SecondsLeft) || math.IsNaN(e.ImagesPerSecond))
		}})
		if err != nil && !errors.Is(err, context.Canceled) {
			require.NotContains(t, err.Error(), "\n")
			require.NotContains(t, err.Error(), "panic")
		}
	})
}

// TestDamagedCheckpoint: a checkpoint of which any bit is another one, or which is cut, or
// in which two tensors are swapped, or that holds a NaN with right digests, is refused by
// what goes on with a run and by what looks at it, on one line that says what does.
func TestDamagedCheckpoint(t *testing.T) {
	c, out, f := standing(t)
	path := filepath.Join(out, train.CheckpointFile)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	previous := filepath.Join(out, train.PreviousFile)
	refused := func(what string, content []byte) {
		t.Helper()
		require.NoError(t, os.WriteFile(path, content, 0o644))
		_, looked := train.Load[float32](out, c)
		_, resumed := train.Run(t.Context(), c, split(), train.Options{Out: out, Resume: true})
		for _, err := range []error{looked, resumed} {
			require.ErrorContains(t, err, path+": ", what)
			require.ErrorContains(t, err, "rename checkpoint.previous.safetensors to checkpoint.safetensors, and entrec train --resume goes on from step 10", what)
			require.NotContains(t, err.Error(), "\n")
		}
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, after, what)
	}
	require.NoError(t, os.WriteFile(previous, whole, 0o644))
	pause := 61
	if testing.Short() {
		pause = 997
	}
	header := 8 + int(binary.LittleEndian.Uint64(whole))
	for at := 0; at < len(whole); at += pause {
		bit := byte(1) << (at % 8)
		changed := slices.Clone(whole)
		changed[at] ^= bit
		if at > 8 && at < header { // what stands between values may be written otherwise
			if g, err := safetensors.Parse("", changed); err == nil && reflect.DeepEqual(f, g) {
				continue
			}
		}
		refused(fmt.Sprintf("bit %#x of byte %d", bit, at), changed)
	}
	for _, n := range []int{0, 1, 7, 8, 9, 100, header, len(whole) / 2, len(whole) - 1} {
		refused(fmt.Sprintf("cut to %d bytes", n), whole[:n])
	}
	refused("a byte more", append(slices.Clone(whole), 0))

	swapped := slices.Clone(f.Tensors)
	for i, a := range swapped {
		for j, b := range swapped[:i] {
			if slices.Equal(a.Shape, b.Shape) && !bytes.Equal(a.Data, b.Data) {
				swapped[i].Data, swapped[j].Data = b.Data, a.Data
				content, err := safetensors.Marshal(f.Metadata, swapped)
				require.NoError(t, err)
				refused(a.Name+" and "+b.Name, content)
				swapped[i].Data, swapped[j].Data = a.Data, b.Data
			}
		}
	}
	name := f.Tensors[0].Name
	for text, value := range map[string]float32{"NaN": float32(math.NaN()), "+Inf": float32(math.Inf(1)), "-Inf": float32(math.Inf(-1))} {
		first := f.Tensors[0]
		values, err := safetensors.Floats[float32](first)
		require.NoError(t, err)
		values[1] = value
		tensors := slices.Clone(f.Tensors)
		tensors[0] = safetensors.FromFloats(name, first.Shape, values)
		content, err := safetensors.Marshal(safetensors.Seal(f.Metadata, tensors), tensors)
		require.NoError(t, err)
		refused(text, content)
		_, err = train.Load[float32](out, c)
		require.ErrorContains(t, err, fmt.Sprintf("tensor %q: found %s at place 1, expected finite numbers", name, text))
	}
}

// TestPrevious: a run whose checkpoint is away goes on from the one before, and says so.
func TestPrevious(t *testing.T) {
	s := split()
	c := config(t, "toy", s)
	want := whole(t, c, s)
	out := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := train.Run(ctx, c, s, train.Options{Out: out, Now: often(), Report: func(e train.Event) {
		if e.Step == 5 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, os.Remove(filepath.Join(out, train.CheckpointFile)))
	var warnings []string
	summary, err := train.Run(t.Context(), c, s, train.Options{Out: out, Resume: true, Report: func(e train.Event) {
		if e.Warning != "" {
			warnings = append(warnings, e.Warning)
		}
	}})
	require.NoError(t, err)
	require.Equal(t, want, result(t, summary, out))
	require.Equal(t, []string{"found no " + filepath.Join(out, train.CheckpointFile) + "; going on from checkpoint.previous.safetensors, at step 5"}, warnings)
}

// TestCheckpointsByTime: checkpoints come every five minutes by the clock, and at the end;
// what they hold does not depend on when.
func TestCheckpointsByTime(t *testing.T) {
	s := split()
	c := config(t, "simclr", s)
	want := whole(t, c, s)
	for _, test := range []struct {
		minutes     int // that a look at the clock takes
		checkpoints int
	}{{0, 1}, {1, 5}, {5, 25}} { // of the last, two after figures of the evaluation at the end
		out, clock := t.TempDir(), ticking(time.Duration(test.minutes)*time.Minute)
		var last os.FileInfo
		seen := 0
		look := func() {
			info, err := os.Stat(filepath.Join(out, train.CheckpointFile))
			if err == nil && !os.SameFile(info, last) {
				seen++
				last = info
			}
		}
		summary, err := train.Run(t.Context(), c, s, train.Options{Out: out, Now: func() time.Time {
			look()
			return clock()
		}})
		require.NoError(t, err)
		look()
		require.Equal(t, test.checkpoints, seen, "%d minutes", test.minutes)
		require.Equal(t, want, result(t, summary, out))
	}
}

// TestStateOfNoSense: places and labels in a method's state that are none are refused,
// though their digests are right.
func TestStateOfNoSense(t *testing.T) {
	s := split()
	for _, tt := range []struct {
		method, tensor string
		values         []float32
	}{
		{"moco", "queue_next", []float32{-16, 0.5, 1, 3.4e38}},
		{"deepcluster", "labels", []float32{-1, 0.5, 1e9}},
	} {
		c := config(t, tt.method, s)
		out := t.TempDir()
		_, err := train.Run(t.Context(), c, s, train.Options{Out: out})
		require.NoError(t, err)
		f, err := safetensors.Read(filepath.Join(out, train.CheckpointFile))
		require.NoError(t, err)
		at := slices.IndexFunc(f.Tensors, func(x safetensors.Tensor) bool { return x.Name == tt.tensor })
		require.GreaterOrEqual(t, at, 0)
		for _, v := range tt.values {
			binary.LittleEndian.PutUint32(f.Tensors[at].Data, math.Float32bits(v))
			reseal(t, out, f)
			_, resumed := train.Run(t.Context(), c, s, train.Options{Out: out, Resume: true})
			_, looked := train.Load[float32](out, c)
			for _, err := range []error{resumed, looked} {
				require.ErrorContains(t, err, fmt.Sprintf("%s: tensor %q: found ", filepath.Join(out, train.CheckpointFile), tt.tensor))
			}
		}
	}
}
