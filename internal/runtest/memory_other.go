//go:build !linux

package runtest

// InMemory does nothing here; on Linux it has temporary folders stand in memory.
func InMemory() {}
