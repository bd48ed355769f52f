package mi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// published is where the bench of the documentation lies.
var published = filepath.Join("..", "..", "docs", "results", "mi")

// page is that of the documentation, on one line.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(published, "..", "..", "bounds.md"))
	require.NoError(t, err)
	return strings.Join(strings.Fields(string(text)), " ")
}

// TestPublishedTruths: the page says how far the tasks go.
func TestPublishedTruths(t *testing.T) {
	highest := 0.0
	for _, task := range Tasks() {
		if strings.HasPrefix(task.Name, "vmf-") {
			highest = max(highest, task.MI)
		}
	}
	require.Contains(t, page(t), fmt.Sprintf("von Mises–Fisher around it: up to %.0f nats", highest))
}

// TestPublishedTables: each form of the table, and the page's, is what the record gives.
func TestPublishedTables(t *testing.T) {
	record, err := ReadRecord(filepath.Join(published, "bench.json"))
	require.NoError(t, err)
	rows := Rows(record.Items)
	read := func(path ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{published}, path...)...))
		require.NoError(t, err)
		return string(text)
	}
	table := Markdown(rows)
	require.Equal(t, table, read("table.md"))
	var asCSV bytes.Buffer
	require.NoError(t, WriteCSV(&asCSV, rows))
	require.Equal(t, asCSV.String(), read("table.csv"))
	asJSON, err := json.MarshalIndent(map[string][]Row{"rows": rows}, "", " ")
	require.NoError(t, err)
	require.Equal(t, string(asJSON)+"\n", read("table.json"))
	_, rest, found := strings.Cut(read("..", "..", "bounds.md"), "<!-- bench -->\n")
	require.True(t, found)
	page, _, found := strings.Cut(rest, "<!-- end -->")
	require.True(t, found)
	require.Equal(t, strings.TrimSpace(table), strings.TrimSpace(page))
}

// TestPublishedTies: KSG refuses the tables of classes, in the words of the record.
func TestPublishedTies(t *testing.T) {
	record, err := ReadRecord(filepath.Join(published, "bench.json"))
	require.NoError(t, err)
	refused := 0
	for _, i := range record.Items {
		if i.Part != Kinds || !strings.HasPrefix(i.Estimator, "ksg") {
			continue
		}
		for _, c := range i.Cells {
			task, err := Find(c.Task)
			require.NoError(t, err)
			if !strings.HasPrefix(c.Task, "classes-") {
				require.NotNil(t, c.Mean, c.Task)
				continue
			}
			s := settings(t, i.Estimator, "", 0)
			s.K, s.Seed = i.K, i.Seed
			_, err = task.Measure(t.Context(), s)
			require.EqualError(t, err, c.Failed)
			require.Nil(t, c.Mean, c.Task)
			refused++
		}
	}
	require.Equal(t, 4, refused)
}

// TestPublishedPicture: what the page says of the staircase, and Song and Ermon's figure
// shows, of the estimators that the record has: InfoNCE ends below log k with hardly any
// variance, that of NWJ and DV grows by far, SMILE's does not.
func TestPublishedPicture(t *testing.T) {
	record, err := ReadRecord(filepath.Join(published, "bench.json"))
	require.NoError(t, err)
	variance := map[string]map[float64]float64{}
	for _, r := range Rows(record.Items) {
		if r.Part != Staircase || r.Critic != Separable || r.Bias == nil {
			continue
		}
		if r.Estimator == "infonce" {
			require.Less(t, r.Truth+*r.Bias, math.Log(float64(r.K)))
		}
		if variance[r.Estimator] == nil {
			variance[r.Estimator] = map[float64]float64{}
		}
		variance[r.Estimator][math.Round(r.Truth)] = *r.Variance
	}
	require.Contains(t, variance, "infonce")
	for name, at := range variance {
		switch name {
		case "infonce":
			require.Less(t, at[10], 0.05, name)
		case "nwj", "dv":
			require.Greater(t, at[10], 10*at[2], name)
			for nats := 4.; nats <= 10; nats += 2 {
				require.Greater(t, at[nats], at[nats-2], "%s at %v nats", name, nats)
			}
		case "tuba":
			require.Greater(t, at[10], 10*at[2], name)
			require.Contains(t, page(t), fmt.Sprintf("NWJ's variance grows from step to step, TUBA's too but from 6 to 8 nats (%.2f and %.2f), to %.2f at 10", at[6], at[8], at[10]))
			for nats := 4.; nats <= 10; nats += 2 {
				require.Equal(t, nats != 8, at[nats] > at[nats-2], "%s at %v nats", name, nats)
			}
		case "smile":
			require.Less(t, at[10], 2., name)
		}
	}
}

// TestPublishedCCA: of Gaussian tasks the record is above the truth by the bias that the page
// names, and the page says by how much.
func TestPublishedCCA(t *testing.T) {
	record, err := ReadRecord(filepath.Join(published, "bench.json"))
	require.NoError(t, err)
	held := 0
	least, most := math.Inf(1), math.Inf(-1)
	for _, r := range Rows(record.Items) {
		if r.Part == Staircase && r.Estimator == "cca" {
			least, most = min(least, *r.Bias), max(most, *r.Bias)
		}
	}
	for _, i := range record.Items {
		for _, c := range i.Cells {
			gaussian := i.Part == Staircase || c.Task == "dense-5" || c.Task == "dense-50" || c.Task == "pairs-25" || strings.HasPrefix(c.Task, "rows-")
			if i.Estimator != "cca" || !gaussian {
				continue
			}
			task, err := Find(c.Task)
			require.NoError(t, err)
			require.InDelta(t, gaussianBias(i.K, task.X, task.Y), c.Bias(), sigmas*math.Sqrt(*c.Variance), "%s, seed %d", c.Task, i.Seed)
			held++
		}
	}
	require.Equal(t, 18, held)
	require.Contains(t, page(t), fmt.Sprintf("CCA is %.2f to %.2f nats too high, where the formula above has %.2f of 4,096 Gaussian pairs", least, most, gaussianBias(usualPairs, 20, 20)))
	require.Contains(t, page(t), fmt.Sprintf("and %.1f nats of 64 independent ones of 30 and 30 numbers", gaussianBias(64, 30, 30)))
}
