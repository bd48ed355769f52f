//go:build unix

package command

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/page"
	"entrec/mvssl/pictures"
)

func TestReport(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	a, b, out := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "out.html")
	succeeds(t, tinyRun(data, a)...)
	succeeds(t, tinyRun(data, b, "--seed", "1")...)
	require.NoError(t, os.Remove(filepath.Join(b, "summary.json")))
	cmd := command(t, "report", a, b, "--out", out)
	cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+t.TempDir(), "HOME="+t.TempDir()) // where pictures are kept
	said, err := cmd.Output()
	require.NoError(t, err)
	require.Contains(t, string(said), "MB; open it in a browser")
	text := readFile(t, dir, "out.html")
	require.True(t, strings.Contains(text, page.Mark))
	require.LessOrEqual(t, len(text), page.MaxBytes)
	require.Contains(t, text, `"pictures":{"format":`)
	o := object(t, succeeds(t, "report", a, "--out", out, "--json", "--no-pictures")) // one of ours is written over
	require.NotContains(t, readFile(t, dir, "out.html"), `"pictures":{"format":`)
	require.Equal(t, float64(len(readFile(t, dir, "out.html"))), o["bytes"])
	require.Contains(t, refuses(t, exitUsage, "report", a), "--out: found nothing")
	require.Contains(t, refuses(t, exitFailed, "report", dir, "--out", filepath.Join(t.TempDir(), "x.html")), "found no config.json")
	require.NoError(t, os.WriteFile(out, []byte("mine"), 0o644))
	require.Contains(t, refuses(t, exitUsage, "report", a, "--out", out), "was not written by this command")
	link := filepath.Join(dir, "link.htm")
	require.NoError(t, os.Symlink(filepath.Join(a, "summary.json"), link))
	require.Contains(t, refuses(t, exitUsage, "report", a, "--out", link), "is a file of the run")
	for _, name := range []string{"rep.txt", "-", "html", filepath.Join(a, "loss.svg")} {
		require.Contains(t, refuses(t, exitUsage, "report", a, "--out", name), `--out: found "`+name+`", expected a file whose name ends in .html or .htm`)
	}
	require.NoFileExists(t, "-")
	require.Equal(t, "mine", readFile(t, dir, "out.html"))
}

// The command tells where it listens, answers there, says loudly when others can see it,
// and ends by Ctrl-C.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		address string
		loud    bool
	}{{"127.0.0.1:0", false}, {"0.0.0.0:0", true}} {
		cmd := command(t, "serve", dir, "--address", c.address)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		url := listens(t, cmd)
		answer, err := http.Get(strings.Replace(strings.Replace(url, "[::]", "127.0.0.1", 1), "0.0.0.0", "127.0.0.1", 1))
		require.NoError(t, err)
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.True(t, strings.Contains(string(text), page.Mark))
		require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
		require.Error(t, cmd.Wait())
		require.Equal(t, exitInterrupted, cmd.ProcessState.ExitCode(), stderr.String())
		require.Equal(t, c.loud, strings.Contains(stderr.String(), "EVERYBODY"))
	}
	for _, address := range []string{"8000", ":8000", "127.0.0.1:99999", "127.0.0.1:-1", "localhost:abc"} {
		require.Contains(t, refuses(t, exitUsage, "serve", dir, "--address", address), "expected HOST:PORT")
	}
	require.Contains(t, refuses(t, exitFailed, "serve", filepath.Join(dir, "none")), "found no folder")
}

// listens starts serve and returns where it listens.
func listens(t *testing.T, cmd *exec.Cmd) (url string) {
	t.Helper()
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(pipe).ReadString('\n')
	require.NoError(t, err)
	url, _, _ = strings.Cut(line, " ")
	return url
}

// TestMakePictures: another process makes the pictures and tells of its progress; what it
// cannot make is said.
func TestMakePictures(t *testing.T) {
	data, dir := tiny(t), t.TempDir()
	good, bad := filepath.Join(dir, "-a"), filepath.Join(dir, "b")
	succeeds(t, tinyRun(data, good)...)
	require.NoError(t, os.CopyFS(bad, os.DirFS(good)))
	require.NoError(t, os.WriteFile(filepath.Join(bad, "checkpoint.safetensors"), []byte("none"), 0o644))
	t.Setenv(asEntrec, "1")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for dir, stages := range map[string]int{good: 2, bad: 1} {
		told := 0
		p, err := makePictures(t.Context(), dir, func(string, int, int) { told++ })
		require.NoError(t, err)
		require.Len(t, p.Stages, stages, dir)
		require.Positive(t, told)
	}
	require.NotNil(t, pictures.Find(good, pictures.Options{}))
	_, err := makePictures(t.Context(), filepath.Join(dir, "none"), nil)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err = makePictures(ctx, good, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = readPictures(strings.NewReader(`{"what":"reading"}`), func(string, int, int) {})
	require.ErrorContains(t, err, "found no pictures")
}
