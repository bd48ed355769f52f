package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"

	"entrec/reference"
	"entrec/reference/golden"
)

// engine is GoMLX's in pure Go.
var engine backends.Backend = simplego.GetBackend()

// question is one with its inputs as nodes of a graph.
type question struct {
	*golden.Case
	in map[string]*Node
}

// number and whole return attributes that have been validated.
func (q question) number(name string) float64 {
	v, _ := q.Attrs.Float(name)
	return v
}

func (q question) whole(name string) int {
	v, _ := q.Attrs.Int(name)
	return v
}

// ask answers a question by a graph of its own.
func ask(c *golden.Case) (*golden.Answer, error) {
	op, ok := ops[c.Op]
	if !ok {
		return nil, fmt.Errorf("%s: %w", c.Op, golden.ErrUnsupported)
	}
	if err := reference.Validate(c); err != nil {
		return nil, err
	}
	g := NewGraph(engine, c.Op)
	defer g.Finalize()
	q := question{c, map[string]*Node{}}
	var feeds []any
	for _, name := range slices.Sorted(maps.Keys(c.In)) {
		q.in[name] = Parameter(g, name, shapes.Make(dtypes.Float32, c.In[name].Shape...))
		feeds = append(feeds, tensor(c.In[name]))
	}
	outs := op(q)
	names := slices.Sorted(maps.Keys(outs))
	var wanted []*Node
	for _, name := range names {
		wanted = append(wanted, outs[name])
	}
	pulled := Const(g, float32(0))
	for name, ct := range c.CT {
		y := outs[name]
		if y == nil || !slices.Equal(y.Shape().Dimensions, ct.Shape) {
			return nil, golden.Refuse(c.Op, "cotangent %s is of no output", name)
		}
		pulled = Add(pulled, ReduceAllSum(Mul(y, ConstTensor(g, tensor(ct)))))
	}
	wrt, err := c.Attrs.Wrt()
	if err != nil {
		return nil, err
	}
	if forwardOnly[c.Op] != "" {
		wrt = nil
	}
	if len(wrt) > 0 {
		var of []*Node
		for _, name := range wrt {
			of = append(of, q.in[name])
		}
		wanted = append(wanted, Gradient(pulled, of...)...)
	}
	g.Compile(wanted...)
	found := g.Run(feeds...)
	a := &golden.Answer{Out: map[string]*golden.Array{}, Grad: map[string]*golden.Array{}}
	for i, t := range found {
		if i < len(names) {
			a.Out[names[i]] = array(t)
		} else {
			a.Grad[wrt[i-len(names)]] = array(t)
		}
	}
	return a, nil
}

func tensor(a *golden.Array) *tensors.Tensor {
	data := make([]float32, len(a.Data))
	for i, v := range a.Data {
		data[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(data, a.Shape...)
}

func array(t *tensors.Tensor) *golden.Array {
	a := golden.NewArray(t.Shape().Dimensions...)
	for i, v := range tensors.MustCopyFlatData[float32](t) {
		a.Data[i] = float64(v)
	}
	return a
}
