// Command neon writes, for arm64, the register tiles of matrix products, what lays out
// panels, and the transforms of Winograd's convolution: simd/tile_arm64.s and
// simd/winograd_arm64.s.
//
// The tiles are those of _asm/tile: 8×(2 or 1 vectors) accumulators that stay in
// registers. Elements of A are not broadcast. They are loaded as vectors, side by side
// along the rows or down a column, and an instruction multiplies by one lane. Columns
// are not masked either: a tile is stored whole, and its caller takes what it needs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"asm/arm"
)

func main() {
	folder := flag.String("dir", "", "write tile_arm64.s, winograd_arm64.s and their declarations to `folder`")
	flag.Parse()
	var tiles, transforms arm.Writer
	for _, k := range kinds {
		for vectors := 4 / k.Lanes(); vectors <= 2; vectors++ { // four columns are the least
			t := &tile{Writer: &tiles, Kind: k, vectors: vectors}
			t.rowTile()
			t.columnTile()
		}
	}
	for _, k := range kinds {
		transpose(&tiles, k)
	}
	for vectors := 1; vectors <= 2; vectors++ {
		copyRows(&tiles, vectors)
	}
	for _, k := range kinds {
		t := &transform{Writer: &transforms, Kind: k}
		t.input()
		t.output("", false)
		t.output("Add", true)
		t.grad()
	}
	command := "go run ./neon -dir " + *folder
	if err := errors.Join(tiles.WriteFiles(command, filepath.Join(*folder, "tile")), transforms.WriteFiles(command, filepath.Join(*folder, "winograd"))); err != nil {
		fmt.Fprintln(os.Stderr, "neon:", err)
		os.Exit(1)
	}
}

var kinds = []arm.Kind{arm.Single, arm.Double}
