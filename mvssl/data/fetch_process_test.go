package data

import (
	"bufio"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fetchIn is the environment of a process of this test that fetches: the cache's folder,
// the server and the sum.
const fetchIn = "ENTREC_TEST_FETCH"

// TestFetcher is that process: it prints its notes.
func TestFetcher(t *testing.T) {
	args := strings.Split(os.Getenv(fetchIn), "|")
	if len(args) != 3 {
		t.Skip("only as a process of TestProcessesFetch")
	}
	toy, _ := toyCIFAR(t)
	toy.files[0].md5 = args[2]
	_, err := toy.fetch(context.Background(), Options{CacheDir: args[0], URL: args[1], Note: func(line string) { fmt.Println(line) }})
	require.NoError(t, err)
}

// fetcher starts a process that fetches and returns what it prints.
func fetcher(t *testing.T, cache, url, sum string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestFetcher$")
	cmd.Env = append(os.Environ(), fetchIn+"="+strings.Join([]string{cache, url, sum}, "|"))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, bufio.NewScanner(out)
}

// TestProcessesFetch: of two processes one asks the server, and the other waits for it; a
// process that is killed meanwhile is waited for no longer.
func TestProcessesFetch(t *testing.T) {
	toy, content := toyCIFAR(t)
	g := &gate{origin: origin{content: content, ranges: true}, open: make(chan struct{})}
	srv := httptest.NewServer(g)
	defer srv.Close()
	cache := t.TempDir()

	killed, lines := fetcher(t, cache, srv.URL, toy.files[0].md5)
	require.True(t, lines.Scan())
	require.Equal(t, "fetching "+srv.URL+"/"+toy.files[0].name, lines.Text())
	require.NoError(t, killed.Process.Kill())
	_ = killed.Wait()
	require.FileExists(t, filepath.Join(cache, toy.name, "lock.json"))

	first, lines := fetcher(t, cache, srv.URL, toy.files[0].md5)
	require.True(t, lines.Scan())
	require.Equal(t, "fetching "+srv.URL+"/"+toy.files[0].name, lines.Text(), "although the killed process has left its lock")
	second, waiting := fetcher(t, cache, srv.URL, toy.files[0].md5)
	require.True(t, waiting.Scan())
	require.Equal(t, fmt.Sprintf("waiting for process %d, which fetches cifar10", first.Process.Pid), waiting.Text())
	close(g.open)
	for lines.Scan() || waiting.Scan() {
	}
	require.NoError(t, first.Wait())
	require.NoError(t, second.Wait())
	require.Len(t, g.requests(), 1)
	requireFetched(t, cache, toy, content)
}
