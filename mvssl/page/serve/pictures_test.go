package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/pictures"
	"entrec/mvssl/train"
)

func init() {
	data.RegisterSource(data.Source{Name: "serve-made-up", Doc: "made up", Load: func(context.Context, data.Options) (*data.Split, error) { return runtest.Split(), nil }})
}

// TestPictures: a run's pictures are made when that is asked for, by the page alone, and are
// there at once the second time.
func TestPictures(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	full, err := data.Load(t.Context(), "serve-made-up", data.Options{})
	require.NoError(t, err)
	cfg, split, err := train.Resolve(runtest.Request(t, "simclr", "data", "serve-made-up"), full)
	require.NoError(t, err)
	_, err = train.Run(t.Context(), cfg, split, train.Options{Out: filepath.Join(dir, "a")})
	require.NoError(t, err)
	madeUp(t, filepath.Join(dir, "broken"), 1, 5)
	o := pictures.Options{CacheDir: cache}
	s := New(dir, true, func(dir string, tell func(what string, done, total int)) (*pictures.Pictures, error) {
		o := o
		o.Progress = tell
		return pictures.Make(t.Context(), dir, o)
	})
	s.studio.options = o
	h := s.Handler()
	get(t, h, "/", nil)
	ask := func(query string) (a answer) {
		w := get(t, h, "/api/pictures?"+query, nil)
		require.Equal(t, http.StatusOK, w.Code)
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a))
		return a
	}
	await := func(name string) answer {
		a := ask("make=1&name=" + name)
		require.NotEqual(t, none, a.State)
		for a.State != ready {
			s.studio.turn.Lock() // behind what is being made
			a = ask("name=" + name)
			s.studio.turn.Unlock()
		}
		return a
	}
	require.Equal(t, answer{State: none}, ask("name=a"))
	first := await("a")
	require.Empty(t, s.studio.jobs) // which are in the cache
	require.Empty(t, first.Pictures.Missing)
	require.Len(t, first.Pictures.Stages, 2)
	require.Equal(t, first, ask("name=a"))
	require.Contains(t, await("broken").Pictures.Missing["all"], "entrec-run/9")
	require.Equal(t, none, ask("name=broken").State)

	require.Equal(t, http.StatusNotFound, get(t, h, "/api/pictures?name=none&make=1", nil).Code)
	for site, code := range map[string]int{"same-origin": http.StatusOK, "cross-site": http.StatusForbidden, "none": http.StatusForbidden, "same-site": http.StatusForbidden} {
		w := get(t, h, "/api/pictures?name=broken&make=1", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", site)
			r.Header.Set("Sec-Fetch-Mode", "navigate")
		})
		require.Equal(t, code, w.Code, site)
	}
	await("broken")
}
