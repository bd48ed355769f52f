package lock

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// takerVariable makes the test's binary a process that takes the lock of the folder
// that it names.
const takerVariable = "ENTREC_TEST_TAKER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(takerVariable); dir != "" {
		take(dir)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// take acquires the folder for each line of standard input, says what came of it, and
// holds it until the input ends.
func take(dir string) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		l, err := Acquire(dir)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println("won")
		defer func() {
			if err := l.Release(); err != nil {
				fmt.Println(err)
			}
		}()
	}
}

// taker is such a process.
type taker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startTaker(t *testing.T, dir string) taker {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := taker{cmd: exec.Command(self, "-test.run=^$")}
	p.cmd.Env = append(os.Environ(), takerVariable+"="+dir)
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewScanner(out)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// ask makes the process take the lock; answer is what came of it.
func (p taker) ask(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(p.in, "\n")
	require.NoError(t, err)
}

func (p taker) answer(t *testing.T) string {
	t.Helper()
	require.True(t, p.out.Scan())
	return p.out.Text()
}

// TestProcesses: of many processes that take the lock of one that was killed, one gets
// it, again and again.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	l, err := Acquire(dir)
	require.NoError(t, err)
	first := startTaker(t, dir)
	first.ask(t)
	require.Contains(t, first.answer(t), fmt.Sprintf("held by process %d on ", os.Getpid()))
	require.NoError(t, l.Release())
	first.ask(t)
	require.Equal(t, "won", first.answer(t))

	takers := []taker{}
	for range 8 {
		takers = append(takers, startTaker(t, dir))
	}
	for holder := first; len(takers) > 1; {
		_, err := Acquire(dir)
		requireHeld(t, err, holder.cmd.Process.Pid)
		require.NoError(t, holder.cmd.Process.Kill())
		_, _ = holder.cmd.Process.Wait()

		for _, p := range takers {
			p.ask(t)
		}
		won := -1
		for i, p := range takers {
			if answer := p.answer(t); answer == "won" {
				require.Negative(t, won, "two hold it")
				won = i
			} else {
				require.Contains(t, answer, "held by ")
			}
		}
		require.GreaterOrEqual(t, won, 0)
		requireOnly(t, dir, name)
		holder = takers[won]
		takers = append(takers[:won:won], takers[won+1:]...)
		if len(takers) == 1 {
			require.NoError(t, holder.in.Close())
			require.NoError(t, holder.cmd.Wait())
		}
	}
	requireOnly(t, dir)
}

// TestThisSystem holds what the system says of this process and of one that has ended.
func TestThisSystem(t *testing.T) {
	s := thisSystem()
	require.True(t, s.alive(s.self.Process, s.self.Started))
	require.True(t, s.alive(s.self.Process, ""), "where it is not told")
	if s.self.Started != "" {
		require.False(t, s.alive(s.self.Process, s.self.Started+"0"), "another process of that number")
	}
	p := startTaker(t, t.TempDir())
	number := p.cmd.Process.Pid
	started := startOf(number)
	require.True(t, s.alive(number, started))
	require.NoError(t, p.in.Close())
	require.False(t, p.out.Scan())
	require.NoError(t, p.cmd.Wait())
	require.False(t, s.alive(number, started))
}
