package command

import (
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/runs"
)

// TestBuildListHasNoFonts: what draws in PDF and brings fonts is for cmd/figure, and
// would be a tenth of this command's size and half of its building time.
func TestBuildListHasNoFonts(t *testing.T) {
	list, err := exec.Command("go", "list", "-deps", "entrec/cmd/entrec").Output()
	require.NoError(t, err)
	require.Contains(t, string(list), "entrec/internal/chart\n")
	drawing := regexp.MustCompile(`(?m)^(gonum\.org/v1/plot|.*/(fpdf|gg|svgo|vg)\b|.*(fonts|freetype|opentype|sfnt)|golang\.org/x/image/vector).*$`)
	require.Empty(t, drawing.FindAllString(string(list), -1))
}

// TestLossUnit: nats stand only where a loss is in nats.
func TestLossUnit(t *testing.T) {
	for _, c := range []struct {
		methods []string
		want    string
	}{
		{[]string{"simclr"}, "nats"},
		{[]string{"simclr", "dino-er", "swav", "byol-er"}, "nats"},
		{[]string{"byol"}, ""},
		{[]string{"simclr", "vicreg"}, ""},
	} {
		var histories []*runs.History
		for _, m := range c.methods {
			h := &runs.History{}
			h.Config.Model.Method = m
			histories = append(histories, h)
		}
		require.Equal(t, c.want, lossUnit(histories), "%v", c.methods)
	}
}
