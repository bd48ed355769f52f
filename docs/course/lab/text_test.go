package main

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/cmd/entrec/command"
	"entrec/docs/course/things"
	"entrec/mvssl/special"
	"entrec/reference/suite"
	"entrec/simd"
)

// asEntrec makes the test's binary be the command.
const asEntrec = "ENTREC_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asEntrec) != "" {
		command.Main()
	}
	os.Exit(m.Run())
}

var (
	console = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	written = regexp.MustCompile("(?ms)^<!-- exercises.*?^<!-- end -->$")
	named   = regexp.MustCompile(`xercise \d+\.\d|Figure \d|arXiv:\d{4}\.\d{5}`)
	decimal = regexp.MustCompile(`\d[\d,]*\.\d+`)
	// whole is a number without a point that is told as a result: percent, parameters, the end of
	// what is in bold.
	whole = regexp.MustCompile(`(?:^|[^\d.,])(\d+)(?: %| parameters|\.\*\*)`)
)

// figuresFolder is where the course's figures are.
const figuresFolder = "docs/course/figures/"

// derived are the numbers of the text that no command prints, by what they are.
var derived = map[string]float64{
	"249.3": -spread{1000, 1000}.entropy(special.LogVMFNormalizerOfficial(1000, publishedKappa)), "11.09": math.Log(65536),
	"2032.1": special.LogVMFNormalizer(1000, 0),
	"45.5":   45.5, "47.36": 47.36, "48.1": 48.1, "77.8": 77.8, "15.9": 15.9, // read off the paper's Figure 2
	"0.08": 0.08, // TestPublishedEntropies
	"12.5": 100. / prototypes, "3.9": deviation, "5.8": math.Sqrt(1.8*1.8 + 2.8*2.8 + 3*3 + 3.7*3.7), "0.99": 0.99, "0.04": 0.04, "2.20": 75.59 - 73.39, "1.48": 73.42 - 71.94,
	"1.386": math.Log(things.Classes), "2.773": 2 * math.Log(things.Classes), "6.24": math.Log(512),
	"0.2": temperature, "0.02": math.Log(things.Classes) - 1.37, "13.5": pair{16, 80}.information(),
	"1.4": math.Pow(112, 3) / 1e6,    // chapter 13's multiplications, in millions
	"0.6": 0.6,                       // what the paper finds
	"10":  100. / 10, "25": 100. / 4, // by chance, of ten classes and of four
	"1": 1, "100": 100, "63": 63, // parts of the labels, and chapter 11's example
	"1.5": 100 * math.Sqrt(0.61*0.39/1000), // the standard error of an accuracy
	"1.6": 100 * math.Sqrt(0.47*0.53/1000), // and of a lower one
}

// table2 are the numbers of the paper's Table 2.
const table2 = "75.59 6.76 8.25 73.39 2.35 0.92 73.42 23.65 2.63 71.94 0.41 70.23 2.17 70.86 1.01"

// TestTheText runs every command of the course. What it prints is what the text shows:
// each line, with as many digits as are shown, the last of which may be off by one, since
// the last bits depend on the SIMD level (.ci/run trains at the others). Lines that are left
// out are marked by an ellipsis. Every other number in the text with a point in it, or told as
// a result, is one that was printed, or derived.
func TestTheText(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join("..", "[0-9][0-9]-*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	config := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, config)
	}
	t.Setenv(asEntrec, "1")
	folder := t.TempDir() // of all chapters, for the runs are read later
	require.NoError(t, os.MkdirAll(filepath.Join(folder, figuresFolder), 0o700))
	printed := map[string]bool{}
	for _, number := range strings.Fields(table2) {
		printed[number] = true
	}
	for _, page := range pages {
		content, err := os.ReadFile(page)
		require.NoError(t, err)
		text := string(content)
		blocks := console.FindAllStringSubmatch(text, -1)
		require.NotEmpty(t, blocks, page)
		for _, block := range blocks {
			for _, number := range regexp.MustCompile(`\d[\d,]*(\.\d+)?`).FindAllString(block[1], -1) {
				printed[number] = true
			}
			for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
				line, shown, _ := strings.Cut(part, "\n")
				t.Run(filepath.Base(page)+"/"+line, func(t *testing.T) {
					compare(t, shown, outputOf(t, folder, line))
				})
			}
		}
		prose := named.ReplaceAllString(fenced.ReplaceAllString(written.ReplaceAllString(text, ""), ""), "")
		numbers := decimal.FindAllString(prose, -1)
		for _, m := range whole.FindAllStringSubmatch(prose, -1) {
			numbers = append(numbers, m[1])
		}
		for _, number := range numbers {
			if value, ok := derived[number]; ok {
				_, digits, _ := strings.Cut(number, ".")
				require.Equal(t, number, strconv.FormatFloat(value, 'f', len(digits), 64))
				continue
			}
			require.True(t, printed[number], "%s: no command prints %s", page, number)
		}
	}
}

