//go:build unix

package check

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/report"
	"entrec/tensor/safetensors"
)

// badBackend names the variable that makes this test's binary a backend of the
// kind that it holds.
const badBackend = "ENTREC_TEST_BACKEND"

func TestMain(m *testing.M) {
	kind, there := os.LookupEnv(badBackend)
	if !there {
		os.Exit(m.Run())
	}
	if os.Getenv("ENTREC_TEST_SERVER") != "" {
		os.Exit(beServer(kind))
	}
	os.Exit(beBackend(kind, os.Args[len(os.Args)-2], os.Args[len(os.Args)-1]))
}

// beServer serves operation double, badly where kind says so and the question's first
// element is 1.
func beServer(kind string) int {
	dir, err := os.MkdirTemp("", "served")
	if err != nil {
		return 1
	}
	defer os.RemoveAll(dir)
	question, answer := filepath.Join(dir, "q"), filepath.Join(dir, "a")
	for {
		var length [8]byte
		if _, err := io.ReadFull(os.Stdin, length[:]); err != nil {
			return 0
		}
		content := make([]byte, binary.LittleEndian.Uint64(length[:]))
		if _, err := io.ReadFull(os.Stdin, content); err != nil || os.WriteFile(question, content, 0o644) != nil {
			return 1
		}
		bad := firstIsOne(question)
		code := beBackendOnce(kind, question, answer)
		content, _ = os.ReadFile(answer)
		_ = os.Remove(answer)
		switch {
		case code == refusing:
			code, content = 1, []byte("x is not a pair\n")
		case code == unsupported:
			content = nil
		case bad && kind == "wrong byte":
			code = 7
		case bad && kind == "too long":
			binary.LittleEndian.PutUint64(length[:], 1<<50)
			_, _ = os.Stdout.Write(append([]byte{0}, length[:]...))
			continue
		case bad && kind == "cut off":
			_, _ = os.Stdout.Write([]byte{0, 8, 0, 0})
			return 4
		case code != 0:
			return code
		}
		binary.LittleEndian.PutUint64(length[:], uint64(len(content)))
		if _, err := os.Stdout.Write(append(append([]byte{byte(code)}, length[:]...), content...)); err != nil {
			return 1
		}
	}
}

// hang is no deadlock that Go's runtime would end, as it ends select {} where cgo is off.
func hang() { time.Sleep(time.Hour) }

// beBackend answers operation double, badly where kind says so and the question's
// first element is 1.
func beBackend(kind, question, answer string) int {
	info, err := os.Stat(question)
	if err != nil {
		return 1
	}
	if !info.IsDir() {
		return beBackendOnce(kind, question, answer)
	}
	declare(answer)
	entries, _ := os.ReadDir(question)
	for _, e := range entries {
		if strings.HasPrefix(kind, "leaves out") && firstIsOne(filepath.Join(question, e.Name())) {
			continue
		}
		code := beBackendOnce(kind, filepath.Join(question, e.Name()), filepath.Join(answer, e.Name()))
		if code != 0 && code != unsupported && code != refusing {
			return code
		}
	}
	return 0
}

// firstIsOne reports whether the first element of a question is 1.
func firstIsOne(question string) bool {
	content, err := os.ReadFile(question)
	if err != nil {
		return false
	}
	c, err := golden.ParseQuestion(question, content)
	return err == nil && c.In["x"].Data[0] == 1 && len(c.In["x"].Data) == 2
}

// refusing is the exit status with which the test's backend refuses a question.
const refusing = 9

