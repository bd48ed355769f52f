package mvssl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Row is a method's line in the table of methods, Figure 1 of the paper in code.
type Row struct {
	Name        string `json:"name"`
	Branches    string `json:"branches"`    // identical, or what differs
	Projections string `json:"projections"` // as they are (sphere), or processed how
	Objective   string `json:"objective"`
	Paper       string `json:"paper"`
	// Hyperparameters names the fields of Config (by their JSON names) that the
	// method takes.
	Hyperparameters []string `json:"hyperparameters"`
	// Defaults returns good hyperparameters and a good recipe for the method.
	Defaults func() (Config, Recipe) `json:"-"`
	// New32 and New64 build the method in either precision, with weights drawn from
	// rng.
	New32 func(rng *rand.Rand, c Config) (Method[float32], error) `json:"-"`
	New64 func(rng *rand.Rand, c Config) (Method[float64], error) `json:"-"`
}

// Recipe is how a method's networks are trained.
type Recipe struct {
	Optimizer   string  `json:"optimizer"`
	LR          float64 `json:"lr"` // at its peak
	Momentum    float64 `json:"momentum"`
	WeightDecay float64 `json:"weight_decay"`
	// DecayNorms also decays biases and norms, PyTorch's default.
	DecayNorms bool `json:"decay_norms"`
	// Warmup is the fraction of the steps over which the learning rate rises; after
	// it, it falls by half a cosine.
	Warmup float64 `json:"warmup"`
}

// Takes reports whether the method uses the hyperparameter of that JSON name.
func (r Row) Takes(name string) bool { return slices.Contains(r.Hyperparameters, name) }

var rows = []Row{simclrRow, simclrERRow}

// Rows returns the table of methods.
func Rows() []Row { return slices.Clone(rows) }

// Register adds a method to the table. It panics where the name is taken. It must
// be called before methods are looked up, in an init function as a rule.
func Register(r Row) {
	if _, err := Find(r.Name); err == nil {
		panic(fmt.Sprintf("mvssl.Register: method %q is there already", r.Name))
	}
	rows = append(rows, r)
}

// Find returns the row of a method; the error for an unknown name lists the names
// that there are.
func Find(name string) (Row, error) {
	var names []string
	for _, r := range rows {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return Row{}, fmt.Errorf("method %q is unknown: there are %s", name, strings.Join(names, ", "))
}

// New builds the method that the configuration names, with weights drawn from
// rng.
func New[T Float](rng *rand.Rand, c Config) (Method[T], error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	row, err := Find(c.Method)
	if err != nil {
		return nil, err
	}
	var m any
	if _, single := any(T(0)).(float32); single {
		m, err = row.New32(rng, c)
	} else {
		m, err = row.New64(rng, c)
	}
	if err != nil {
		return nil, err
	}
	return m.(Method[T]), nil
}