// word is a word of a command, which may be quoted.
var word = regexp.MustCompile(`'[^']*'|\S+`)

// outputOf returns what a command prints. A figure that it writes is the one that was committed.
func outputOf(t *testing.T, folder, line string) string {
	if testing.Short() && strings.Contains(line, "runs/") {
		t.Skip("SKIPPED: training takes seconds")
	}
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	var args []string
	for _, w := range word.FindAllString(line, -1) {
		args = append(args, strings.Trim(w, "'"))
	}
	var out bytes.Buffer
	switch {
	case strings.HasPrefix(line, "go run ./docs/course/lab "):
		t.Chdir(folder)
		require.NoError(t, run(&out, args[3:]))
	case args[0] == "cp":
		content, err := os.ReadFile(filepath.Join(folder, args[1]))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, args[2]), content, 0o600))
	case args[0] == "entrec":
		out = entrec(t, root, folder, args[1:])
	default:
		require.Fail(t, "a command that no test runs", line)
	}
	for _, a := range args {
		if strings.HasPrefix(a, figuresFolder) {
			sameFigure(t, filepath.Join(root, a), filepath.Join(folder, a), args[0] == "cp")
		}
	}
	return out.String()
}

// entrec runs the command.
func entrec(t *testing.T, root, folder string, args []string) (out bytes.Buffer) {
	if args[0] == "sweep" {
		folder = root
		if args[1] == "run" { // whose plan is enough
			args = []string{"sweep", "plan", args[2]}
		}
	}
	if at := slices.Index(args, "--exec"); at >= 0 {
		program, _, _ := strings.Cut(args[at+1], " ")
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("SKIPPED: ", err)
		}
	}
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = folder
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)
	return out
}

// tick is a mark of an axis with its label.
var tick = regexp.MustCompile(`<path d="M[^"]*" stroke="[^"]*"/>\n<text [^>]*>[^<]*</text>\n`)

// sameFigure holds a committed figure against one that was just drawn: a drawing to a pixel, a
// picture to two of 255 shades. The drawing of a training run is as it was committed at the SIMD
// level of that; at another one the run has other bits, which move points and ticks.
func sameFigure(t *testing.T, committed, drawn string, trained bool) {
	want, err := os.ReadFile(committed)
	require.NoError(t, err)
	found, err := os.ReadFile(drawn)
	require.NoError(t, err)
	if filepath.Ext(committed) == ".png" {
		a, b := shades(t, want), shades(t, found)
		require.Equal(t, a.Rect, b.Rect)
		for i := range a.Pix {
			require.InDelta(t, a.Pix[i], b.Pix[i], 2, committed)
		}
		return
	}
	number := regexp.MustCompile(`-?\d+(\.\d+)?`)
	elsewhere := trained && simd.Current() != simd.AVX512
	if elsewhere {
		want, found = tick.ReplaceAll(want, nil), tick.ReplaceAll(found, nil)
	}
	require.Equal(t, number.ReplaceAllString(string(want), "0"), number.ReplaceAllString(string(found), "0"), committed)
	if elsewhere {
		return
	}
	other := number.FindAllString(string(found), -1)
	for i, text := range number.FindAllString(string(want), -1) {
		x, _ := strconv.ParseFloat(text, 64)
		y, _ := strconv.ParseFloat(other[i], 64)
		require.InDelta(t, x, y, 1, committed)
	}
}

// shades returns the pixels of a picture.
func shades(t *testing.T, content []byte) *image.RGBA {
	picture, err := png.Decode(bytes.NewReader(content))
	require.NoError(t, err)
	all := image.NewRGBA(picture.Bounds())
	draw.Draw(all, all.Rect, picture, all.Rect.Min, draw.Src)
	return all
}

// compare holds what the text shows against what a command printed.
func compare(t *testing.T, shown, printed string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
	adjacent := true
	for want := range strings.Lines(shown) {
		want = strings.TrimSpace(want)
		if want == "…" {
			adjacent = false
			continue
		}
		for !adjacent && len(lines) > 0 && !alike(want, lines[0]) {
			lines = lines[1:]
		}
		require.NotEmpty(t, lines, "%q is not printed", want)
		require.True(t, alike(want, lines[0]), "found %q, expected %q", lines[0], want)
		lines, adjacent = lines[1:], true
	}
	if adjacent {
		require.Empty(t, strings.Join(lines, "\n"), "the text ends sooner")
	}
}

