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
	// Fit fills in hyperparameters that are zero and follow from the length of the
	// run or the size of the data; nil where there are none.
	Fit func(c *Config, s Setting) `json:"-"`
	// Check reports what does not go together, nil if nothing; it may be nil itself.
	Check func(c Config, s Setting) error `json:"-"`
	// Views returns the method's views of images of size×size pixels, with mean 0 and
	// standard deviation 1; nil stands for SimCLR's, two of them.
	Views func(c Config, channels, size int) []View `json:"-"`
	// New32 and New64 build the method in either precision, with weights drawn from
	// rng, for a configuration that has been validated.
	New32 func(rng *rand.Rand, c Config, s Setting) (Method[float32], error) `json:"-"`
	New64 func(rng *rand.Rand, c Config, s Setting) (Method[float64], error) `json:"-"`
}

// Takes reports whether the method uses the hyperparameter of that JSON name.
func (r Row) Takes(name string) bool { return slices.Contains(r.Hyperparameters, name) }

var rows = []Row{
	simclrRow, simclrERRow, mocoRow, alignUniformRow,
	deepClusterRow, swavRow,
	byolRow, byolERRow, simsiamRow, dinoRow, dinoERRow,
	barlowTwinsRow, vicregRow,
}

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

// DefaultViews returns the views on which the method that the configuration names
// is trained as a rule, of images of size×size pixels.
func DefaultViews(c Config, channels, size int) ([]View, error) {
	row, err := Find(c.Method)
	if err != nil {
		return nil, err
	}
	if row.Views == nil {
		return standardViews(c, channels, size), nil
	}
	return row.Views(c, channels, size), nil
}

// New builds the method that the configuration names, with weights drawn from
// rng, for the given setting.
func New[T Float](rng *rand.Rand, c Config, s Setting) (Method[T], error) {
	if err := c.ValidateIn(s); err != nil {
		return nil, err
	}
	row, err := Find(c.Method)
	if err != nil {
		return nil, err
	}
	var m any
	if _, single := any(T(0)).(float32); single {
		m, err = row.New32(rng, c, s)
	} else {
		m, err = row.New64(rng, c, s)
	}
	if err != nil {
		return nil, err
	}
	return m.(Method[T]), nil
}
