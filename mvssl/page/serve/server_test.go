package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/page"
)

const config = `{"format":"entrec-run/9","model":{"method":"simclr"},"seed":%d}`

func madeUp(t testing.TB, dir string, seed, steps int) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.json"), fmt.Appendf(nil, config, seed), 0o644))
	var text strings.Builder
	for i := range steps {
		text.WriteString(line(i + 1))
	}
	fmt.Fprintf(&text, `{"kind":"epoch","step":%d,"epoch":1,"entropy":-130.5,"knn_top1_quick":0.25}`+"\n", steps)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "metrics.jsonl"), []byte(text.String()), 0o644))
}

func line(step int) string {
	return fmt.Sprintf(`{"kind":"step","step":%d,"epoch":%g,"lr":0.06,"weight_decay":0.0005,"loss":%g,"terms":{"alignment":0.5,"uniformity":-2.5}}`+"\n", step, float64(step)/100, 4-float64(step%1000)/500)
}

func get(t *testing.T, h http.Handler, path string, change func(r *http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:7117"+path, nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestServer(t *testing.T) {
	dir := t.TempDir()
	madeUp(t, filepath.Join(dir, "a"), 1, 10)
	madeUp(t, filepath.Join(dir, "sweep", "<script>"), 2, 20)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "model"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model", "config.json"), []byte("{}"), 0o644)) // another program's
	outside := t.TempDir()
	madeUp(t, filepath.Join(outside, "secret"), 3, 1)
	_ = os.Symlink(outside, filepath.Join(dir, "link"))
	s := New(dir, true, nil)
	h := s.Handler()

	w := get(t, h, "/", nil)
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, 1, strings.Count(w.Body.String(), "<script>"))
	require.False(t, strings.Contains(w.Body.String(), "secret"))

	w = get(t, h, "/api/run?name="+url.QueryEscape("sweep/<script>"), nil)
	require.Equal(t, http.StatusOK, w.Code)
	var run struct {
		Name   string
		State  page.State
		Notes  []string
		Series struct {
			Steps struct{ Step []int }
			Rows  int
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &run))
	require.Equal(t, page.Stopped, run.State)
	require.Contains(t, run.Notes[0], "entrec-run/9")
	require.Len(t, run.Series.Steps.Step, 20)
	require.NoError(t, json.Unmarshal(get(t, h, "/api/run?name=a&from=3&to=5", nil).Body.Bytes(), &run))
	require.Equal(t, []int{2, 3, 4, 5, 6}, run.Series.Steps.Step)

	madeUp(t, filepath.Join(dir, "long"), 3, 9000)
	s.Look()
	for asked, most := range map[string]int{"": points, "&points=500": 500, "&points=1e9": points, "&points=-1": leastPoints, "&points=x": points} {
		run.Series.Steps.Step = nil
		require.NoError(t, json.Unmarshal(get(t, h, "/api/run?name=long"+asked, nil).Body.Bytes(), &run))
		require.True(t, len(run.Series.Steps.Step) > most/8 && len(run.Series.Steps.Step) < most*5/4, asked)
		require.Equal(t, 9000, run.Series.Rows)
	}

	for path, code := range map[string]int{
		"/api/run?name=none": 404, "/api/run": 404, "/api/run?name=../../etc": 404, "/config.json": 404, "/a/metrics.jsonl": 404, "/api/run?name=a&from=NaN&to=x": 200,
	} {
		require.Equal(t, code, get(t, h, path, nil).Code, path)
	}
}

func TestGuarded(t *testing.T) {
	own, err := os.Hostname()
	require.NoError(t, err)
	for host, want := range map[string][2]bool{ // on the loopback, on another address
		"127.0.0.1:7117": {true, true}, "localhost:7117": {true, true}, "LOCALHOST": {true, true}, "[::1]:7117": {true, true}, "127.1.2.3": {true, true},
		"192.168.0.7:7117": {false, true}, "evil.example:7117": {false, false}, "127.0.0.1.evil.example": {false, false}, "localhost.evil.example": {false, false}, "": {false, false},
		own + ":1": {own == "localhost", true},
	} {
		require.Equal(t, want, [2]bool{named(host, true), named(host, false)}, host)
	}
	h := New(t.TempDir(), true, nil).Handler()
	require.Equal(t, http.StatusMisdirectedRequest, get(t, h, "/", func(r *http.Request) { r.Host = "evil.example" }).Code)
	require.Equal(t, http.StatusMethodNotAllowed, get(t, h, "/", func(r *http.Request) { r.Method = http.MethodPost }).Code)
	cross := func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Mode", "no-cors")
	}
	require.Equal(t, http.StatusForbidden, get(t, h, "/", cross).Code)
	require.Equal(t, "nosniff", get(t, h, "/", nil).Header().Get("X-Content-Type-Options"))
	for address, want := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "localhost:80": true, "0.0.0.0:80": false, "[::]:80": false, "10.0.0.1:1": false, "x": false} {
		require.Equal(t, want, Loopback(address), address)
	}
}

