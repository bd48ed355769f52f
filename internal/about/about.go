// Package about says which program this is, and on what machine it runs.
package about

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version is the project's.
const Version = "0.1.0"

// Build returns the version and, behind a plus sign, the first digits of the commit that
// the program was built from, where that is known.
func Build() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return Version
	}
	const digits = 12
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" && len(s.Value) > digits {
			return Version + "+" + s.Value[:digits]
		}
	}
	return Version
}

// Host returns the machine's name, "" where the system does not tell.
func Host() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// Processor returns the processor's name where the system tells it, its architecture
// elsewhere.
func Processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
