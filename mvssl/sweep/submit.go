package sweep

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf16"

	"entrec/internal/printable"
	"entrec/mvssl/train"
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
	// Load are the flags of sweep run about the data: where they are, if not where the file
	// says, and how they are read.
	Load    []string
	Indices []int  // of the runs to make, which grow; Kubernetes starts all, of which those that are done end at once
	Part    int    // which part of an array of more than MaxArray
	Image   string // of the container, for Kubernetes
	Jobs    int    // at a time at most, for Kubernetes
}

// MaxArray is how many tasks an array of Slurm has at most: MaxArraySize is 1001 unless
// the site has changed it.
const MaxArray = 1000

// Parts returns how many arrays of Slurm a plan needs.
func (p *Plan) Parts() int { return (len(p.Runs) + MaxArray - 1) / MaxArray }

// PartsOf returns the arrays of Slurm that have some of the runs of indices, which grow.
func PartsOf(indices []int) (parts []int) {
	for _, i := range indices {
		parts = append(parts, i/MaxArray)
	}
	return slices.Compact(parts)
}

// Submit writes the script or manifest with which a scheduler makes runs of the plan.
func (p *Plan) Submit(w io.Writer, to Scheduler, j Job) error {
	limit, grace, err := p.File.Resources.Limit()
	if err != nil {
		return err
	}
	r := p.File.Resources
	fields := map[string]any{
		"Name": p.File.Name, "Runs": len(j.Indices), "Threads": r.Threads, "Memory": r.Memory,
		"Time": clock(limit), "Grace": int(grace.Seconds()), "SIMD": p.File.SIMD, "Command": j.Command, "File": printable.Word(j.File), "Out": printable.Word(j.Out),
		"Image": strconv.Quote(j.Image), "Jobs": j.Jobs, "Percent": max(1, 100/r.Threads),
	}
	if p.File.SIMD == train.AnyLevel {
		fields["SIMD"] = ""
	}
	load := ""
	for _, word := range j.Load {
		load += " " + printable.Word(word)
	}
	fields["Load"] = load
	switch to {
	case Slurm:
		indices, offset := part(j.Indices, j.Part)
		fields["Runs"], fields["Offset"], fields["Ranges"] = len(indices), offset, Ranges(indices)
		fields["Logs"] = printable.Word(strings.ReplaceAll(j.Out, "%", "%%")) // which begins a field of a job
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
		fields["Runs"], fields["Kube"], fields["Missing"] = len(p.Runs), p.kubeName(j.Indices), ""
		if len(j.Indices) < len(p.Runs) {
			fields["Missing"] = Ranges(j.Indices)
		}
		fields["Memory"] = r.Memory + "i" // M alone is 1000² there, and 1024² to Slurm
		fields["Text"] = "    " + strings.ReplaceAll(strings.TrimRight(plainJSON(text), "\n"), "\n", "\n    ")
		fields["Load"] = ""
		for _, word := range p.mounted(j.Load) {
			fields["Load"] = fmt.Sprint(fields["Load"], ", ", kubeArg(word))
		}
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

// kubeName makes a name of Kubernetes' of the sweep's. With a dash and the last index, as
// the job's pods have, it is as long as a name may be at most. One that is cut ends in digits
// of a digest: the sweep file's, or where only some runs are to be made that of these too,
// since a job that has ended is not begun again.
func (p *Plan) kubeName(indices []int) string {
	const most, digits = 63, 8
	room, digest := most-len(fmt.Sprint("-", len(p.Runs)-1)), p.File.sha256
	name := "sweep-" + strings.Trim(notDNS.ReplaceAllString(strings.ToLower(p.File.Name), "-"), "-")
	if len(indices) < len(p.Runs) {
		digest = fmt.Sprintf("%x", sha256.Sum256([]byte(digest+Ranges(indices))))
	} else if len(name) <= room {
		return name
	}
	return strings.TrimRight(name[:min(len(name), room-digits-1)], "-") + "-" + digest[:digits]
}

// mounted returns flags about the data for a container, to which data that have a path are
// mounted in a place of their own.
func (p *Plan) mounted(load []string) []string {
	if !strings.ContainsAny(p.File.Data, `/\`) {
		return load
	}
	const mount = "/data"
	if at := slices.Index(load, "--data"); at >= 0 {
		load = slices.Delete(slices.Clone(load), at, at+2)
	}
	return append([]string{"--data", mount}, load...)
}

// kubeArg writes an argument of a container as YAML, so that Kubernetes expands no variable
// in it.
func kubeArg(word string) string {
	return strconv.Quote(strings.ReplaceAll(word, "$", "$$"))
}

// plainJSON returns a JSON text of which each character stands in a block of YAML, with
// line breaks of one kind: others are written as JSON escapes them.
func plainJSON(text []byte) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(strings.ReplaceAll(string(text), "\r\n", "\n"), "\r", "\n") {
		switch {
		case r == '\n', r == '\t', unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	return b.String()
}
