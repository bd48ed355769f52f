package memory

import (
	"io/fs"
	"iter"
	"os"
	"path"
	"strconv"
	"strings"
)

// Machine returns how many bytes of memory this process may use: the machine's or,
// where that is less, those of a control group that it is in. 0 is a system that does
// not say.
func Machine() int64 { return machine(os.DirFS("/")) }

// machine is Machine by the files of a root.
func machine(root fs.FS) int64 {
	least := int64(0)
	lower := func(n int64) {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	for line := range lines(root, "proc/meminfo") {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" {
			lower(1024 * number(fields[1]))
		}
	}
	for line := range lines(root, "proc/self/cgroup") {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		mount, limit := "sys/fs/cgroup", "memory.max" // version 2
		if parts[1] != "" {
			mount, limit = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		if parts[1] != "" && parts[1] != "memory" {
			continue
		}
		// A group has no more than those that it is in. Within a container the path can be
		// one outside of it, of which only the root is there.
		for at := path.Clean("/" + parts[2]); ; at = path.Dir(at) {
			for text := range lines(root, path.Join(mount, at, limit)) {
				lower(number(text))
			}
			if at == "/" {
				break
			}
		}
	}
	return least
}

// lines reads the lines of a small file; none where it cannot be read.
func lines(root fs.FS, name string) iter.Seq[string] {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return func(func(string) bool) {}
	}
	return strings.Lines(string(text))
}

// number is what a text says, 0 where that is no number: "max" is no limit.
func number(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
