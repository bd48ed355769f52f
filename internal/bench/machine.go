package bench

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"strings"

	"entrec/simd"
)

// Machine is where something was measured.
type Machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
	Go    string `json:"go"`
	SIMD  string `json:"simd"` // entrec's level
	// Load is the mean number of runnable processes over the minute before, "" where the
	// system does not tell. Above zero, other programs ran at the same time.
	Load string `json:"load"`
}

// ThisMachine describes the machine at this moment.
func ThisMachine() Machine {
	m := Machine{CPU: runtime.GOARCH, Cores: runtime.NumCPU(), OS: runtime.GOOS, Go: runtime.Version(), SIMD: simd.Current().String()}
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(load), " ")
	}
	return m
}

// WriteJSON prints a value as one JSON object, indented.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
