package course

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/docs/course"
	"entrec/internal/foreign"
	"entrec/reference/report"
)

const solutions = "../../docs/course/solutions"

// TestExercises: each folder is an exercise of a chapter that there is, numbered from 1 or
// so without gaps, and has a solution.
func TestExercises(t *testing.T) {
	folders, err := fs.ReadDir(course.Exercises, "exercises")
	require.NoError(t, err)
	all := All()
	require.Len(t, folders, len(all))
	last := Exercise{Chapter: -1}
	for _, e := range all {
		require.Less(t, e.Chapter, len(course.Chapters))
		require.LessOrEqual(t, len(e.Title), 60, e.Number)
		want := last.Number[:max(0, len(last.Number)-1)] // the same chapter
		if e.Chapter != last.Chapter {
			require.True(t, strings.HasSuffix(e.Number, ".1"), e.Number)
		} else {
			require.True(t, strings.HasPrefix(e.Number, want), e.Number)
			require.Equal(t, last.Number[len(want)]+1, e.Number[len(want)], e.Number)
		}
		_, err := os.Stat(filepath.Join(solutions, e.Number, "README.md"))
		require.NoError(t, err)
		_, err = fs.Stat(course.Exercises, "exercises/"+e.Number+"/main.go")
		require.Equal(t, e.Program(), err == nil, "%s: a program has a starting file", e.Number)
		last = e
	}
	require.Equal(t, len(course.Chapters)-1, last.Chapter)
}

// answerLine is the answer in the page of a solution.
var answerLine = regexp.MustCompile(`(?m)^    (\S.*)$`)

// TestValues: what the solutions say is right, and each hint is given to what it is for.
func TestValues(t *testing.T) {
	ctx := context.Background()
	for _, e := range All() {
		if e.Program() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(solutions, e.Number, "README.md"))
		require.NoError(t, err)
		m := answerLine.FindSubmatch(text)
		require.NotNil(t, m, e.Number)
		require.NoError(t, e.Check(ctx, string(m[1])), e.Number)
		question, err := fs.ReadFile(course.Exercises, "exercises/"+e.Number+"/README.md")
		require.NoError(t, err)
		if w, ok := e.grader.(word); ok {
			for other, h := range w.hints {
				require.EqualError(t, w.grade(ctx, " "+strings.ToUpper(other)), "not yet: "+h)
			}
			continue
		}
		at := slices.IndexFunc(kinds, func(k kind) bool { return k.words.Match(question) })
		require.IsType(t, kinds[at].grader, e.grader, "%s: %s", e.Number, kinds[at].words)
		if _, ok := e.grader.(percent); ok {
			require.NoError(t, e.Check(ctx, string(m[1])+" %"), e.Number)
		} else {
			require.ErrorContains(t, e.Check(ctx, string(m[1])+" %"), "expected a number that is not in percent", e.Number)
		}
		n := numberOf(e.grader)
		for _, h := range n.hints {
			require.Less(t, n.reach(h), math.Abs(n.value-h.value), "%s: %v is right", e.Number, h.value)
			answers := []string{strconv.FormatFloat(h.value, 'g', -1, 64)}
			if digits := behind.FindSubmatch(question); digits != nil {
				answers = append(answers, strconv.FormatFloat(h.value, 'f', slices.Index(counts, string(digits[1])), 64))
			}
			if three := strconv.FormatFloat(h.value, 'g', 3, 64); n.within > 0 && three != strconv.FormatFloat(n.value, 'g', 3, 64) {
				answers = append(answers, three)
			}
			for _, answer := range answers {
				require.EqualError(t, e.Check(ctx, answer), "not yet: "+h.text, "%s %s", e.Number, answer)
			}
		}
	}
}

// behind is how many digits a question asks for, in words.
var (
	behind = regexp.MustCompile(`(\w+) digits? behind the point`)
	counts = []string{"", "one", "two", "three", "four"}
)

// kind is what a question asks for, by its words.
type kind struct {
	words  *regexp.Regexp
	grader grader
}

// kinds are tried one after another. The words of percent are those of percentage points, too.
var kinds = []kind{
	{regexp.MustCompile("a whole number"), whole{}}, {regexp.MustCompile("in percent"), percent{}}, {regexp.MustCompile("from 0 to 1|p-value"), fraction{}},
	{regexp.MustCompile("nats"), nats{}}, {regexp.MustCompile(""), number{}},
}

