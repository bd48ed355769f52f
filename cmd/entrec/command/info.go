package command

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"entrec/internal/about"
	"entrec/simd"
	"entrec/tensor"
)

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
		i := info{about.Version, about.Processor(), simd.Current().String(), tensor.Threads(), runtime.Version()}
		if asJSON {
			return printJSON(cmd, i)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "entrec %s, %s\n%s, SIMD level %s, %d threads\n", i.Version, i.Go, i.CPU, i.SIMD, i.Threads)
		return nil
	}
	return cmd
}
