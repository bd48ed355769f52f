package trace

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is what a layer does: an operation of the golden format, unit_linear or divide.
type Kind string

// The kinds of layers. Linear and Conv2d have a bias where the state has NAME.bias.
const (
	Linear          Kind = "linear"
	UnitLinear      Kind = "unit_linear" // linear without bias, the rows of its weight normalized first (eps 1e-12): weight norm with gains of 1
	Conv2d          Kind = "conv2d"
	BatchNorm       Kind = "batch_norm"
	ReLU            Kind = "relu"
	GlobalAvgPool2d Kind = "global_avg_pool2d"
	Normalize       Kind = "normalize"
	Softmax         Kind = "softmax"
	Divide          Kind = "divide" // by a number
)

// parametersOf has, for each kind, how many parameters a layer must have.
var parametersOf = map[Kind]int{Linear: 1, UnitLinear: 1, Conv2d: 1, BatchNorm: 2,
	ReLU: 0, GlobalAvgPool2d: 0, Normalize: 0, Softmax: 0, Divide: 0}

// Layer is a layer of a trace: "KIND NAME" where it has parameters, NAME.weight and
// NAME.bias, else "KIND"; "conv2d NAME STRIDE" where the stride is not the trace's; and
// "divide NUMBER".
type Layer struct {
	Kind Kind
	Name string // empty where it has no parameters
	// Number is what a divide divides by, or the stride of a convolution, 0 if it is the
	// trace's.
	Number float64
}

// Parameter returns the name of one of the layer's parameters, weight or bias.
func (l Layer) Parameter(name string) string { return l.Name + "." + name }

// ParseLayer reads a layer.
func ParseLayer(text string) (Layer, error) {
	words := strings.Split(text, " ")
	layer := Layer{Kind: Kind(words[0])}
	parameters, known := parametersOf[layer.Kind]
	words = words[1:]
	if parameters > 0 && len(words) > 0 {
		layer.Name, words = words[0], words[1:]
	}
	if numbered := layer.Kind == Divide || layer.Kind == Conv2d; numbered && len(words) == 1 {
		var err error
		if layer.Number, err = strconv.ParseFloat(words[0], 64); err == nil && layer.Number > 0 {
			words = nil
		}
	}
	if !known || len(words) > 0 || parameters > 0 && layer.Name == "" || layer.Kind == Divide && layer.Number == 0 {
		return Layer{}, fmt.Errorf("found layer %q, expected KIND, KIND NAME, conv2d NAME STRIDE or divide NUMBER", text)
	}
	return layer, nil
}
