package train

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"entrec/simd"
)

// AnyLevel, asked of [Level], lets a run go on at another SIMD level.
const AnyLevel = "any"

// LevelNames are what [Level] can be asked for. Not every processor has each.
var LevelNames = []string{"generic", "avx2", "avx512", "neon", AnyLevel}

// ErrNoLevel is wrapped by the error of a SIMD level that this processor or build does
// not have.
var ErrNoLevel = errors.New("not to be had here")

// Level returns the SIMD level at which to train: the one that is asked for, by name;
// where none is (""), that of the run in dir, which may be "" for a new run, or else the
// best that this processor has. [AnyLevel] takes the best where the run's level is not
// to be had. Before is the level at which the run was made so far, "" where that is not
// known. Errors wrap [ErrOtherwise] where the run in dir was made at another level,
// [ErrNoLevel] where there is none of a name, or are those of reading the checkpoint.
func Level(dir, asked string) (level simd.Level, before string, err error) {
	if dir != "" {
		c, err := openLatest(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return simd.Generic, "", err
		}
		if err == nil && len(c.at.SIMDLevels) > 0 {
			before = c.at.SIMDLevels[len(c.at.SIMDLevels)-1]
		}
	}
	wanted := before
	if asked != "" && asked != AnyLevel {
		wanted = asked
	}
	if before != "" && wanted != before {
		return simd.Generic, before, otherLevel(dir, wanted, before, "which it takes by itself")
	}
	level, has := simd.Find(wanted)
	all := simd.Levels()
	switch {
	case has:
		return level, before, nil
	case wanted == "" || asked == AnyLevel:
		return all[len(all)-1], before, nil
	case before != "":
		return simd.Generic, before, otherLevel(dir, listed(all), before, "--simd "+AnyLevel+" goes on all the same, and records it")
	}
	return simd.Generic, before, fmt.Errorf("SIMD level %s is %w: this processor and build have %s", wanted, ErrNoLevel, listed(all))
}

func listed(levels []simd.Level) string {
	var names []string
	for _, l := range levels {
		names = append(names, l.String())
	}
	return strings.Join(names, ", ")
}

// otherLevel says that the run in a folder cannot go on at a level.
func otherLevel(dir, found, expected, remedy string) error {
	return fmt.Errorf("%s %w: found SIMD level %s, expected the run's %s (%s)", dir, ErrOtherwise, found, expected, remedy)
}

// unknownLevel stands for the level of a run that an older version made.
const unknownLevel = "unknown"

// takeLevel records the level in use, at which a run begins or goes on. One that was
// made at another goes on only where the options allow it.
func (t *trainer[T]) takeLevel() error {
	now, n := simd.Current().String(), len(t.at.SIMDLevels)
	if n == 0 && t.at.Step > 0 { // an older version's
		t.at.SIMDLevels = []string{unknownLevel}
	}
	if n > 0 && t.at.SIMDLevels[n-1] == now {
		return nil
	}
	if n > 0 && !t.opts.AnyLevel {
		return otherLevel(t.opts.Out, now, t.at.SIMDLevels[n-1], "others round otherwise")
	}
	t.at.SIMDLevels = append(slices.Clone(t.at.SIMDLevels), now)
	return nil
}
