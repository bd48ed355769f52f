//go:build amd64 && !purego

package simd

import "golang.org/x/sys/cpu"

// detect returns the highest level that the processor and the operating system
// support.
func detect() Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return Generic
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasBMI2:
		return AVX512
	}
	return AVX2
}
