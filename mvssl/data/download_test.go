package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseContentRange(t *testing.T) {
	for text, want := range map[string][3]int64{
		"bytes 0-0/1":     {0, 0, 1},
		"bytes 5-9/10":    {5, 9, 10},
		"Bytes 5-9/*":     {5, 9, -1},
		"bytes 05-9/0010": {5, 9, 10},
		"bytes 9223372036854775806-9223372036854775806/9223372036854775807": {1<<63 - 2, 1<<63 - 2, 1<<63 - 1},
	} {
		first, last, total, ok := parseContentRange(text)
		require.True(t, ok, text)
		require.Equal(t, want, [3]int64{first, last, total}, text)
	}
	for _, text := range []string{
		"", "bytes", "bytes ", "bytes 5-9", "bytes 5-9/", "bytes 5/10", "bytes */10", "bytes -9/10", "bytes 5-/10", "bytes 9-5/10", "bytes 5-10/10", "bytes 5-9/-1",
		"bytes +5-9/10", "bytes 5-9/10 ", "bytes  5-9/10", "bytes 5-9/1_0", "bytes 5-9/0x10", "items 5-9/10", "bytes 5-9/9223372036854775808", "5-9/10", "bytes=5-9/10",
	} {
		_, _, _, ok := parseContentRange(text)
		require.False(t, ok, "%q", text)
	}
}

// FuzzContentRange: what is accepted is a span within a file, and is what was written.
func FuzzContentRange(f *testing.F) {
	f.Add("bytes 5-9/10")
	f.Add("bytes 5-9/*")
	f.Add("bytes */10")
	f.Add("bytes 9223372036854775807-9223372036854775807/9223372036854775807")
	f.Fuzz(func(t *testing.T, text string) {
		first, last, total, ok := parseContentRange(text)
		if !ok {
			return
		}
		require.True(t, 0 <= first && first <= last && (total == -1 || last < total))
		again := fmt.Sprintf("bytes %d-%d/%d", first, last, total)
		if total < 0 {
			again = fmt.Sprintf("bytes %d-%d/*", first, last)
		}
		a, b, c, ok := parseContentRange(again)
		require.True(t, ok)
		require.Equal(t, []int64{first, last, total}, []int64{a, b, c})
	})
}

// script answers the first request as it says, and any other with the whole file.
type script struct {
	status  int
	header  string // Content-Range
	body    []byte
	length  int64
	content []byte
	asked   int
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: int64(len(s.content)), Body: io.NopCloser(bytes.NewReader(s.content)), Request: r}
	if s.asked == 1 {
		resp.StatusCode, resp.ContentLength, resp.Body = s.status, s.length, io.NopCloser(bytes.NewReader(s.body))
		resp.Header.Set("Content-Range", s.header)
	}
	return resp, nil
}

// FuzzResume: whatever stands in a partial file and whatever the server answers to the
// request for the rest, what is fetched has the published sum, or there is an error of
// one line; and never more is written than a server may send.
func FuzzResume(f *testing.F) {
	content := []byte("the file as it was published")
	half := len(content) / 2
	for _, s := range []script{
		{status: 206, header: fmt.Sprintf("bytes %d-%d/%d", half, len(content)-1, len(content)), body: content[half:], length: int64(len(content) - half)},
		{status: 206, header: fmt.Sprintf("bytes %d-%d/*", half, len(content)-1), body: content[half:], length: -1},
		{status: 206, header: "bytes 0-27/28", body: content, length: 28},
		{status: 206, header: fmt.Sprintf("bytes %d-%d/%d", half, len(content)-1, len(content)), body: content, length: -1},
		{status: 206, header: fmt.Sprintf("bytes %d-%d/%d", half, half, len(content)), body: content[half : half+1], length: 1},
		{status: 206, header: "bytes 14-9223372036854775806/9223372036854775807", body: content, length: -1},
		{status: 200, body: content, length: 28}, {status: 200, body: content[:3], length: 28}, {status: 200, body: content, length: -1},
		{status: 200, body: content, length: 1 << 40}, {status: 416, header: "bytes */28"}, {status: 404}, {status: 302}, {status: 0},
	} {
		f.Add(content[:half], s.status, s.header, s.body, s.length)
	}
	f.Add([]byte{}, 206, "bytes 0-27/28", content, int64(28))
	f.Add(content, 416, "bytes */28", []byte{}, int64(0))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, partial []byte, status int, header string, body []byte, length int64) {
		to := filepath.Join(dir, "file.partial")
		require.NoError(t, os.WriteFile(to, partial, 0o644))
		s := &script{status, header, body, max(length, -1), content, 0}
		err := remoteFile{"file", md5Of(content)}.fetch(context.Background(), download{client: &http.Client{Transport: s}, from: "http://host/file", to: to, patience: patience})
		require.LessOrEqual(t, s.asked, 2)
		if err != nil {
			requireOneLine(t, err)
			return
		}
		got, err := os.ReadFile(to)
		require.NoError(t, err)
		require.Equal(t, content, got)
	})
}