// alike compares words: numbers by the digits that are shown, and an ellipsis with
// anything.
func alike(shown, printed string) bool {
	want, found := strings.Fields(shown), strings.Fields(printed)
	if len(want) != len(found) {
		return false
	}
	for i, w := range want {
		x, err := strconv.ParseFloat(w, 64)
		y, other := strconv.ParseFloat(found[i], 64)
		if w == "…" || w == found[i] {
			continue
		}
		_, digits, _ := strings.Cut(w, ".")
		if err != nil || other != nil || math.Abs(x-y) > 1.01*math.Pow(10, -float64(len(digits))) {
			return false
		}
	}
	return true
}

// TestCompare: a digit off is seen, and a line that is missing.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		shown, printed string
		want           bool
	}{
		{"a 1.25 %", "a   1.2549 %", true}, {"a 1.25 %", "a 1.2649 %", false}, {"a 1.25", "b 1.25", false},
		{"sha …", "sha 0af", true}, {"a", "a b", false}, {"12", "13.01", true}, {"12", "13.5", false},
	} {
		require.Equal(t, c.want, alike(c.shown, c.printed), c.shown)
	}
}

// TestCases: the cases that chapter 12 counts are those of the suite and those of NT-Xent.
func TestCases(t *testing.T) {
	s, err := suite.Open()
	require.NoError(t, err)
	all, ofNTXent := 0, 0
	for _, e := range s.Cases {
		if e.Reject {
			continue
		}
		all++
		if e.Op == "nt_xent" {
			ofNTXent++
		}
	}
	content, err := os.ReadFile(filepath.Join("..", "12-the-oracle.md"))
	require.NoError(t, err)
	told := regexp.MustCompile(`\d+ cases`).FindAllString(fenced.ReplaceAllString(string(content), ""), -1)
	require.Equal(t, []string{fmt.Sprintf("%d cases", all), fmt.Sprintf("%d cases", ofNTXent)}, told)
}

// TestWhereItBegins: the dimensions from which on chapter 7 says that the official normalizer is
// off by more than a tenth of a nat are the first such ones.
func TestWhereItBegins(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "07-the-normalizer.md"))
	require.NoError(t, err)
	told := regexp.MustCompile(`from d = (\d+) on at κ = (\d+)`).FindAllStringSubmatch(string(content), -1)
	require.Len(t, told, 2)
	for _, m := range told {
		d, kappa := 2, 0.
		_, err := fmt.Sscan(m[2], &kappa)
		require.NoError(t, err)
		for special.LogVMFNormalizer(d, kappa)-special.LogVMFNormalizerOfficial(d, kappa) <= 0.1 {
			d++
		}
		require.Equal(t, fmt.Sprint(d), m[1], "κ = %g", kappa)
	}
}

// TestGlossary: the glossary is in alphabetical order, and has the words that chapters use before
// they derive them.
func TestGlossary(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "glossary.md"))
	require.NoError(t, err)
	var terms []string
	for _, m := range regexp.MustCompile(`(?m)^- \*\*(.+?)\*\*`).FindAllStringSubmatch(string(content), -1) {
		terms = append(terms, strings.ToLower(m[1]))
	}
	require.IsNonDecreasing(t, terms)
	require.Subset(t, terms, []string{"batch norm", "softmax", "temperature"})
}

// TestVerdicts: chapter 10 leaves the paper's verdicts to the page where they are made, and
// says nothing of them that a run can make untrue.
func TestVerdicts(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "10-twins.md"))
	require.NoError(t, err)
	require.Contains(t, string(content), "](../paper.md#the-claims)")
	require.NotRegexp(t, `No verdict|claims is decided|not all made|holds, here or there|has not been\s+published|earlier table`, string(content))
	page, err := os.ReadFile(filepath.Join("..", "..", "paper.md"))
	require.NoError(t, err)
	require.Contains(t, string(page), "\n### The claims\n")
}

// TestArguments: what is no experiment is refused, and the names are told.
func TestArguments(t *testing.T) {
	require.ErrorContains(t, run(nil, nil), "found 0 arguments, expected one of balance, bound")
	require.ErrorContains(t, run(nil, []string{"x"}), `found "x", expected one of balance, bound`)
	require.ErrorContains(t, run(nil, []string{"bound", "--out"}), "found 2 arguments")
	require.ErrorContains(t, run(nil, []string{"forces", "--out", "x.svg"}), `found "forces", expected one of `)
}
