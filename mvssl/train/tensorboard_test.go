package train_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/internal/tfevents"
	"entrec/mvssl/sheet"
	"entrec/mvssl/train"
)

// boardEvent is what a reader makes of an event.
type boardEvent struct {
	Time    float64
	Step    int
	Session int
	Scalars []struct {
		Tag   string
		Value float64
	}
	Images []boardImage
}

type boardImage struct {
	Tag                   string
	Step                  int
	Height, Width, Colors int
	PNG                   []byte
}

// onBoard returns what TensorBoard would show of a folder: by tag the values by steps, and
// the pictures. A session that starts takes away what earlier events say of its step and
// later ones.
func onBoard(t *testing.T, dir string) (shown map[string]map[int]float64, images []boardImage) {
	t.Helper()
	names, err := tfevents.Files(dir)
	require.NoError(t, err)
	args := []string{filepath.Join("..", "..", "internal", "tfevents", "testdata", "read.py")}
	for _, name := range names {
		args = append(args, filepath.Join(dir, name))
	}
	out, err := exec.Command(foreign.Python(t), args...).Output()
	require.NoError(t, err)
	var files [][]boardEvent
	require.NoError(t, json.Unmarshal(out, &files))
	shown = map[string]map[int]float64{}
	for _, events := range files {
		for _, e := range events {
			require.Greater(t, e.Time, 1.7e9)
			for _, values := range shown {
				for step := range values {
					if e.Session == 1 && step >= e.Step {
						delete(values, step)
					}
				}
			}
			images = slices.DeleteFunc(images, func(i boardImage) bool { return e.Session == 1 && i.Step >= e.Step })
			for _, i := range e.Images {
				i.Step = e.Step
				images = append(images, i)
			}
			for _, s := range e.Scalars {
				if shown[s.Tag] == nil {
					shown[s.Tag] = map[int]float64{}
				}
				shown[s.Tag][e.Step] = s.Value
			}
		}
	}
	return shown, images
}

// TestTensorBoard: event files say what metrics.jsonl says, and show views once, also of a
// run that was killed and resumed, or begun anew; and what is trained is the same without them.
func TestTensorBoard(t *testing.T) {
	sets := []string{"report.log_every", "1", "model.ema", "0.9", "probe", "online"}
	plain := finished(t, config(t, "byol", split(), sets...), split())
	c := config(t, "byol", split(), append(sets, "report.log", "tensorboard")...)
	require.Equal(t, train.TensorBoardLog, c.Report.Log)

	out := interrupted(t, c, split(), 9)
	// What a process that was killed wrote behind its last checkpoint.
	w, err := tfevents.Create(out, timeOf(1_800_000_000), 10)
	require.NoError(t, err)
	require.NoError(t, w.Scalars(timeOf(1_800_000_000), 12, []tfevents.Scalar{{Tag: "step/loss", Value: 99}, {Tag: "step/lost", Value: 99}}))
	require.NoError(t, w.Close())
	logged := resumed(t, c, split(), out)
	require.Equal(t, plain.summary.ParamsSHA256, logged.summary.ParamsSHA256)
	require.Equal(t, plain.tensors, logged.tensors)
	require.Equal(t, plain.metrics, logged.metrics)
	names, err := tfevents.Files(out)
	require.NoError(t, err)
	require.Len(t, names, 3)

	shown, images := onBoard(t, out)
	viewsOf(t, c, images)
	require.Empty(t, shown["step/lost"])
	steps := linesOf[train.StepMetrics](t, filepath.Join(out, train.MetricsFile), "step")
	times := linesOf[train.Throughput](t, filepath.Join(out, train.ThroughputFile), "step")
	require.Len(t, shown["step/loss"], 21)
	for i, line := range steps {
		for tag, want := range map[string]float64{
			"step/loss": line.Loss, "step/lr": line.LR, "step/weight_decay": line.WeightDecay, "step/epoch": line.Epoch,
			"step/terms/regression": line.Terms["regression"], "step/schedules/ema": line.Schedules["ema"],
			"step/images_per_second": times[i].ImagesPerSecond,
		} {
			require.InEpsilon(t, 1+want, 1+shown[tag][line.Step], 1e-6, tag)
		}
	}
	epochs := linesOf[train.EpochMetrics](t, filepath.Join(out, train.MetricsFile), "epoch")
	require.Len(t, epochs, 4)
	for _, line := range epochs {
		for tag, want := range map[string]float64{
			"epoch/epoch": float64(line.Epoch), "epoch/entropy": line.Entropy, "epoch/mi_er": line.MIER, "epoch/mi_infonce": line.MIInfoNCE,
			"epoch/held_out": 24, "epoch/knn_top1_quick": *line.QuickKNN,
		} {
			require.InDelta(t, want, shown[tag][line.Step], 1e-5, tag)
		}
	}
	require.Len(t, shown["epoch/loss"], 3)         // not of the untrained encoder
	require.Len(t, shown["epoch/probe_online"], 3) // which has no probe
	require.NotContains(t, shown, "epoch/entropy_w")

	// A run that had come to nothing begins anew, and so do its files; one that logs nowhere
	// else at first shows its views when it begins to.
	for _, step := range []int{0, 9} {
		first := c
		if step > 0 {
			first.Report.Log = train.NoLog
		}
		other := interrupted(t, first, split(), step)
		if step == 0 {
			require.NoError(t, os.Remove(filepath.Join(other, train.CheckpointFile)))
		}
		resumed(t, c, split(), other)
		_, images = onBoard(t, other)
		viewsOf(t, c, images)
	}

	// A run that is begun anew in its place takes the files away, but no others.
	theirs := filepath.Join(out, "events.out.tfevents.5.theirs")
	require.NoError(t, os.WriteFile(theirs, nil, 0o644))
	c.Report.Log = train.NoLog
	_, err = train.Run(t.Context(), c, split(), train.Options{Out: out, Overwrite: true})
	require.NoError(t, err)
	names, err = tfevents.Files(out)
	require.NoError(t, err)
	require.Empty(t, names)
	require.FileExists(t, theirs)
}

// viewsOf checks that there is one picture, the sheet of views of a run.
func viewsOf(t *testing.T, c train.Config, images []boardImage) {
	t.Helper()
	require.Len(t, images, 1)
	found := images[0]
	require.Equal(t, []any{"views", 0, 3}, []any{found.Tag, found.Step, found.Colors})
	drawn, err := png.Decode(bytes.NewReader(found.PNG))
	require.NoError(t, err)
	v, err := sheet.NewViews(c.Views, split().Train.Channels)
	require.NoError(t, err)
	want, err := v.Draw(split().Train, sheet.Spread(split().Train, sheet.Usual), c.Seed)
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, found.Width, found.Height), drawn.Bounds())
	opaque := image.NewRGBA(drawn.Bounds())
	draw.Draw(opaque, opaque.Rect, drawn, image.Point{}, draw.Src)
	require.Equal(t, want, opaque)
}

func TestLogChoices(t *testing.T) {
	require.Equal(t, train.NoLog, config(t, "byol", split(), "report.log", "none").Report.Log)
	text, err := json.Marshal(config(t, "byol", split()))
	require.NoError(t, err)
	require.NotContains(t, string(text), `"log":`)
	var l train.Log
	require.ErrorContains(t, l.UnmarshalText([]byte("wandb")), `found "wandb", expected none or tensorboard`)
}

func timeOf(second int64) time.Time { return time.Unix(second, 0) }
