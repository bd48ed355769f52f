package simd

import "fmt"

// Level is a set of processor instructions that the kernels are written in.
type Level int

// The levels, ascending: plain Go; AVX2 with FMA; AVX-512 (F, DQ, BW and VL,
// with BMI2).
const (
	Generic Level = iota
	AVX2
	AVX512
)

// String returns generic, avx2 or avx512.
func (l Level) String() string {
	switch l {
	case Generic:
		return "generic"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return fmt.Sprintf("Level(%d)", int(l))
}

// best is the highest level that this processor and build can run, level the one
// in use.
var (
	best  = detect()
	level = best
)

// Current returns the level in use: the highest there is, unless [Force] says
// otherwise. GODEBUG=cpu.avx512f=off and cpu.avx2=off lower it at start-up.
func Current() Level { return level }

// Levels returns the levels that this processor and build can run, ascending.
func Levels() []Level {
	var all []Level
	for l := Generic; l <= best; l++ {
		all = append(all, l)
	}
	return all
}

// Find returns the level of a name, and whether this processor and build can run it.
func Find(name string) (Level, bool) {
	for _, l := range Levels() {
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
	if l < Generic || l > best {
		panic(fmt.Sprintf("simd.Force: level %v is not among %v", l, Levels()))
	}
	before := level
	level = l
	return func() { level = before }
}
