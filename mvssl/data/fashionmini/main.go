// Command fashionmini makes the embedded data set fashion-mini: a class-balanced
// choice of Fashion-MNIST's images, small enough to live in the repository.
//
//	go run ./mvssl/data/fashionmini [-from DIR] [-to DIR]
//
// reads the four original IDX files (those of Debian's package
// dataset-fashion-mnist by default) and writes four files of the same names and
// format, with 5,800 training and 1,000 test images. Which ones is a fixed
// choice: from each class's indices, shuffled by a PCG with a constant seed, the
// first so many; they stay in their original order. The same input gives the
// same bytes each time, as a test asserts.
//
// Fashion-MNIST is copyright 2017 Zalando SE and under the MIT license: see
// LICENSE beside this file.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const (
	classes       = 10
	pixels        = 28 * 28
	trainPerClass = 580
	testPerClass  = 100
	imagesMagic   = 0x803
	labelsMagic   = 0x801
)

func main() {
	log.SetFlags(0)
	from := flag.String("from", "/usr/share/datasets/fashion-mnist", "folder of the original IDX files")
	to := flag.String("to", "mvssl/data/fashionmini", "folder to write to")
	flag.Parse()
	if err := generate(*from, *to); err != nil {
		log.Fatal(err)
	}
}

// generate writes both splits.
func generate(from, to string) error {
	if err := choose(from, to, "train", trainPerClass); err != nil {
		return err
	}
	return choose(from, to, "t10k", testPerClass)
}

// choose writes perClass images of each class of one split.
func choose(from, to, split string, perClass int) error {
	imagesName, labelsName := split+"-images-idx3-ubyte.gz", split+"-labels-idx1-ubyte.gz"
	images, err := inflate(filepath.Join(from, imagesName), 16)
	if err != nil {
		return err
	}
	labels, err := inflate(filepath.Join(from, labelsName), 8)
	if err != nil {
		return err
	}
	if len(images) != pixels*len(labels) {
		return fmt.Errorf("%s: found %d bytes of images, expected %d for %d labels", imagesName, len(images), pixels*len(labels), len(labels))
	}
	chosen, err := balanced(labels, perClass)
	if err != nil {
		return fmt.Errorf("%s: %w", labelsName, err)
	}

	n := uint32(perClass * classes)
	imagesOut := idxHeader(imagesMagic, n, 28, 28)
	labelsOut := idxHeader(labelsMagic, n)
	for i, label := range labels {
		if chosen[i] {
			imagesOut = append(imagesOut, images[i*pixels:][:pixels]...)
			labelsOut = append(labelsOut, label)
		}
	}
	if err := deflate(filepath.Join(to, imagesName), imagesOut); err != nil {
		return err
	}
	return deflate(filepath.Join(to, labelsName), labelsOut)
}

// balanced marks perClass indices of each class.
func balanced(labels []byte, perClass int) ([]bool, error) {
	chosen := make([]bool, len(labels))
	for class := range classes {
		var members []int
		for i, label := range labels {
			if int(label) == class {
				members = append(members, i)
			}
		}
		if len(members) < perClass {
			return nil, fmt.Errorf("found %d images of class %d, expected at least %d", len(members), class, perClass)
		}
		r := rand.New(rand.NewPCG(2017, uint64(class)))
		r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		for _, i := range members[:perClass] {
			chosen[i] = true
		}
	}
	return chosen, nil
}

func idxHeader(magic uint32, sizes ...uint32) []byte {
	h := binary.BigEndian.AppendUint32(nil, magic)
	for _, s := range sizes {
		h = binary.BigEndian.AppendUint32(h, s)
	}
	return h
}

// inflate reads a gzip file and drops its header.
func inflate(name string, header int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b, err := io.ReadAll(zr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(b) < header {
		return nil, fmt.Errorf("%s: found %d bytes, expected at least %d", name, len(b), header)
	}
	return b[header:], nil
}

// deflate writes a gzip file with neither name nor time in its header.
func deflate(name string, b []byte) error {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zw.Write(b); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	return os.WriteFile(name, buf.Bytes(), 0o644)
}
