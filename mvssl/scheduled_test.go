package mvssl

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSchedules: every method tells, by its name, of each momentum and temperature among its
// parameters, at the beginning and under way.
func TestSchedules(t *testing.T) {
	given := map[string]string{
		"moco":        `{"ema":0.9,"temperature":0.3,"ema_schedule":"cosine"}`,
		"byol":        `{"ema":0.9}`,
		"byol-er":     `{"ema":0.9,"ema_schedule":"constant"}`,
		"dino":        `{"ema":0.9,"teacher_temperature":0.07,"teacher_temperature_start":0.03,"teacher_warmup":0.5}`,
		"dino-er":     `{"ema":0.9,"teacher_temperature":0.05}`,
		"deepcluster": `{"variant":"v2","temperature":0.4}`,
	}
	// Half of the way, where steps are 100, of those that do not stand still.
	half := map[string]map[string]float64{
		"moco": {"ema": 0.95}, "byol": {"ema": 0.95}, "dino": {"ema": 0.95, "teacher_temperature": 0.07}, "dino-er": {"ema": 0.95},
	}
	for _, row := range rows {
		parameters := given[row.Name]
		if parameters == "" {
			parameters = `{}`
		}
		m, _ := onePoint(t, row.Name, parameters)
		at := func(step int) map[string]float64 {
			all := map[string]float64{}
			for _, term := range schedules(m, Progress{Step: step, Steps: 100}) {
				require.NotContains(t, all, term.Name, row.Name)
				all[term.Name] = term.Value
			}
			return all
		}
		want := numbersOf(t, row, parameters)
		require.ElementsMatch(t, keysOf(want), keysOf(at(50)), row.Name)
		for name, v := range want {
			middle := v
			if moved, ok := half[row.Name][name]; ok {
				middle = moved
			}
			require.InDelta(t, middle, at(50)[name], 1e-12, "%s: %s", row.Name, name)
		}
		if row.Name == "dino" {
			require.InDelta(t, 0.03, at(0)["teacher_temperature"], 1e-12)
			require.InDelta(t, 0.05, at(25)["teacher_temperature"], 1e-12)
		}
	}
}

// numbersOf returns the momenta and temperatures of a method whose parameters are given.
func numbersOf(t *testing.T, row Row, given string) map[string]float64 {
	t.Helper()
	var some map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(given), &some))
	p, err := complete(row.Name, row.Parameters, some, &Setting{Samples: toySize, Batch: toySize, Steps: 400})
	require.NoError(t, err)
	all := map[string]float64{}
	for _, f := range lookAt(p) {
		switch f.Name {
		case emaSchedule, temperatureSchedule, teacherTemperatureSchedule:
			all[f.Name] = f.value.Float()
		}
	}
	return all
}

func keysOf(m map[string]float64) []string { return slices.Collect(maps.Keys(m)) }
