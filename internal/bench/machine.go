package bench

import (
	"encoding/json"
	"io"
	"os"
	"runtime"
	"strings"

	"entrec/internal/about"
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
	m := Machine{CPU: about.Processor(), Cores: runtime.NumCPU(), OS: runtime.GOOS, Go: runtime.Version(), SIMD: simd.Current().String()}
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
