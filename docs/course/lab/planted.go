package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"entrec/docs/course/micro"
	"entrec/reference/check"
	"entrec/reference/golden"
	"entrec/reference/suite"
)

// bug is a mistake that is put into NT-Xent.
type bug int

const (
	none bug = iota
	temperatureTwice
	selfKept
	oneDirection
	unnormalized
	gradientHalved
)

// bugs are in the order of the enumeration.
var bugs = []string{"none", "the temperature twice", "an anchor beside itself", "anchors of one view alone", "rows as they come", "half of the gradient"}

// planted puts mistakes into NT-Xent and asks the oracle's questions about it.
func planted(w io.Writer) {
	questions, err := suite.OpenOp("nt_xent")
	if err != nil {
		panic(err) // the suite is part of the program
	}
	for b, name := range bugs {
		backend := golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) { return answerNTXent(c, bug(b)) })
		options := check.Options{Profile: golden.F32, Select: check.Selection{Cases: []string{"nt_xent-[0-9]*"}}, LooksLike: suite.LooksLike}
		r, err := check.Run(context.Background(), questions, check.InProcess{Backend: backend, Jobs: 1}, options)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(w, "%s: %d of %d right\n", name, r.Passed, r.Expected)
		for _, result := range r.Results {
			if result.Fails() && !result.Reject {
				fmt.Fprintf(w, "    %s: %s\n", result.Case, result.Explained())
				break
			}
		}
	}
}

// answerNTXent answers a question by NT-Xent with a mistake.
func answerNTXent(c *golden.Case, b bug) (*golden.Answer, error) {
	if c.Op != "nt_xent" {
		return nil, golden.ErrUnsupported
	}
	z1, z2 := c.In["z1"], c.In["z2"]
	tau, err := c.Attrs.Float("temperature")
	if err != nil {
		return nil, golden.Refuse(c.Op, "%v", err)
	}
	k, d := z1.Shape[0], z1.Shape[1]
	tape := &micro.Tape{}
	x := tape.New(2*k, d, append(append([]float64{}, z1.Data...), z2.Data...))
	loss := ntXentWith(x, tau, b)
	a := &golden.Answer{Out: map[string]*golden.Array{"loss": golden.Scalar(loss.Value[0])}, Grad: map[string]*golden.Array{}}
	wrt, err := c.Attrs.Wrt()
	if err != nil || len(wrt) == 0 {
		return a, err
	}
	scale := c.CT["loss"].Data[0]
	if b == gradientHalved {
		scale /= 2
	}
	tape.Backward(micro.Scale(loss, scale))
	for i, name := range []string{"z1", "z2"} {
		a.Grad[name] = golden.FromSlice(x.Grad[i*k*d:(i+1)*k*d], k, d)
	}
	return a, nil
}

// ntXentWith returns mean_i −log( e^{s_ip} / Σ_{j≠i} e^{s_ij} ) of the rows of both views, or
// what a mistake makes of it.
func ntXentWith(x *micro.Var, tau float64, b bug) *micro.Var {
	n := x.Rows
	anchors := n
	if b != unnormalized {
		x = micro.Unit(x)
	}
	s := micro.Scale(micro.MatMul(x, micro.Transpose(x)), 1/tau)
	if b == temperatureTwice {
		s = micro.Scale(s, 1/tau)
	}
	if b == oneDirection {
		anchors = n / 2
	}
	others, positives := make([]float64, n*n), make([]float64, n*n)
	for i := range anchors {
		for j := range n {
			if i != j || b == selfKept {
				others[i*n+j] = 1
			}
		}
		positives[i*n+(i+n/2)%n] = 1
	}
	constant := func(values []float64) *micro.Var { return (&micro.Tape{}).New(n, n, values) }
	sums := micro.SumRows(micro.Mul(micro.Exp(s), constant(others)))
	logs := micro.Each(sums, func(x float64) (y, slope float64) {
		if x == 0 { // no anchor
			return 0, 0
		}
		return math.Log(x), 1 / x
	})
	return micro.Scale(micro.Add(micro.Sum(logs), micro.Scale(micro.Sum(micro.Mul(s, constant(positives))), -1)), 1/float64(anchors))
}
