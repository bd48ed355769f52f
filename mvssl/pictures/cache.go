package pictures

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/mvssl/train"
	"entrec/tensor/safetensors"
)

// What is kept of pictures of all runs at most: files, and bytes of one.
const (
	mostKept  = 100
	mostBytes = 64 << 20
)

// key names the pictures of a state of a run: a digest over its configuration, with that of
// its data, over its checkpoint and the encoders that it has kept. It is "" where the digest
// of the data is not known.
type key string

func (k key) valid() bool { return k != "" }

// keyOf returns the key of the state of the run in a folder.
func keyOf(dir string, o Options) (key, error) {
	cfg, err := train.ReadConfig(dir)
	if err != nil {
		return "", err
	}
	if cfg.DataSHA256 == "" {
		return "", errors.New("the digest of the data is not known")
	}
	cfg.Data, cfg.Report = "", train.ReportConfig{} // where they are is not what they are
	config, err := json.Marshal(cfg)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%d\n%s\n", format, o.points(), config)
	epochs, err := keptOf(dir)
	if err != nil {
		return "", err
	}
	names := []string{train.CheckpointFile}
	for _, epoch := range epochs {
		names = append(names, train.KeptFile(epoch))
	}
	for _, name := range names {
		sum, err := digest(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %s\n", filepath.Base(name), sum)
	}
	return key(hex.EncodeToString(h.Sum(nil))), nil
}

// digest is a file's SHA-256, "none" of one that is not there.
func digest(path string) (string, error) {
	f, _, err := files.Open(path, safetensors.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return "none", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// points is how many points a map has.
func (o Options) points() int {
	if o.Points == 0 {
		return MostPoints
	}
	return o.Points
}

// folder returns where pictures are kept.
func (o Options) folder() (string, error) {
	if o.CacheDir != "" {
		return o.CacheDir, nil
	}
	user, err := os.UserCacheDir()
	return filepath.Join(user, "entrec", "pictures"), err
}

// read returns the pictures that are kept, nil where none are, or what is there is not whole.
func (k key) read(o Options) *Pictures {
	folder, err := o.folder()
	if err != nil {
		return nil
	}
	text, err := files.Read(filepath.Join(folder, string(k)+ending), mostBytes)
	if err != nil {
		return nil
	}
	p := &Pictures{}
	if json.Unmarshal(text, p) != nil || p.Format != format {
		return nil
	}
	return p
}

// ending is that of the files of pictures.
const ending = ".json"

// write keeps pictures, and forgets those that were made longest ago. What cannot be kept
// is made anew another time.
func (k key) write(o Options, p *Pictures) {
	folder, err := o.folder()
	if err != nil {
		return
	}
	text, err := json.Marshal(p)
	if err != nil || os.MkdirAll(folder, 0o755) != nil {
		return
	}
	if files.Write(filepath.Join(folder, string(k)+ending), text) == nil {
		forget(folder)
	}
}

// forget removes all but the newest pictures.
func forget(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	var kept []fs.FileInfo
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), ending)
		if info, err := e.Info(); err == nil && is && len(name) == 2*sha256.Size && info.Mode().IsRegular() {
			kept = append(kept, info)
		}
	}
	slices.SortFunc(kept, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range kept[min(mostKept, len(kept)):] {
		_ = os.Remove(filepath.Join(folder, info.Name())) // it is tried again
	}
}
