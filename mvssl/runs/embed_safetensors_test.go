package runs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLines: there are as many lines as names.
func TestLines(t *testing.T) {
	require.Equal(t, "a\n\nb\\nc\\d", lines([]string{"a", "", "b\nc\\d"}))
	require.Empty(t, lines(nil))
}
