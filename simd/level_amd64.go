//go:build amd64 && !purego

package simd

import "golang.org/x/sys/cpu"

// detect returns the levels above plain Go that the processor and the operating system
// support.
func detect() []Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return nil
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasBMI2:
		return []Level{AVX2, AVX512}
	}
	return []Level{AVX2}
}
