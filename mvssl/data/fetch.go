package data

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// remoteFile is a published file and the MD5 sum published with it.
type remoteFile struct{ name, md5 string }

// remote is a data set that is fetched.
type remote struct {
	name  string
	url   string // the folder of its files
	files []remoteFile
}

// maxDownload is the most bytes that a fetched file may have: several times the
// largest, and little enough for a disk to survive a server that never ends.
const maxDownload = 1 << 30

// fetch returns the folder of the data set's files in the cache, after fetching those
// that are not there.
func (s remote) fetch(ctx context.Context, o Options) (string, error) {
	cache := o.CacheDir
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("folder to keep %s in: %w", s.name, err)
		}
		cache = filepath.Join(user, "entrec")
	}
	dir := filepath.Join(cache, s.name)
	for _, f := range s.files {
		to := filepath.Join(dir, f.name)
		switch _, err := os.Stat(to); {
		case err == nil:
			continue
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
		from, err := s.address(o.URL, f.name)
		if err != nil {
			return "", err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return "", err
		}
		if err := f.fetch(ctx, from, to, o.Progress); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// address is the URL of a file, at a mirror if one is given.
func (s remote) address(mirror, file string) (string, error) {
	base := s.url
	if mirror != "" {
		u, err := url.Parse(mirror)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return "", fmt.Errorf("mirror of %s: found %q, expected an http or https URL", s.name, mirror)
		}
		if len(s.files) == 1 && strings.HasSuffix(u.Path, "/"+file) {
			return mirror, nil
		}
		base = mirror
	}
	return url.JoinPath(base, file)
}

// fetch downloads the file at a URL to a path. What arrives goes to PATH.partial,
// from where a later call goes on if this one is cut off, and which takes its final
// name only when it has the published sum.
func (f remoteFile) fetch(ctx context.Context, from, to string, progress func(done, total int64)) error {
	partial := to + ".partial"
	for {
		resumed, err := download(ctx, from, partial, progress)
		if err != nil {
			return err
		}
		sum, err := md5File(partial)
		if err != nil {
			return err
		}
		if sum == f.md5 {
			return os.Rename(partial, to)
		}
		if err := os.Remove(partial); err != nil {
			return err
		}
		// The earlier part may be of another version of the file: once more, from the start.
		if !resumed {
			return &FormatError{File: from, Offset: -1, Found: "MD5 sum " + sum, Expected: f.md5 + ", as published"}
		}
	}
}

// download brings the file at a URL to a path, going on from what stands there if the
// server can. It reports whether any of that was kept.
func download(ctx context.Context, from, to string, progress func(done, total int64)) (resumed bool, err error) {
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return false, err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return false, err
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return false, err
	}
	// Asked for the identity, no server or transport unpacks what should stay packed.
	req.Header.Set("Accept-Encoding", "identity")
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()

	switch {
	case resp.StatusCode == http.StatusOK:
		have = 0
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
		if err := f.Truncate(0); err != nil {
			return false, err
		}
	case resp.StatusCode == http.StatusPartialContent && have > 0:
		if got, want := resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have); !strings.HasPrefix(got, want) {
			return false, fmt.Errorf("%s: found Content-Range %q, expected %q", from, got, want+"…")
		}
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && have > 0:
		return true, nil // nothing is left to send: the sum will tell whether what is there is the file
	default:
		return false, fmt.Errorf("%s: found status %s, expected %d %s", from, resp.Status, http.StatusOK, http.StatusText(http.StatusOK))
	}
	return have > 0, receive(f, resp, from, have, progress)
}

// receive appends a response's body to f, which holds have bytes.
func receive(f *os.File, resp *http.Response, from string, have int64, progress func(done, total int64)) error {
	total := int64(-1)
	if resp.ContentLength >= 0 {
		total = have + resp.ContentLength
	}
	w := &meter{w: f, done: have, total: total, progress: progress}
	w.report()
	_, err := io.Copy(w, io.LimitReader(resp.Body, maxDownload-have+1))
	switch {
	case w.done > maxDownload:
		return fmt.Errorf("%s: found more than %d bytes, expected fewer", from, int64(maxDownload))
	case err != nil:
		return fmt.Errorf("%s: cut off after %d bytes, from where the next attempt goes on: %w", from, w.done, err)
	}
	return f.Sync()
}

// meter is a writer that reports how far it is.
type meter struct {
	w           io.Writer
	done, total int64
	progress    func(done, total int64)
}

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.done += int64(n)
	m.report()
	return n, err
}

func (m *meter) report() {
	if m.progress != nil {
		m.progress(m.done, m.total)
	}
}

// md5File is a file's MD5 sum in hexadecimal.
func md5File(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", readError(name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
