package portable

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fused finds an instruction that multiplies and adds in the compiler's listing, and
// the line that it comes from.
var fused = regexp.MustCompile(`\(([^()]*\.go):(\d+)\)\s+FN?M(?:ADD|SUB)`)

// TestNothingIsFused compiles what makes the golden suite for a processor where Go
// fuses products with sums, and demands that it does so only where math.FMA says so.
func TestNothingIsFused(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles two packages")
	}
	packages := []string{"entrec/reference/portable", "entrec/reference/naive"}
	build := exec.Command("go", append([]string{"build", "-gcflags=-S"}, packages...)...)
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	listing, err := build.CombinedOutput()
	require.NoError(t, err, "%.2000s", listing)
	asked := 0
	for _, m := range fused.FindAllStringSubmatch(string(listing), -1) {
		line := sourceLine(t, m[1], m[2])
		require.Contains(t, line, "math.FMA", "%s:%s is fused on arm64", m[1], m[2])
		asked++
	}
	require.NotZero(t, asked, "no math.FMA found: the listing's format is not what is expected")
}

// sourceLine returns a line of a file of these packages.
func sourceLine(t *testing.T, file, number string) string {
	at := strings.LastIndex(file, "/reference/")
	require.GreaterOrEqual(t, at, 0, file)
	text, err := os.ReadFile("../" + file[at+len("/reference/"):])
	require.NoError(t, err)
	n, err := strconv.Atoi(number)
	require.NoError(t, err)
	return strings.Split(string(text), "\n")[n-1]
}
