package train_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// withDigest returns a data set as if it had been loaded.
func withDigest(s *data.Split, digit string) *data.Split {
	known := *s
	known.SHA256 = strings.Repeat(digit, 64)
	return &known
}

// readBack writes a configuration and reads it as a request.
func readBack(t *testing.T, c train.Config) *train.Request {
	t.Helper()
	text, err := json.Marshal(c)
	require.NoError(t, err)
	r, err := train.ReadRequest(filepath.Join(written(t, text), train.ConfigFile))
	require.NoError(t, err)
	return r
}

// TestStatisticsOfOtherData: of a configuration that is used again, mean and standard
// deviation are those of the data that it is used on, unless somebody chose others for the
// same data; whatever part of them it used.
func TestStatisticsOfOtherData(t *testing.T) {
	own := withDigest(runtest.Split(), "1")
	other := withDigest(&data.Split{Train: runtest.Images(48, 7), Test: runtest.Images(24, 8)}, "2")
	undigested := withDigest(other, "")
	for _, tt := range []struct {
		name string
		sets []string
		on   *data.Split
		kept []bool // mean, std
	}{
		{"its own", nil, own, []bool{false, false}},
		{"its own, of a part", []string{"subset", "32", "holdout", "0.2"}, own, []bool{false, false}},
		{"other", nil, other, []bool{false, false}},
		{"its own, mean chosen", []string{"views.*.mean", "[0.25]"}, own, []bool{true, false}},
		{"its own, both chosen", []string{"views.*.mean", "[0.25]", "views.*.std", "[0.125]"}, own, []bool{true, true}},
		{"its own, chosen with views", []string{"views.*.flip", "0.25", "views.*.std", "[0.125]"}, own, []bool{false, true}},
		{"other, chosen", []string{"views.*.mean", "[0.25]", "views.*.std", "[0.125]"}, other, []bool{false, false}},
		{"other, without a digest", []string{"views.*.mean", "[0.25]"}, undigested, []bool{false, false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _, err := train.Resolve(runtest.Request(t, "simclr", tt.sets...), own)
			require.NoError(t, err)
			require.Equal(t, own.SHA256, c.DataSHA256)
			r := readBack(t, c)
			r.Set("subset", json.Number("40"))
			r.Set("holdout", json.Number("0"))
			again, part, err := train.Resolve(r, tt.on)
			require.NoError(t, err)
			require.Equal(t, tt.on.SHA256, again.DataSHA256)
			mean, std := part.Train.MeanStd()
			if tt.kept[0] {
				mean = []float64{0.25}
			}
			if tt.kept[1] {
				std = []float64{0.125}
			}
			for _, v := range again.Views {
				require.Equal(t, mean, v.Mean)
				require.Equal(t, std, v.Std)
			}
		})
	}
	// What is asked for now goes before what the configuration brings.
	c, _, err := train.Resolve(runtest.Request(t, "simclr", "views.*.mean", "[0.25]"), own)
	require.NoError(t, err)
	r := readBack(t, c)
	require.NoError(t, r.SetText("views.*.mean", "[0.75]"))
	again, _, err := train.Resolve(r, own)
	require.NoError(t, err)
	require.Equal(t, []float64{0.75}, again.Views[0].Mean)
}

// TestImagesThatAreTheSame: a channel in which all training images are the same is an
// error about the data, unless it is not needed what they are normalized by.
func TestImagesThatAreTheSame(t *testing.T) {
	colored := func(change func(i int, image []byte)) *data.Split {
		d := &data.Dataset{Name: "mine", Channels: 3, Height: 8, Width: 8, Classes: []string{"a", "b", "c", "d"}}
		for i := range 40 {
			image := make([]byte, 3*64)
			for at := range image {
				image[at] = byte(7*at + 31*i)
			}
			change(i, image)
			d.Pixels, d.Labels = append(d.Pixels, image...), append(d.Labels, i%4)
		}
		return &data.Split{Train: d, Test: d}
	}
	for _, tt := range []struct {
		name    string
		change  func(i int, image []byte)
		channel string // "": they differ
	}{
		{"differ", func(int, []byte) {}, ""},
		{"one differs by a bit", func(i int, image []byte) {
			clear(image)
			if i == 39 {
				image[63], image[127], image[191] = 1, 1, 1
			}
		}, ""},
		{"black", func(_ int, image []byte) { clear(image) }, "channel 0"},
		{"no blue", func(_ int, image []byte) { clear(image[128:]) }, "channel 2"},
		{"full green", func(_ int, image []byte) { copy(image[64:], bytes.Repeat([]byte{255}, 64)) }, "channel 1"},
		{"copies", func(_ int, image []byte) {
			for at := range image {
				image[at] = byte(at)
			}
		}, "channel 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := colored(tt.change)
			_, _, err := train.Resolve(runtest.Request(t, "simclr"), s)
			if tt.channel == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, train.ErrData)
			require.ErrorContains(t, err, "data set mine: all training images are the same in "+tt.channel+", expected images that differ")
			_, _, err = train.Resolve(runtest.Request(t, "simclr", "views.*.mean", "[0,0,0]", "views.*.std", "[1,1,1]"), s)
			require.NoError(t, err)
		})
	}
}

