# What one does with this repository. `make` alone runs the tests.

GO ?= go
SUITE := reference/testdata/golden/v1
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: test gate generate golden soak bench release playground

# All tests.
test:
	$(GO) test ./...

# The quick gate, before each commit. The full one is .ci/run.
gate:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "gofmt would change: $$unformatted"; exit 1; }
	CGO_ENABLED=0 $(GO) build ./...
	$(GO) vet ./...
	$(GO) vet -tags purego ./...
	GOARCH=arm64 $(GO) vet ./...
	$(GO) test -short ./...
	cd examples && $(GO) vet ./... && $(GO) test ./...

# The generated assembly, the schemas of a run's files, and the tables of methods in
# the documentation.
generate:
	$(GO) generate ./simd ./internal/schemas
	$(GO) run ./internal/doctables
	$(GO) run ./internal/coursetext

# The golden suite: written anew, and answered by the engine.
golden:
	$(GO) run ./cmd/entrec golden export $(SUITE)
	$(GO) run ./cmd/entrec golden check $(SUITE) --backend f64 --profile f64
	$(GO) run ./cmd/entrec golden check $(SUITE) --backend f32
	git diff --stat -- $(SUITE)

# All fuzz targets and random kills of runs, for so many minutes in all; once more, it
# goes on where it was interrupted. The result is docs/soak.md.
MINUTES ?= 120
soak:
	$(GO) run ./internal/soak -minutes $(MINUTES)

# Speed beside other software; ARGS='--only gemm --threads 1' for a part of it.
bench:
	$(GO) run ./cmd/peers $(ARGS)

# The course's playground, static files for any web server: the page and the engine as
# WebAssembly, with the file of the same Go that starts it.
SITE ?= site
playground:
	mkdir -p $(SITE)/playground
	cp playground/site/* mvssl/page/uplot/uPlot.iife.min.js mvssl/page/uplot/uPlot.min.css $(SITE)/playground/
	cp mvssl/page/uplot/LICENSE $(SITE)/playground/uPlot.LICENSE
	cp "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" $(SITE)/playground/
	GOOS=js GOARCH=wasm $(GO) build -trimpath -ldflags='-s -w' -o $(SITE)/playground/playground.wasm ./cmd/playground
	GOOS=js GOARCH=wasm $(GO) build -trimpath -ldflags='-s -w' -o $(SITE)/playground/golden.wasm ./cmd/playground/golden

# Static binaries with their checksums, in dist/.
release:
	rm -rf dist
	@set -e; for platform in $(PLATFORMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; file=dist/entrec-$$os-$$arch; \
		[ $$os != windows ] || file=$$file.exe; \
		echo "$$file"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -o $$file ./cmd/entrec; \
	done
	cd dist && { sha256sum entrec-* 2>/dev/null || shasum -a 256 entrec-*; } > SHA256SUMS

# The course and the documentation as a static site, in site/, with its links checked; with
# the playground, where there is one.
.PHONY: site
site:
	rm -rf site
	mkdir -p site
	@if grep -q '^playground:' Makefile; then $(MAKE) playground; fi
	cd docs/site && $(GO) run . -out ../../site
