package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// hostile is a folder's name that would be markup.
const hostile = `<img src=x onerror=alert(1)>`

// browser opens a tab, or skips the test loudly.
func browser(t *testing.T) *tab {
	t.Helper()
	if _, err := findBrowser(); err != nil {
		t.Skipf("SKIPPED, THE PAGE IS NOT LOOKED AT: %v", err)
	}
	b, end, err := open(t.Context())
	require.NoError(t, err)
	t.Cleanup(end)
	return b
}

// entrec returns a program built of the repository.
func entrec(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("ENTREC"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "entrec")
	build := exec.Command("go", "build", "-o", path, "./cmd/entrec")
	build.Dir = filepath.Join("..", "..", "..", "..")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

func train(program, out string, more ...string) *exec.Cmd {
	flags := []string{"train", "--out", out, "--encoder", "mlp", "--width", "16", "--log-every", "1", "--subset", "512", "--probe", "online"}
	return exec.Command(program, append(flags, more...)...)
}

// serve serves the runs of a folder as long as the test lasts, and returns where.
func serve(t *testing.T, program, dir string) string {
	t.Helper()
	url, _ := serveAs(t, program, dir)
	return url
}

// serveAs is serve that also returns which process does so.
func serveAs(t *testing.T, program, dir string) (url string, process int) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, program, "serve", dir, "--address", "127.0.0.1:0")
	server.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	pipe, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	t.Cleanup(func() { stop(); _ = server.Wait() })
	line, err := bufio.NewReader(pipe).ReadString('\n')
	require.NoError(t, err)
	url, _, _ = strings.Cut(line, " ")
	return url, server.Process.Pid
}

