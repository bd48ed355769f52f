package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// root is the repository's.
var root = filepath.Join("..", "..", "..", "..")

// seen is an exhibit at an address, what brings one there from the address before, and what
// the text says of its numbers.
type seen struct {
	address string
	control string // an expression that moves a control; "" for following the address
	says    func(t *testing.T, n map[string]float64)
}

// made runs a command in the repository.
func made(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err, "%s %v", name, args)
	return string(out)
}

// TestPlaygroundSize: the engine is less than a megabyte as it travels, and has neither a
// library of numerics nor a network's protocols nor package fmt in it.
func TestPlaygroundSize(t *testing.T) {
	site := t.TempDir()
	made(t, "make", "playground", "SITE="+site)
	engine, err := os.ReadFile(filepath.Join(site, "playground", "playground.wasm"))
	require.NoError(t, err)
	var small bytes.Buffer
	w, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(engine)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	t.Logf("%d bytes, %d by gzip", len(engine), small.Len())
	require.Less(t, small.Len(), 950_000)
	for _, name := range strings.Fields(made(t, "env", "GOOS=js", "GOARCH=wasm", "go", "list", "-deps", "./cmd/playground")) {
		require.False(t, strings.HasPrefix(name, "gonum.org/") || name == "net" || name == "fmt" || strings.HasPrefix(name, "net/"), name)
	}
}

// TestPlayground: each exhibit runs, moves as its text says when its control is moved, and
// shows the digits that the command prints, which are those of its text; nothing goes wrong
// in the browser, which asks nobody else, at two widths and in both themes.
func TestPlayground(t *testing.T) {
	b, site := browser(t), t.TempDir()
	made(t, "make", "playground", "SITE="+site)
	native := filepath.Join(t.TempDir(), "playground")
	made(t, "go", "build", "-o", native, "./cmd/playground")
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(site, "playground"))))
	defer server.Close()
	require.NoError(t, b.dress(1280, 1000, "light"))
	require.NoError(t, b.do(chromedp.Navigate(server.URL+"/")))
	require.NoError(t, b.until("document.body.dataset.ready"))
	took, err := look[string](b, "document.body.dataset.ready")
	require.NoError(t, err)
	t.Logf("ready after %s ms", took)
	all := map[string]bool{} // numbers that were seen
	for i, s := range exhibits {
		if s.control == "" {
			s.control = fmt.Sprintf("location.hash = %q", s.address)
		}
		_, err := look[string](b, s.control+", ''")
		require.NoError(t, err)
		require.NoError(t, b.until(fmt.Sprintf("document.body.dataset.state === 'ended' && document.body.dataset.address === %q", s.address)))
		text, err := look[string](b, `[...document.querySelectorAll('article:not([hidden]) [data-name]')].map(e => e.dataset.name + '  ' + e.querySelector('.value').textContent.replace('−', '-')).join('\n')`)
		require.NoError(t, err)
		_, printed, _ := strings.Cut(made(t, native, s.address), "\n")
		require.Equal(t, words(printed), words(text), "%s: the command's numbers and the browser's", s.address)
		found := map[string]float64{}
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(line, "  ")
			var v float64
			_, err := fmt.Sscan(value, &v)
			require.NoError(t, err, line)
			found[name] = v
			all[strings.Fields(value)[0]] = true
		}
		s.says(t, found)
		if name, _, _ := strings.Cut(s.address, "?"); i+1 == len(exhibits) || !strings.HasPrefix(exhibits[i+1].address, name) {
			shoot(t, b, name)
			told, err := look[string](b, "['.predict', '.found'].map(e => document.querySelector('article:not([hidden]) ' + e).textContent).join(' ').replaceAll('−', '-')")
			require.NoError(t, err)
			for _, number := range regexp.MustCompile(`-?\d+\.\d\d+`).FindAllString(told, -1) {
				require.True(t, all[number], "%s: the text has %s, which nothing shows", name, number)
			}
		}
	}
	require.Empty(t, b.strangers(server.URL))
	require.Empty(t, b.errors)
}

// TestPlaygroundPanic: a panic of the engine is a message to whoever called it, and the engine
// goes on. The next look is asked for before there is an exhibit.
func TestPlaygroundPanic(t *testing.T) {
	b, site := browser(t), t.TempDir()
	made(t, "make", "playground", "SITE="+site)
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(site, "playground"))))
	defer server.Close()
	require.NoError(t, b.do(chromedp.Navigate(server.URL+"/")))
	said, err := look[string](b, `(async () => {
		await import('./wasm_exec.js');
		const go = new Go();
		const { instance } = await WebAssembly.instantiateStreaming(fetch('playground.wasm'), go.importObject);
		go.run(instance);
		return [playground.next().error, playground.open('kappa').error, playground.next().error].join('; ');
	})()`)
	require.NoError(t, err)
	require.Equal(t, "panic: runtime error: invalid memory address or nil pointer dereference; ; ", said)
	require.Empty(t, b.errors)
}

// TestPlaygroundGolden: the page of the golden suite asks everything, and all answers are right.
func TestPlaygroundGolden(t *testing.T) {
	b, site := browser(t), t.TempDir()
	made(t, "make", "playground", "SITE="+site)
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(site, "playground"))))
	defer server.Close()
	require.NoError(t, b.do(chromedp.Navigate(server.URL+"/golden.html"), chromedp.Click(chromedp.CSS("#start"))))
	require.NoError(t, b.until("document.body.dataset.state === 'ended'"))
	said, err := look[string](b, "[...document.querySelectorAll('#results h3')].map(e => e.textContent).join('; ')")
	require.NoError(t, err)
	require.Regexp(t, `^float64: (\d+) of \d+ as the suite says; float32: (\d+) of \d+ as the suite says$`, said)
	for _, part := range strings.Split(said, "; ") {
		fields := strings.Fields(part) // float64: 750 of 750 …
		require.Equal(t, fields[3], fields[1], said)
	}
	require.Empty(t, b.strangers(server.URL))
	require.Empty(t, b.errors)
}