// numberOf returns what a grader of numbers holds.
func numberOf(g grader) number {
	switch g := g.(type) {
	case nats:
		return number(g)
	case fraction:
		return number(g)
	case percent:
		return number(g)
	case whole:
		return number{g.value, 0, g.hints}
	}
	return g.(number)
}

// TestHints: what a wrong answer is told.
func TestHints(t *testing.T) {
	logFour := nats{1.386, 0.002, []hint{{4, "take the logarithm"}, {-1386, "of a thousand"}}}
	seventy := whole{70, []hint{{50, "count again"}}}
	for _, test := range []struct {
		grader       grader
		answer, want string
	}{
		{logFour, "1.386", ""}, {logFour, " +1.3863 ", ""}, {logFour, "-1.386", "the size is right, the sign is not"}, {logFour, "−1.386", "the size is right, the sign is not"},
		{logFour, "2", "that is in bits; nats are asked for"}, {logFour, "138.6", "too large"}, {logFour, "0.01386", "too small"},
		{number(logFour), "2", "too large"}, {number(logFour), "138.6", "too large"}, {number(logFour), "1.37", "close: more digits are needed"},
		{fraction(logFour), "138.6", "that is in percent; a fraction is asked for"}, {fraction(logFour), "2", "too large"}, {fraction(logFour), "1.386 %", `found "1.386 %", expected a number that is not in percent`},
		{logFour, "1.37", "close: more digits are needed"}, {logFour, "1", "too small"}, {logFour, "3", "too large"}, {logFour, "4", "take the logarithm"},
		{logFour, "−1,386", "of a thousand"}, {logFour, "-1,386.00", "of a thousand"},
		{logFour, "x", `found "x", expected a number`}, {logFour, "NaN", `found "NaN", expected a number`}, {logFour, "", `found "", expected a number`},
		{logFour, "1,386,0", `found "1,386,0", expected a number with a point`}, {logFour, "0,386", `found "0,386", expected a number with a point`},
		{logFour, "1,38", `found "1,38", expected a number with a point`}, {logFour, "1,386 x", `found "1,386 x", expected a number with a point`},
		{logFour, " 1,386 ", "a comma stands between thousands here: write 1.386"}, {logFour, "1,386.0", "too large"}, {logFour, "1,386,000", "too large"},
		{number{-16.118, 0.011, nil}, "−16,118", "a comma stands between thousands here: write -16.118"},
		{percent{3.77, 0.08, nil}, "3,770 %", "a comma stands between thousands here: write 3.770"}, {percent{3.77, 0.08, nil}, "3,77 %", `found "3,77 %", expected a number with a point`},
		{logFour, "1.386 %", `found "1.386 %", expected a number that is not in percent`},
		{number{-24, 1e-6, nil}, "−24", ""}, {number{22027, 0.5, nil}, "22,027", ""}, {number{1e-7, 1e-9, nil}, "1e−7", ""},
		{seventy, "70", ""}, {seventy, "70.0", ""}, {seventy, " 7e1", ""}, {seventy, "69.97", "a whole number is asked for"}, {seventy, "70.4", "a whole number is asked for"},
		{seventy, "71", "too large"}, {seventy, "69", "too small"}, {seventy, "101", "too large"}, {seventy, "7,000", "too large"}, {seventy, "-70", "the size is right, the sign is not"},
		{seventy, "50", "count again"}, {seventy, "50.1", "a whole number is asked for"}, {seventy, "x", `found "x", expected a number`}, {seventy, "70 %", `found "70 %", expected a number that is not in percent`},
		{percent(logFour), "2", "too large"},
		{percent(logFour), "1.386", ""}, {percent(logFour), " 1.3863 %", ""}, {percent(logFour), "1.3863%", ""}, {percent(logFour), "4 %", "take the logarithm"},
		{percent(logFour), "0.01386", "that is a fraction; percent are asked for"}, {percent(logFour), "138.6", "too large"}, {percent(logFour), "x %", `found "x %", expected a number`},
	} {
		err := test.grader.grade(context.Background(), test.answer)
		if test.want == "" {
			require.NoError(t, err, test.answer)
			continue
		}
		require.EqualError(t, err, "not yet: "+test.want, test.answer)
	}
	require.EqualError(t, word{"a", nil}.grade(context.Background(), "z"), `not yet: found "z", expected one of the answers that the exercise lists`)
}

