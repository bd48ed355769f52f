package message_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/message"
)

type named struct{}

func (named) String() string { return "its name" }

// TestSprintf: messages are those of fmt.
func TestSprintf(t *testing.T) {
	for format, args := range map[string][]any{
		"nothing":       nil,
		"100 %% of %d":  {7},
		"%s: %d×%d, %v": {"op", 2, -3, []int{4, 5}},
		"%q and %q":     {"a\n", []byte("b")},
		"%v %v %v":      {0.1, float32(0.1), -2.5e-9},
		"%v %v":         {[]float32{0.1, 2}, []float64{}},
		"%v of %v":      {named{}, errors.New("why")},
		"%s":            {[]byte("c")},
	} {
		require.Equal(t, fmt.Sprintf(format, args...), message.Sprintf(format, args...))
	}
	require.Equal(t, "a ? of ", message.Sprintf("a %v of %d", struct{}{}))
	require.Equal(t, "50", message.Sprintf("50%"))
}
