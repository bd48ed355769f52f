package main

import (
	"fmt"
	"time"

	"entrec/mvssl/view"
)

// viewsPerSecond compares the views of an image of 3×32×32 with torchvision's, on
// one thread.
func viewsPerSecond(b *bench) {
	r, err := startRival()
	if err != nil {
		b.Missing = append(b.Missing, fmt.Sprintf("torchvision: %v", err))
		return
	}
	defer r.close()
	const channels, size, ours, theirs = 3, 32, 20000, 2000
	cfg := view.SimCLR(channels, size)
	cfg.Mean, cfg.Std = []float64{0.5, 0.5, 0.5}, []float64{0.25, 0.25, 0.25}
	p, err := view.New[float32](cfg, channels, size, size)
	if err != nil {
		b.Missing = append(b.Missing, fmt.Sprintf("views: %v", err))
		return
	}
	src, dst := make([]byte, channels*size*size), make([]float32, channels*size*size)
	for i := range src {
		src[i] = byte(i * 37)
	}
	b.pair("views of 3×32×32, one thread", "torchvision", "views/s", func() (float64, error) {
		began := time.Now()
		for i := range ours {
			p.Apply(dst, src, view.Key{Sample: i})
		}
		return ours / time.Since(began).Seconds(), nil
	}, func() (float64, error) {
		var answer struct {
			Rate float64 `json:"images_per_second"`
		}
		err := r.ask(map[string]any{"do": "views", "views": theirs}, &answer)
		return answer.Rate, err
	})
}
