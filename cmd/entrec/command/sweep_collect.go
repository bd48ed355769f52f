package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"entrec/mvssl/sweep"
)

func newSweepCollect() *cobra.Command {
	var f sweepFlags
	var to string
	cmd := &cobra.Command{
		Use:   "collect SWEEP.json",
		Short: "Copy what tables need of a sweep's runs, to be committed",
		Long: `Copy of each run that has ended its configuration, summary, predictions and the
lines about epochs into another folder, of each that failed for good how, and
the plan: no checkpoints, no lines about steps, not where the data lay and not
the host's name. A run of whose files one is damaged is skipped, with a line
that says so. sweep status and sweep table work there, without the data.`,
		Example: "  entrec sweep collect docs/sweeps/demo.json --to docs/results/demo\n  entrec sweep table docs/sweeps/demo.json --out docs/results/demo",
	}
	f.add(cmd)
	cmd.Flags().StringVar(&to, "to", "", "folder to copy into")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if to == "" {
			return errors.New("--to: found nothing, expected a folder to copy into")
		}
		file, err := sweep.Read(args[0])
		if err != nil {
			return err
		}
		p, err := f.listed(cmd, args[0])
		if err != nil {
			return err
		}
		if same(to, f.out) {
			return fmt.Errorf("--to: found the folder of the runs, expected another than %s", f.out)
		}
		if err := checkFolder("--to", to); err != nil {
			return err
		}
		p.File.Data = file.Data // wherever they lie here
		n, skipped, err := p.Collect(f.out, to)
		for _, line := range skipped {
			fmt.Fprintf(cmd.ErrOrStderr(), "skipped: %s\n", line)
		}
		if err != nil {
			return failed(err)
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d runs are in %s\n", n, len(p.Runs), to)
		return nil
	}
	return cmd
}