// TestLive: a run is watched while it trains; its curves grow, it ends, and nothing goes
// wrong in the browser.
func TestLive(t *testing.T) {
	b, program, dir := browser(t), entrec(t), t.TempDir()
	out, err := train(program, filepath.Join(dir, hostile), "--epochs", "1").CombinedOutput()
	require.NoError(t, err, string(out))

	url := serve(t, program, dir)

	// The run that is there, by its hostile name.
	require.NoError(t, b.dress(1280, 900, "light"))
	require.NoError(t, b.do(chromedp.Navigate(url)))
	await := func(expression string) {
		t.Helper()
		if err := b.until(expression); err != nil {
			text, _ := look[string](b, "document.body.innerText")
			require.NoError(t, err, text)
		}
	}
	choose := func(name string) {
		await(fmt.Sprintf("[...document.querySelectorAll('.runs tbody label')].some(l => l.textContent === %q)", name))
		_, err := look[string](b, fmt.Sprintf("location.hash = 'run=%s'", name))
		require.NoError(t, err)
		await(fmt.Sprintf("document.querySelector('#run-title').textContent === %q", name))
	}
	state := func(name string) {
		await(fmt.Sprintf("document.querySelector('.run .badge').textContent === %q", name))
	}
	await(charts + " > 8")
	await(fmt.Sprintf("document.querySelector('#run-title').textContent === %q", hostile))

	run := train(program, filepath.Join(dir, "live"), "--epochs", "1000000") // until it is interrupted
	require.NoError(t, run.Start())
	t.Cleanup(func() { _ = run.Process.Kill() })
	choose("live")
	state("training")
	const (
		step   = `Number((document.querySelector('#progress').textContent.match(/step ([\d,]+)/) || ['', '0'])[1].replace(/,/g, ''))`
		points = `document.querySelectorAll('#chart-loss tbody tr').length`
		ends   = `document.querySelector('#chart-loss [aria-label^="Loss. "]').getAttribute('aria-label')` // "from 4.1 to 3.9"
	)
	await("document.querySelector('#chart-loss summary')")
	require.NoError(t, b.do(chromedp.Click(chromedp.CSS("#chart-loss summary"))))
	await(points + " > 0")
	first, err := look[int](b, step)
	require.NoError(t, err)
	then, err := look[string](b, ends)
	require.NoError(t, err)
	await(fmt.Sprintf("%s > %d && %s !== %q", step, first, ends, then))
	await("document.querySelector('#progress').textContent.includes(' left')")

	// What is open, scrolled and in focus stays so while lines are written.
	const written = `document.querySelector('.runs tbody').textContent`
	stays := func(grows, focus, more string) {
		t.Helper()
		kept, err := look[string](b, fmt.Sprintf(`(async () => { const d = document.querySelector('.config'); d.open = true; await new Promise(done => setTimeout(done, 300));
			document.querySelectorAll('.config .scroll, #chart-loss .scroll').forEach(s => { s.scrollTop = 61; }); window.kept = document.querySelector(%q); kept.focus({ preventScroll: true }); return %s; })()`, focus, grows))
		require.NoError(t, err)
		for range 2 {
			await(fmt.Sprintf("%s !== %q", grows, kept))
			kept, err = look[string](b, grows)
			require.NoError(t, err)
		}
		is, err := look[string](b, fmt.Sprintf("[document.querySelector('.config').open, document.activeElement === kept, %s].join()", more))
		require.NoError(t, err)
		require.Equal(t, "true,true,true", is, focus)
	}
	stays("document.querySelector('#progress').textContent", ".config summary", "document.querySelector('.config .scroll').scrollTop === 61")
	stays(ends, ".config .scroll", "document.querySelector('.config .scroll').scrollTop === 61")
	await(points + " > 40")
	stays(ends, "#chart-loss details button", "document.querySelector('#chart-loss .scroll').scrollTop === 61")
	_, err = look[string](b, fmt.Sprintf("location.hash = new URLSearchParams([['run', 'live'], ['run', %q]]), ''", hostile))
	require.NoError(t, err)
	await("document.querySelector('.config summary').textContent.startsWith('What differs')")
	stays(written, ".config summary", "document.querySelector('#run-title').textContent === '2 runs side by side'")
	choose("live")

	require.NoError(t, run.Process.Signal(os.Interrupt))
	_ = run.Wait() // it says that it was interrupted
	state("stopped")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "live")))
	state("gone")
	await("document.querySelector('.method h3') && document.querySelector('.config summary') && document.querySelector('#chart-loss')")

	text, err := train(program, filepath.Join(dir, "short"), "--epochs", "2").CombinedOutput()
	require.NoError(t, err, string(text))
	choose("short")
	state("ended")
	await("document.querySelector('.tiles').textContent.includes('linear probe')")

	// A run is watched from its first step to its end.
	whole := train(program, filepath.Join(dir, "whole"), "--epochs", "120", "--keep-every", "40")
	require.NoError(t, whole.Start())
	t.Cleanup(func() { _ = whole.Process.Kill() })
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(dir, "whole", "metrics.jsonl")); return err == nil }, time.Minute, time.Millisecond)
	require.NoError(t, whole.Process.Signal(syscall.SIGSTOP)) // until it was seen
	choose("whole")
	state("training")
	require.NoError(t, whole.Process.Signal(syscall.SIGCONT))
	await(step + " > 2")
	state("ended")
	await("document.querySelector('#progress').textContent.includes('epoch 120 of 120')")
	require.NoError(t, whole.Wait())

	// Its pictures are made when the button is pressed, and show the encoders that it kept.
	await("document.querySelector('#make-pictures')")
	require.NoError(t, b.do(chromedp.Click(chromedp.CSS("#make-pictures"))))
	await("document.querySelector('#picture-neighbors')")
	await(charts + " > 10 && document.querySelector('#chart-map-1 svg')")
	stages, err := look[string](b, "[...document.querySelectorAll('#before option')].map(o => o.textContent).join()")
	require.NoError(t, err)
	require.Equal(t, "untrained,epoch 40,epoch 80,now", stages)
	_, err = look[string](b, "(() => { const s = document.querySelector('#before'); s.value = 'epoch 40'; s.dispatchEvent(new Event('change')); return ''; })()")
	require.NoError(t, err)
	await("document.querySelector('#title-map-0').textContent.includes('epoch 40')")
	require.NoError(t, b.do(chromedp.Reload()))
	await("document.querySelector('#picture-views canvas')") // without the button: they were kept
	require.Empty(t, b.strangers(strings.TrimSuffix(url, "/")))
	require.Empty(t, b.errors)
}

