//go:build !linux

package tensor

func adviseHuge[T Float]([]T) {}
