//go:build slurm

package command

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cluster is a Slurm of two virtual nodes on this machine.
type cluster struct {
	t     *testing.T
	conf  string
	nodes [2]*exec.Cmd
}

// newCluster starts one and waits until a node is idle.
func newCluster(t *testing.T) *cluster {
	for _, program := range []string{"slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("NOT TESTED: %v; apt-get install slurmctld slurmd slurm-client", err)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: Slurm's daemons need root here")
	}
	dir := t.TempDir()
	for _, sub := range []string{"state", "log", "spool/n0", "spool/n1"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, sub), 0o755))
	}
	host, err := os.Hostname()
	require.NoError(t, err)
	host, _, _ = strings.Cut(host, ".")
	control, first := freePort(t), 0
	for first = freePort(t); !isFree(first+1) || first+1 == control; first = freePort(t) {
	}
	text, err := os.ReadFile("testdata/slurm.conf")
	require.NoError(t, err)
	c := &cluster{t: t, conf: filepath.Join(dir, "slurm.conf")}
	filled := strings.NewReplacer("@DIR@", dir, "@HOST@", host, "@CONTROL@", strconv.Itoa(control), "@FIRST@", strconv.Itoa(first), "@SECOND@", strconv.Itoa(first+1)).Replace(string(text))
	require.NoError(t, os.WriteFile(c.conf, []byte(filled), 0o644))
	c.daemon("slurmctld", "-D", "-f", c.conf)
	for n := range c.nodes {
		c.nodes[n] = c.daemon("slurmd", "-D", "-N", fmt.Sprint("n", n), "-f", c.conf)
	}
	c.until("two idle nodes", func() bool { return strings.Count(c.run("sinfo", "-h", "-N", "-o", "%T"), "idle") == 2 })
	return c
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		l.Close()
	}
	return err == nil
}

// daemon starts a program that the test's end kills, with what it has started.
func (c *cluster) daemon(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SLURM_CONF="+c.conf)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(c.t, cmd.Start())
	c.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return cmd
}

// run returns what one of Slurm's commands prints.
func (c *cluster) run(name string, args ...string) string {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SLURM_CONF="+c.conf)
	out, err := cmd.CombinedOutput()
	if err != nil && name != "sinfo" { // which is asked before the daemons answer
		require.NoError(c.t, err, "%s %v: %s", name, args, out)
	}
	return string(out)
}

// until waits for a state of the cluster, which nothing announces.
func (c *cluster) until(what string, is func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	for tick := time.Tick(200 * time.Millisecond); !is(); <-tick {
		require.True(c.t, time.Now().Before(deadline), "%s: did not come about\n%s", what, c.run("scontrol", "show", "jobs"))
	}
}

// submit submits the runs of a sweep file and returns the array's number.
func (c *cluster) submit(entrec, file, out string) string {
	script, err := exec.Command(entrec, "sweep", "submit", "--slurm", file, "--out", out).Output()
	require.NoError(c.t, err)
	path := filepath.Join(c.t.TempDir(), "script")
	require.NoError(c.t, os.WriteFile(path, script, 0o755))
	return strings.TrimSpace(c.run("sbatch", "--parsable", path))
}

// field returns a field of a task, as scontrol shows it.
func (c *cluster) field(job, name string) string {
	m := regexp.MustCompile(`\b` + name + `=(\S+)`).FindStringSubmatch(c.run("scontrol", "show", "job", job))
	if m == nil {
		return ""
	}
	return m[1]
}

// log returns what a task has said, and what scontrol shows of it.
func (c *cluster) log(out, task string) string {
	text, _ := os.ReadFile(filepath.Join(out, "logs", task+".log"))
	return c.run("scontrol", "show", "job", task) + string(text)
}

