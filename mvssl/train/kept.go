package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"entrec/mvssl"
	"entrec/nn"
	"entrec/tensor"
)

// KeptFolder is the folder, in a run's, of the encoders that it has kept.
const KeptFolder = "encoders"

// KeptFile returns the file, within a run's folder, in which the encoder is kept that the
// run had after so many epochs: see [ReportConfig]. It is what an export of it is, so that
// other runs can begin with it.
func KeptFile(epoch int) string {
	return filepath.Join(KeptFolder, fmt.Sprintf("epoch-%04d.safetensors", epoch))
}

// kept matches the names of files of encoders that were kept, and keeping those of files
// that were being written when a process was killed.
var (
	kept    = regexp.MustCompile(`^epoch-([0-9]{4,7})\.safetensors$`)
	keeping = regexp.MustCompile(`^\.epoch-[0-9]{4,7}\.safetensors\.[0-9]+$`)
)

// IsKept reports whether a path is that of an encoder that a run has kept.
func IsKept(path string) bool {
	return kept.MatchString(filepath.Base(path)) && filepath.Base(filepath.Dir(path)) == KeptFolder
}

// Kept returns the epochs after which the run in a folder has kept its encoder, in order.
// The error is the file system's; a run that has kept none is none.
func Kept(dir string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(dir, KeptFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var epochs []int
	for _, e := range entries {
		found := kept.FindStringSubmatch(e.Name())
		if found == nil || !e.Type().IsRegular() {
			continue
		}
		if epoch, err := strconv.Atoi(found[1]); err == nil && KeptFile(epoch) == filepath.Join(KeptFolder, e.Name()) {
			epochs = append(epochs, epoch)
		}
	}
	slices.Sort(epochs)
	return epochs, nil
}

// keep writes the encoder to a file of its own where an epoch has ended after which it is to
// be kept. A run that goes on from before it writes the same once more.
func (t *trainer[T]) keep() error {
	every, epoch := t.cfg.Report.KeepEvery, t.at.Step/t.perEpoch
	if every == 0 || t.at.Step == 0 || t.at.Step%t.perEpoch != 0 || epoch%every != 0 {
		return nil
	}
	metadata, err := keptMetadata(t.cfg, ParamsSHA256(t.Method.Encoder()))
	if err != nil {
		return err
	}
	metadata["epoch"] = strconv.Itoa(epoch)
	if err := t.lock.Verify(); err != nil {
		return err
	}
	path := filepath.Join(t.opts.Out, KeptFile(epoch))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return nn.WriteState(path, metadata, nn.State(nn.Module[T](t.Method.Encoder())))
}

func keptMetadata(cfg *Config, sha256 string) (map[string]string, error) {
	whole := mvssl.Part{Encoder: cfg.Model.Encoder, Mean: cfg.Views[0].Mean, Std: cfg.Views[0].Std}
	metadata, err := ExportMetadata(*cfg, whole, sha256)
	if err == nil {
		metadata["format"] = "pt" // as PyTorch's readers expect
	}
	return metadata, err
}

// ExportMetadata returns what is needed to use an encoder of a run, or a part of one, and
// where it comes from.
func ExportMetadata(cfg Config, p mvssl.Part, sha256 string) (map[string]string, error) {
	meta := map[string]string{"method": cfg.Model.Method, "data": filepath.Base(cfg.Data), "params_sha256": sha256}
	if p.Input != "" {
		meta["input"] = p.Input
	}
	for key, value := range map[string]any{"encoder": p.Encoder, "mean": p.Mean, "std": p.Std, "views": cfg.Views} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		meta[key] = string(text)
	}
	return meta, nil
}

// LoadKept returns the networks of the run in a folder, whose configuration is cfg, with the
// encoder that it kept after an epoch; all else is as it was before training. The error is
// one line.
func LoadKept[T tensor.Float](dir string, cfg Config, epoch int) (*Networks[T], error) {
	n, _, err := build[T](cfg, nil)
	if err != nil {
		return nil, err
	}
	return n, nn.LoadState(filepath.Join(dir, KeptFile(epoch)), nn.State(nn.Module[T](n.Method.Encoder())))
}

// Untrained returns the networks with which a run of a configuration begins. The error is an
// [*InitError] where the weights that it began with are no longer there.
func Untrained[T tensor.Float](cfg Config) (*Networks[T], error) {
	weights, err := initial(cfg, Options{})
	if err != nil {
		return nil, err
	}
	n, _, err := build[T](cfg, weights)
	return n, err
}

// sweepKept removes, of a run's folder, what was being written when a process was killed
// and, where all is asked for, the encoders that were kept and their folder, if nothing else
// is in it.
func sweepKept(dir string, all bool) error {
	folder := filepath.Join(dir, KeptFolder)
	if info, err := os.Lstat(folder); err != nil || !info.IsDir() { // it is none, or no run's
		return nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	left := len(entries)
	for _, e := range entries {
		if !e.Type().IsRegular() || !keeping.MatchString(e.Name()) && !(all && kept.MatchString(e.Name())) {
			continue
		}
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		left--
	}
	if all && left == 0 {
		return os.Remove(folder)
	}
	return nil
}
