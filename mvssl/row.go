package mvssl

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
)

// Row is a method in the table of methods: its answers to the two questions of the
// paper's Figure 1, its objective, and how it is built and trained.
type Row struct {
	Name        string
	Branches    Branches
	Projections Projections
	Objective   string // in a few words
	Paper       string // who, when, where
	TwinOf      string // for an ER twin, the method whose objective it replaces
	// Nats says whether the loss is in nats.
	Nats bool
	// Parameters is the zero value of the struct of the method's parameters: see
	// [Parameter]. A method without parameters has an empty struct. Three names say what
	// the method has in Figure 1: predictor, queue, and local_crops, an int.
	Parameters any
	// Recipe and Projector are those that serve where nothing else is asked for. A recipe
	// is best made from another row's.
	Recipe    Recipe
	Projector ProjectorConfig
	// Encoder is the one that serves where none is asked for, the name of a row of
	// nn.Encoders; empty: resnet18.
	Encoder string
	// Bag is how many crops of an image its features are averaged over in a further linear
	// probe at a run's end, where nothing else is asked for; 0: there is none.
	Bag int
	// Supervised says whether the method learns from labels, which its batches then have:
	// see [Batch.WithLabels].
	Supervised bool
	// MoreViews says whether the method takes more than two views of the whole image.
	MoreViews bool
	// Views returns the method's views of images of size×size pixels, with mean 0 and
	// standard deviation 1: two of the whole image first, more with MoreViews, then as
	// many small crops as the parameter local_crops says, none where there is no such
	// parameter. nil stands for [SimCLRViews].
	Views func(c Config, channels, size int) []View
	// New32 and New64 build the method in either precision.
	New32 func(b Build) (Method[float32], error)
	New64 func(b Build) (Method[float64], error)
}

// Build is what a method is built from: a valid configuration in a setting that it
// fits in, and the random numbers that weights are drawn from.
type Build struct {
	Config
	Setting
	Rand *rand.Rand
}

// Twin is what an ER twin has of its own: another objective with the parameters
// that belong to it.
type Twin struct {
	Name       string
	Objective  string
	Paper      string
	Parameters any
	New32      func(b Build) (Method[float32], error)
	New64      func(b Build) (Method[float64], error)
}

// Twin returns the row of a method that differs from r in nothing but the objective
// and the objective's parameters: branches, projections, recipe, projector and
// views are r's. Its loss is in nats.
func (r Row) Twin(t Twin) Row {
	r.TwinOf = r.Name
	r.Name, r.Objective, r.Paper, r.Parameters, r.Nats = t.Name, t.Objective, t.Paper, t.Parameters, true
	r.New32, r.New64 = t.New32, t.New64
	return r
}

// Describe lists the method's parameters in the order of its struct's fields.
func (r Row) Describe() []Parameter {
	var list []Parameter
	for _, f := range lookAt(r.Parameters) {
		list = append(list, f.Parameter)
	}
	return list
}

// Parameter returns the description of one of the method's parameters, false where
// it has none of that name.
func (r Row) Parameter(name string) (Parameter, bool) {
	list := r.Describe()
	i := slices.IndexFunc(list, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return Parameter{}, false
	}
	return list[i], true
}

// Figure returns the row's cells in Figure 1: its branches with the predictor that
// they may have, and its projections with the small crops that it may see. A queue
// keeps what the other branch projected, or what is made of projections.
func (r Row) Figure() (branches, projections string) {
	branches, projections = r.Branches.String(), r.Projections.String()
	queue := &projections
	if r.Branches.Asymmetric() {
		queue = &branches
	}
	for _, part := range []struct {
		parameter, word string
		cell            *string
	}{{"predictor", "predictor", &branches}, {"queue", "queue", queue}, {"local_crops", "multi-crop", &projections}} {
		if _, ok := r.Parameter(part.parameter); ok {
			*part.cell += ", " + part.word
		}
	}
	return branches, projections
}

// Remedies lists what may help the method against collapse: what the original
// authors and their users report (swav README; dino issue 43).
func (r Row) Remedies() []string {
	tries := []string{"a smaller --lr", "a longer warm-up (--set recipe.warmup=0.2)"}
	for _, p := range r.Describe() {
		if p.Remedy != "" {
			tries = append(tries, p.Remedy)
		}
	}
	return tries
}

// rows is the table of methods, by the cells of Figure 1.
var rows = []Row{
	simclrRow, simclrERRow, cmcRow, cpcRow, dimRow, amdimRow, dclRow, dhelRow, alignUniformRow, koleoRow, ticoRow, mocoRow,
	deepClusterRow, swavRow, erDiscreteRow,
	byolRow, byolERRow, simsiamRow, dinoRow, dinoERRow,
	barlowTwinsRow, vicregRow, infomaxRow, corInfoMaxRow, lejepaRow, mmcrRow, empSSLRow, erRow,
	supervisedRow,
}

func init() {
	for _, r := range rows {
		checkTags(r.Name, r.Parameters)
	}
}

// Rows returns the table of methods.
func Rows() []Row {
	all := slices.Clone(rows)
	for i := range all {
		all[i].Recipe = all[i].Recipe.clone()
	}
	return all
}

// Register adds a method to the table. It must be called before methods are looked
// up, in an init function as a rule. It panics where the name is taken or empty, where
// the recipe is not valid, where the struct of parameters or a constructor is missing,
// or where the parameters' tags are not those that [Parameter] describes.
func Register(r Row) {
	if _, err := Find(r.Name); err == nil {
		panic(fmt.Sprintf("mvssl.Register: method %q is there already", r.Name))
	}
	if reflect.ValueOf(r.Parameters).Kind() != reflect.Struct || r.New32 == nil || r.New64 == nil {
		panic(fmt.Sprintf("mvssl.Register: method %q needs Parameters, a struct, New32 and New64", r.Name))
	}
	if err := r.Recipe.Validate(); err != nil || r.Name == "" {
		panic(fmt.Sprintf("mvssl.Register: method %q needs a name and a valid recipe: %v", r.Name, err))
	}
	checkTags(r.Name, r.Parameters)
	rows = append(rows, r)
}

// Find returns the row of a method; the error for an unknown name lists the names
// that there are.
func Find(name string) (Row, error) {
	var names []string
	for _, r := range rows {
		if r.Name == name {
			r.Recipe = r.Recipe.clone()
			return r, nil
		}
		names = append(names, r.Name)
	}
	return Row{}, fmt.Errorf("method %q is unknown: there are %s", name, strings.Join(names, ", "))
}

// New builds the method that the configuration names, with weights drawn from
// rng, for the given setting. The error is that of [Config.ValidateIn], or the
// method's own.
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
		m, err = row.New32(Build{c, s, rng})
	} else {
		m, err = row.New64(Build{c, s, rng})
	}
	if err != nil {
		return nil, err
	}
	return m.(Method[T]), nil
}
