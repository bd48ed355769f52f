package command

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// TestScreen: on a terminal what goes on has one line that is overwritten and gives way
// to lines that stay; elsewhere each text is a line, once.
func TestScreen(t *testing.T) {
	for _, test := range []struct {
		terminal bool
		want     string
	}{
		{true, clearLine + "loading, 10 %" + clearLine + "loading, 30 %" + clearLine + "epoch 1\n"},
		{false, "loading, 10 %\nloading, 30 %\nepoch 1\n"},
	} {
		var b bytes.Buffer
		s := &screen{w: &b, terminal: test.terminal}
		s.show("loading", time.Hour, "loading, 10 %")
		first := s.number
		require.Empty(t, b.String(), "not yet")
		s.draw(s.number)
		s.draw(s.number)
		s.show("loading", time.Hour, "loading, 20 %")
		s.show("loading", time.Hour, "loading, 30 %")
		s.draw(s.number)
		s.print("epoch 1")
		s.draw(first)
		s.end()
		require.Equal(t, test.want, b.String())
	}
}

func TestPhase(t *testing.T) {
	for _, test := range []struct {
		done, total int
		want        string
	}{{0, 0, "reading"}, {5, -1, "reading"}, {0, 7, "reading, 0 %"}, {5, 7, "reading, 71 %"}, {math.MaxInt, math.MaxInt, "reading, 100 %"}} {
		s := &screen{w: &bytes.Buffer{}}
		s.phase("reading", test.done, test.total)
		require.Equal(t, test.want, s.text)
		s.end()
	}
}

// TestBarFits: a terminal's line about steps never needs a second one.
func TestBarFits(t *testing.T) {
	p := &trainProgress{screen: &screen{}, knn: "  kNN 100.0 %", epochs: 4, each: 3}
	for _, e := range []train.Event{
		{}, {Step: 1, Steps: 10, Loss: 0.5},
		{Step: 50, Steps: 540, Loss: -136.1234, ImagesPerSecond: 1234, SecondsLeft: 95},
		{Step: 999999, Steps: 1000000, Loss: -12345.6789, ImagesPerSecond: 123456, SecondsLeft: 1e6},
	} {
		text := clipped(p.bar(e), lineWidth)
		require.LessOrEqual(t, len([]rune(text)), lineWidth, text)
		require.Contains(t, text, "images/s")
	}
	require.Equal(t, "█████░░░░░ epoch 2/4  step 5/10  loss 1.0000  kNN 100.0 %  3 images/s  2 s left",
		p.bar(train.Event{Step: 5, Steps: 10, Loss: 1, ImagesPerSecond: 3, SecondsLeft: 2}))
	require.Equal(t, "abc…", clipped("abcdef", 4))
	require.Equal(t, "äöüß", clipped("äöüß", 4))
}

func TestSpan(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0 s", 1.4: "1 s", 59.4: "59 s", 60: "1 min 0 s", 95: "1 min 35 s", 599: "9 min 59 s", 600: "10 min", 3540: "59 min",
		3600: "1 h 0 min", 12345: "3 h 26 min", 48 * 3600: "2 d 0 h", 1e6: "11 d 13 h",
	} {
		require.Equal(t, want, span(time.Duration(seconds*float64(time.Second))))
	}
}

// TestColor: only what the screen itself paints has color, and only where that is wanted.
func TestColor(t *testing.T) {
	for _, color := range []bool{true, false} {
		var b bytes.Buffer
		s := &screen{w: &b, terminal: true, color: color}
		s.print("warning: \x1b[31mred")
		s.print("epoch 1")
		s.show("steps", time.Hour, "██░ 2/3")
		s.draw(s.number)
		s.end()
		want := "warning: \\x1b[31mred\nepoch 1\n" + clearLine + "██░ 2/3" + clearLine
		if color {
			want = yellow + "warning: \\x1b[31mred" + plain + "\nepoch 1\n" + clearLine + cyan + "██" + plain + "░ 2/3" + clearLine
		}
		require.Equal(t, want, b.String())
	}
}