// TestReport: the file opens from a disk without a network, at two widths and in both
// themes; its charts can be read by keyboard and as tables, and saved.
func TestReport(t *testing.T) {
	b, program, dir := browser(t), entrec(t), t.TempDir()
	var runs []string
	for i, name := range []string{"first", "second", hostile} {
		runs = append(runs, filepath.Join(dir, name))
		out, err := train(program, runs[i], "--epochs", "2", "--seed", fmt.Sprint(i)).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	for _, which := range [][]string{runs[:1], runs} {
		file := filepath.Join(dir, fmt.Sprintf("%d.html", len(which)))
		report := exec.Command(program, append([]string{"report", "--out", file}, which...)...)
		report.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir)
		out, err := report.CombinedOutput()
		require.NoError(t, err, string(out))
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Less(t, info.Size(), int64(3_000_000))
		for _, width := range []int{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				require.NoError(t, b.dress(width, 900, scheme))
				require.NoError(t, b.do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+file)))
				require.NoError(t, b.until(charts+" > 8"))
				wide, err := look[int](b, "document.documentElement.scrollWidth")
				require.NoError(t, err)
				beyond, err := look[string](b, "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest('.scroll, pre')).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ' + e.textContent.slice(0, 30)).slice(0, 9).join('; ')")
				require.NoError(t, err)
				require.LessOrEqual(t, wide, width, beyond)
				theme, err := look[string](b, "document.documentElement.dataset.theme")
				require.NoError(t, err)
				require.Equal(t, scheme, theme)
				unnamed, err := look[int](b, `[...document.querySelectorAll('button, input, select, [role=img], [role=region]')].filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || (e.labels && e.labels.length) || e.closest('[aria-hidden=true]'))).length`)
				require.NoError(t, err)
				require.Zero(t, unnamed, "elements without a name")
			}
		}
		see := func(expression string) string {
			t.Helper()
			text, err := look[string](b, expression)
			require.NoError(t, err)
			return text
		}
		require.Contains(t, see(`(() => { const p = document.querySelector('#chart-mi .plot'); p.focus(); p.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' })); return new Promise(done => setTimeout(() => done(document.querySelector('#chart-mi .read').textContent), 300)); })()`), "epoch 0")
		require.Contains(t, see(`document.querySelector('#chart-plane .plot').getAttribute('aria-label')`), "from ")
		require.NoError(t, b.do(chromedp.Click(chromedp.CSS("#chart-mi summary"))))
		require.NoError(t, b.until("document.querySelector('#chart-mi tbody tr')"))
		require.Contains(t, see("document.querySelector('#chart-mi table').textContent"), "epoch")
		require.Equal(t, "image/png 1520", see(`new Promise(done => { const old = URL.createObjectURL; URL.createObjectURL = b => { if (b.type === 'image/png') { URL.createObjectURL = old; createImageBitmap(b).then(i => done(b.type + ' ' + i.width)); } return old(b); }; document.querySelector('#chart-mi .saves button:last-child').click(); })`))
		exported := see(`new Promise(done => { const old = URL.createObjectURL; URL.createObjectURL = b => { URL.createObjectURL = old; b.text().then(done); return old(b); }; document.querySelector('#chart-mi .saves button').click(); })`)
		require.True(t, strings.HasPrefix(exported, "<svg") && strings.Contains(exported, "Mutual information"), exported)
		require.NotContains(t, exported, "<img")
		if len(which) == 1 {
			require.Equal(t, "", see(`[...document.querySelectorAll('#pictures canvas.thumb')].filter(c => !c.getAttribute('aria-label')).map(c => c.outerHTML).join()`))
			require.NoError(t, b.until(`[...document.querySelectorAll('#pictures canvas.thumb')].length > 100`))
			require.NoError(t, b.until(`(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0))(document.querySelector('#picture-views canvas'))`))
			require.Contains(t, see(`(() => { const p = document.querySelector('#chart-map-1 .plot'); p.focus(); p.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true })); return document.querySelector('#chart-map-1 .read').textContent + document.querySelectorAll('#chart-map-1 .preview canvas').length; })()`), "of the choice1")
			for _, id := range []string{"similarities", "map-1", "confusion"} {
				drawn := see(fmt.Sprintf(`new Promise(done => { const old = URL.createObjectURL; URL.createObjectURL = b => { URL.createObjectURL = old; b.text().then(done); return old(b); }; document.querySelector('#chart-%s .saves button').click(); })`, id))
				require.True(t, strings.HasPrefix(drawn, "<svg"), drawn)
			}
		} else {
			require.Contains(t, see(`document.querySelector('#pictures').textContent`), "one run by itself")
		}
		require.NoError(t, b.do(chromedp.Click(chromedp.CSS("#theme"))))
		require.NoError(t, b.until("document.documentElement.dataset.theme === 'light'"))
		see("localStorage.clear(); ''")
	}
	// What is chosen is in the address, and is back when that is opened.
	_, err := look[string](b, `(() => { const g = document.querySelector('#group'), f = document.querySelector('#filter'); g.value = '*'; g.dispatchEvent(new Event('change')); f.value = 'seed=1'; f.dispatchEvent(new Event('input')); return ''; })()`)
	require.NoError(t, err)
	const one = "document.querySelectorAll('.runs tbody tr').length === 1"
	require.NoError(t, b.until(one))
	hash, err := look[string](b, "location.hash")
	require.NoError(t, err)
	require.Contains(t, hash, "filter=seed%3D1")
	require.NoError(t, b.do(chromedp.Reload()))
	require.NoError(t, b.until(one))
	rows, err := look[string](b, "document.querySelector('.runs table').textContent")
	require.NoError(t, err)
	require.Contains(t, rows, "simclr-er")
	require.Empty(t, b.strangers("file://"))
	require.Empty(t, b.errors)
}

