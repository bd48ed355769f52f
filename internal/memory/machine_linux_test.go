package memory

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestMachine(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	meminfo := file("MemTotal:       16000 kB\nMemFree:         9000 kB\n")
	for _, tt := range []struct {
		name string
		root fstest.MapFS
		want int64
	}{
		{"nothing is known", fstest.MapFS{}, 0},
		{"the machine", fstest.MapFS{"proc/meminfo": meminfo}, 16000 * 1024},
		{"a group without a limit", fstest.MapFS{"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("max\n")}, 16000 * 1024},
		{"a group", fstest.MapFS{"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/b/memory.max": file("5000\n")}, 5000},
		{"a group's group", fstest.MapFS{"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/memory.max": file("5000\n"), "sys/fs/cgroup/a/memory.max": file("4000\n")}, 4000},
		{"a container's", fstest.MapFS{"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/../../outside\n"), "sys/fs/cgroup/memory.max": file("3000\n")}, 3000},
		{"version 1", fstest.MapFS{"proc/meminfo": meminfo, "proc/self/cgroup": file("3:cpu:/x\n2:memory:/j\n"), "sys/fs/cgroup/memory/j/memory.limit_in_bytes": file("2000\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 2000},
		{"what is no number", fstest.MapFS{"proc/meminfo": file("MemTotal: many kB\n"), "proc/self/cgroup": file("nonsense\n0:\n")}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, machine(tt.root)) })
	}
	require.Positive(t, Machine())
}
