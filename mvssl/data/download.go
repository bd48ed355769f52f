package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// maxDownload is the most bytes that a fetched file may have: several times the
	// largest, and little enough for a disk to survive a server that never ends.
	maxDownload = 4 << 30
	// patience is how long a server may take until it answers, redirections included, and
	// how long it may then send less than leastBytes.
	patience = 30 * time.Second
	// leastBytes is what a server must send within its patience: half a kilobyte a second.
	leastBytes = 16 << 10
	// maxRedirects is how often a server may point elsewhere.
	maxRedirects = 10
)

// download is the fetching of a file from a URL.
type download struct {
	client   *http.Client
	from, to string
	patience time.Duration
	progress func(done, total int64) // or nil
}

// run brings the file to its path, going on from what stands there if the server can. It
// reports whether any of that was kept.
func (d download) run(ctx context.Context) (resumed bool, err error) {
	f, have, err := openPartial(d.to)
	if err != nil {
		return false, err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	ctx, p := withPulse(ctx, d.patience)
	defer p.end()
	resp, err := d.ask(ctx, have)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	p.answered()

	end := int64(-1) // where the file ends, if the server says so
	switch {
	case resp.StatusCode == http.StatusOK:
		if have, end = 0, resp.ContentLength; end > maxDownload {
			return false, d.tooLong()
		}
		if err := f.Truncate(0); err != nil {
			return false, err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
	case resp.StatusCode == http.StatusPartialContent && have > 0:
		if end, err = d.rest(resp, have); err != nil {
			return false, err
		}
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && have > 0:
		return true, nil // nothing is left to send: the sum will tell whether what is there is the file
	default:
		return false, fmt.Errorf("%s: found status %d %s, expected %d %s",
			d.from, resp.StatusCode, http.StatusText(resp.StatusCode), http.StatusOK, http.StatusText(http.StatusOK))
	}
	return have > 0, d.receive(ctx, f, resp.Body, have, end, p)
}

// openPartial opens a partial file for appending and returns how many bytes it has. What
// is longer than any file begins anew; what is no regular file is refused.
func openPartial(path string) (f *os.File, have int64, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, 0, err
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("%s: found no regular file, expected a part of one; remove it", printableName(path))
	}
	if f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, 0, err
	}
	if have, err = f.Seek(0, io.SeekEnd); err == nil && have > maxDownload {
		err = f.Truncate(0)
		have = 0
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, have, nil
}

// ask requests the file, or what follows the bytes that are there.
func (d download) ask(ctx context.Context, have int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.from, nil)
	if err != nil {
		return nil, err
	}
	// Asked for the identity, no server or transport unpacks what should stay packed.
	req.Header.Set("Accept-Encoding", "identity")
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	client := *d.client
	client.CheckRedirect = func(_ *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("found more than %d redirections, expected fewer", maxRedirects)
		}
		return nil
	}
	resp, err := client.Do(req)
	if err == nil {
		return resp, nil
	}
	var named *url.Error // by the last redirection
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case errors.As(err, &named):
		err = named.Err
	}
	return nil, fmt.Errorf("%s: %w", d.from, err)
}

// rest returns where the file ends by an answer with the bytes from have on.
func (d download) rest(resp *http.Response, have int64) (end int64, err error) {
	header := resp.Header.Get("Content-Range")
	first, last, total, ok := parseContentRange(header)
	switch length := resp.ContentLength; {
	case !ok || first != have || total >= 0 && last != total-1 || length >= 0 && length != last-first+1:
		return 0, fmt.Errorf("%s: found Content-Range %q of %d bytes, expected \"bytes %d-…\" to the end; without %s it begins anew",
			d.from, header, length, have, printableName(d.to))
	case last >= maxDownload:
		return 0, d.tooLong()
	}
	return last + 1, nil
}

// parseContentRange reads a header Content-Range (RFC 9110, section 14.4): the first and
// the last byte, and how many there are in all, -1 where the server does not know.
func parseContentRange(s string) (first, last, total int64, ok bool) {
	unit, rest, spaced := strings.Cut(s, " ")
	span, size, sized := strings.Cut(rest, "/")
	from, to, spans := strings.Cut(span, "-")
	if !strings.EqualFold(unit, "bytes") || !spaced || !sized || !spans {
		return 0, 0, 0, false
	}
	number := func(text string) int64 {
		n, err := strconv.ParseUint(text, 10, 63)
		ok = ok && err == nil
		return int64(n)
	}
	ok, total = true, -1
	if first, last = number(from), number(to); size != "*" {
		total = number(size)
		ok = ok && last < total
	}
	return first, last, total, ok && first <= last
}

func (d download) tooLong() error {
	return fmt.Errorf("%s: found more than %d bytes, expected fewer", d.from, int64(maxDownload))
}

// receive appends a body to f, which holds have bytes, up to where the file ends; -1 is
// where the body does.
func (d download) receive(ctx context.Context, f *os.File, body io.Reader, have, end int64, p *pulse) error {
	most := int64(maxDownload) + 1
	if end >= 0 {
		most = end
	}
	w := &meter{w: f, done: have, total: end, progress: d.progress, pulse: p}
	w.report()
	_, err := io.Copy(w, io.LimitReader(body, most-have))
	if err == nil && end >= 0 && w.done < end {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	switch {
	case w.done > maxDownload:
		return d.tooLong()
	case err != nil:
		return fmt.Errorf("%s: cut off after %d bytes, from where the next attempt goes on: %w", d.from, w.done, err)
	}
	return f.Sync()
}

// meter is a writer that reports how far it is.
type meter struct {
	w           io.Writer
	done, total int64
	progress    func(done, total int64)
	pulse       *pulse
}

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.done += int64(n)
	m.pulse.received(n)
	m.report()
	return n, err
}

func (m *meter) report() {
	if m.progress != nil {
		m.progress(m.done, m.total)
	}
}

// pulse cancels a context whose server does not answer in time, or then sends next to
// nothing for as long.
type pulse struct {
	every time.Duration
	stop  context.CancelCauseFunc

	mu     sync.Mutex
	timer  *time.Timer
	answer bool
	bytes  int // since the timer was set
}

// withPulse returns a context that is canceled with a cause that says what was found.
func withPulse(ctx context.Context, every time.Duration) (context.Context, *pulse) {
	ctx, stop := context.WithCancelCause(ctx)
	p := &pulse{every: every, stop: stop}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(every, p.check)
	return ctx, p
}

// check is called when the timer ends.
func (p *pulse) check() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.answer:
		p.stop(fmt.Errorf("found no answer within %v, expected one", p.every))
	case p.bytes < leastBytes:
		p.stop(fmt.Errorf("found %d bytes within %v, expected at least %d", p.bytes, p.every, leastBytes))
	default:
		p.bytes = 0
		p.timer.Reset(p.every)
	}
}

// answered tells that the server has answered.
func (p *pulse) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer, p.bytes = true, 0
	p.timer.Reset(p.every)
}

// received tells that n bytes have come.
func (p *pulse) received(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += n
}

// end gives the context up.
func (p *pulse) end() {
	p.stop(nil)
	p.timer.Stop()
}