func beBackendOnce(kind, question, answer string) int {
	content, err := os.ReadFile(question)
	if err != nil {
		return 1
	}
	c, err := golden.ParseQuestion(question, content)
	if err != nil {
		return 1
	}
	if c.Op != "double" {
		return unsupported
	}
	a, err := double(c)
	if err != nil {
		if kind == "refuses and writes" {
			_ = os.WriteFile(answer, nil, 0o644)
		}
		fmt.Fprintln(os.Stderr, err)
		return refusing
	}
	y := a.Out["y"]
	if c.In["x"].Data[0] != 1 {
		kind = "good"
	}
	switch kind {
	case "crash", "leaves out and crashes":
		fmt.Fprintln(os.Stderr, "some words\nsegfault at 0x17")
		return 139
	case "signal":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		hang()
	case "hang", "leaves out and hangs":
		hang()
	case "hang with child":
		startChild()
		hang()
	case "leaves child":
		startChild()
	case "wrong shape":
		y.Shape = []int{1, 2}
	case "NaN":
		y.Data[0] /= 0
		y.Data[0] -= y.Data[0]
	case "missing tensor":
		delete(a.Grad, "x")
	case "no answer":
		return 0
	case "lies about support":
		return unsupported
	case "pipe", "device", "link", "folder", "sparse", "grows":
		return leaveStrange(kind, question, answer)
	}
	if content, err = a.Marshal(c, golden.Single); err != nil {
		return 1
	}
	switch kind {
	case "wrong dtype":
		content, _ = safetensors.Marshal(nil, []safetensors.Tensor{safetensors.FromInt("out/y", 1)})
	case "truncated":
		content = content[:len(content)-3]
	case "empty":
		content = nil
	case "lying header":
		binary.LittleEndian.PutUint64(content, 1<<40)
	case "lying offsets":
		content = []byte(strings.Replace(string(content), "[0,8]", "[8,8]", 1))
	}
	part := question + ".part" // so that what has the answer's name is whole
	if os.WriteFile(part, content, 0o644) != nil || os.Rename(part, answer) != nil {
		return 1
	}
	return 0
}

// leaveStrange leaves something at answer that is not an answer's file.
func leaveStrange(kind, question, answer string) int {
	var err error
	switch kind {
	case "pipe":
		err = syscall.Mkfifo(answer, 0o644)
	case "device":
		err = os.Symlink("/dev/zero", answer)
	case "link":
		err = os.Symlink(question, answer)
	case "folder":
		err = os.Mkdir(answer, 0o755)
	case "sparse":
		if err = os.WriteFile(answer, nil, 0o644); err == nil {
			err = os.Truncate(answer, 1<<40)
		}
	case "grows":
		err = os.WriteFile(answer, make([]byte, 3<<20), 0o644)
	}
	if err != nil {
		return 1
	}
	return 0
}

// startChild starts a process that holds standard error open and would run on,
// and writes its number where the test looks for it.
func startChild() {
	child := exec.Command("sleep", "1000")
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: os.Getenv("ENTREC_TEST_SETSID") != ""}
	child.Stderr = os.Stderr
	if child.Start() == nil {
		_ = os.WriteFile(os.Getenv("ENTREC_TEST_CHILD"), []byte(strconv.Itoa(child.Process.Pid)), 0o644)
	}
}

// command is this test's binary as a backend of some kind, with its temporary
// files in a folder of their own.
func command(t *testing.T, kind string, folder bool) Command {
	t.Helper()
	t.Setenv(badBackend, kind)
	t.Setenv("TMPDIR", t.TempDir())
	return Command{Args: []string{os.Args[0]}, Folder: folder, Jobs: 2, Timeout: time.Minute}
}