// TestPartialIsNoFile: a link or a folder in a partial file's place is not written to.
func TestPartialIsNoFile(t *testing.T) {
	toy, content := toyCIFAR(t)
	srv := httptest.NewServer(&origin{content: content})
	defer srv.Close()
	cache := t.TempDir()
	write(t, cache, "mine", []byte("mine"))
	partial := filepath.Join(cache, toy.name, toy.files[0].name+".partial")
	require.NoError(t, os.MkdirAll(filepath.Dir(partial), 0o755))
	require.NoError(t, os.Symlink(filepath.Join(cache, "mine"), partial))
	_, err := toy.fetch(context.Background(), Options{CacheDir: cache, URL: srv.URL})
	require.ErrorContains(t, err, partial+": found no regular file")
	requireOneLine(t, err)
	got, err := os.ReadFile(filepath.Join(cache, "mine"))
	require.NoError(t, err)
	require.Equal(t, "mine", string(got))
}

// TestSlowServers: a server that does not answer, stands still, trickles or points
// elsewhere for ever ends in one line that names the address; what has come stays.
func TestSlowServers(t *testing.T) {
	toy, content := toyCIFAR(t)
	// Of a server that answers, patience is longer than a loaded machine stands still.
	const short, long, ample = 50 * time.Millisecond, 2 * time.Second, time.Minute
	for _, tt := range []struct {
		name     string
		patience time.Duration
		serve    http.HandlerFunc
		words    string
		stays    int // bytes of the partial file
	}{
		{"no answer", short, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "found no answer within 50ms, expected one", 0},
		{"silence", long, func(w http.ResponseWriter, r *http.Request) {
			w.Write(content[:100])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "cut off after 100 bytes, from where the next attempt goes on: found ", 100},
		{"a byte now and then", long, func(w http.ResponseWriter, r *http.Request) {
			for {
				w.Write([]byte{1})
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(time.Millisecond):
				}
			}
		}, "bytes within 2s, expected at least 16384", -1},
		{"a loop", ample, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "found more than 10 redirections, expected fewer", 0},
		{"a long way", ample, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusSeeOther) }, "found more than 10 redirections, expected fewer", 0},
		{"no address", ample, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "unsupported protocol scheme", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			toy.patience = tt.patience
			srv := httptest.NewServer(tt.serve)
			defer srv.Close()
			defer srv.CloseClientConnections()
			cache := t.TempDir()
			var notes []string
			_, err := toy.fetch(context.Background(), Options{
				CacheDir: cache, URL: srv.URL,
				Note: func(line string) { notes = append(notes, line) },
			})
			require.ErrorContains(t, err, tt.words)
			require.ErrorContains(t, err, srv.URL)
			requireOneLine(t, err)
			require.Equal(t, []string{"fetching " + srv.URL + "/" + toy.files[0].name}, notes)
			left, err := os.ReadFile(filepath.Join(cache, toy.name, toy.files[0].name+".partial"))
			require.NoError(t, err)
			if tt.stays >= 0 {
				require.Len(t, left, tt.stays)
			}
			require.NoFileExists(t, filepath.Join(cache, toy.name, toy.files[0].name))
		})
	}
}

// TestSlowServerIsInterrupted: who waits for a server that does not answer can leave.
func TestSlowServerIsInterrupted(t *testing.T) {
	toy, _ := toyCIFAR(t)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel(cause)
		<-r.Context().Done()
	}))
	defer srv.Close()
	_, err := toy.fetch(ctx, Options{CacheDir: t.TempDir(), URL: srv.URL})
	require.ErrorIs(t, err, cause)
	requireOneLine(t, err)
}

// TestLongFiles: what claims to be longer than any file is not begun.
func TestLongFiles(t *testing.T) {
	toy, content := toyCIFAR(t)
	for _, s := range []*script{
		{status: 200, length: maxDownload + 1, body: []byte("x")},
		{status: 206, length: -1, header: fmt.Sprintf("bytes 1-%d/*", int64(maxDownload)), body: []byte("x")},
	} {
		s.content, toy.transport = content, s
		cache := t.TempDir()
		write(t, cache, toy.name+"/"+toy.files[0].name+".partial", []byte("y"))
		_, err := toy.fetch(context.Background(), Options{CacheDir: cache})
		require.ErrorContains(t, err, "found more than 4294967296 bytes, expected fewer")
		require.Equal(t, 1, s.asked)
	}
	// A partial file that is longer begins anew.
	toy.transport = &script{status: 200, length: int64(len(content)), body: content, content: content}
	cache := t.TempDir()
	write(t, cache, toy.name+"/"+toy.files[0].name+".partial", nil)
	require.NoError(t, os.Truncate(filepath.Join(cache, toy.name, toy.files[0].name+".partial"), maxDownload+1))
	_, err := toy.fetch(context.Background(), Options{CacheDir: cache})
	require.NoError(t, err)
}