// words returns lines without the blanks in them that are for the eye.
func words(text string) (lines []string) {
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

// shoot takes pictures for a person to look at, into the folder ENTREC_SHOTS.
func shoot(t *testing.T, b *tab, address string) {
	t.Helper()
	dir := os.Getenv("ENTREC_SHOTS")
	for _, width := range []int{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			require.NoError(t, b.dress(width, 1000, scheme))
			require.NoError(t, b.until("document.documentElement.dataset.theme === '"+scheme+"' && document.querySelector('article:not([hidden]) .stage')"))
			wide, err := look[int](b, "document.documentElement.scrollWidth")
			require.NoError(t, err)
			require.LessOrEqual(t, wide, width)
			if dir == "" {
				continue
			}
			_, err = look[string](b, "new Promise(done => setTimeout(() => done(''), 300))")
			require.NoError(t, err)
			high, err := look[int](b, "document.documentElement.scrollHeight")
			require.NoError(t, err)
			require.NoError(t, b.dress(width, high, scheme))
			picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			require.NoError(t, err)
			name := fmt.Sprintf("%s-%d-%s.png", regexp.MustCompile(`\W+`).ReplaceAllString(address, "_"), width, scheme)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), picture, 0o644))
		}
	}
	require.NoError(t, b.dress(1280, 1000, "light"))
}

// slide moves a slider to its n-th place.
func slide(name string, n int) string {
	return fmt.Sprintf(`(() => { const e = document.querySelector('article:not([hidden]) [name=%s]'); e.value = %d; e.dispatchEvent(new Event('input', { bubbles: true })); })()`, name, n)
}

// press chooses what a control offers, or turns a switch.
func press(name, value string) string {
	return fmt.Sprintf(`(() => { const all = [...document.querySelectorAll('article:not([hidden]) [name=%s]')]; (all.find(e => e.value === %q) ?? all[0]).click(); })()`, name, value)
}

var exhibits = []seen{
	{"forces?weight=1", "", func(t *testing.T, n map[string]float64) {
		require.InDelta(t, n["what there is to tell"], n["information"], 0.02)
	}},
	{"forces?weight=0", slide("weight", 0), func(t *testing.T, n map[string]float64) {
		require.Less(t, n["entropy"], 0.05)
		require.Equal(t, 100., n["right neighbors"])
	}},
	{"kappa?kappa=10&objective=er", "", alike("ER bound", "InfoNCE bound")},
	{"kappa?kappa=10&objective=infonce", press("objective", "infonce"), alike("ER bound", "InfoNCE bound")},
	{"kappa?kappa=1&objective=er", "", below("ER bound", 0.8)},
	{"kappa?kappa=50&objective=er", slide("kappa", 5), below("entropy", -0.5)},
	{"neighbor?itself=on&kappa=50&batch=8", "", below("entropy with itself", -0.8)},
	{"neighbor?itself=off&kappa=50&batch=8", press("itself", ""), below("reconstruction", 1.3)},
	{"byol?predictor=on&average=on&stop=on", "", alike("information", "what there is to tell")},
	{"byol?predictor=off&average=on&stop=on", press("predictor", ""), below("information", 1.3)},
	{"byol?predictor=on&average=off&stop=on", "", alike("information", "information")},
	{"byol?predictor=on&average=on&stop=off", "", below("entropy", 0.1)},
	{"byol?predictor=off&average=on&stop=off", "", below("information", 0.1)},
	{"byol?predictor=off&average=off&stop=off", press("average", ""), below("entropy", 0.1)},
	{"ceiling?batch=16&kappa=200", "", below("InfoNCE bound", 2.773)},
	{"ceiling?batch=512&kappa=200", slide("batch", 8), below("InfoNCE bound", 4.991)},
	{"ceiling?batch=512&kappa=10", slide("kappa", 1), below("not told", 0.02)},
	{"seats?codes=softmax&sharpness=0.05", "", below("entropy of W", 0.001)},
	{"seats?codes=centered&sharpness=0.05", press("codes", "centered"), below("information", 0.01)},
	{"seats?codes=centered&sharpness=0.1", slide("sharpness", 0), alike("information", "information")},
	{"seats?codes=sinkhorn&sharpness=0.05", "", alike("information", "what there is to tell")},
	{"grid?measure=information", "", below("κ 50, weight 0", 0.2)},
	{"spectrum?objective=agree", "", below("spread", 0.01)},
	{"spectrum?objective=er", "", below("directions in use", 7)},
	{"spectrum?objective=infonce", "", below("directions in use", 7.1)},
	{"spectrum?objective=vicreg", press("objective", "vicreg"), alike("directions in use", "directions in use")},
	{"images?views=shape", "", below("neighbors at the same place", 50)},
	{"images?views=place", press("views", "place"), below("neighbors of the same shape", 60)},
}

// alike says that two numbers are the same but for some hundredths.
func alike(one, other string) func(t *testing.T, n map[string]float64) {
	return func(t *testing.T, n map[string]float64) { require.InDelta(t, n[one], n[other], 0.02) }
}

// below says that a number is less than another one.
func below(name string, most float64) func(t *testing.T, n map[string]float64) {
	return func(t *testing.T, n map[string]float64) {
		require.Contains(t, n, name)
		require.Less(t, n[name], most)
	}
}