// TestSlurm makes sweeps under a real Slurm: an array; a run that is told that its time is
// nearly up, and is requeued; one that scancel ends, and that stays so; one whose node dies
// under it, and that another takes over. Each run has the bits of one made here.
func TestSlurm(t *testing.T) {
	c := newCluster(t)
	entrec := filepath.Join(t.TempDir(), "entrec")
	built, err := exec.Command("go", "build", "-o", entrec, "entrec/cmd/entrec").CombinedOutput()
	require.NoError(t, err, string(built))
	long := tinySweep(t, `"epochs": 2`, `"epochs": 1500`, `"seeds": [0, 1]`, `"seeds": [0]`, `"table"`, `"resources": {"memory": "400M", "time": "30m", "grace": "60s"}, "table"`)
	here, out := filepath.Join(t.TempDir(), "here"), filepath.Join(t.TempDir(), "slurm")
	require.NoError(t, exec.Command(entrec, "sweep", "run", long, "--all", "--out", here).Run())

	job := c.submit(entrec, long, out)
	task := func(i int) string { return fmt.Sprint(job, "_", i) }
	steps := func(i int) bool { // it makes steps
		found, _ := filepath.Glob(filepath.Join(out, fmt.Sprintf("%04d-*", i), "metrics.jsonl"))
		if len(found) == 0 {
			return false
		}
		info, err := os.Stat(found[0])
		return err == nil && info.Size() > 2000
	}
	// Each as soon as it makes steps: it may have ended when the next one begins.
	c.until("steps of run 0", func() bool { return steps(0) })
	c.run("scancel", "--signal=USR1", "--batch", task(0))
	c.until("steps of run 1", func() bool { return steps(1) })
	c.run("scancel", task(1))
	c.until("steps of run 2", func() bool { return steps(2) })
	node := c.field(task(2), "NodeList")
	// The node of run 2 dies, with what runs there.
	die(c.nodes[map[string]int{"n0": 0, "n1": 1}[node]].Process.Pid, c.field(task(2), "JobId"))

	c.until("run 0 again", func() bool { return c.field(task(0), "Restarts") >= "1" })
	c.until("run 1 cancelled", func() bool { return c.field(task(1), "JobState") == "CANCELLED" })
	c.until("run 2 elsewhere", func() bool { return c.field(task(2), "Restarts") >= "1" && c.field(task(2), "NodeList") != node })
	for _, i := range []int{0, 2, 3} {
		c.until(fmt.Sprint("the end of run ", i), func() bool {
			state := c.field(task(i), "JobState")
			require.NotContains(t, []string{"FAILED", "CANCELLED", "TIMEOUT"}, state, "run %d: %s", i, c.log(out, task(i)))
			return state == "COMPLETED"
		})
	}
	require.Equal(t, "CANCELLED", c.field(task(1), "JobState"))
	require.Equal(t, "0", c.field(task(1), "Restarts"), "scancel is not undone")

	// What is missing is submitted once more, and all is as if it had been made here.
	status, err := exec.Command(entrec, "sweep", "status", long, "--missing", "--out", out).Output()
	require.NoError(t, err)
	require.Equal(t, "1\n", string(status))
	require.NoError(t, exec.Command(entrec, "sweep", "run", long, "--index", "1", "--out", out).Run())
	table := func(dir string) string {
		text, err := exec.Command(entrec, "sweep", "table", long, "--csv", "--out", dir).Output()
		require.NoError(t, err)
		return string(text)
	}
	require.Equal(t, table(here), table(out))
	require.Equal(t, digests(t, here), digests(t, out))
}

// die kills the daemon of a node, and all processes of a job there.
func die(daemon int, job string) {
	_ = syscall.Kill(daemon, syscall.SIGKILL)
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range processes {
		environment, _ := os.ReadFile(filepath.Join(dir, "environ"))
		command, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		of := strings.Contains(string(environment), "\x00SLURM_JOB_ID="+job+"\x00") || strings.HasPrefix(string(command), "slurmstepd: ["+job+".")
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil && of {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// digests returns the lines about the encoders' parameters of all runs in a folder.
func digests(t *testing.T, dir string) []string {
	var lines []string
	found, err := filepath.Glob(filepath.Join(dir, "*", "summary.json"))
	require.NoError(t, err)
	for _, f := range found {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		lines = append(lines, regexp.MustCompile(`"params_sha256": "\w+"`).FindString(string(text)))
	}
	return lines
}
