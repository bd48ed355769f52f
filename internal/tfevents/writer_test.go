package tfevents

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

// read is what readers make of an event.
type read struct {
	Time    float64
	Step    int64
	Version string
	Session int
	Scalars []struct {
		Tag   string
		Value float64
	}
	Images []struct {
		Tag                   string
		Height, Width, Colors int
		PNG                   []byte
	}
}

// byPython reads files with testdata/read.py.
func byPython(t *testing.T, paths []string) (files [][]read) {
	cmd := exec.Command(foreign.Python(t), append([]string{"testdata/read.py"}, paths...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), stderr.String())
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &files))
	return files
}

// byNode reads files with npm's tfrecord and protobufjs; the fields are those of TensorBoard's
// event.proto and summary.proto.
func byNode(t *testing.T, paths []string) (files [][]read) {
	foreign.Node(t, []string{"tfrecord", "protobufjs"}, `
const { RecordReader } = require("tfrecord/lib/record_reader");
const Event = require("protobufjs").parse(`+"`"+`syntax = "proto3";
message Event {
	double wall_time = 1; int64 step = 2;
	oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
}
message SessionLog { int32 status = 1; string checkpoint_path = 2; string msg = 3; }
message Summary {
	message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
	message Value { string tag = 1; oneof value { float simple_value = 2; Image image = 4; } }
	repeated Value value = 1;
}`+"`"+`, { keepCase: true }).root.lookupType("Event");
const files = [];
for (const path of x) {
	const reader = await RecordReader.create(path), events = [];
	for (let r; (r = await reader.readRecord()) !== null;) {
		const e = Event.decode(r.slice()), values = e.summary ? e.summary.value : [];
		events.push({
			time: e.wall_time, step: Number(e.step), version: e.file_version || "", session: e.session_log ? e.session_log.status : 0,
			scalars: values.filter(v => v.value === "simple_value").map(v => ({ tag: v.tag, value: v.simple_value })),
			images: values.filter(v => v.value === "image").map(({ tag, image: i }) => ({ tag, height: i.height, width: i.width, colors: i.colorspace, png: Buffer.from(i.encoded_image_string).toString("base64") })),
		});
	}
	files.push(events);
}
return files;
`, paths, &files)
	return files
}

// TestReaders: programs that we did not write read what was written, checksums and all, in
// the order of the files' names.
func TestReaders(t *testing.T) {
	dir := t.TempDir()
	at := time.Unix(1764430000, 250_000_000)
	w, err := Create(dir, at, 0)
	require.NoError(t, err)
	require.NoError(t, w.Scalars(at.Add(time.Second), 1, []Scalar{{"step/loss", 2.5}, {"step/terms/größe", -1e-3}}))
	require.NoError(t, w.Scalars(at, math.MaxInt32, nil))
	var drawn bytes.Buffer
	picture := image.NewRGBA(image.Rect(0, 0, 300, 2))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	require.NoError(t, png.Encode(&drawn, picture))
	require.NoError(t, w.Image(at, 4, Image{Tag: "views/größe", Width: 300, Height: 2, PNG: drawn.Bytes()}))
	require.NoError(t, w.Close())
	w, err = Create(dir, at.Add(-time.Hour), 300) // by a clock that was put back
	require.NoError(t, err)
	require.NoError(t, w.Scalars(at, 300, []Scalar{{"step/loss", math.MaxFloat32}}))
	require.NoError(t, w.Close())
	names, err := Files(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"events.out.tfevents.1764430000.entrec", "events.out.tfevents.1764430001.entrec"}, names)
	paths := []string{filepath.Join(dir, names[0]), filepath.Join(dir, names[1])}

	for name, reader := range map[string]func(*testing.T, []string) [][]read{"Python": byPython, "Node.js": byNode} {
		t.Run(name, func(t *testing.T) {
			files := reader(t, paths)
			require.Len(t, files, 2)
			first, second := files[0], files[1]
			require.Len(t, first, 4)
			require.Equal(t, read{Time: 1764430000.25, Version: "brain.Event:2", Scalars: first[0].Scalars, Images: first[0].Images}, first[0])
			require.Equal(t, 1764430001.25, first[1].Time)
			require.Equal(t, int64(1), first[1].Step)
			require.Len(t, first[1].Scalars, 2)
			require.Equal(t, "step/loss", first[1].Scalars[0].Tag)
			require.Equal(t, 2.5, first[1].Scalars[0].Value)
			require.Equal(t, "step/terms/größe", first[1].Scalars[1].Tag)
			require.InDelta(t, -1e-3, first[1].Scalars[1].Value, 1e-9)
			require.Equal(t, int64(math.MaxInt32), first[2].Step)
			require.Equal(t, int64(4), first[3].Step)
			require.Empty(t, first[3].Scalars)
			require.Len(t, first[3].Images, 1)
			image := first[3].Images[0]
			require.Equal(t, []any{"views/größe", 2, 300}, []any{image.Tag, image.Height, image.Width})
			require.Equal(t, drawn.Bytes(), image.PNG)
			decoded, err := png.DecodeConfig(bytes.NewReader(image.PNG))
			require.NoError(t, err)
			require.Equal(t, color.RGBAModel, decoded.ColorModel)
			require.Equal(t, 3, image.Colors) // red, green and blue

			// The second begins by saying that step 300 and later ones count no more.
			require.Equal(t, "brain.Event:2", second[0].Version)
			require.Equal(t, []any{1, int64(300)}, []any{second[1].Session, second[1].Step})
			require.Equal(t, float64(math.MaxFloat32), second[2].Scalars[0].Value)
		})
	}
}

// Files of other programs are none of ours.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"events.out.tfevents.17.host", "events.out.tfevents.17.host.entrec", "events.out.tfevents.017.entrec", "events.out.tfevents..entrec", "a.entrec", "events.out.tfevents.5.entrec"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "events.out.tfevents.99.entrec"), 0o755))
	names, err := Files(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"events.out.tfevents.5.entrec"}, names)
	names, err = Files(filepath.Join(dir, "none"))
	require.NoError(t, err)
	require.Empty(t, names)
	_, err = Create(filepath.Join(dir, "none"), time.Now(), 0)
	require.ErrorIs(t, err, os.ErrNotExist)
}
