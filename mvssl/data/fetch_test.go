package data

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// origin serves one file in the ways that servers have.
type origin struct {
	content  []byte
	ranges   bool   // honors Range
	cutAfter int    // if positive, the first answer breaks off after so many bytes
	status   int    // if not zero, the answer
	wrong    string // if not empty, the Content-Range to answer with
	asked    []string

	mu sync.Mutex // one request at a time, each by a goroutine of the server
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, r.URL.Path+" "+r.Header.Get("Range"))
	switch {
	case o.status != 0:
		http.Error(w, "no", o.status)
	case o.wrong != "":
		w.Header().Set("Content-Range", o.wrong)
		w.WriteHeader(http.StatusPartialContent)
	case o.cutAfter > 0:
		w.Header().Set("Content-Length", strconv.Itoa(len(o.content)))
		w.Write(o.content[:o.cutAfter])
		w.(http.Flusher).Flush()
		o.cutAfter = 0
		panic(http.ErrAbortHandler)
	case o.ranges:
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(o.content))
	default:
		w.Header().Set("Content-Length", strconv.Itoa(len(o.content)))
		w.Write(o.content)
	}
}

// requests lists what was asked for so far: path and range.
func (o *origin) requests() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.asked)
}

func md5Of(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// toyCIFAR is CIFAR-10's remote with a small archive in its place.
func toyCIFAR(t testing.TB) (remote, []byte) {
	t.Helper()
	b := zipped(t, tarred(t, tarFile{inTar + "data_batch_1.bin", cifarRecords(0, 30), 0}, tarFile{inTar + "test_batch.bin", cifarRecords(0, 3), 0}))
	r := remoteCIFAR
	r.files = []remoteFile{{remoteCIFAR.files[0].name, md5Of(b)}}
	return r, b
}

func TestFetch(t *testing.T) {
	toy, content := toyCIFAR(t)
	half := len(content) / 2
	path := "/" + toy.files[0].name + " "
	stale := bytes.Repeat([]byte{1}, half)
	rest := path + "bytes=" + strconv.Itoa(half) + "-"
	for _, tt := range []struct {
		name    string
		origin  *origin
		partial []byte // what an earlier attempt left
		errs    []string
		asked   []string
	}{
		{"whole", &origin{ranges: true}, nil, []string{""}, []string{path}},
		{"without ranges", &origin{}, nil, []string{""}, []string{path}},
		{"interrupted and resumed", &origin{ranges: true, cutAfter: half}, nil, []string{"cut off after " + strconv.Itoa(half) + " bytes", ""}, []string{path, rest}},
		{"interrupted, not resumable", &origin{cutAfter: half}, nil, []string{"cut off", ""}, []string{path, rest}},
		{"rest of an earlier run", &origin{ranges: true}, content[:half], []string{""}, []string{rest}},
		{"complete but for the name", &origin{ranges: true}, content, []string{""}, []string{path + "bytes=" + strconv.Itoa(len(content)) + "-"}},
		{"stale part", &origin{ranges: true}, stale, []string{""}, []string{rest, path}},
		{"stale part, longer than the file", &origin{ranges: true}, bytes.Repeat(content, 2), []string{""}, []string{path + "bytes=" + strconv.Itoa(2*len(content)) + "-", path}},
		{"404", &origin{status: http.StatusNotFound}, nil, []string{"found status 404 Not Found, expected 200 OK"}, []string{path}},
		{"404 keeps the part", &origin{status: http.StatusNotFound}, content[:half], []string{"404"}, []string{rest}},
		{"416 to a plain request", &origin{status: http.StatusRequestedRangeNotSatisfiable}, nil, []string{"found status 416"}, []string{path}},
		{"other range", &origin{wrong: "bytes 0-9/10"}, content[:half], []string{`found Content-Range "bytes 0-9/10" of 0 bytes, expected "bytes ` + strconv.Itoa(half)}, []string{rest}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.origin.content = content
			srv := httptest.NewServer(tt.origin)
			defer srv.Close()
			cache := t.TempDir()
			file := filepath.Join(cache, toy.name, toy.files[0].name)
			if tt.partial != nil {
				write(t, cache, toy.name+"/"+toy.files[0].name+".partial", tt.partial)
			}
			for _, want := range tt.errs {
				var last, total int64
				_, err := toy.fetch(context.Background(), Options{CacheDir: cache, URL: srv.URL, Progress: func(d, n int64) { last, total = d, n }})
				if want != "" {
					require.ErrorContains(t, err, want)
					require.ErrorContains(t, err, srv.URL)
					requireOneLine(t, err)
					require.NoFileExists(t, file)
					continue
				}
				require.NoError(t, err)
				got, err := os.ReadFile(file)
				require.NoError(t, err)
				require.True(t, bytes.Equal(content, got))
				require.NoFileExists(t, file+".partial")
				if len(tt.partial) != len(content) { // where nothing is left to send, there is nothing to report
					require.Equal(t, []int64{int64(len(content)), int64(len(content))}, []int64{last, total})
				}
			}
			require.Equal(t, tt.asked, tt.origin.requests())
			if strings.HasPrefix(tt.name, "404 keeps") {
				got, err := os.ReadFile(file + ".partial")
				require.NoError(t, err)
				require.True(t, bytes.Equal(content[:half], got))
			}
		})
	}
}