// TestMistakes: mistakes that are made get the hint that is meant for them, with the digits
// that one writes.
func TestMistakes(t *testing.T) {
	for _, test := range []struct{ number, answer, want string }{
		{"0.4", "48.73", "that is of one image: divide by the root of their number"}, {"0.4", "48.7", "that is of one image: divide by the root of their number"},
		{"3.4", "0.805", "the correlation is squared"}, {"3.4", "1.609", "there is a factor ½, and the correlation is squared"}, {"3.4", "1.02", "there is a factor ½"},
		{"5.1", "4.84", "close: more digits are needed"}, {"5.1", "4.836", "the positive is in the denominator"},
		{"6.2", "96.7", "that is of 128 dimensions"}, {"6.2", "97", "that is of 128 dimensions"}, {"6.2", "3.9", "the own point is in the sum too"},
		{"6.5", "2.380", "the correlation is squared"}, {"6.5", "2.38", "the correlation is squared"}, {"6.5", "2.392", "there is a factor ½"},
		{"10.1", "2.22", "that is BYOL's"}, {"11.1", "3.07", "standard errors do not add up, variances do"}, {"11.2", "0.42", "the images count on which they disagree either way"},
		{"12.4", "0.6667", "that is the truth"}, {"12.4", "0.666", "that is the truth"}, {"13.4", "0.4444", "the other way round"}, {"13.4", "0.444", "the other way round"},
	} {
		e, err := Find(test.number)
		require.NoError(t, err)
		require.EqualError(t, e.Check(t.Context(), test.answer), "not yet: "+test.want, "%s %s", test.number, test.answer)
	}
}

// TestPrograms: the solutions in Go and in Python are right, and the starting files are
// not yet.
func TestPrograms(t *testing.T) {
	for _, e := range All() {
		if !e.Program() {
			continue
		}
		for _, name := range []string{"main.go", "main.py"} {
			t.Run(e.Number+"/"+name, func(t *testing.T) {
				if name == "main.py" {
					t.Setenv("ENTREC_PYTHON", foreign.Python(t, "numpy"))
				} else if testing.Short() && e.Number != "4.6" {
					t.Skip("SKIPPED: each takes a second to link")
				}
				require.NoError(t, e.Check(t.Context(), filepath.Join(solutions, e.Number, name)))
				if e.Number != "4.6" {
					return
				}
				var off *Wrong
				require.ErrorAs(t, e.Check(t.Context(), filepath.Join("../../docs/course/exercises", e.Number, name)), &off)
				require.Regexp(t, `^\d+ of 23 questions are answered right; info_nce-\S+`, off.Hint)
			})
		}
	}
}