// TestDamagedCache: a file of the cache that has not the published sum is noted and
// fetched again, once; what is fetched is held against it as well.
func TestDamagedCache(t *testing.T) {
	toy, content := toyCIFAR(t)
	for name, damaged := range map[string][]byte{"cut": content[:len(content)/2], "other": []byte("something else"), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			o := &origin{content: content, ranges: true}
			srv := httptest.NewServer(o)
			defer srv.Close()
			cache := t.TempDir()
			file := filepath.Join(cache, toy.name, toy.files[0].name)
			var notes []string
			opts := Options{CacheDir: cache, URL: srv.URL, Note: func(line string) { notes = append(notes, line) }}
			write(t, cache, toy.name+"/"+toy.files[0].name, damaged)
			for range 2 {
				_, err := toy.fetch(context.Background(), opts)
				require.NoError(t, err)
			}
			got, err := os.ReadFile(file)
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, got))
			require.Len(t, o.requests(), 1)
			require.Len(t, notes, 2)
			require.Equal(t, fmt.Sprintf("%s: found MD5 sum %s, expected %s, as published: fetching it again", file, md5Of(damaged), md5Of(content)), notes[0])

			// A server that has no other: refused, and the next attempt asks once more.
			wrong := &origin{content: damaged}
			other := httptest.NewServer(wrong)
			defer other.Close()
			write(t, cache, toy.name+"/"+toy.files[0].name, damaged)
			opts.URL = other.URL
			_, err = toy.fetch(context.Background(), opts)
			requireFormatError(t, err, -1, other.URL, "MD5 sum "+md5Of(damaged))
			require.Len(t, wrong.requests(), 1)
		})
	}
	// Whole files need no lock and no write: a cache that others keep may be read-only.
	cache := t.TempDir()
	write(t, cache, toy.name+"/"+toy.files[0].name, content)
	require.NoError(t, os.Chmod(filepath.Join(cache, toy.name), 0o555))
	_, err := toy.fetch(context.Background(), Options{CacheDir: cache, URL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	require.NoError(t, os.Chmod(filepath.Join(cache, toy.name), 0o755))
}

// gate is an origin that answers once it may.
type gate struct {
	origin
	open chan struct{}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-g.open:
	case <-r.Context().Done():
		return
	}
	g.origin.ServeHTTP(w, r)
}

// TestTwoFetches: of two that fetch the same at once, one asks the server, and the other
// waits for it and says so.
func TestTwoFetches(t *testing.T) {
	toy, content := toyCIFAR(t)
	g := &gate{origin: origin{content: content}, open: make(chan struct{})}
	srv := httptest.NewServer(g)
	defer srv.Close()
	cache := t.TempDir()
	done := make(chan error)
	for range 2 {
		go func() {
			_, err := toy.fetch(context.Background(), Options{CacheDir: cache, URL: srv.URL, Note: func(line string) {
				if strings.HasPrefix(line, fmt.Sprintf("waiting for process %d, which fetches cifar10", os.Getpid())) {
					close(g.open) // the other has the folder
				}
			}})
			done <- err
		}()
	}
	for range 2 {
		require.NoError(t, <-done)
	}
	require.Len(t, g.requests(), 1)
	requireFetched(t, cache, toy, content)
}

// requireFetched checks that a cache holds the file, whole, and nothing else.
func requireFetched(t *testing.T, cache string, r remote, content []byte) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(cache, r.name, r.files[0].name))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
	left, err := os.ReadDir(filepath.Join(cache, r.name))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

// TestWaitIsInterrupted: who waits for another's fetch can leave.
func TestWaitIsInterrupted(t *testing.T) {
	toy, content := toyCIFAR(t)
	g := &gate{origin: origin{content: content}, open: make(chan struct{})}
	srv := httptest.NewServer(g)
	defer srv.Close()
	cache := t.TempDir()
	first := make(chan error)
	begun := make(chan bool, 1)
	go func() {
		_, err := toy.fetch(context.Background(), Options{CacheDir: cache, URL: srv.URL, Note: func(string) { begun <- true }})
		first <- err
	}()
	<-begun
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	_, err := toy.fetch(ctx, Options{CacheDir: cache, URL: srv.URL, Note: func(string) { cancel(cause) }})
	require.Equal(t, cause, err)
	close(g.open)
	require.NoError(t, <-first)
}
