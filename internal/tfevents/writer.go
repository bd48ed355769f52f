// Package tfevents writes TensorBoard's event files: records of TFRecord, each with checksums
// and an event in Protocol Buffers' wire format, with the fields of event.proto and
// summary.proto (tensorboard/compat/proto). What is named as TensorBoard names it.
package tfevents

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Scalar is a number with its name, whose parts are separated by slashes.
type Scalar struct {
	Tag   string
	Value float64 // kept as float32
}

// Image is a picture with its name, whose parts are separated by slashes.
type Image struct {
	Tag           string
	Width, Height int
	PNG           []byte // of red, green and blue
}

// Writer writes an event file.
type Writer struct {
	file          *os.File
	record, value []byte // are used again
}

// What the names of the files begin and end with: TensorBoard looks for the beginning, and
// the end tells them from those of other programs. A number is between.
const (
	prefix = "events.out.tfevents."
	suffix = ".entrec"
)

// Create begins an event file in a folder. TensorBoard reads the files of a folder in the
// order of their names, so the number in this one's is the time in seconds, or one more than
// the largest there. What the files that are there say of step and later ones counts no more:
// it is made again.
func Create(dir string, now time.Time, step int) (*Writer, error) {
	names, err := Files(dir)
	if err != nil {
		return nil, err
	}
	number := now.Unix()
	for _, name := range names {
		number = max(number, numberOf(name)+1)
	}
	f, err := os.OpenFile(filepath.Join(dir, prefix+strconv.FormatInt(number, 10)+suffix), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	w := &Writer{file: f}
	err = w.write(protowire.AppendString(tagged(event(now, 0), eventVersion, protowire.BytesType), "brain.Event:2"))
	if err == nil && len(names) > 0 {
		start := protowire.AppendVarint(tagged(nil, sessionStatus, protowire.VarintType), sessionStart)
		err = w.write(protowire.AppendBytes(tagged(event(now, step), eventSession, protowire.BytesType), start))
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Files returns the names of the event files in a folder that Create made.
func Files(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if numberOf(e.Name()) >= 0 && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// numberOf returns the number in a file's name, -1 where it is not one of Create's.
func numberOf(name string) int64 {
	middle, begins := strings.CutPrefix(name, prefix)
	middle, ends := strings.CutSuffix(middle, suffix)
	n, err := strconv.ParseInt(middle, 10, 64)
	if !begins || !ends || err != nil || n < 0 || strconv.FormatInt(n, 10) != middle {
		return -1
	}
	return n
}

// The fields of messages.
const (
	eventTime    protowire.Number = 1 // double
	eventStep    protowire.Number = 2
	eventVersion protowire.Number = 3
	eventSummary protowire.Number = 5
	eventSession protowire.Number = 7

	sessionStatus protowire.Number = 1

	summaryValue protowire.Number = 1

	valueTag    protowire.Number = 1
	valueSimple protowire.Number = 2 // float
	valueImage  protowire.Number = 4

	imageHeight  protowire.Number = 1
	imageWidth   protowire.Number = 2
	imageColors  protowire.Number = 3
	imageEncoded protowire.Number = 4
)

const (
	sessionStart = 1 // the status of a session that begins
	colorsRGB    = 3 // of red, green and blue
)

// Scalars writes numbers about a step.
func (w *Writer) Scalars(at time.Time, step int, scalars []Scalar) error {
	summary := w.value[:0]
	for _, s := range scalars {
		size := protowire.SizeTag(valueTag) + protowire.SizeBytes(len(s.Tag)) + protowire.SizeTag(valueSimple) + protowire.SizeFixed32()
		summary = protowire.AppendVarint(tagged(summary, summaryValue, protowire.BytesType), uint64(size))
		summary = protowire.AppendString(tagged(summary, valueTag, protowire.BytesType), s.Tag)
		summary = protowire.AppendFixed32(tagged(summary, valueSimple, protowire.Fixed32Type), math.Float32bits(float32(s.Value)))
	}
	w.value = summary
	return w.write(protowire.AppendBytes(tagged(event(at, step), eventSummary, protowire.BytesType), summary))
}

// Image writes a picture about a step.
func (w *Writer) Image(at time.Time, step int, p Image) error {
	image := protowire.AppendVarint(tagged(nil, imageHeight, protowire.VarintType), uint64(p.Height))
	image = protowire.AppendVarint(tagged(image, imageWidth, protowire.VarintType), uint64(p.Width))
	image = protowire.AppendVarint(tagged(image, imageColors, protowire.VarintType), colorsRGB)
	image = protowire.AppendBytes(tagged(image, imageEncoded, protowire.BytesType), p.PNG)
	value := protowire.AppendString(tagged(nil, valueTag, protowire.BytesType), p.Tag)
	value = protowire.AppendBytes(tagged(value, valueImage, protowire.BytesType), image)
	summary := protowire.AppendBytes(tagged(nil, summaryValue, protowire.BytesType), value)
	return w.write(protowire.AppendBytes(tagged(event(at, step), eventSummary, protowire.BytesType), summary))
}

// event returns the beginning of an event: when it was, and the step that it is about.
func event(at time.Time, step int) []byte {
	seconds := float64(at.UnixMicro()) / 1e6
	b := protowire.AppendFixed64(tagged(nil, eventTime, protowire.Fixed64Type), math.Float64bits(seconds))
	return protowire.AppendVarint(tagged(b, eventStep, protowire.VarintType), uint64(step))
}

func tagged(b []byte, field protowire.Number, t protowire.Type) []byte {
	return protowire.AppendTag(b, field, t)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the checksum of TFRecord: CRC-32C, turned by 15 bits and moved, so that the
// checksum of what holds checksums is a good one, too.
func masked(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// write appends a record: its length and the length's checksum, then the data and theirs.
func (w *Writer) write(data []byte) error {
	r := binary.LittleEndian.AppendUint64(w.record[:0], uint64(len(data)))
	r = binary.LittleEndian.AppendUint32(r, masked(r))
	r = append(r, data...)
	w.record = binary.LittleEndian.AppendUint32(r, masked(data))
	_, err := w.file.Write(w.record)
	return err
}

// Close closes the file.
func (w *Writer) Close() error {
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("%s: %w", w.file.Name(), err)
	}
	return nil
}