// leavesNothing checks that the temporary folder is empty.
func leavesNothing(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestGoodCommand(t *testing.T) {
	for _, folder := range []bool{false, true} {
		m := command(t, "good", folder)
		r, err := Run(context.Background(), small(), m, Options{Profile: golden.F32})
		require.NoError(t, err)
		require.NoError(t, r.Err())
		require.Equal(t, map[string]report.Verdict{"one": report.Pass, "deep/two": report.Pass, "three": report.Pass, "other": report.Unsupported, "reject/double": report.Pass}, verdicts(r))
		leavesNothing(t)
	}
}

// TestBadCommands: each kind is told apart, by its verdict or its line, in both
// modes.
func TestBadCommands(t *testing.T) {
	for _, tc := range []struct {
		kind    string
		verdict report.Verdict
		why     string
	}{
		{"crash", report.Crash, "the command ended with exit status 139: segfault at 0x17"},
		{"signal", report.Crash, "the command ended with signal: killed"},
		{"hang", report.Hang, "the command did not end within "},
		{"wrong shape", report.WrongShape, "out/y: found shape [1 2], expected [2]"},
		{"wrong dtype", report.Malformed, `answer: tensor "out/y": found dtype I64, expected F32 or F64`},
		{"NaN", report.NotANumber, "out/y at [0]: found NaN, expected 2"},
		{"missing tensor", report.MissingTensor, "grad/x is missing"},
		{"no answer", report.NoAnswer, "the command ended well but left no answer"},
		{"truncated", report.Malformed, "answer: end: found 13 bytes of data, expected the 16"},
		{"empty", report.Malformed, "answer: byte 0: found 0 bytes, expected a header length of 8 bytes"},
		{"lying header", report.Malformed, "answer: byte 0: found a header of 1099511627776 bytes, expected at most "},
		{"pipe", report.Malformed, "answer: found a pipe, expected a regular file"},
		{"device", report.Malformed, "answer: found a link, expected a regular file"},
		{"link", report.Malformed, "answer: found a link, expected a regular file"},
		{"folder", report.Malformed, "answer: found a folder, expected a regular file"},
		{"sparse", report.Malformed, "answer: found 1099511627776 bytes, expected at most 10"},
		{"grows", report.Malformed, "answer: found 3145728 bytes, expected at most 10"},
		{"lying offsets", report.Malformed, "answer: tensor \"grad/x\": found 0 bytes, expected those of F32 of shape [2]"},
	} {
		for _, folder := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/folder=%v", tc.kind, folder), func(t *testing.T) {
				m := command(t, tc.kind, folder)
				if tc.kind == "hang" {
					m.Timeout = 300 * time.Millisecond
				}
				s := suiteOf(doubled("one", 1, 2), doubled("two", 2, 2))
				r, err := Run(context.Background(), s, m, Options{Profile: golden.F32})
				for err == nil && r.Results[1].Verdict == report.Hang && m.Timeout < time.Minute { // a busy machine needs longer for the good one, too
					m.Timeout *= 4
					r, err = Run(context.Background(), s, m, Options{Profile: golden.F32})
				}
				require.NoError(t, err)
				require.Error(t, r.Err())
				require.Equal(t, tc.verdict, r.Results[0].Verdict)
				require.Equal(t, report.Pass, r.Results[1].Verdict)
				require.Contains(t, r.Results[0].Why, tc.why)
				require.NotContains(t, r.Results[0].Why, "\n")
				leavesNothing(t)
			})
		}
	}
}

// TestFolderCrashKeepsWhatWasAnswered: what was answered before counts, the rest
// is told.
func TestFolderCrashKeepsWhatWasAnswered(t *testing.T) {
	m := command(t, "crash", true)
	m.Jobs = 1
	s := suiteOf(doubled("a", 3, 3), doubled("b", 1, 2), doubled("c", 4, 4), rejected())
	r, err := Run(context.Background(), s, m, Options{Profile: golden.F32})
	require.NoError(t, err)
	require.Equal(t, map[string]report.Verdict{"a": report.Pass, "b": report.Crash, "c": report.Crash, "reject/double": report.Crash}, verdicts(r))
}

func TestMissingProgram(t *testing.T) {
	m := command(t, "good", false)
	m.Args = []string{filepath.Join(t.TempDir(), "no such program")}
	for _, m.Folder = range []bool{false, true} {
		_, err := Run(context.Background(), small(), m, Options{Profile: golden.F32})
		var unstarted *StartError
		require.ErrorAs(t, err, &unstarted)
		require.Contains(t, err.Error(), "cannot start the command")
		leavesNothing(t)
	}
}

