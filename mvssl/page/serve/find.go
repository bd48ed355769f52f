package serve

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"entrec/mvssl/train"
)

// The most folders that are looked through for runs, how deep, and the most runs.
const (
	maxDepth = 4
	maxRuns  = 20_000
)

// find returns the folders of runs at or below dir by their names there. Links are not
// followed, and folders whose names begin with a dot are left out.
func find(dir string) map[string]string {
	found := map[string]string{}
	look(dir, ".", 0, found)
	if path, ok := found["."]; ok { // the folder itself is a run's
		delete(found, ".")
		absolute, err := filepath.Abs(path)
		if err != nil {
			absolute = path
		}
		found[filepath.Base(absolute)] = path
	}
	return found
}

func look(dir, name string, depth int, found map[string]string) {
	entries, err := os.ReadDir(dir)
	if err != nil || len(found) >= maxRuns {
		return // it has vanished, or is not for us
	}
	if isRun(entries) {
		found[name] = dir
		return
	}
	for _, e := range entries {
		if e.IsDir() && depth < maxDepth && !strings.HasPrefix(e.Name(), ".") {
			look(filepath.Join(dir, e.Name()), filepath.Join(name, e.Name()), depth+1, found)
		}
	}
}

// isRun reports whether a folder's entries are a run's: other programs have a config.json
// too.
func isRun(entries []fs.DirEntry) bool {
	config, told := false, false
	for _, e := range entries {
		config = config || e.Name() == train.ConfigFile
		told = told || e.Name() == train.MetricsFile || e.Name() == train.SummaryFile
	}
	return config && told
}