// TestResumeOfOtherData: a run goes on with its own data, wherever they are, and with no
// others.
func TestResumeOfOtherData(t *testing.T) {
	own := withDigest(runtest.Split(), "a")
	r := runtest.Request(t, "simclr", "epochs", "1", "report.evaluate", "off")
	c, split, err := train.Resolve(r, own)
	require.NoError(t, err)
	out := t.TempDir()
	summary, err := train.Run(context.Background(), c, split, train.Options{Out: out})
	require.NoError(t, err)
	require.Equal(t, own.SHA256, summary.DataSHA256)
	stored, err := train.ReadConfig(out)
	require.NoError(t, err)
	require.Equal(t, own.SHA256, stored.DataSHA256)

	moved := &train.Request{}
	moved.Set("data", "elsewhere")
	again, split, err := train.Resume(out, stored, moved, own)
	require.NoError(t, err)
	resumed, err := train.Run(context.Background(), again, split, train.Options{Out: out, Resume: true})
	require.NoError(t, err)
	require.Equal(t, summary.ParamsSHA256, resumed.ParamsSHA256)
	stored, err = train.ReadConfig(out)
	require.NoError(t, err)
	require.Equal(t, "elsewhere", stored.Data, "the new place is recorded")
	require.Equal(t, c.Views, stored.Views)

	twice := withDigest(&data.Split{Train: runtest.Images(120, 1), Test: own.Test}, "b")
	for _, r := range []*train.Request{{}, moved} {
		_, _, err = train.Resume(out, stored, r, twice)
		require.ErrorIs(t, err, train.ErrChanged)
		require.EqualError(t, err, out+": the data changed since the run began: found 120 training images of digest bbbbbbbbbbbb, expected 60 of digest aaaaaaaaaaaa")
	}

	// A checkpoint of other data is not taken up, whatever config.json says.
	stored.DataSHA256 = twice.SHA256
	_, err = train.Run(context.Background(), stored, split, train.Options{Out: out, Resume: true})
	require.ErrorContains(t, err, "data_sha256: found")
}

// TestResumeWithoutDigest: a run of a version that knew none goes on with the data at the
// same place, and knows it from then on, before there is another checkpoint as well.
func TestResumeWithoutDigest(t *testing.T) {
	old := runtest.Split()
	c, split, err := train.Resolve(runtest.Request(t, "simclr", "epochs", "1", "report.evaluate", "off"), old)
	require.NoError(t, err)
	require.Empty(t, c.DataSHA256)
	out := t.TempDir()
	_, err = train.Run(context.Background(), c, split, train.Options{Out: out})
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(out, train.ConfigFile))
	require.NoError(t, err)
	require.NotContains(t, string(text), "data_sha256")

	known := withDigest(old, "c")
	moved := &train.Request{}
	moved.Set("data", "elsewhere")
	_, _, err = train.Resume(out, c, moved, known)
	require.ErrorIs(t, err, train.ErrOtherwise, "whether it is the same nobody can tell")
	for _, r := range []*train.Request{{}, moved} {
		stored, err := train.ReadConfig(out)
		require.NoError(t, err)
		next, split, err := train.Resume(out, stored, r, known)
		require.NoError(t, err)
		require.Equal(t, known.SHA256, next.DataSHA256)
		_, err = train.Run(context.Background(), next, split, train.Options{Out: out, Resume: true})
		require.NoError(t, err)
	}
}

// TestDigestIsChecked: a digest in a configuration is one, and nobody sets it.
func TestDigestIsChecked(t *testing.T) {
	require.ErrorContains(t, (&train.Request{}).SetText("data_sha256", "x"), "data_sha256: found a value, expected none")
	c := runtest.Config(t, "simclr", withDigest(runtest.Split(), "d"))
	c.DataSHA256 = "D"
	require.ErrorContains(t, c.Validate(), `data_sha256 "D" must be 64 hexadecimal digits`)
}
