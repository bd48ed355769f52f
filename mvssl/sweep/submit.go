package sweep

import (
	"embed"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"text/template"
	"time"

	"entrec/internal/printable"
)

//go:embed submit/slurm.sh submit/parallel.sh submit/kubernetes.yaml
var submitFiles embed.FS

var submitTemplates = template.Must(template.ParseFS(submitFiles, "submit/*"))

// Scheduler is what runs are submitted to.
type Scheduler string

// The schedulers.
const (
	Slurm      Scheduler = "slurm"
	Kubernetes Scheduler = "k8s"
	Parallel   Scheduler = "parallel" // GNU parallel
)

// Job is what a scheduler is to do.
type Job struct {
	Command string // that runs entrec, as a shell takes it
	File    string // the sweep file's path, absolute
	Out     string // the sweep's folder, absolute
	Data    string // where the data are, if not where the file says
	Indices []int  // of the runs to make; Kubernetes makes all, and those that are done again end at once
	Part    int    // which part of an array of more than MaxArray
	Image   string // of the container, for Kubernetes
	Jobs    int    // at a time at most, for Kubernetes
}

// MaxArray is how many tasks an array of Slurm has at most: MaxArraySize is 1001 unless
// the site has changed it.
const MaxArray = 1000

// Parts returns how many arrays of Slurm a plan needs.
func (p *Plan) Parts() int { return (len(p.Runs) + MaxArray - 1) / MaxArray }

// Submit writes the script or manifest with which a scheduler makes runs of the plan.
func (p *Plan) Submit(w io.Writer, to Scheduler, j Job) error {
	limit, grace, err := p.File.Resources.Limit()
	if err != nil {
		return err
	}
	r := p.File.Resources
	fields := map[string]any{
		"Name": p.File.Name, "DNS": dns(p.File.Name), "Runs": len(j.Indices), "Threads": r.Threads, "Memory": r.Memory,
		"Time": clock(limit), "Grace": int(grace.Seconds()), "SIMD": p.File.SIMD, "Command": j.Command, "File": printable.Word(j.File), "Out": printable.Word(j.Out),
		"Image": j.Image, "Jobs": j.Jobs, "Percent": max(1, 100/r.Threads), "Path": strings.ContainsAny(p.File.Data, `/\`),
	}
	fields["Data"] = ""
	if j.Data != "" {
		fields["Data"] = " --data " + printable.Word(j.Data)
	}
	switch to {
	case Slurm:
		indices, offset := part(j.Indices, j.Part)
		fields["Runs"], fields["Offset"], fields["Ranges"] = len(indices), offset, Ranges(indices)
		return submitTemplates.ExecuteTemplate(w, "slurm.sh", fields)
	case Parallel:
		fields["Indices"] = strings.Trim(fmt.Sprint(j.Indices), "[]")
		return submitTemplates.ExecuteTemplate(w, "parallel.sh", fields)
	case Kubernetes:
		text, err := os.ReadFile(j.File)
		if err != nil {
			return err
		}
		if len(text) > maxConfigMap {
			return fmt.Errorf("%s: found %d bytes, expected at most %d in a ConfigMap", j.File, len(text), maxConfigMap)
		}
		fields["Runs"] = len(p.Runs)
		fields["Text"] = "    " + strings.ReplaceAll(strings.TrimRight(string(text), "\n"), "\n", "\n    ")
		return submitTemplates.ExecuteTemplate(w, "kubernetes.yaml", fields)
	}
	return fmt.Errorf("scheduler: found %q, expected %s, %s or %s", to, Slurm, Kubernetes, Parallel)
}

// maxConfigMap is what Kubernetes takes, without some room for the rest.
const maxConfigMap = 1<<20 - 1<<12

// part returns those of the indices that are in a part of MaxArray, less its first index.
func part(indices []int, n int) (of []int, offset int) {
	offset = n * MaxArray
	for _, i := range indices {
		if i/MaxArray == n {
			of = append(of, i-offset)
		}
	}
	return of, offset
}

// clock writes a time as Slurm takes it, hours:minutes:seconds.
func clock(d time.Duration) string {
	s := int(d.Seconds())
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

var notDNS = regexp.MustCompile(`[^a-z0-9]+`)

// dns makes a name of Kubernetes' of a sweep's.
func dns(name string) string {
	return strings.Trim(notDNS.ReplaceAllString(strings.ToLower(name), "-"), "-")
}
