//go:build !unix && !windows

package lock

// These systems are not asked about processes: all count as there.

func machine() string    { return "" }
func boot() string       { return "" }
func startOf(int) string { return "" }
func exists(int) bool    { return true }
