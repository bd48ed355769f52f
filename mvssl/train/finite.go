package train

import (
	"encoding/json"
	"fmt"
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
	unusual := unusualParameters(row, c.Model.Parameters)
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

// unusualParameters lists the numbers among a method's parameters that are not those of
// its row.
func unusualParameters(row mvssl.Row, parameters any) []string {
	text, err := json.Marshal(parameters)
	if err != nil {
		return nil // a method that prints nothing of itself
	}
	var values map[string]any
	_ = json.Unmarshal(text, &values)
	var list []string
	for _, p := range row.Describe() {
		usual, err := strconv.ParseFloat(p.Default, 64)
		value, is := values[p.Name].(float64)
		if err == nil && is && value != usual {
			list = append(list, fmt.Sprintf("--%s nearer its default, %s (it is %v)", p.Flag(), p.Default, value))
		}
	}
	return list
}