func TestRefusalThatLeavesAnAnswer(t *testing.T) {
	for _, folder := range []bool{false, true} {
		r, err := Run(context.Background(), small(), command(t, "refuses and writes", folder), Options{Profile: golden.F32})
		require.NoError(t, err)
		require.Equal(t, report.Accepted, verdicts(r)["reject/double"])
	}
}

// TestLeftOut: what a folder leaves out is asked again, each by itself.
func TestLeftOut(t *testing.T) {
	s := suiteOf(doubled("a", 3, 3), doubled("b", 1, 2), doubled("c", 1, 4), rejected())
	for kind, want := range map[string]report.Verdict{
		"leaves out and crashes": report.Crash,
		"leaves out and answers": report.Pass,
		"lies about support":     report.Unsupported,
		"no answer":              report.NoAnswer,
	} {
		r, err := Run(context.Background(), s, command(t, kind, true), Options{Profile: golden.F32})
		require.NoError(t, err)
		if want == report.Crash {
			require.Equal(t, []string{"some words", "segfault at 0x17"}, r.Results[1].Stderr)
		}
		require.Equal(t, map[string]report.Verdict{"a": report.Pass, "b": want, "c": want, "reject/double": report.Pass}, verdicts(r), kind)
		leavesNothing(t)
	}
	// A question that takes the time of all is the last that is asked again.
	m := command(t, "leaves out and hangs", true)
	m.Timeout = time.Second
	r, err := Run(context.Background(), s, m, Options{Profile: golden.F32})
	require.NoError(t, err)
	require.GreaterOrEqual(t, r.Failed, 2)
	leavesNothing(t)
}

// TestServer: one process answers all, and another one what comes after one that fails.
func TestServer(t *testing.T) {
	t.Setenv("ENTREC_TEST_SERVER", "1")
	for _, tc := range []struct {
		kind string
		want report.Verdict
		why  string
	}{
		{"good", report.Pass, ""},
		{"crash", report.Crash, "segfault at 0x17"},
		{"signal", report.Crash, "killed"},
		{"hang", report.Hang, "the command did not end within"},
		{"wrong shape", report.WrongShape, "out/y: found shape [1 2], expected [2]"},
		{"truncated", report.Malformed, "answer: end: found 13 bytes"},
		{"wrong byte", report.Malformed, `it begins with "\a`},
		{"too long", report.Malformed, "answer: found 1125899906842624 bytes, expected at most"},
		{"cut off", report.Crash, "exit status 4"},
		{"lies about support", report.Unsupported, "operation is not supported"},
	} {
		m := command(t, tc.kind, false)
		m.Server, m.Jobs = true, 1
		if tc.kind == "hang" {
			m.Timeout = 3 * time.Second
		}
		other := doubled("other", 5, 5)
		other.Op = "treble"
		r, err := Run(context.Background(), suiteOf(doubled("a", 3, 3), doubled("b", 1, 2), doubled("c", 4, 4), other, rejected()), m, Options{Profile: golden.F32, Again: true})
		require.NoError(t, err)
		require.Equal(t, map[string]report.Verdict{"a": report.Pass, "b": tc.want, "c": report.Pass, "other": report.Unsupported, "reject/double": report.Pass}, verdicts(r), tc.kind)
		require.Contains(t, r.Results[1].Why, tc.why)
		require.NotContains(t, r.Results[1].Why, "\n")
	}
	m := command(t, "good", false)
	m.Server, m.Args = true, []string{filepath.Join(t.TempDir(), "no such program")}
	_, err := Run(context.Background(), small(), m, Options{Profile: golden.F32, Again: true})
	var unstarted *StartError
	require.ErrorAs(t, err, &unstarted)
}

