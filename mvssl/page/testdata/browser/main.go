package main

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/chromedp"
)

func main() {
	out := flag.String("out", ".", "folder for the pictures")
	page := flag.String("page", "", "a report, as entrec report writes it")
	flag.Parse()
	if err := shots(context.Background(), *page, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A shot is a picture of the page.
type shot struct {
	name          string
	width, height int
	dark          bool
	at            string // the element at its top, "" for the page's
}

// mostBytes is how large a picture is with all of its colors.
const mostBytes = 150_000

// shots takes the pictures of a report.
func shots(ctx context.Context, page, out string) error {
	t, end, err := open(ctx)
	if err != nil {
		return err
	}
	defer end()
	path, err := filepath.Abs(page)
	if err != nil {
		return err
	}
	for _, s := range []shot{
		{"page-light", 1280, 1500, false, ""}, {"page-dark", 1280, 1500, true, ""},
		{"page-phone-light", 390, 1600, false, ""}, {"page-phone-dark", 390, 1600, true, ""},
		{"pictures-light", 1280, 1300, false, "#pictures"}, {"pictures-phone-dark", 390, 1600, true, "#pictures"},
	} {
		scheme := "light"
		if s.dark {
			scheme = "dark"
		}
		if err := t.dress(s.width, s.height, scheme); err != nil {
			return err
		}
		if err := t.do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+path)); err != nil {
			return err
		}
		if err := t.until(charts + " > 3"); err != nil {
			return err
		}
		if s.at != "" {
			if err := t.until("document.querySelector('#pictures canvas')"); err != nil {
				return err
			}
			if _, err := look[string](t, fmt.Sprintf("document.querySelector(%q).scrollIntoView(), ''", s.at)); err != nil {
				return err
			}
		}
		text, err := chromedp.Run(t.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			return err
		}
		if len(text) > mostBytes {
			if text, err = smaller(text); err != nil {
				return err
			}
		}
		file := filepath.Join(out, s.name+".png")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
		fmt.Println(file, len(text))
	}
	return nil
}

// smaller returns a picture with a palette, which is a third of its size.
func smaller(text []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	few := image.NewPaletted(full.Bounds(), colors(full))
	draw.Draw(few, few.Bounds(), full, full.Bounds().Min, draw.Src)
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few)
	return out.Bytes(), err
}

// colors returns the 256 colors that a picture has most of.
func colors(p image.Image) color.Palette {
	count := map[color.RGBA]int{}
	for y := p.Bounds().Min.Y; y < p.Bounds().Max.Y; y++ {
		for x := p.Bounds().Min.X; x < p.Bounds().Max.X; x++ {
			count[color.RGBAModel.Convert(p.At(x, y)).(color.RGBA)]++
		}
	}
	all := slices.Collect(maps.Keys(count))
	slices.SortFunc(all, func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var few color.Palette
	for _, c := range all[:min(256, len(all))] {
		few = append(few, c)
	}
	return few
}
