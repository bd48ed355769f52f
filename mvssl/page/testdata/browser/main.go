package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"

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

// mostBytes is how large a picture is at most.
const mostBytes = 300_000

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

// smaller returns a picture in at most mostBytes, with as many of its colors as that lets: each
// time it does not fit, a bit of red, green and blue is rounded away.
func smaller(text []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	drawn := image.NewRGBA(full.Bounds())
	draw.Draw(drawn, drawn.Rect, full, drawn.Rect.Min, draw.Src)
	for step := 1; ; step *= 2 {
		var out bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, drawn); err != nil || out.Len() <= mostBytes {
			return out.Bytes(), err
		}
		for i, v := range drawn.Pix {
			drawn.Pix[i] = byte(min((int(v)+step)/(2*step)*2*step, 255))
		}
	}
}
