// Package main drives a browser over the page of runs: its test looks at it as a person
// would, and the program takes the pictures of the documentation:
//
//	go run . -out ../../../../docs/figures RUN...
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// findBrowser returns the browser of ENTREC_BROWSER, or the first that is installed.
func findBrowser() (string, error) {
	for _, name := range []string{os.Getenv("ENTREC_BROWSER"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path, nil
		}
	}
	return "", errors.New("found no chromium, expected one on the PATH or in ENTREC_BROWSER (on Debian: apt-get install chromium)")
}

// patience is how long a browser may take for one thing, glance how long it is left alone
// between two looks at it.
const (
	patience = 2 * time.Minute
	glance   = 50 * time.Millisecond
)

// tab is a page in a browser, and what went wrong in it.
type tab struct {
	ctx      context.Context
	mu       sync.Mutex
	requests []string
	errors   []string
}

// open starts a browser that finds no machine but this one, with an empty tab.
func open(parent context.Context) (*tab, func(), error) {
	path, err := findBrowser()
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.Flag("hide-scrollbars", true))
	allocator, stop := chromedp.NewExecAllocator(parent, options...)
	ctx, end := chromedp.NewContext(allocator)
	t := &tab{ctx: ctx}
	close := func() { end(); stop() }
	if err := chromedp.Listen(ctx, t.hear); err != nil {
		return nil, close, err
	}
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	}
	return t, close, err
}

// hear notes requests and errors.
func (t *tab) hear(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		t.requests = append(t.requests, e.Request.URL)
	case *runtime.EventExceptionThrown:
		t.errors = append(t.errors, fmt.Sprint(e.ExceptionDetails))
	case *log.EventEntryAdded:
		t.errors = append(t.errors, fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *runtime.EventConsoleAPICalled:
		t.errors = append(t.errors, fmt.Sprintf("console.%s", e.Type))
	}
}

// strangers returns the requests that were not to an address that begins so.
func (t *tab) strangers(own string) (list []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, url := range t.requests {
		if !strings.HasPrefix(url, own) && !strings.HasPrefix(url, "blob:") && !strings.HasPrefix(url, "data:") && url != "about:blank" {
			list = append(list, url)
		}
	}
	return list
}

// do does something in the tab, in time.
func (t *tab) do(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, stop := context.WithTimeout(t.ctx, patience)
	defer stop()
	return chromedp.Do(ctx, steps...)
}

// look returns the value of an expression of the page's.
func look[T any](t *tab, expression string) (T, error) {
	ctx, stop := context.WithTimeout(t.ctx, patience)
	defer stop()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to be true.
func (t *tab) until(expression string) error {
	ctx, stop := context.WithTimeout(t.ctx, patience)
	defer stop()
	for {
		if is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); is || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w, waiting for %s", ctx.Err(), expression)
		case <-time.After(glance):
		}
	}
}

// dress makes the tab so wide and its theme light or dark.
func (t *tab) dress(width, height int, scheme string) error {
	if err := t.do(chromedp.EmulateViewport(int64(width), int64(height))); err != nil {
		return err
	}
	_, err := chromedp.Call(t.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	return err
}

// charts is an expression for how many charts are drawn.
const charts = `[...document.querySelectorAll('figure.card')].filter(f => f.querySelector('.plot canvas, .plot svg')).length`
