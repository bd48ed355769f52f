#!/bin/bash
# {{.Runs}} runs of the sweep {{.Name}}, of which each is a task of an array.
#SBATCH --job-name={{.Name}}
#SBATCH --array={{.Ranges}}
#SBATCH --nodes=1 --ntasks=1 --cpus-per-task={{.Threads}} --mem={{.Memory}}
#SBATCH --time={{.Time}}
# So long before its time is up, a run writes a checkpoint and goes back into the queue.
#SBATCH --signal=B:USR1@{{.Grace}}
#SBATCH --requeue --open-mode=append
#SBATCH --output={{.Logs}}/logs/%A_%a.log
{{- if .SIMD}}
# All runs are made at SIMD level {{.SIMD}}: add a --constraint where not all nodes have it.
{{- end}}
exec {{.Command}} sweep run {{.File}} --index {{if .Offset}}$(({{.Offset}} + SLURM_ARRAY_TASK_ID)){{else}}"$SLURM_ARRAY_TASK_ID"{{end}} --out {{.Out}}{{.Load}}
