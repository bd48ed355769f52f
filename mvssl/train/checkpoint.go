package train

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"entrec/nn"
	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// checkpointFormat is the metadata entry "format" of a checkpoint.
const checkpointFormat = "entrec-checkpoint/1"

// progress is where a run stands; with the tensors of a checkpoint it is all that
// resuming needs.
type progress struct {
	Step         int      `json:"step"`     // steps made
	Images       int      `json:"images"`   // in the training set
	Prepared     int      `json:"prepared"` // epochs that the method has prepared
	LossFirst    *float64 `json:"loss_first"`
	EpochLoss    float64  `json:"epoch_loss"`      // sum over the current epoch's steps
	LastLoss     *float64 `json:"last_epoch_loss"` // mean of the last epoch, or of the part of it that the run made
	KNNUntrained *float64 `json:"knn_top1_untrained"`
	TrainSeconds float64  `json:"train_seconds"`
	WallSeconds  float64  `json:"wall_seconds"`
	// Reported is the step of the last line about an epoch in metrics.jsonl; nil before
	// there is one.
	Reported *int `json:"reported"`
	// Numerics is the [Numerics] of the version that began the run.
	Numerics int `json:"numerics"`
	// SIMDLevels are those at which the run was made, one after another; none in a run of
	// a version that did not record them.
	SIMDLevels []string `json:"simd_levels"`
}

// Numerics is raised whenever training from the same configuration, at the same SIMD
// level, gives other bits than before.
const Numerics = 1

// writeCheckpoint writes the run's state, wholly or not at all.
func writeCheckpoint[T tensor.Float](path string, cfg *Config, p progress, st []nn.Named[T]) error {
	config, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	where, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return nn.WriteState(path, map[string]string{
		"format": checkpointFormat, "config": string(config), "progress": string(where),
	}, st)
}

// readProgress returns where a checkpoint stands. Errors name the file.
func readProgress(path string) (p progress, config string, err error) {
	f, err := safetensors.Read(path)
	if err != nil {
		return p, "", err
	}
	meta := f.Metadata
	if meta["format"] != checkpointFormat {
		return p, "", fmt.Errorf("%s: metadata format: found %q, expected %q", path, meta["format"], checkpointFormat)
	}
	if err := json.Unmarshal([]byte(meta["progress"]), &p); err != nil {
		return p, "", fmt.Errorf("%s: metadata progress: %w", path, err)
	}
	if p.Numerics == 0 { // of a version that did not count, and owed no lines
		p.Numerics = 1
		if p.KNNUntrained != nil {
			p.Reported = &p.Step
		}
	}
	if p.Step < 0 || p.Images < 1 || p.Prepared < 0 {
		return p, "", fmt.Errorf("%s: metadata progress: found step %d, %d images and %d epochs prepared, expected none negative and an image",
			path, p.Step, p.Images, p.Prepared)
	}
	return p, meta["config"], nil
}

// readCheckpoint loads a run's state. Errors name the file and the first thing
// that does not fit.
func readCheckpoint[T tensor.Float](path string, cfg *Config, st []nn.Named[T]) (progress, error) {
	p, text, err := readProgress(path)
	if err != nil {
		return p, err
	}
	saved, err := parseConfig([]byte(text))
	if err != nil {
		return p, fmt.Errorf("%s: metadata config: %w", path, err)
	}
	if saved.Images == 0 {
		saved.Images = p.Images
	}
	if saved.DataSHA256 == "" { // likewise, or config.json has it only since
		saved.Data, saved.DataSHA256 = cfg.Data, cfg.DataSHA256
	}
	if err := saved.Same(cfg); err != nil {
		return p, fmt.Errorf("%s: %w", path, err)
	}
	return p, nn.LoadState(path, st)
}

// Same reports, in an error, the first field in which another configuration, the
// expected one, differs in what determines the training: its length and what it
// reports do not, nor where the data are if both know which.
func (c *Config) Same(other *Config) error {
	if mine, theirs := c.Model.Method, other.Model.Method; mine != theirs { // what follows from it comes later
		return fmt.Errorf("model.method: found %q, expected %q", mine, theirs)
	}
	known := c.DataSHA256 != "" && other.DataSHA256 != ""
	mine, err := fields(c, known)
	if err != nil {
		return err
	}
	theirs, err := fields(other, known)
	if err != nil {
		return err
	}
	return firstDifference("", mine, theirs)
}

// fields returns what determines the training, the data by their digest where that is
// known and else by their place.
func fields(c *Config, known bool) (tree any, err error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	v, err := parseJSON(text) // numbers as they are written: seeds have 64 bits
	if err != nil {
		return nil, err
	}
	members := v.(map[string]any)
	for _, key := range []string{"epochs", "steps", "report", "extended"} {
		delete(members, key)
	}
	if known {
		delete(members, "data")
	} else {
		delete(members, "data_sha256")
	}
	return members, nil
}

// firstDifference walks two JSON trees in the order of their keys.
func firstDifference(at string, found, expected any) error {
	f, fOK := found.(map[string]any)
	e, eOK := expected.(map[string]any)
	if fOK && eOK {
		for _, key := range sortedKeys(f, e) {
			if err := firstDifference(strings.TrimPrefix(at+"."+key, "."), f[key], e[key]); err != nil {
				return err
			}
		}
		return nil
	}
	a, _ := json.Marshal(found)
	b, _ := json.Marshal(expected)
	if string(a) != string(b) {
		return fmt.Errorf("%s: found %s, expected %s", at, a, b)
	}
	return nil
}

func sortedKeys(trees ...map[string]any) []string {
	var keys []string
	for _, t := range trees {
		for key := range t {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
