package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// findBrowser returns the browser of ENTREC_BROWSER, or the first that is installed.
func findBrowser() (string, error) {
	for _, name := range []string{os.Getenv("ENTREC_BROWSER"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path, nil
		}
	}
	return "", errors.New("found no chromium")
}

// TestLook opens pages from disk, wide and narrow, light and dark: nothing is wider than
// the screen, nothing goes wrong, nothing comes from elsewhere. ENTREC_SHOTS names a folder
// for pictures of them.
func TestLook(t *testing.T) {
	browser, err := findBrowser()
	if err != nil {
		t.Skipf("SKIPPED, THE SITE IS NOT LOOKED AT: %v", err)
	}
	out := built(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	defer stop()
	tab, end := chromedp.NewContext(allocator)
	defer end()
	ctx, stop := context.WithTimeout(tab, 5*time.Minute)
	defer stop()
	var wrong []string
	require.NoError(t, chromedp.Listen(tab, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "file://") && !strings.HasPrefix(e.Request.URL, "data:") {
				wrong = append(wrong, "request "+e.Request.URL)
			}
		case *runtime.EventExceptionThrown:
			wrong = append(wrong, fmt.Sprint(e.ExceptionDetails))
		case *log.EventEntryAdded:
			wrong = append(wrong, e.Entry.Text)
		}
	}))
	_, err = chromedp.Call(tab, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(tab, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	pages, err := filepath.Glob(filepath.Join(out, "course", "[0-9]*.html"))
	require.NoError(t, err)
	slides, err := filepath.Glob(filepath.Join(out, "slides", "*.html"))
	require.NoError(t, err)
	pages = append(append(pages, slides...), filepath.Join(out, "index.html"), filepath.Join(out, "pages.html"), filepath.Join(out, "oracle.html"))
	for _, width := range []int64{1280, 390} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 844)))
		for i, page := range pages {
			scheme := []string{"light", "dark"}[(i+int(width)/390)%2]
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			require.NoError(t, err)
			require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("file://"+filepath.ToSlash(page))))
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => { const w = document.documentElement.clientWidth; return document.documentElement.scrollWidth > w ? [...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > w + 1 && !e.parentElement.closest('pre, .formula, table')).map(e => e.outerHTML.slice(0, 80)).join(' ') || 'all' : ''; })()`))
			require.NoError(t, err)
			require.Empty(t, wide, "%s is wider than %d pixels", page, width)
			theme, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.documentElement.dataset.theme`))
			require.NoError(t, err)
			require.Equal(t, scheme, theme)
			if folder := os.Getenv("ENTREC_SHOTS"); folder != "" {
				name, err := filepath.Rel(out, page)
				require.NoError(t, err)
				picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				require.NoError(t, err)
				name = fmt.Sprintf("%s-%d-%s.png", strings.ReplaceAll(filepath.ToSlash(name), "/", "-"), width, scheme)
				require.NoError(t, os.WriteFile(filepath.Join(folder, name), picture, 0o644))
			}
		}
	}
	require.Empty(t, wrong)

	// Slides turn by the arrow keys.
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate("file://"+filepath.ToSlash(slides[0]))))
	for _, key := range []string{"ArrowRight", "ArrowRight", "ArrowLeft"} {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '`+key+`', bubbles: true}))`))
		require.NoError(t, err)
	}
	at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.hash`))
	require.NoError(t, err)
	require.Equal(t, "#slide-1", at)
}