// TestMany: a server over 500 runs is opened. How long the table and all charts take, from the address on, and
// what memory the server takes are printed: they are a matter of the machine.
func TestMany(t *testing.T) {
	b, program, dir := browser(t), entrec(t), t.TempDir()
	one := filepath.Join(dir, "0")
	out, err := train(program, one, "--epochs", "1", "--no-eval").CombinedOutput()
	require.NoError(t, err, string(out))
	lines, err := os.ReadFile(filepath.Join(one, "metrics.jsonl"))
	require.NoError(t, err)
	for step := range 2000 {
		lines = fmt.Appendf(lines, `{"kind":"step","step":%d,"epoch":%.3f,"lr":0.1,"weight_decay":0,"loss":%.5f,"terms":{"entropy":-130.5,"reconstruction":131.25}}`+"\n", 17+step, float64(17+step)/16, 4/(1+float64(step)/50))
	}
	config, err := os.ReadFile(filepath.Join(one, "config.json"))
	require.NoError(t, err)
	for i := range 500 {
		run := filepath.Join(dir, fmt.Sprint(i))
		require.NoError(t, os.MkdirAll(run, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(run, "metrics.jsonl"), lines, 0o644))
		seeded := strings.Replace(string(config), `"seed": 0`, fmt.Sprintf(`"seed": %d`, i), 1)
		require.NoError(t, os.WriteFile(filepath.Join(run, "config.json"), []byte(seeded), 0o644))
	}
	url, server := serveAs(t, program, dir)
	require.NoError(t, b.dress(1280, 900, "light"))
	require.NoError(t, b.do(chromedp.Navigate(url)))
	require.NoError(t, b.until(charts+" > 1 && document.querySelectorAll('.runs tbody tr').length > 100"))
	drawn, err := look[float64](b, "performance.now()")
	require.NoError(t, err)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server))
	if err == nil {
		_, status, _ = bytes.Cut(status, []byte("VmHWM:"))
		status, _, _ = bytes.Cut(status, []byte("\n"))
	}
	t.Logf("500 runs: the table and all charts after at most %.0f ms; the server takes at most %s", drawn, bytes.TrimSpace(status))
	require.Empty(t, b.errors)
}

