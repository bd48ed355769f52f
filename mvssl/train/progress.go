package train

import (
	"encoding/json"
	"fmt"

	"entrec/internal/strictjson"
)

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
	// Lines is how many lines metrics.jsonl has; nil in a checkpoint of a version that did
	// not count them.
	Lines *int `json:"lines"`
	// Attempts counts the processes that the run took, 0 in a checkpoint of a version that
	// did not count them.
	Attempts int `json:"attempts"`
	// Final is what was measured of the trained encoder before the run was interrupted.
	Final final `json:"final"`
	// Numerics is the [Numerics] of the version that began the run.
	Numerics int `json:"numerics"`
	// SIMDLevels are those at which the run was made, one after another; none in a run of
	// a version that did not record them.
	SIMDLevels []string `json:"simd_levels"`
}

// beyond reports whether something was done since the run stood elsewhere.
func (p progress) beyond(q progress) bool {
	reported := func(p progress) int {
		if p.Reported == nil {
			return -1
		}
		return *p.Reported
	}
	return p.Step != q.Step || p.Prepared != q.Prepared || reported(p) != reported(q) || (p.KNNUntrained == nil) != (q.KNNUntrained == nil) || p.Final != q.Final
}

// parseProgress reads a checkpoint's progress.
func parseProgress(text []byte) (p progress, err error) {
	if err := strictjson.Unmarshal(text, &p); err != nil {
		return p, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return p, err
	}
	for _, name := range []string{"step", "images", "prepared"} {
		if v := fields[name]; v == nil || string(v) == "null" {
			return p, fmt.Errorf("%s: found nothing, expected a whole number", name)
		}
	}
	if p.Numerics == 0 { // of a version that did not count, and owed no lines
		p.Numerics = 1
		if p.KNNUntrained != nil {
			p.Reported = &p.Step
		}
	}
	return p, nil
}

// check reports the first thing for which the progress cannot be that of a run whose
// configuration is c, by a method that prepares its epochs or does not.
func (p progress) check(c *Config, prepares bool) error {
	perEpoch, steps := c.StepsPerEpoch(), c.TotalSteps()
	if perEpoch < 1 {
		return fmt.Errorf("images: found %d, expected at least those of one step", c.Images)
	}
	least, most := 0, 0
	if prepares {
		least, most = (p.Step+perEpoch-1)/perEpoch, p.Step/perEpoch+1
	}
	wrong := func(what string, found any, expected string, values ...any) error {
		return fmt.Errorf("%s: found %v, expected %s", what, found, fmt.Sprintf(expected, values...))
	}
	switch {
	case p.Step < 0 || p.Step > steps:
		return wrong("step", p.Step, "0 to the run's %d", steps)
	case p.Images != c.Images:
		return wrong("images", p.Images, "the run's %d", c.Images)
	case p.Prepared < least || p.Prepared > most:
		return wrong("prepared", p.Prepared, "%d to %d at step %d", least, most, p.Step)
	case p.LossFirst == nil && p.Step > 0:
		return wrong("loss_first", "nothing", "a number at step %d", p.Step)
	case p.KNNUntrained != nil && !(*p.KNNUntrained >= 0 && *p.KNNUntrained <= 1):
		return wrong("knn_top1_untrained", *p.KNNUntrained, "0 to 1")
	case !(p.TrainSeconds >= 0):
		return wrong("train_seconds", p.TrainSeconds, "no negative number")
	case !(p.WallSeconds >= 0):
		return wrong("wall_seconds", p.WallSeconds, "no negative number")
	case p.Reported != nil && (*p.Reported < 0 || *p.Reported > p.Step):
		return wrong("reported", *p.Reported, "0 to step %d", p.Step)
	case p.Lines != nil && *p.Lines < 0:
		return wrong("lines", *p.Lines, "no negative number")
	case p.Attempts < 0:
		return wrong("attempts", p.Attempts, "no negative number")
	case !p.Final.possible():
		return wrong("final", "an accuracy outside", "accuracies of 0 to 1")
	case p.Numerics < 1:
		return wrong("numerics", p.Numerics, "at least 1")
	}
	return nil
}
