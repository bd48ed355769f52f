//go:build arm64 && !purego

package simd

import "golang.org/x/sys/cpu"

// detect returns NEON, which all such processors have, unless GODEBUG denies it.
func detect() []Level {
	if cpu.ARM64.HasASIMD {
		return []Level{NEON}
	}
	return nil
}