// pan zooms into a chart by the keyboard and pans it by the wheel, some way in each frame, to
// and fro, with pauses in which the page asks for what lies between; it returns how long
// frames took, in milliseconds.
const pan = `new Promise(done => {
	const plot = document.querySelector('#chart-loss .plot'), times = [];
	for (let i = 0; i < 5; i++) plot.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true, cancelable: true }));
	let last = null, n = 0;
	const frame = now => {
		if (last !== null) times.push(now - last);
		last = now;
		if (n++ === 600) { done(times); return; }
		if (n % 100 < 70) plot.dispatchEvent(new WheelEvent('wheel', { deltaX: n % 200 < 100 ? 9 : -9, bubbles: true, cancelable: true }));
		requestAnimationFrame(frame);
	};
	requestAnimationFrame(frame);
})`

// TestPan: a run of a million steps is zoomed and panned. How long frames take is printed: it
// is a matter of the machine.
func TestPan(t *testing.T) {
	b, program, dir := browser(t), entrec(t), t.TempDir()
	run := filepath.Join(dir, "long")
	out, err := train(program, run, "--epochs", "1").CombinedOutput()
	require.NoError(t, err, string(out))
	const perEpoch, epochs = 16, 62_500 // of 512 images in batches of 32
	config, err := os.ReadFile(filepath.Join(run, "config.json"))
	require.NoError(t, err)
	longer := strings.Replace(string(config), `"epochs": 1,`, fmt.Sprintf(`"epochs": %d,`, epochs), 1)
	require.NotEqual(t, string(config), longer)
	require.NoError(t, os.WriteFile(filepath.Join(run, "config.json"), []byte(longer), 0o644))
	var lines bytes.Buffer
	random := rand.New(rand.NewPCG(1, 2))
	for step := 1; step <= perEpoch*epochs; step++ {
		epoch := float64(step) / perEpoch
		fmt.Fprintf(&lines, `{"kind":"step","step":%d,"epoch":%.3f,"lr":%.5f,"weight_decay":0,"loss":%.5f,"terms":{"entropy":%.5f,"reconstruction":%.5f}}`+"\n",
			step, epoch, 0.1*(1-epoch/epochs), 4/(1+epoch/50)+random.NormFloat64()/5, random.Float64(), random.Float64())
	}
	require.NoError(t, os.WriteFile(filepath.Join(run, "metrics.jsonl"), lines.Bytes(), 0o644))
	require.NoError(t, b.dress(1280, 900, "light"))
	require.NoError(t, b.do(chromedp.Navigate(serve(t, program, dir))))
	require.NoError(t, b.until("document.querySelector('#chart-loss .plot canvas')"))
	times, err := look[[]float64](b, pan)
	require.NoError(t, err)
	require.Len(t, times, 600)
	slices.Sort(times)
	t.Logf("a chart of a million steps: half of the frames in at most %.1f ms, 95 %% in %.1f, all in %.1f", times[300], times[570], times[599])
	require.Empty(t, b.errors)
}

