//go:build !unix

package files

import "os"

func openNow(path string) (*os.File, error) { return os.Open(path) }

// syncFolder does nothing: folders cannot be synced here.
func syncFolder(string) error { return nil }
