package command

import (
	"os"
	"strconv"

	"entrec/tensor"
)

// slurmThreads is the variable in which Slurm says how many processors a task may use.
const slurmThreads = "SLURM_CPUS_PER_TASK"

// useGivenThreads makes the default of --threads what this process was given: at most the
// processors that its affinity and its control group allow, which the runtime follows,
// and those of a Slurm task.
func useGivenThreads() {
	if n, err := strconv.Atoi(os.Getenv(slurmThreads)); err == nil && n > 0 {
		tensor.SetThreads(min(n, tensor.Threads()))
	}
}