// TestZoom: zooming into a run that was thinned, by the keyboard, keeps its charts, the place on
// the page and the focus, so that a key shows all again.
func TestZoom(t *testing.T) {
	b, program, dir := browser(t), entrec(t), t.TempDir()
	run := filepath.Join(dir, "long")
	out, err := train(program, run, "--epochs", "1", "--no-eval").CombinedOutput()
	require.NoError(t, err, string(out))
	const perEpoch, epochs = 16, 1250
	config, err := os.ReadFile(filepath.Join(run, "config.json"))
	require.NoError(t, err)
	longer := strings.Replace(string(config), `"epochs": 1,`, fmt.Sprintf(`"epochs": %d,`, epochs), 1)
	require.NoError(t, os.WriteFile(filepath.Join(run, "config.json"), []byte(longer), 0o644))
	require.NoError(t, os.Remove(filepath.Join(run, "summary.json")))
	var lines bytes.Buffer
	for step := 1; step <= perEpoch*epochs; step++ {
		fmt.Fprintf(&lines, `{"kind":"step","step":%d,"epoch":%.4f,"lr":0.1,"loss":%.5f,"schedules":{"teacher_temperature":%.5f}}`+"\n",
			step, float64(step)/perEpoch, 4/(1+float64(step)/500), min(0.04, float64(step)/1e5))
	}
	require.NoError(t, os.WriteFile(filepath.Join(run, "metrics.jsonl"), lines.Bytes(), 0o644))
	require.NoError(t, b.dress(1280, 500, "light"))
	require.NoError(t, b.do(chromedp.Navigate(serve(t, program, dir))))
	const (
		shown  = `document.querySelector('#chart-loss .legend').textContent`
		titles = `[...document.querySelectorAll('#charts h3')].map(h => h.textContent).join()`
		saved  = `new Promise(done => { const old = URL.createObjectURL; URL.createObjectURL = b => { URL.createObjectURL = old; b.text().then(done); return old(b); }; document.querySelector('#chart-loss .saves button').click(); })`
	)
	require.NoError(t, b.until(shown+".includes(' of 20,000 steps')"))
	all, err := look[string](b, shown)
	require.NoError(t, err)
	before, err := look[string](b, titles)
	require.NoError(t, err)
	require.Contains(t, before, "Temperature of the teacher")
	_, err = look[string](b, `(() => { const plot = document.querySelector('#chart-loss .plot'); plot.scrollIntoView(); plot.focus(); window.at = scrollY;
		for (let i = 0; i < 4; i++) plot.dispatchEvent(new KeyboardEvent('keydown', { key: '+', bubbles: true })); return ''; })()`)
	require.NoError(t, err)
	require.NoError(t, b.until(fmt.Sprintf("%s !== %q", shown, all)))
	after, err := look[string](b, titles)
	require.NoError(t, err)
	require.Equal(t, before, after)
	is, err := look[string](b, "[scrollY > 0, scrollY === at, document.activeElement === document.querySelector('#chart-loss .plot')].join()")
	require.NoError(t, err)
	require.Equal(t, "true,true,true", is)
	picture, err := look[string](b, saved)
	require.NoError(t, err)
	require.Contains(t, picture, ">untrained<")
	_, err = look[string](b, "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: '0', bubbles: true })), ''")
	require.NoError(t, err)
	require.NoError(t, b.until(fmt.Sprintf("%s === %q", shown, all)))
	require.Empty(t, b.errors)
}