// TestDeclaration: what a folder leaves out lacks where that is declared.
func TestDeclaration(t *testing.T) {
	s := suiteOf(doubled("a", 3, 3), doubled("deep/b", 1, 2), rejected())
	for _, tc := range []struct {
		kind, text, problem string
		b                   report.Verdict
		lacking             int
	}{
		{"leaves out and crashes", `{"lacks": {"cases": {"deep.b": "too deep"}}, "device": "an abacus", "versions": {"beads": "10"}}`, "", report.Unsupported, 0},
		{"leaves out and crashes", `{"lacks": {"cases": {"deep/b": ""}}}`, "", report.Unsupported, 0},
		{"leaves out and crashes", `{"lacks": {"cases": {"a": "answered all the same"}}}`, "", report.Crash, 0},
		{"leaves out and crashes", `{"lacks": {"ops": {"double": "no"}}, "flush_to_zero": true}`, "", report.Unsupported, 0},
		{"missing tensor", `{"lacks": {"gradients": {"double": "no autodiff"}}}`, "", report.Pass, 1},
		{"missing tensor", `{"lacks": {"gradients": {"deep/b": ""}}}`, "", report.Pass, 1},
		{"missing tensor", `{"lacks": {"gradients": {"a": "answered all the same"}}}`, "", report.MissingTensor, 0},
		{"wrong shape", `{"lacks": {"gradients": {"double": "no autodiff"}}}`, "", report.WrongShape, 0},
		{"good", `{"lacks": {"op": {}}}`, "backend.json: ", report.Pass, 0},
		{"good", `{"device": 7}`, "backend.json: device: found", report.Pass, 0},
		{"good", "LINK", "backend.json: found a link, expected a regular file", report.Pass, 0},
		{"good", "SPARSE", "backend.json: found 1099511627776 bytes, expected at most 1048576", report.Pass, 0},
	} {
		t.Setenv("ENTREC_TEST_DECLARATION", tc.text)
		r, err := Run(context.Background(), s, command(t, tc.kind, true), Options{Profile: golden.F32})
		require.NoError(t, err)
		found := verdicts(r)
		if strings.Contains(tc.text, `"ops"`) { // the question to be refused is left out too
			require.Equal(t, report.Unsupported, found["reject/double"])
			found["reject/double"] = report.Pass
		}
		require.Equal(t, map[string]report.Verdict{"a": report.Pass, "deep/b": tc.b, "reject/double": report.Pass}, found, tc.text)
		require.Equal(t, tc.lacking, r.Tensors.Lacking, tc.text)
		require.Contains(t, r.Problem, tc.problem)
		require.Equal(t, tc.problem == "" && !tc.b.Failure(), r.Err() == nil, tc.text)
		require.NotContains(t, r.Problem, "\n")
		require.Equal(t, strings.Contains(tc.text, "abacus"), r.Declared.Device == "an abacus" && r.Declared.Versions["beads"] == "10")
		leavesNothing(t)
	}
}

// declare leaves the declaration that the environment names.
func declare(dir string) {
	path := filepath.Join(dir, report.DeclarationFile)
	switch text := os.Getenv("ENTREC_TEST_DECLARATION"); text {
	case "":
	case "LINK":
		_ = os.Symlink("/dev/zero", path)
	case "SPARSE":
		_ = os.WriteFile(path, nil, 0o644)
		_ = os.Truncate(path, 1<<40)
	default:
		_ = os.WriteFile(path, []byte(text), 0o644)
	}
}

