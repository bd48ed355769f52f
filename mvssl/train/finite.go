package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"

	"entrec/mvssl"
	"entrec/tensor"
)

// finite returns an error that names the method, the step and the first term that is
// NaN or infinite, with what may help; nil where all are finite. So many updates were
// made before the terms were computed.
func (c *Config) finite(step, updates int, terms []mvssl.Term) error {
	for _, term := range terms {
		if math.IsNaN(term.Value) || math.IsInf(term.Value, 0) {
			return fmt.Errorf("%s, step %d: %s is %v: %w; %s", c.Model.Method, step, term.Name, term.Value, ErrNotFinite, c.remedy(updates))
		}
	}
	return nil
}

// finiteState is finite of all parameters, buffers and the optimizer's state.
func (t *trainer[T]) finiteState() error {
	for _, s := range t.state {
		for _, v := range tensor.Contiguous(s.Value).Data() {
			if v-v != 0 {
				return t.cfg.finite(t.at.Step, t.at.Step, []mvssl.Term{{Name: s.Name + " after the update", Value: float64(v)}})
			}
		}
	}
	return nil
}

// remedy says what may keep a loss finite. Before any update the learning rate has done
// nothing, so it is the loss's own parameters; afterwards it is the updates, unless
// they are as large as usual and a parameter is not.
func (c *Config) remedy(updates int) string {
	row, err := mvssl.Find(c.Model.Method)
	if err != nil {
		panic(err) // it was found when the run was built
	}
	unusual := c.unusualParameters(row)
	usual := row.Recipe.WithOptimizer(c.Recipe.Optimizer).LR
	lr := fmt.Sprintf("a smaller --lr (it is %v, by default %v)", c.Recipe.LR, usual)
	switch {
	case updates == 0 && len(unusual) == 0:
		return "no update was made yet and the method's parameters are the usual ones: look at the images, or try --precision f64"
	case updates == 0:
		return "no update was made yet: try " + strings.Join(unusual, ", or ")
	case c.Recipe.LR > usual:
		return "try " + strings.Join(append([]string{lr}, unusual...), ", or ")
	}
	return "try " + strings.Join(append(unusual, lr), ", or ")
}

// unusualParameters lists the numbers among the method's parameters that are not those of
// its row, or that the method would choose in the run as it began.
func (c *Config) unusualParameters(row mvssl.Row) []string {
	text, err := json.Marshal(c.Model.Parameters)
	if err != nil {
		return nil // a method that prints nothing of itself
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(text, &given)
	var list []string
	for _, p := range row.Describe() {
		value, err := strconv.ParseFloat(string(given[p.Name]), 64)
		usual, known := c.usual(row, p, given)
		if err == nil && known && value != usual {
			list = append(list, fmt.Sprintf("--%s nearer its default, %v (it is %v)", p.Flag(), usual, value))
		}
	}
	return list
}

// usual returns the default of a parameter that is a number, and whether it is known. What
// the method chooses goes by the other parameters as they are given, and by the length that
// the run began with.
func (c *Config) usual(row mvssl.Row, p mvssl.Parameter, given map[string]json.RawMessage) (value float64, known bool) {
	text := []byte(p.Default)
	if p.Default == mvssl.Auto {
		others := maps.Clone(given)
		delete(others, p.Name)
		begun := *c
		if len(c.Extended) > 0 {
			begun.Epochs, begun.Steps = c.Extended[0].Epochs, c.Extended[0].Steps
		}
		chosen, err := row.Configure(c.Model.Encoder, c.Model.Projector, others, begun.setting())
		if err != nil {
			return 0, false
		}
		all, _ := json.Marshal(chosen.Parameters) // as those of c
		var values map[string]json.RawMessage
		_ = json.Unmarshal(all, &values)
		text = values[p.Name]
	}
	value, err := strconv.ParseFloat(string(text), 64)
	return value, err == nil
}