func TestFetchedOnceOnly(t *testing.T) {
	toy, content := toyCIFAR(t)
	o := &origin{content: content}
	srv := httptest.NewServer(o)
	defer srv.Close()
	opts := Options{CacheDir: t.TempDir(), URL: srv.URL + "/mirrors/" + toy.files[0].name}
	for range 2 {
		_, err := toy.fetch(context.Background(), opts)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"/mirrors/" + toy.files[0].name + " "}, o.requests())

	// What is in the cache is loaded by name, without the network.
	srv.Close()
	published := remoteCIFAR
	t.Cleanup(func() { remoteCIFAR = published })
	remoteCIFAR = toy
	split, err := Load(context.Background(), "cifar10", opts)
	require.NoError(t, err)
	require.Equal(t, 30, split.Train.Len())
	require.Equal(t, "cifar10", split.Test.Name)
}

func TestFetchFashionMNIST(t *testing.T) {
	published := remoteFashion
	t.Cleanup(func() { remoteFashion = published })
	remoteFashion.files = nil
	cache := t.TempDir()
	for name, b := range idxFolder() {
		b = zipped(t, b)
		write(t, cache, "fashion-mnist/"+name+".gz", b)
		remoteFashion.files = append(remoteFashion.files, remoteFile{name + ".gz", md5Of(b)})
	}
	split, err := Load(context.Background(), "fashion-mnist", Options{CacheDir: cache})
	require.NoError(t, err)
	require.Equal(t, fashionClasses, split.Train.Classes)

	require.NoError(t, os.Remove(filepath.Join(cache, "fashion-mnist/t10k-labels-idx1-ubyte.gz")))
	o := &origin{status: http.StatusNotFound}
	srv := httptest.NewServer(o)
	defer srv.Close()
	_, err = Load(context.Background(), "fashion-mnist", Options{CacheDir: cache, URL: srv.URL + "/a/"})
	require.ErrorContains(t, err, "404")
	require.Equal(t, []string{"/a/t10k-labels-idx1-ubyte.gz "}, o.requests(), "only what is missing")
}

func TestFetchWrongChecksum(t *testing.T) {
	_, content := toyCIFAR(t)
	o := &origin{content: content, ranges: true}
	srv := httptest.NewServer(o)
	defer srv.Close()
	cache := t.TempDir()
	_, err := Load(context.Background(), "cifar10", Options{CacheDir: cache, URL: srv.URL})
	requireFormatError(t, err, -1, srv.URL+"/cifar-10-binary.tar.gz", "MD5 sum "+md5Of(content), "expected c32a1d4ab5d03f1284b67883e8d87530")
	require.Len(t, o.requests(), 1)
	left, err := os.ReadDir(filepath.Join(cache, "cifar10"))
	require.NoError(t, err)
	require.Empty(t, left, "neither the file nor a part of it may stay")
}

