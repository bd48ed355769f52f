package command

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"entrec/simd"
	"entrec/tensor"
)

// version is the project's.
const version = "0.1.0"

type info struct {
	Version string `json:"version"`
	CPU     string `json:"cpu"`
	SIMD    string `json:"simd"`
	Threads int    `json:"threads"`
	Go      string `json:"go"`
}

func newInfo() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "info",
		Short:   "Show version, processor, SIMD level and threads",
		Example: "  entrec info --json",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		i := info{version, cpuName(), simd.Current().String(), tensor.Threads(), runtime.Version()}
		if asJSON {
			return printJSON(cmd, i)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "entrec %s, %s\n%s, SIMD level %s, %d threads\n", i.Version, i.Go, i.CPU, i.SIMD, i.Threads)
		return nil
	}
	return cmd
}

// cpuName returns the processor's name where the system tells it, its
// architecture elsewhere.
func cpuName() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
