package data

import (
	"context"
	"fmt"
	"slices"
)

// Source is a data set that goes by a name: a row in the table of sources.
type Source struct {
	// Name is what Load is asked for. It goes before a path of that name.
	Name string
	// Doc is one line.
	Doc string
	// Load brings the data set here if need be, into Options.CacheDir, and loads it.
	Load func(ctx context.Context, o Options) (*Split, error)
}

// sources is the table. It is filled in init, since loading may look at it.
var sources []Source

func init() {
	sources = append([]Source{fashionMini, fashionMNIST, mnist, cifar10, cifar100, cifar100Coarse, stl10, stl10Unlabeled}, medMNISTSources()...)
}

// Sources returns the table of data sets that go by a name.
func Sources() []Source { return slices.Clone(sources) }

// Names lists the data sets that Load knows by name.
func Names() []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Name)
	}
	return names
}

// RegisterSource adds a data set to the table. It panics where the name is taken. It
// must be called before anything is loaded, in an init function as a rule.
func RegisterSource(s Source) {
	if slices.Contains(Names(), s.Name) {
		panic(fmt.Sprintf("data.RegisterSource: data set %q is there already", s.Name))
	}
	sources = append(sources, s)
}
