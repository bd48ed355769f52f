package train

import (
	"maps"
	"slices"
	"strings"

	"entrec/mvssl"
	"entrec/nn"
)

// shortNames are the names that flags and sweep files have for fields of a configuration,
// apart from the parameters of methods.
var shortNames = func() map[string]string {
	names := map[string]string{
		"data": "data", "subset": "subset", "init": "init", "holdout": "holdout", "size": "size", "resize": "resize",
		"method": "model.method", "encoder": "model.encoder.name", "width": "model.encoder.width",
		"epochs": "epochs", "steps": "steps", "batch": "batch", "views": WholeViews,
		"optimizer": "recipe.optimizer", "lr": "recipe.lr", "precision": "precision", "seed": "seed",
		"log-every": "report.log_every", "log": "report.log", "eval-every": "report.eval_every", "bag": "report.bag", "keep-every": "report.keep_every", "keep-predictions": "report.keep_predictions", "probe": "probe",
	}
	for _, p := range nn.EncoderParameters() {
		names[strings.ReplaceAll(p.Name, "_", "-")] = "model.encoder." + p.Name
	}
	return names
}()

// ShortNames returns the names that [PathOf] knows whatever the method.
func ShortNames() []string { return slices.Sorted(maps.Keys(shortNames)) }

// PathOf returns the path in a configuration of the field that a flag of that name stands
// for, written with dashes or underscores: one of [ShortNames], or a parameter of the
// method. It reports false where there is none.
func PathOf(name, method string) (path string, ok bool) {
	flag := strings.ReplaceAll(name, "_", "-")
	if path, ok := shortNames[flag]; ok {
		return path, true
	}
	row, err := mvssl.Find(method)
	if err != nil {
		return "", false
	}
	for _, p := range row.Describe() {
		if p.Flag() == flag {
			return "model." + p.Name, true
		}
	}
	return "", false
}
