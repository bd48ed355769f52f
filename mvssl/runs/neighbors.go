package runs

import (
	"context"
	"fmt"
	"slices"

	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// Query is an image whose neighbors are asked for: one of a data set's.
type Query struct {
	Image string // what it is called
	Of    *data.Dataset
	Index int
}

// Neighbor is an image that is near another, or that other.
type Neighbor struct {
	Image string  `json:"image"` // such as train:17, or a file
	File  *string `json:"file"`  // within the data set; null where images have none
	Label *int    `json:"label"` // null where there are none
	Class *string `json:"class"`
	// Distance is 1 − the cosine of the features, 0 to 2.
	Distance float64 `json:"distance"`
	Index    int     `json:"-"` // in the training set
}

// Neighborhood is an image and the training images that are nearest to it, the nearest
// first.
type Neighborhood struct {
	Image     string     `json:"image"`
	File      *string    `json:"file"`
	Label     *int       `json:"label"`
	Class     *string    `json:"class"`
	Neighbors []Neighbor `json:"neighbors"`
}

// Neighbors returns the k training images of a data set that are nearest to each query, by
// the features of the run in folder dir, whose configuration is cfg. A query that is a
// training image is not its own neighbor.
func Neighbors(ctx context.Context, cfg train.Config, bank *data.Dataset, dir string, queries []Query, k int) ([]Neighborhood, error) {
	if cfg.Precision == train.F64 {
		return neighbors[float64](ctx, cfg, bank, dir, queries, k)
	}
	return neighbors[float32](ctx, cfg, bank, dir, queries, k)
}

func neighbors[T tensor.Float](ctx context.Context, cfg train.Config, bank *data.Dataset, dir string, queries []Query, k int) ([]Neighborhood, error) {
	n, err := train.Load[T](dir, cfg)
	if err != nil {
		return nil, err
	}
	e, err := evaluator(cfg, n.Method, bank)
	if err != nil {
		return nil, err
	}
	network := encode(n.Method.Encoder())
	var asked []*tensor.Tensor[T]
	for _, q := range queries {
		x, err := e.One(q.Of, q.Index, network)
		if err != nil {
			return nil, err
		}
		asked = append(asked, x)
	}
	features, err := e.Map(ctx, bank, network)
	if err != nil {
		return nil, err
	}
	found, err := eval.Neighbors(ctx, features, tensor.Concat(0, asked...), k+1) // one may be the query
	if err != nil {
		return nil, err
	}
	var all []Neighborhood
	for i, q := range queries {
		self := told(q.Of, q.Image, q.Index)
		near := slices.DeleteFunc(found[i], func(v eval.Neighbor) bool { return q.Of == bank && v.Row == q.Index })
		of := Neighborhood{self.Image, self.File, self.Label, self.Class, []Neighbor{}}
		for _, v := range near[:min(k, len(near))] {
			one := told(bank, fmt.Sprintf("%s:%d", data.Training, v.Row), v.Row)
			one.Distance = v.Distance
			of.Neighbors = append(of.Neighbors, one)
		}
		all = append(all, of)
	}
	return all, nil
}

// told says what a data set knows of an image.
func told(d *data.Dataset, name string, i int) Neighbor {
	n := Neighbor{Image: name, Index: i}
	if d.Files != nil {
		n.File = &d.Files[i]
	}
	if d.Labels != nil {
		n.Label = &d.Labels[i]
		if d.Labels[i] < len(d.Classes) {
			n.Class = &d.Classes[d.Labels[i]]
		}
	}
	return n
}
