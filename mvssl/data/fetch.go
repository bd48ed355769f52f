package data

import (
	"cmp"
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
	"time"

	"entrec/internal/files"
	"entrec/internal/lock"
)

// remoteFile is a published file and the MD5 sum published with it.
type remoteFile struct{ name, md5 string }

// remote is a data set that is fetched.
type remote struct {
	name  string
	url   string // the folder of its files
	files []remoteFile
	// mirrors are folders that are tried after the first, where it fails.
	mirrors []string

	patience  time.Duration     // 0: as a rule
	transport http.RoundTripper // nil: as a rule
}

// fetch returns the folder of the data set's files in the cache, after fetching those
// that are not there or have not the published sum. Meanwhile the folder is this
// process's: who comes second waits for it.
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
	if left, err := s.lacking(ctx, dir, Options{}); err != nil || len(left) == 0 {
		return dir, err
	}
	if o.Local {
		return "", &AwayError{s.name}
	}
	if _, err := s.address(o.URL, ""); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	held, err := s.hold(ctx, dir, o)
	if err != nil {
		return "", err
	}
	left, err := s.lacking(ctx, dir, o) // of what another process may have fetched by now
	for _, f := range left {
		if err == nil {
			err = s.bring(ctx, f, dir, held, o)
		}
	}
	if released := held.Release(); err == nil {
		err = released
	}
	return dir, err
}

// place is where the data set's files are, fetched if need be: the file, where there is but
// one, else their folder.
func (s remote) place(ctx context.Context, o Options) (Place, error) {
	path, err := s.fetch(ctx, o)
	if err != nil {
		return Place{}, err
	}
	if len(s.files) == 1 {
		path = filepath.Join(path, s.files[0].name)
	}
	p, err := placeOf(ctx, path, o)
	p.Name = s.name
	return p, err
}

// load loads one of the data set's choices by the format that its files have.
func (s remote) load(ctx context.Context, o Options, choice string) (*Split, error) {
	p, err := s.place(ctx, o)
	if err != nil {
		return nil, err
	}
	p.Choice = choice
	return p.load(ctx, o)
}

// lacking returns the files that are not in a folder or have not the published sum, which
// it notes.
func (s remote) lacking(ctx context.Context, dir string, o Options) (left []remoteFile, err error) {
	for _, f := range s.files {
		path := filepath.Join(dir, f.name)
		sum, err := md5File(ctx, path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			left = append(left, f)
		case err != nil:
			return nil, err
		case sum != f.md5:
			o.note(fmt.Sprintf("%s: found MD5 sum %s, expected %s, as published: fetching it again", printableName(path), sum, f.md5))
			left = append(left, f)
		}
	}
	return left, nil
}

// lockPause is how long a process that waits for another does not look.
const lockPause = 100 * time.Millisecond

// hold makes a folder of the cache this process's, after waiting for who has it.
func (s remote) hold(ctx context.Context, dir string, o Options) (*lock.Lock, error) {
	for waited := false; ; waited = true {
		l, err := lock.Acquire(dir)
		var by *lock.Held
		if !errors.As(err, &by) {
			return l, err
		}
		if !waited {
			o.note(fmt.Sprintf("waiting for process %d, which fetches %s", by.Process, s.name))
		}
		if o.Reading != nil {
			o.Reading("waiting for another process to fetch "+s.name, 0, 0)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lockPause):
		}
	}
}

// bring fetches a file into a folder that is held.
func (s remote) bring(ctx context.Context, f remoteFile, dir string, held *lock.Lock, o Options) error {
	partial := filepath.Join(dir, f.name+".partial")
	if err := s.download(ctx, f, partial, o); err != nil {
		return s.otherwise(ctx, f, dir, err)
	}
	if err := held.Verify(); err != nil {
		return err
	}
	return files.Rename(partial, filepath.Join(dir, f.name))
}

// download fetches a file to a path, from the published address, or from the next mirror
// where that fails. The error is of the first.
func (s remote) download(ctx context.Context, f remoteFile, to string, o Options) error {
	bases := append([]string{s.url}, s.mirrors...)
	if o.URL != "" {
		bases = []string{o.URL}
	}
	client := &http.Client{Transport: s.transport}
	defer client.CloseIdleConnections()
	var first error
	for _, base := range bases {
		from, err := s.address(base, f.name)
		if err == nil {
			o.note("fetching " + from)
			err = f.fetch(ctx, download{client: client, from: from, to: to, patience: cmp.Or(s.patience, patience), progress: o.Progress})
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// otherwise adds to the error of a file that could not be fetched what can be done.
func (s remote) otherwise(ctx context.Context, f remoteFile, dir string, err error) error {
	var wrong *FormatError
	if ctx.Err() != nil || errors.As(err, &wrong) {
		return err
	}
	return fmt.Errorf("%w; %s, fetched by other means, can be put into %s, or its path given instead of %s", err, f.name, printableName(dir), s.name)
}

// address is the URL of a file, at a mirror if one is given.
func (s remote) address(mirror, file string) (string, error) {
	base := s.url
	if mirror != "" {
		u, err := url.Parse(mirror)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return "", fmt.Errorf("mirror of %s: found %q, expected an http or https URL", s.name, mirror)
		}
		if file != "" && len(s.files) == 1 && strings.HasSuffix(u.Path, "/"+file) {
			return mirror, nil
		}
		base = mirror
	}
	return url.JoinPath(base, file)
}

// fetch downloads the file. What arrives goes to a partial file, from where a later call
// goes on if this one is cut off. It has the published sum where there is no error.
func (f remoteFile) fetch(ctx context.Context, d download) error {
	for {
		resumed, err := d.run(ctx)
		if err != nil {
			return err
		}
		sum, err := md5File(ctx, d.to)
		if err != nil || sum == f.md5 {
			return err
		}
		if err := os.Remove(d.to); err != nil {
			return err
		}
		// The earlier part may be of another version of the file: once more, from the start.
		if !resumed {
			return &FormatError{File: d.from, Offset: -1, Found: "MD5 sum " + sum, Expected: f.md5 + ", as published"}
		}
	}
}

// md5File is a regular file's MD5 sum in hexadecimal.
func md5File(ctx context.Context, name string) (string, error) {
	f, err := watch(ctx, disk(filepath.Dir(name)), Options{}).Open(filepath.Base(name))
	if err != nil {
		return "", readError(name, err)
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", readError(name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