// TestNoProgram: what is not a program is told of in one line.
func TestNoProgram(t *testing.T) {
	e, err := Find("2.6")
	require.NoError(t, err)
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.go")
	require.NoError(t, os.WriteFile(broken, []byte("package main\n\nfunc main() { x }\n"), 0o600))
	var off *Wrong
	require.ErrorAs(t, e.Check(t.Context(), broken), &off)
	require.Contains(t, off.Hint, "it does not compile: ./broken.go:3:15")
	outside := filepath.Join(dir, "outside.go")
	text, err := os.ReadFile(filepath.Join(solutions, "2.6", "main.go"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(outside, text, 0o600))
	require.ErrorAs(t, e.Check(t.Context(), outside), &off)
	require.Contains(t, off.Hint, "it has to lie in a folder of it")
	require.ErrorContains(t, e.Check(t.Context(), dir), "found no regular file")
	require.ErrorIs(t, e.Check(t.Context(), filepath.Join(dir, "none.py")), fs.ErrNotExist)
	_, err = Find("9.9")
	require.EqualError(t, err, `exercise: found "9.9", expected a number that entrec course lists`)
}

// TestPython: a file in Python imports what lies beside it, wherever one stands, and nothing
// that lies where one stands; where it fails, the line is told.
func TestPython(t *testing.T) {
	t.Setenv("ENTREC_PYTHON", foreign.Python(t, "numpy"))
	e, err := Find("2.6")
	require.NoError(t, err)
	solution, err := os.ReadFile(filepath.Join(solutions, "2.6", "main.py"))
	require.NoError(t, err)
	dir, elsewhere := t.TempDir(), t.TempDir()
	write := func(path, text string) string {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for _, module := range []string{"numpy", "runpy", "traceback", "helper", "answer"} {
		write(filepath.Join(elsewhere, module+".py"), "raise ImportError('the one of the current folder')\n")
	}
	t.Chdir(elsewhere)
	write(filepath.Join(dir, "helper.py"), "def fail():\n    raise KeyError('b')\n")
	require.NoError(t, e.Check(t.Context(), write(filepath.Join(dir, "answer.py"), "import helper\n"+string(solution))))
	for text, want := range map[string]string{
		"import answer\n\nraise ValueError('a\\n  b')\n":              "h.py:3: ValueError: a b",
		"x = 1\nassert x == 2\n":                                      "h.py:2: AssertionError",
		"import numpy as np\n\nnp.zeros(3).reshape(2)\n":              "h.py:3: ValueError: cannot reshape array of size 3 into shape (2,)",
		"import helper\n\n\nhelper.fail()\n":                          "helper.py:2: KeyError: 'b'",
		"import answer\n\nx = = 1\n":                                  "h.py:3: SyntaxError: invalid syntax",
		"def f():\nreturn 1\n":                                        "h.py:2: IndentationError: ",
		"import numpy as np\nnp.log(np.zeros(1))\nprint(undefined)\n": "h.py:3: NameError: name 'undefined' is not defined",
		"import answer\n\n\ndef f(x, attrs, ct):\n    return x['no']\n\n\nanswer.main('matmul', {'a': 'm k', 'b': 'k n'}, {}, 'c', f)\n": "h.py:5: KeyError: 'no'",
	} {
		var off *Wrong
		require.ErrorAs(t, e.Check(t.Context(), write(filepath.Join(dir, "h.py"), text)), &off)
		require.Contains(t, off.Hint, ": "+want, text)
	}
}

// TestProgress: what is solved is remembered, once, and a file that is something else is
// left as it is.
func TestProgress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "entrec", "course.json")
	p, err := ReadProgress(file)
	require.NoError(t, err)
	require.False(t, p.Has("0.1"))
	for range 2 {
		require.NoError(t, Solve(file, "0.1"))
		require.NoError(t, Solve(file, "2.3"))
	}
	p, err = ReadProgress(file)
	require.NoError(t, err)
	require.Equal(t, []string{"0.1", "2.3"}, p.Solved)
	for _, text := range []string{"", "[]", `{"format":"other/1"}`, `{"format":"entrec-course/1","solved":3}`} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		err := Solve(file, "0.2")
		require.ErrorContains(t, err, file)
		require.False(t, errors.Is(err, fs.ErrNotExist))
		after, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, text, string(after))
	}
}

// TestProgressLink: what is behind a link is written, and the link stays: also one to a link, and
// one to a file that is not there yet. A ring of links is an error.
func TestProgressLink(t *testing.T) {
	dir := t.TempDir()
	file, kept := filepath.Join(dir, "course.json"), filepath.Join(dir, "kept", "real.json")
	if err := os.Symlink("again.json", file); err != nil {
		t.Skip("SKIPPED: ", err)
	}
	require.NoError(t, os.Symlink(filepath.Join("kept", "real.json"), filepath.Join(dir, "again.json")))
	for i, number := range []string{"0.1", "2.3"} {
		require.NoError(t, Solve(file, number))
		for _, link := range []string{"course.json", "again.json"} {
			info, err := os.Lstat(filepath.Join(dir, link))
			require.NoError(t, err)
			require.NotZero(t, info.Mode()&fs.ModeSymlink, link)
		}
		p, err := ReadProgress(kept)
		require.NoError(t, err)
		require.Equal(t, []string{"0.1", "2.3"}[:i+1], p.Solved)
	}
	ring := filepath.Join(dir, "ring.json")
	require.NoError(t, os.Symlink("ring.json", ring))
	require.ErrorContains(t, Solve(ring, "0.1"), ring)
}

// TestNoNumPy: a Python without NumPy is no mistake of the answer.
func TestNoNumPy(t *testing.T) {
	err := program{"softmax"}.off(&report.Report{Expected: 9, Ops: []report.OpResult{{Why: "the command ended with exit status 1: ModuleNotFoundError: No module named 'numpy'"}}})
	require.ErrorContains(t, err, "found no NumPy")
	require.NotErrorAs(t, err, new(*Wrong))
}