// TestManyDrawn: of more runs than are drawn the page says how many are, and the means of groups
// are of all of them, in a file and live.
func TestManyDrawn(t *testing.T) {
	b, program, dir := browser(t), entrec(t), t.TempDir()
	one := filepath.Join(dir, "one")
	out, err := train(program, one, "--epochs", "1", "--no-eval").CombinedOutput()
	require.NoError(t, err, string(out))
	config, err := os.ReadFile(filepath.Join(one, "config.json"))
	require.NoError(t, err)
	// copies makes runs of as many groups, a seed each, whose bound at the end is their number.
	copies := func(name string, groups, seeds int) (list []string) {
		for i := range groups * seeds {
			run := filepath.Join(dir, name, fmt.Sprintf("%03d", i))
			list = append(list, run)
			require.NoError(t, os.MkdirAll(run, 0o755))
			text := strings.Replace(string(config), `"seed": 0`, fmt.Sprintf(`"seed": %d`, i%seeds), 1)
			text = regexp.MustCompile(`"lr": [\d.]+`).ReplaceAllString(text, fmt.Sprintf(`"lr": %d`, 1+i/seeds))
			require.NoError(t, os.WriteFile(filepath.Join(run, "config.json"), []byte(text), 0o644))
			lines := fmt.Sprintf(`{"kind":"epoch","step":0,"epoch":0,"mi_er":0}`+"\n"+`{"kind":"step","step":16,"epoch":1,"loss":1}`+"\n"+`{"kind":"epoch","step":16,"epoch":1,"mi_er":%d}`+"\n", i)
			require.NoError(t, os.WriteFile(filepath.Join(run, "metrics.jsonl"), []byte(lines), 0o644))
		}
		return list
	}
	seeds, mixed, named := copies("seeds", 1, 60), copies("mixed", 45, 2), copies("named", 1, 4)
	for i, name := range []string{"new\nline", `back\slash`} { // and 002, which there are two of
		renamed := filepath.Join(dir, "named", name)
		require.NoError(t, os.Rename(named[i], renamed))
		named[i] = renamed
	}
	await := func(expression, want string) {
		t.Helper()
		if err := b.until(fmt.Sprintf("%s === %q", expression, want)); err != nil {
			text, _ := look[string](b, "String("+expression+")")
			require.Equal(t, want, text)
		}
	}
	const (
		said = `(document.querySelector('#drawn') || { textContent: '' }).textContent`
		key  = `[...document.querySelectorAll('.key li')].map(l => l.textContent.trim()).slice(0, 2).join()`
		last = `[...document.querySelectorAll('#chart-mi tbody tr:last-child td')].map(c => c.textContent).join()`
	)
	report := func(runs []string) {
		file := filepath.Join(dir, "report.html")
		out, err := exec.Command(program, append([]string{"report", "--no-pictures", "--out", file}, runs...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		require.NoError(t, b.do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+file)))
	}
	report(seeds)
	await(said, "The first 40 of 60 runs are drawn. Grouped, all are: a group is one line.")
	await(key, "000stopped,001stopped")
	require.NoError(t, b.do(chromedp.Click(chromedp.CSS("#bands")), chromedp.Click(chromedp.CSS("#chart-mi summary"))))
	await(said, "")
	await(key, "simclr-er: 60 runs")
	await(last, "1.000,29.50,0.000,59.00")
	report(append(named, seeds[2]))
	await(`[...document.querySelectorAll('.runs tbody label')].map(l => l.textContent).slice(0, 2).join()`, `new\nline,back\slash`)
	await(`String(document.querySelectorAll('.runs tbody label')[2].textContent.length > 3)`, "true")
	report(mixed)
	require.NoError(t, b.do(chromedp.Click(chromedp.CSS("#bands"))))
	await(said, "The first 40 of 45 groups are drawn, 80 of 90 runs.")
	await(key, "simclr-er, lr 1: 2 runs,simclr-er, lr 2: 2 runs")

	url := serve(t, program, filepath.Join(dir, "seeds"))
	for i, run := range seeds {
		separator := "&"
		if i == 0 {
			separator = "#"
		}
		url += separator + "run=" + filepath.Base(run)
	}
	require.NoError(t, b.do(chromedp.Navigate(url)))
	await(said, "The first 40 of 60 runs are drawn. Grouped, all are: a group is one line.")
	require.NoError(t, b.do(chromedp.Click(chromedp.CSS("#bands")), chromedp.Click(chromedp.CSS("#chart-mi summary"))))
	await(last, "1.000,29.50,0.000,59.00")
	require.Empty(t, b.errors)
}
