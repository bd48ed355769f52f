package main

import (
	"fmt"
	"path/filepath"

	"entrec/internal/bench"
)

// benchmark is a task for entrec and its peers.
type benchmark struct {
	task
	unit  string
	peers []string
	less  bool // less is better
}

// benchmarks returns what the settings ask for.
func benchmarks(s settings) []benchmark {
	every := task{Seconds: s.seconds, Steps: s.steps, Threads: s.threads}
	one := every
	one.Threads = 1
	var all []benchmark
	add := func(b benchmark, name string, cases ...item) {
		b.Benchmark, b.Cases = name, cases
		all = append(all, b)
	}
	for _, name := range s.only {
		switch name {
		case "step":
			for i, step := range s.step {
				b := benchmark{task: every, unit: "images/s", peers: []string{"torch-nchw", "torch-nhwc"}}
				add(b, name, stepItem(step))
				if b.task = one; i == 0 && s.threads > 1 {
					add(b, name, stepItem(step))
				}
			}
		case "gemm":
			add(benchmark{task: one, unit: "GFLOP/s", peers: []string{"openblas"}}, name, products("f32", "f64")...)
			if s.threads > 1 {
				add(benchmark{task: every, unit: "GFLOP/s", peers: []string{"openblas"}}, name, products("f32", "f64")...)
			}
			inGo := products("f32")[0]
			inGo.Name += " in Go"
			add(benchmark{task: every, unit: "GFLOP/s", peers: []string{"vek", "gonum"}}, name, inGo)
		case "objectives":
			var cases []item
			for _, k := range []int{1024, 4096} {
				cases = append(cases, item{Name: fmt.Sprintf("NT-Xent k=%d d=128", k), Loss: "ntxent", K: k, D: 128},
					item{Name: fmt.Sprintf("ER k=%d d=128", k), Loss: "er", K: k, D: 128})
			}
			add(benchmark{task: every, unit: "ms", peers: []string{"torch"}, less: true}, name, cases...)
		case "embed":
			e := bench.Embed{Width: 64, Images: 256}
			c := item{Name: e.String(), Width: e.Width, N: e.Images, File: filepath.Join(s.scratch, "encoder.onnx")}
			b := benchmark{task: every, unit: "images/s", peers: []string{"onnxruntime"}}
			add(b, name, c)
			if b.task = one; s.threads > 1 {
				add(b, name, c)
			}
		case "views":
			add(benchmark{task: one, unit: "views/s", peers: []string{"torchvision"}}, name, item{Name: "simclr 3×32×32"})
		}
	}
	return all
}

// stepItem is a training step as a case.
func stepItem(s bench.Step) item {
	return item{Name: s.String(), Type: s.Precision(), Width: s.Width, Batch: s.Batch}
}

// products are squares, and the shapes of a ResNet-18's convolutions.
func products(types ...string) []item {
	var all []item
	for _, t := range types {
		for _, s := range [][3]int{{512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048},
			{65536, 16, 144}, {16384, 32, 288}, {4096, 64, 576}, {1024, 128, 1152}} {
			all = append(all, item{Name: fmt.Sprintf("%s %d×%d×%d", t, s[0], s[1], s[2]), Type: t, M: s[0], N: s[1], K: s[2]})
		}
	}
	return all
}