// TestKeep: questions and answers stay where that is asked for, bad ones too.
func TestKeep(t *testing.T) {
	for _, folder := range []bool{false, true} {
		m := command(t, "truncated", folder)
		m.Keep = filepath.Join(t.TempDir(), "kept")
		_, err := Run(context.Background(), suiteOf(doubled("deep/one", 1, 2), doubled("two", 2, 2), rejected()), m, Options{Profile: golden.F32})
		require.NoError(t, err)
		for name, want := range map[string]int{"questions": 3, "answers": 2} {
			entries, err := os.ReadDir(filepath.Join(m.Keep, name))
			require.NoError(t, err)
			require.Len(t, entries, want)
			require.Equal(t, "deep.one.safetensors", entries[0].Name())
		}
		leavesNothing(t)
	}
}

// TestInterruptedFolder: what a folder holds when the check is interrupted is judged.
func TestInterruptedFolder(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m := command(t, "hang", true)
	m.Jobs = 1
	m.Answered = func(more int) {
		if more > 0 {
			cancel()
		}
	}
	r, err := Run(ctx, suiteOf(doubled("a", 3, 3), doubled("b", 1, 2)), m, Options{Profile: golden.F32})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, map[string]report.Verdict{"a": report.Pass}, verdicts(r))
	require.NotEmpty(t, r.Stopped)
	leavesNothing(t)
}

// started reports whether a command's child has left its number.
func started(pid string) bool {
	content, _ := os.ReadFile(pid)
	return len(content) > 0
}

// TestNoChildOutlives: neither what a hanging command started, nor what a good one
// left running, nor what runs when the check is canceled.
func TestNoChildOutlives(t *testing.T) {
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip("SKIPPED: no program named sleep")
	}
	for _, tc := range []struct {
		kind   string
		cancel bool
	}{{"hang with child", false}, {"leaves child", false}, {"hang with child", true}} {
		t.Run(fmt.Sprintf("%s/cancel=%v", tc.kind, tc.cancel), func(t *testing.T) {
			pid := filepath.Join(t.TempDir(), "pid")
			t.Setenv("ENTREC_TEST_CHILD", pid)
			m := command(t, tc.kind, true)
			if !tc.cancel && tc.kind == "hang with child" {
				m.Timeout = time.Second
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if tc.cancel {
				go func() {
					for !started(pid) && ctx.Err() == nil {
						time.Sleep(time.Millisecond)
					}
					cancel()
				}()
			}
			s := suiteOf(doubled("one", 1, 2))
			_, err := Run(ctx, s, m, Options{Profile: golden.F32})
			for err == nil && !started(pid) && m.Timeout < time.Minute { // it was killed before it had a child
				m.Timeout *= 4
				_, err = Run(ctx, s, m, Options{Profile: golden.F32})
			}
			if tc.cancel {
				require.ErrorIs(t, err, context.Canceled)
			} else {
				require.NoError(t, err)
			}
			leavesNothing(t)
			content, err := os.ReadFile(pid)
			require.NoError(t, err)
			// A signal takes effect when the process is next scheduled.
			require.Eventually(t, func() bool { return !running(t, string(content)) }, 10*time.Second, time.Millisecond,
				"process %s still runs", content)
		})
	}
}

// TestAnswersFolderTakenAway: a command may put anything in place of the folder that it is
// given.
func TestAnswersFolderTakenAway(t *testing.T) {
	m := command(t, "good", true)
	m.Args = []string{"sh", "-c", `rmdir "$2" && mkfifo "$2"; rm -r "$1"`, "sh"}
	m.Answered = func(int) {}
	r, err := Run(context.Background(), suiteOf(doubled("one", 1, 2), rejected()), m, Options{Profile: golden.F32})
	require.NoError(t, err)
	require.Equal(t, report.Malformed, verdicts(r)["one"])
	leavesNothing(t)
}

// running reports whether a process is there and no zombie.
func running(t *testing.T, pid string) bool {
	f, err := os.Open("/proc/" + pid + "/status")
	if err != nil {
		n, err := strconv.Atoi(pid)
		require.NoError(t, err)
		return syscall.Kill(n, 0) == nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if state, ok := strings.CutPrefix(lines.Text(), "State:\t"); ok {
			return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
		}
	}
	return false
}
