//go:build !linux

package memory

func adviseHuge[T float32 | float64]([]T) {}