// A page hears of lines that are written, of runs that begin, and of folders that vanish.
func TestEvents(t *testing.T) {
	dir := t.TempDir()
	madeUp(t, filepath.Join(dir, "a"), 1, 10)
	s := New(dir, true, nil)
	web := httptest.NewServer(s.Handler())
	defer web.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+"/api/events", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewReader(answer.Body)
	next := func() map[string]page.Run {
		heard := map[string]page.Run{}
		for len(heard) == 0 {
			text, err := lines.ReadString('\n')
			require.NoError(t, err)
			if rest, is := strings.CutPrefix(text, "data: "); is {
				var list []page.Run
				require.NoError(t, json.Unmarshal([]byte(rest), &list))
				for _, run := range list {
					heard[run.Name] = run
				}
			}
		}
		return heard
	}
	require.Equal(t, 10, next()["a"].Progress.Step)

	f, err := os.OpenFile(filepath.Join(dir, "a", "metrics.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(line(11) + line(12)[:20])
	require.NoError(t, err)
	require.NoError(t, f.Close())
	look := func() {
		for range calm {
			s.Look()
		}
	}
	look()
	require.Equal(t, 11, next()["a"].Progress.Step)
	madeUp(t, filepath.Join(dir, "b"), 2, 5)
	look()
	require.Contains(t, next(), "b")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "a")))
	look()
	require.Equal(t, page.Gone, next()["a"].State)
}

func TestSpeed(t *testing.T) {
	var s speed
	p := page.Progress{Steps: 1000}
	for i := range 200 {
		p.Step, p.Written = 10*i, 1e9+float64(i)
		if i > 100 {
			p.Step = 1000 + 2*(i-100)
		}
		s.note(&p)
		s.note(&p)
		if i == 1 {
			require.InDelta(t, 10, p.Rate, 1e-9)
			require.InDelta(t, 99, p.Left, 1e-9)
		}
	}
	require.InDelta(t, 2, p.Rate, 1e-9)
	require.Zero(t, p.Left)
	require.Less(t, len(s.at), 70)
	p.Step = 0
	s.note(&p)
	require.Len(t, s.at, 1)
}

// What was used longest ago is forgotten, and comes back when it is asked for.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		madeUp(t, filepath.Join(dir, name), 1, 10)
	}
	s := New(dir, true, nil)
	for range 2 {
		for _, name := range []string{"a", "b"} {
			require.Contains(t, get(t, s.Handler(), "/api/run?name="+name, nil).Body.String(), `"rows":10`)
			require.Positive(t, s.runs[name].Bytes())
		}
		s.runs["a"].Unload()
		require.Zero(t, s.runs["a"].Bytes())
	}
}

// A folder of 500 runs takes little memory: their metrics are not kept until they are
// asked for.
func TestManyRuns(t *testing.T) {
	dir := t.TempDir()
	for i := range 500 {
		madeUp(t, filepath.Join(dir, fmt.Sprint(i)), i, 300)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := New(dir, true, nil)
	require.Equal(t, http.StatusOK, ask(s, "/").Code)
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(20e6))
	require.Len(t, s.runs, 500)
}

// BenchmarkOpen opens a folder of 500 runs of two thousand steps each, and one of them of
// a million, as a page does.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for i := range 500 {
		madeUp(b, filepath.Join(dir, fmt.Sprint(i)), i, 2_000)
	}
	madeUp(b, filepath.Join(dir, "long"), 1, 1_000_000)
	for _, path := range []string{"/", "/api/run?name=7", "/api/run?name=long", "/api/run?name=long&from=1000&to=900000"} {
		b.Run(path, func(b *testing.B) {
			s := New(dir, true, nil)
			if strings.Contains(path, "from") {
				ask(s, "/api/run?name=long")
			}
			for b.Loop() {
				if path == "/" {
					s = New(dir, true, nil)
				}
				require.Equal(b, http.StatusOK, ask(s, path).Code)
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB")
			runtime.KeepAlive(s)
		})
	}
}

func ask(s *Server, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
	return w
}

// TestWatch: nobody looks while no page is open.
func TestWatch(t *testing.T) {
	s := New(t.TempDir(), true, nil)
	ticks := make(chan time.Time)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Watch(ctx, ticks) }()
	before := s.rounds
	ticks <- time.Now()
	ticks <- time.Now()
	stop()
	<-done
	require.Equal(t, before, s.rounds)
}

// TestPlayground: static files are shown beside the runs, with the type that a browser needs
// of WebAssembly, and nothing outside their folder.
func TestPlayground(t *testing.T) {
	dir := t.TempDir()
	site := filepath.Join(dir, "site")
	require.NoError(t, os.Mkdir(site, 0o755))
	for file, text := range map[string]string{"index.html": "<p>here", "playground.wasm": "\x00asm", "../secret": "secret"} {
		require.NoError(t, os.WriteFile(filepath.Join(site, file), []byte(text), 0o644))
	}
	s := New(dir, true, nil)
	require.Equal(t, http.StatusNotFound, get(t, s.Handler(), "/playground/", nil).Code)
	s.Playground = site
	h := s.Handler()
	require.Equal(t, "<p>here", get(t, h, "/playground/", nil).Body.String())
	wasm := get(t, h, "/playground/playground.wasm", nil)
	require.Equal(t, "application/wasm", wasm.Header().Get("Content-Type"))
	require.Equal(t, "nosniff", wasm.Header().Get("X-Content-Type-Options"))
	for _, path := range []string{"/playground/../secret", "/playground/%2e%2e/secret", "/playground/none"} {
		require.NotEqual(t, http.StatusOK, get(t, h, path, nil).Code, path)
	}
}
