package data

import (
	"context"
	"fmt"
	"image"
	"io"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"entrec/mvssl/data/picture"
)

// encoded is a part of a data set whose images are stored encoded, as PNG, JPEG and the
// like: as files, or within one.
type encoded struct {
	part   Part
	folder string   // in which they lie, for messages
	files  []string // the images' names within the set
	labels []int    // nil: there are none
	stored
}

// stored says how what images are stored as is reached.
type stored struct {
	// where names an image in messages. open opens what it is stored as, of so many bytes.
	// Images are opened several at a time, and where they do not fit into memory as long as
	// the data set is used.
	where func(i int) string
	open  func(i int) (io.ReadCloser, int64, error)
}

// item is an image of a part while it is loaded.
type item struct {
	entry
	i    int // in its part
	gray bool
	err  error // why it cannot be read
}

// loadEncoded loads the training images and, behind them, the test images, if any. The
// data set is gray (one channel) if every pixel of every image is, else it has three. Where
// the images do not fit into memory, they are decoded now to be checked, and again whenever
// they are read. With Options.SkipBad those that cannot be read are passed over, and with
// them a class of which no training image is left.
func loadEncoded(ctx context.Context, dir folder, name string, classes []string, parts []encoded, o Options) (*Split, error) {
	l := &encodedLoader{dir: dir, o: o, gray: true}
	items := make([][]item, len(parts))
	for p := range parts {
		var err error
		if items[p], err = l.heads(ctx, &parts[p]); err != nil {
			return nil, err
		}
	}
	inMemory, err := l.fits(items)
	if err != nil {
		return nil, err
	}
	pixels := make([][]byte, len(parts))
	for p := range parts {
		if pixels[p], err = l.decode(ctx, &parts[p], items[p], inMemory); err != nil {
			return nil, err
		}
	}
	return l.split(name, classes, parts, items, pixels, inMemory)
}

// encodedLoader holds what the parts have in common.
type encodedLoader struct {
	dir     folder
	o       Options
	gray    bool // all so far are
	workers int  // how many images are decoded at a time
}

// heads reads what the images' headers say.
func (l *encodedLoader) heads(ctx context.Context, p *encoded) ([]item, error) {
	items := make([]item, len(p.files))
	err := each(ctx, runtime.GOMAXPROCS(0), len(items), func(i int, _ *Scratch) {
		items[i].i = i
		items[i].size, items[i].err = p.head(i)
	})
	if err == nil && !l.o.SkipBad {
		err = firstError(items)
	}
	return items, err
}

// head reads what an image's header says of its size.
func (p *encoded) head(i int) (image.Point, error) {
	in, length, err := p.open(i)
	if err != nil {
		return image.Point{}, err
	}
	defer in.Close()
	h, err := picture.ReadHeader(in, length)
	if err != nil {
		return image.Point{}, pictureError(p.where(i), err)
	}
	return image.Pt(h.Width, h.Height), nil
}

// firstError returns the first image's that cannot be read.
func firstError(items []item) error {
	for _, it := range items {
		if it.err != nil {
			return it.err
		}
	}
	return nil
}

const (
	// decodingBytes is what it takes to decode a pixel, and to have it in three planes.
	decodingBytes = picture.PixelCost + 3
	// indexBytes is what is kept of an image that is read as needed, and its name.
	indexBytes = 256
	// Images are decoded in runs of about so many bytes, in parallel within a run and
	// joined in order after it.
	runBytes = 16 << 20
	// runImages is a run of images that are not kept.
	runImages = 1024
)

// fits takes the memory for the images, as their headers tell it, and reports whether all
// of them can be in memory. As many are then decoded at a time as there is room for. The
// error is that of a memory that is too small to decode them one by one.
func (l *encodedLoader) fits(items [][]item) (bool, error) {
	var total, largest, n int64
	for _, part := range items {
		for _, it := range part {
			area := int64(it.size.X) * int64(it.size.Y)
			total, largest, n = total+3*area, max(largest, area), n+1
		}
	}
	room, decoding := l.dir.room, max(1, decodingBytes*largest)
	all, index := total+min(total, runBytes+3*largest), indexBytes*n
	inMemory := room.left()-all >= decoding
	if !inMemory {
		all = index
	}
	l.workers = int(max(1, min(int64(runtime.GOMAXPROCS(0)), (room.left()-all)/decoding)))
	if err := room.take(l.dir.path, all+decoding*int64(l.workers)); err != nil || inMemory {
		return inMemory, err
	}
	l.o.note(fmt.Sprintf("%s: the images take %s, more than --memory has, and are decoded whenever they are read", printableName(l.dir.path), bytesInWords(total)))
	return false, nil
}

