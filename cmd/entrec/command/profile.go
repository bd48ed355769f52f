package command

import (
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"runtime/trace"

	"github.com/spf13/cobra"
)

// profileFlags let a command record how it spends its time.
type profileFlags struct{ cpu, trace string }

func (f *profileFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.cpu, "cpuprofile", "", "write a CPU profile to this file, for go tool pprof")
	cmd.Flags().StringVar(&f.trace, "trace", "", "write an execution trace to this file, for go tool trace")
}

// spare reports a profile that would be written over what the command reads.
func (f *profileFlags) spare(inputs ...string) error {
	for flag, file := range map[string]string{"--cpuprofile": f.cpu, "--trace": f.trace} {
		if file == "" {
			continue
		}
		if err := spare(flag, file, nil, inputs...); err != nil {
			return err
		}
	}
	if f.cpu != "" && (f.cpu == f.trace || same(f.cpu, f.trace)) {
		return fmt.Errorf("--trace: %s is the CPU profile's file, expected another", f.trace)
	}
	return nil
}

// record calls run, recording what was asked for.
func (f *profileFlags) record(run func() error) (err error) {
	if err := f.spare(); err != nil {
		return err
	}
	for _, r := range []struct {
		file  string
		start func(w io.Writer) error
		stop  func()
	}{{f.cpu, pprof.StartCPUProfile, pprof.StopCPUProfile}, {f.trace, trace.Start, trace.Stop}} {
		if r.file == "" {
			continue
		}
		file, failure := os.Create(r.file)
		out := &output{w: file, name: r.file, binary: true}
		if failure == nil {
			failure = r.start(out)
		}
		if failure != nil {
			return failed(failure)
		}
		defer func() {
			r.stop()
			failure := out.failure()
			if closing := file.Close(); failure == nil {
				failure = failed(closing)
			}
			if err == nil {
				err = failure
			}
		}()
	}
	return run()
}
