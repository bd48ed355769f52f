package simd

import (
	"slices"
	"strings"

	"entrec/internal/message"
)

// Level is a set of processor instructions that the kernels are written in.
type Level int

// The levels: plain Go; for amd64 AVX2 with FMA, and AVX-512 (F, DQ, BW and VL, with
// BMI2); for arm64 NEON.
const (
	Generic Level = iota
	AVX2
	AVX512
	NEON
)

// String returns generic, avx2, avx512 or neon.
func (l Level) String() string {
	switch l {
	case Generic:
		return "generic"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	case NEON:
		return "neon"
	}
	return message.Sprintf("Level(%d)", int(l))
}

// levels are those that this processor and build can run, ascending; level is the one
// in use.
var (
	levels = append([]Level{Generic}, detect()...)
	level  = levels[len(levels)-1]
)

// Current returns the level in use: the highest there is, unless [Force] says
// otherwise. GODEBUG=cpu.avx512f=off and cpu.avx2=off lower it at start-up, for arm64
// cpu.asimd=off.
func Current() Level { return level }

// Levels returns the levels that this processor and build can run, ascending.
func Levels() []Level { return slices.Clone(levels) }

// Find returns the level of a name, and whether this processor and build can run it.
func Find(name string) (Level, bool) {
	for _, l := range levels {
		if l.String() == name {
			return l, true
		}
	}
	return Generic, false
}

// Force makes the kernels use level l. The function that it returns restores the level
// in use before. No kernel may be running. It panics
// where l is not among [Levels].
func Force(l Level) (restore func()) {
	if !slices.Contains(levels, l) {
		names := make([]string, len(levels))
		for i, known := range levels {
			names[i] = known.String()
		}
		panic(message.Sprintf("simd.Force: found level %v, expected one of %s", l, strings.Join(names, ", ")))
	}
	before := level
	level = l
	return func() { level = before }
}