// decode decodes a part's images, keeps what there is to know of each, and returns the
// pixels of those that can be read, three channels each, one after another; nil where they
// are not to be in memory.
func (l *encodedLoader) decode(ctx context.Context, p *encoded, items []item, inMemory bool) ([]byte, error) {
	var pixels, run []byte
	total := 0
	for _, it := range items {
		total += 3 * it.size.X * it.size.Y
	}
	if inMemory {
		pixels = make([]byte, 0, total) // once: what grows needs twice its memory
	}
	for done := 0; done < len(items); {
		chunk := items[done:]
		starts, size := []int{}, 0
		for i, it := range chunk {
			if i > 0 && (inMemory && size >= runBytes || !inMemory && i == runImages) {
				chunk = chunk[:i]
				break
			}
			starts, size = append(starts, size), size+3*it.size.X*it.size.Y
		}
		if inMemory && len(run) < size {
			run = make([]byte, size)
		}
		err := each(ctx, l.workers, len(chunk), func(i int, s *Scratch) {
			if it := &chunk[i]; it.err == nil {
				var dst []byte
				if inMemory {
					dst = run[starts[i] : starts[i]+3*it.size.X*it.size.Y]
				}
				it.gray, it.err = p.examine(it, dst, s)
			}
		})
		if err == nil && !l.o.SkipBad {
			err = firstError(chunk)
		}
		if err != nil {
			return nil, err
		}
		for i, it := range chunk {
			if it.err != nil {
				continue
			}
			l.gray = l.gray && it.gray
			if inMemory {
				pixels = append(pixels, run[starts[i]:starts[i]+3*it.size.X*it.size.Y]...)
			}
		}
		done += len(chunk)
		l.dir.tell("decoding "+p.part.Words()+" images", done, len(items))
	}
	return pixels, nil
}

// examine decodes an image into dst, or into memory of the scratch where that is nil, and
// keeps what there is to know of it.
func (p *encoded) examine(it *item, dst []byte, s *Scratch) (gray bool, err error) {
	raw, err := s.read(p.stored, it.i)
	if err != nil {
		return false, err
	}
	planes, gray, err := s.decode(p.where(it.i), raw, it.size, 3, dst)
	if err != nil {
		return false, err
	}
	it.content = contentOf(raw)
	area := it.size.X * it.size.Y
	for c := range it.facts {
		it.facts[c] = factsOf(planes[c*area : (c+1)*area])
	}
	return gray, nil
}

// split makes the data set of what was decoded.
func (l *encodedLoader) split(name string, classes []string, parts []encoded, items [][]item, pixels [][]byte, inMemory bool) (*Split, error) {
	split := &Split{}
	classes, left, err := l.left(classes, parts, items)
	if err != nil {
		return nil, err
	}
	slots := make(chan struct{}, l.workers)
	var sets []*Dataset
	var taken []digested
	uniform := true
	var size image.Point
	for p := range parts {
		g := &gallery{gray: l.gray, stored: parts[p].stored, slots: slots}
		d := &Dataset{Name: name, Classes: classes, Channels: 3, images: g}
		if l.gray {
			d.Channels = 1
		}
		if parts[p].labels != nil {
			d.Labels = []int{}
		}
		at, kept := 0, 0
		for i := range items[p] {
			it := &items[p][i]
			area := it.size.X * it.size.Y
			if it.err != nil {
				split.Skipped = append(split.Skipped, parts[p].where(i))
				continue
			}
			label := -1
			if parts[p].labels != nil {
				label = left[parts[p].labels[i]]
			}
			if inMemory { // what is kept moves to the front
				n := d.Channels * area
				if parts[p].labels == nil || label >= 0 {
					copy(pixels[p][kept:kept+n], pixels[p][at:at+n])
				}
				at += 3 * area
			}
			if parts[p].labels != nil {
				if label < 0 {
					continue // of a class that is left out
				}
				d.Labels = append(d.Labels, label)
			}
			kept += d.Channels * area
			if len(taken) == 0 {
				size = it.size
			}
			uniform = uniform && it.size == size
			it.at = kept - d.Channels*area
			g.entries, g.of = append(g.entries, it.entry), append(g.of, i)
			d.Files = append(d.Files, parts[p].files[i])
			taken = append(taken, digested{parts[p].files[i], label, it.content})
		}
		if d.Len() == 0 {
			return nil, &FormatError{File: l.dir.file(parts[p].folder), Offset: -1, Found: fmt.Sprintf("%d images, none of them readable", len(parts[p].files)), Expected: "at least one"}
		}
		if inMemory {
			g.pixels = pixels[p][:kept:kept]
			if l.gray {
				g.pixels = slices.Clone(g.pixels) // of which the rest is given back
			}
		}
		sets = append(sets, d)
	}
	for _, d := range sets {
		if uniform {
			d.Height, d.Width = size.Y, size.X
			if inMemory {
				d.Pixels, d.images = d.images.pixels, nil
			}
		}
	}
	split.Train = sets[0]
	if len(sets) > 1 {
		split.Test = sets[1]
	}
	split.SHA256 = filesSHA256(taken, classes)
	return split, nil
}

// left returns the classes but those of whose training images none can be read, and of each class its number
// among them, -1 where there are none. Those that are left out are told of.
func (l *encodedLoader) left(classes []string, parts []encoded, items [][]item) (names []string, number []int, err error) {
	if parts[0].labels == nil {
		return nil, make([]int, len(classes)), nil
	}
	readable, all := make([]int, len(classes)), make([]int, len(classes))
	for i, label := range parts[0].labels {
		all[label]++
		if items[0][i].err == nil {
			readable[label]++
		}
	}
	for label, n := range readable {
		if n > 0 || all[label] == 0 {
			number, names = append(number, len(names)), append(names, classes[label])
			continue
		}
		number = append(number, -1)
		l.o.note(fmt.Sprintf("%s: left out class %s, none of whose %d training images can be read", printableName(l.dir.path), printableName(classes[label]), all[label]))
	}
	return names, number, nil
}

// each calls f for all i from 0 to n-1, so many at a time, each of these with a scratch of
// its own.
func each(ctx context.Context, workers, n int, f func(i int, s *Scratch)) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(workers, n) {
		g.Go(func() error {
			s := &Scratch{}
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				f(i, s)
			}
			return nil
		})
	}
	return g.Wait()
}