func TestFetchCanceled(t *testing.T) {
	toy, content := toyCIFAR(t)
	half := len(content) / 2
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(content[:half])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cache := t.TempDir()
	_, err := toy.fetch(ctx, Options{CacheDir: cache, URL: srv.URL, Progress: func(done, total int64) {
		require.Equal(t, int64(-1), total, "the server does not say")
		if done == int64(half) {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	part, err := os.ReadFile(filepath.Join(cache, "cifar10", toy.files[0].name+".partial"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content[:half], part), "what has come stays, for the next attempt")
}

func TestFetchRefusesMirror(t *testing.T) {
	for _, mirror := range []string{"nonsense", "ftp://host/x", "http://", "://"} {
		_, err := Load(context.Background(), "cifar10", Options{CacheDir: t.TempDir(), URL: mirror})
		require.ErrorContains(t, err, "expected an http or https URL", mirror)
		requireOneLine(t, err)
	}
}

func TestFetchUnwritableCache(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", []byte("in the way"))
	_, err := Load(context.Background(), "cifar10", Options{CacheDir: filepath.Join(dir, "file"), URL: "http://127.0.0.1:1"})
	require.ErrorContains(t, err, filepath.Join(dir, "file"))
	requireOneLine(t, err)
}

// TestSourcesOffline: every name that is fetched says, where it cannot be, what to fetch by
// other means and where it belongs; put there, it would be taken.
func TestSourcesOffline(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	for _, s := range Sources() {
		if s.Name == "fashion-mini" {
			continue
		}
		cache := t.TempDir()
		_, err := Load(context.Background(), s.Name, Options{CacheDir: cache, URL: srv.URL})
		set := strings.TrimSuffix(strings.TrimSuffix(s.Name, "-coarse"), "-unlabeled")
		require.ErrorContains(t, err, ", fetched by other means, can be put into "+filepath.Join(cache, set)+", or its path given instead of "+set, s.Name)
		requireOneLine(t, err)
	}
}

// TestFetchedSets: each kind of published file, as a small one of its kind, fetched from a
// server and loaded by name.
func TestFetchedSets(t *testing.T) {
	column := npyBytes("|u1", "(2, 1)", []byte{1, 0})
	images := npyBytes("|u1", "(2, 2, 2, 3)", bytesTo(24))
	npz := npzFile(t, map[string][]byte{"train_images": images, "train_labels": column, "test_images": images, "test_labels": column})
	stl := zipped(t, tarred(t,
		tarFile{"stl10_binary/unlabeled_X.bin", stlImage(4), tar.TypeReg}, tarFile{"stl10_binary/train_X.bin", stlImage(1), tar.TypeReg},
		tarFile{"stl10_binary/train_y.bin", []byte{3}, tar.TypeReg}, tarFile{"stl10_binary/test_X.bin", stlImage(2), tar.TypeReg}, tarFile{"stl10_binary/test_y.bin", []byte{1}, tar.TypeReg}))
	for name, tt := range map[string]struct {
		from    remote
		content []byte
		choice  string
		images  int
	}{
		"pathmnist":       {remoteMedMNIST("pathmnist", ""), npz, "", 2},
		"stl10":           {remoteSTL, stl, "", 1},
		"stl10-unlabeled": {remoteSTL, stl, stlUnlabeledChoice, 1},
	} {
		o := &origin{content: tt.content, ranges: true, cutAfter: len(tt.content) / 2}
		srv := httptest.NewServer(o)
		tt.from.files = []remoteFile{{tt.from.files[0].name, md5Of(tt.content)}}
		tt.from.url = srv.URL + "/sets"
		options := Options{CacheDir: t.TempDir()}
		_, err := tt.from.load(context.Background(), options, tt.choice)
		require.ErrorContains(t, err, "cut off after", name)
		split, err := tt.from.load(context.Background(), options, tt.choice)
		require.NoError(t, err, name)
		require.Equal(t, tt.images, split.Train.Len())
		require.Equal(t, tt.from.name, split.Train.Name)
		require.Equal(t, tt.choice != "", split.Test == nil)
		require.Equal(t, "/sets/"+tt.from.files[0].name+" bytes="+strconv.Itoa(len(tt.content)/2)+"-", o.requests()[1])
		srv.Close()
	}
}

// TestMirrors: where the first address fails, the next is asked; a given mirror alone.
func TestMirrors(t *testing.T) {
	toy, content := toyCIFAR(t)
	first, second := httptest.NewServer(http.NotFoundHandler()), httptest.NewServer(&origin{content: content})
	defer first.Close()
	defer second.Close()
	toy.url, toy.mirrors = first.URL, []string{second.URL}
	_, err := toy.fetch(context.Background(), Options{CacheDir: t.TempDir()})
	require.NoError(t, err)
	_, err = toy.fetch(context.Background(), Options{CacheDir: t.TempDir(), URL: first.URL})
	require.ErrorContains(t, err, first.URL)
	toy.mirrors = []string{first.URL + "/x"}
	_, err = toy.fetch(context.Background(), Options{CacheDir: t.TempDir()})
	require.ErrorContains(t, err, first.URL+"/cifar-10-binary.tar.gz: found status 404")
}

// TestLocal: nothing is asked for where nothing is to be fetched, and what is here is loaded.
func TestLocal(t *testing.T) {
	var away *AwayError
	for _, name := range []string{"cifar10", "mnist", "pathmnist"} {
		_, err := Load(t.Context(), name, Options{CacheDir: t.TempDir(), Local: true, URL: "http://127.0.0.1:1/"})
		require.ErrorAs(t, err, &away)
		require.Equal(t, name, away.Name)
		require.Contains(t, err.Error(), "found it nowhere on this machine")
	}
	_, err := Load(t.Context(), "fashion-mini", Options{Local: true})
	require.NoError(t, err)
}
