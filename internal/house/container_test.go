package house

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestContainerfile: what docs/Containerfile copies is there, the release of Go that it
// builds with is go.mod's, and its command line makes a static program.
func TestContainerfile(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "Containerfile"))
	require.NoError(t, err)
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	release := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(module)
	require.NotNil(t, release)

	var stages, lines, copied []string
	build := ""
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		lines = append(lines, strings.TrimSpace(line))
		switch {
		case words[0] == "FROM":
			stages = append(stages, words[1])
		case words[0] == "COPY" && strings.HasPrefix(words[1], "--from=build"):
			copied = append(copied, words[2])
		case words[0] == "COPY":
			for _, name := range words[1 : len(words)-1] {
				_, err := os.Stat(filepath.Join(root, name))
				require.NoError(t, err)
			}
		case strings.Contains(line, "go build"):
			build = strings.TrimSpace(strings.TrimPrefix(line, "RUN "))
		}
	}
	require.Equal(t, []string{"docker.io/library/golang:" + string(release[1]), "scratch"}, stages)
	require.Equal(t, []string{"/etc/ssl/certs/ca-certificates.crt", "/entrec"}, copied)
	require.Contains(t, lines, "USER 65532:65532")
	require.Equal(t, `ENTRYPOINT ["/entrec"]`, lines[len(lines)-1])

	require.Contains(t, build, "CGO_ENABLED=0 go build ")
	require.Contains(t, build, " -o /entrec ./cmd/entrec")
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("the program is built, and looked at, on Linux and in the long tests")
	}
	program := filepath.Join(t.TempDir(), "entrec")
	cmd := exec.Command("sh", "-c", strings.Replace(build, " /entrec ", " '"+program+"' ", 1))
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := elf.Open(program)
	require.NoError(t, err)
	defer f.Close()
	for _, p := range f.Progs {
		require.NotEqual(t, elf.PT_INTERP, p.Type, "it needs a dynamic loader")
	}
	require.NoError(t, exec.Command(program, "info").Run())
}
