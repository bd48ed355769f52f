package main

import (
	"maps"
	"math"

	"entrec/autograd"
	"entrec/mvssl/special"
	"entrec/reference/golden"
	"entrec/tensor"
)

// composed is a backend that has the operations whose formulas are sums of many
// terms, each put together of elementary operations in the precision of T, as a
// backend without fused kernels does: intermediate results are rounded and stored,
// similarity matrices whole. Where a formula cancels, its error is that of an
// honest float32 evaluation, which the engine's own, with its sums in float64,
// does not show.
//
// Products round their factors to that many significant bits, and the cotangents that they are
// multiplied by; 0 rounds nothing.
func composed[T tensor.Float](formulas map[string]formula[T], bits int) golden.Backend {
	return golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		f, there := formulas[c.Op]
		if !there || len(c.CT) == 0 {
			return nil, golden.ErrUnsupported
		}
		wrt, err := c.Attrs.Wrt()
		if err != nil {
			return nil, err
		}
		q := &inputs[T]{Case: c, bits: bits, tape: autograd.NewTape[T](), vars: map[string]*autograd.Var[T]{}}
		for name, x := range c.In {
			q.vars[name] = q.tape.Leaf(convert[T](x))
		}
		y := f.of(q)
		a := &golden.Answer{Out: map[string]*golden.Array{f.out: array(y.Value)}, Grad: map[string]*golden.Array{}}
		if c.CT[f.out] == nil {
			return a, nil // the gradients are another output's
		}
		q.tape.BackwardFrom([]*autograd.Var[T]{y}, []*tensor.Tensor[T]{convert[T](c.CT[f.out])})
		for _, name := range wrt {
			if a.Grad[name] = golden.NewArray(c.In[name].Shape...); q.vars[name].Grad != nil {
				a.Grad[name] = array(q.vars[name].Grad)
			}
		}
		return a, nil
	})
}

func convert[T tensor.Float](x *golden.Array) *tensor.Tensor[T] {
	return tensor.Convert[T](tensor.FromSlice(x.Data, x.Shape...))
}

func array[T tensor.Float](t *tensor.Tensor[T]) *golden.Array {
	return golden.FromSlice(tensor.Convert[float64](tensor.Contiguous(t)).Data(), t.Shape()...)
}

// inputs are a case's inputs on a tape.
type inputs[T tensor.Float] struct {
	*golden.Case
	bits int // of the factors of products, 0 for all
	tape *autograd.Tape[T]
	vars map[string]*autograd.Var[T]
}

func (q *inputs[T]) float(name string) float64 {
	v, err := q.Attrs.Float(name)
	if err != nil {
		panic(err)
	}
	return v
}

// formula is an operation's output.
type formula[T tensor.Float] struct {
	out string
	of  func(q *inputs[T]) *autograd.Var[T]
}

func formulas[T tensor.Float]() map[string]formula[T] {
	type v = *autograd.Var[T]
	y := func(f func(q *inputs[T], x v) v) formula[T] {
		return formula[T]{"y", func(q *inputs[T]) v { return f(q, q.vars["x"]) }}
	}
	pair := func(out string, f func(q *inputs[T], z1, z2 v) v) formula[T] {
		return formula[T]{out, func(q *inputs[T]) v { return f(q, q.vars["z1"], q.vars["z2"]) }}
	}
	critic := func(f func(own, others v) v) formula[T] {
		return formula[T]{"loss", func(q *inputs[T]) v { return f(scores(q, q.vars["global"], q.vars["local"])) }}
	}
	all := map[string]formula[T]{
		"layer_norm": y(func(q *inputs[T], x v) v {
			return affine(standardize(x, q.float("eps"), 1), q.vars["weight"], q.vars["bias"], 1, x.Shape()[1])
		}),
		"batch_norm": y(func(q *inputs[T], x v) v {
			axes, shape := []int{0}, []int{1, x.Shape()[1]}
			if len(x.Shape()) == 4 {
				axes, shape = []int{0, 2, 3}, append(shape, 1, 1)
			}
			return affine(standardize(x, q.float("eps"), axes...), q.vars["weight"], q.vars["bias"], shape...)
		}),
		"attention": {"y", func(q *inputs[T]) v {
			shape := q.vars["q"].Shape()
			rows, t := shape[0]*shape[1]*shape[2], shape[2]
			s := q.product(q.vars["q"], autograd.Transpose(q.vars["k"], 0, 1, 3, 2))
			s = autograd.Reshape(autograd.Scale(s, 1/math.Sqrt(float64(shape[3]))), rows, t)
			p := autograd.Reshape(autograd.Exp(logSoftmax(s)), shape[0], shape[1], t, t)
			return q.product(p, q.vars["v"])
		}},
		"gelu":        y(func(q *inputs[T], x v) v { return gelu(x, q.Attrs["approximate"] == "tanh", 0) }),
		"logdet":      y(func(_ *inputs[T], x v) v { return logDet(x) }),
		"softmax":     y(func(_ *inputs[T], x v) v { return autograd.Exp(logSoftmax(x)) }),
		"log_softmax": y(func(_ *inputs[T], x v) v { return logSoftmax(x) }),
		"logsumexp":   y(func(_ *inputs[T], x v) v { return logSumExp(x) }),
		"normalize":   y(func(q *inputs[T], x v) v { return normalize(x, q.float("eps")) }),
		"global_avg_pool2d": y(func(_ *inputs[T], x v) v {
			return autograd.Mean(x, 2, 3)
		}),

		"info_nce": pair("loss", func(q *inputs[T], z1, z2 v) v {
			return infoNCE(q, normalize(z1, 1e-12), normalize(z2, 1e-12), q.float("temperature"))
		}),
		"nt_xent": pair("loss", func(q *inputs[T], z1, z2 v) v {
			z := normalize(autograd.Concat(0, z1, z2), 1e-12)
			k := z1.Shape()[0]
			s := without(autograd.Scale(q.product(z, autograd.Transpose(z)), 1/q.float("temperature")))
			logq := logSoftmax(s)
			return autograd.Scale(autograd.Sum(autograd.Mul(logq, positives[T](2*k, k))), -1/float64(2*k))
		}),
		"dcl": pair("loss", func(q *inputs[T], z1, z2 v) v {
			z := normalize(autograd.Concat(0, z1, z2), 1e-12)
			k := z1.Shape()[0]
			s := autograd.Scale(q.product(z, autograd.Transpose(z)), 1/q.float("temperature"))
			negatives := logSumExp(autograd.Add(s, autograd.Scale(autograd.Add(positives[T](2*k, 0), positives[T](2*k, k)), -1e6)))
			positive := autograd.Scale(autograd.Sum(autograd.Mul(autograd.Slice(z, 0, 0, k), autograd.Slice(z, 0, k, 2*k))), 2/q.float("temperature"))
			return autograd.Scale(autograd.Sub(autograd.Sum(negatives), positive), 1/float64(2*k))
		}),
		"dhel": pair("loss", func(q *inputs[T], z1, z2 v) v {
			z1, z2 = normalize(z1, 1e-12), normalize(z2, 1e-12)
			scale := 1 / q.float("temperature")
			others := func(z v) v {
				return autograd.Mean(logSumExp(without(autograd.Scale(q.product(z, autograd.Transpose(z)), scale))))
			}
			return autograd.Sub(autograd.Add(others(z1), others(z2)), autograd.Scale(autograd.Mean(autograd.Sum(autograd.Mul(z1, z2), 1)), scale))
		}),
		"dim_jsd": critic(func(own, others v) v {
			return autograd.AddScalar(autograd.Add(autograd.Mean(softplus(others)), autograd.Mean(softplus(autograd.Scale(own, -1)))), -2*math.Ln2)
		}),
		"dim_nce": critic(func(own, others v) v {
			return autograd.Mean(softplus(autograd.Sub(autograd.Reshape(logSumExp(others), own.Shape()[0], 1), own)))
		}),
		"dim_dv": critic(func(own, others v) v {
			total := logSumExp(autograd.Reshape(others, 1, others.Value.Len()))
			return autograd.Sub(autograd.AddScalar(autograd.Sum(total), -math.Log(float64(others.Value.Len()))), autograd.Mean(own))
		}),
		"koleo": {"loss", func(q *inputs[T]) v {
			z := q.vars["z"]
			d := autograd.Sub(z, autograd.Gather(z, nearest(z.Value)))
			squares := autograd.SumKeep(autograd.Mul(d, d), 1)
			zeros := tensor.New[T](squares.Shape()...) // 1 where the root has no slope, and 0 is wanted
			for i, s := range squares.Value.Data() {
				if s == 0 {
					zeros.Data()[i] = 1
				}
			}
			equal := autograd.Param(zeros)
			distances := autograd.Sub(autograd.Sqrt(autograd.Add(squares, equal)), equal)
			return autograd.Scale(autograd.Mean(autograd.Log(autograd.AddScalar(distances, q.float("eps")))), -1)
		}},
		"tico": pair("loss", func(q *inputs[T], z1, z2 v) v {
			a, b := normalize(z1, 1e-12), normalize(z2, 1e-12)
			momentum := q.float("momentum")
			batch := autograd.Scale(q.product(autograd.Transpose(a), a), (1-momentum)/float64(a.Shape()[0]))
			moved := autograd.Add(autograd.Scale(q.vars["c"], momentum), batch)
			alike := autograd.Mean(autograd.Sum(autograd.Mul(a, b), 1))
			contrast := autograd.Mean(autograd.Sum(autograd.Mul(q.product(a, moved), a), 1))
			return autograd.Add(autograd.AddScalar(autograd.Scale(alike, -1), 1), autograd.Scale(contrast, q.float("rho")))
		}),
		"amdim": {"loss", func(q *inputs[T]) v {
			own, others := scores(q, autograd.Scale(q.vars["r1"], 1/math.Sqrt(float64(q.vars["r1"].Shape()[1]))), q.vars["r5"])
			all := autograd.Concat(1, own, others)
			clip := func(x v) v {
				return autograd.Scale(autograd.Tanh(autograd.Scale(x, 1/q.float("clip"))), q.float("clip"))
			}
			loss := autograd.Mean(softplus(autograd.Sub(autograd.Reshape(logSumExp(clip(others)), own.Shape()[0], 1), clip(own))))
			return autograd.Add(loss, autograd.Scale(autograd.Mean(autograd.Mul(all, all)), q.float("weight")))
		}},
		"sigreg": {"loss", func(q *inputs[T]) v { return sigreg(q) }},
		"mmcr": {"loss", func(q *inputs[T]) v {
			z := q.vars["z"]
			rows := autograd.Reshape(z, -1, z.Shape()[2])
			return autograd.Scale(nuclear(autograd.Mean(autograd.Reshape(normalize(rows, 1e-12), z.Shape()...), 0)), -1)
		}},
		"cpc": {"loss", func(q *inputs[T]) v {
			target := q.vars["target"]
			places := q.vars["positive"].Value.Data()
			m := target.Shape()[0]
			own := tensor.New[T](len(places), m)
			for i, at := range places {
				own.Data()[i*m+int(at)] = 1
			}
			logq := logSoftmax(q.product(q.vars["prediction"], autograd.Transpose(target)))
			return autograd.Scale(autograd.Mean(autograd.Sum(autograd.Mul(logq, autograd.Param(own)), 1)), -1)
		}},
		"moco": {"loss", func(q *inputs[T]) v {
			query, key, queue := normalize(q.vars["query"], 1e-12), normalize(q.vars["key"], 1e-12), normalize(q.vars["queue"], 1e-12)
			positive := autograd.SumKeep(autograd.Mul(query, key), 1)
			s := autograd.Concat(1, positive, q.product(query, autograd.Transpose(queue)))
			logq := logSoftmax(autograd.Scale(s, 1/q.float("temperature")))
			return autograd.Scale(autograd.Mean(autograd.Slice(logq, 1, 0, 1)), -1)
		}},
		"alignment": pair("loss", func(q *inputs[T], z1, z2 v) v {
			return autograd.Mean(autograd.Pow(norms(autograd.Sub(z1, z2)), q.float("alpha")))
		}),
		"uniformity": {"loss", func(q *inputs[T]) v { return uniformity(q.vars["z"], q.float("t")) }},

		"er_entropy_sphere": {"entropy", func(q *inputs[T]) v { return entropySphere(q) }},
		"er_reconstruction_sphere": pair("reconstruction", func(q *inputs[T], z1, z2 v) v {
			products := autograd.Scale(autograd.Sum(autograd.Mul(z1, z2), 1), -q.float("kappa"))
			return autograd.AddScalar(autograd.Mean(products), -logNormalizer(q, z1))
		}),
		"er_entropy_discrete": {"entropy", func(q *inputs[T]) v {
			mean := autograd.Mean(q.vars["p"], 0)
			log := autograd.Log(autograd.AddScalar(mean, q.float("eps")))
			if q.Attrs["reduction"] == "average" {
				return autograd.Scale(autograd.Mean(log), -1)
			}
			return autograd.Scale(autograd.Sum(autograd.Mul(mean, log)), -1)
		}},
		"corinfomax": corInfoMax(logDet[T]),
		"er_discrete": {"loss", func(q *inputs[T]) v {
			scale := 1 / q.float("temperature")
			log1, log2 := logSoftmax(autograd.Scale(q.vars["logits1"], scale)), logSoftmax(autograd.Scale(q.vars["logits2"], scale))
			cross := func(p, of v) v { return autograd.Mean(autograd.Sum(autograd.Mul(autograd.Exp(p), of), 1)) }
			surprise := func(logs v) v {
				logMean := autograd.AddScalar(logSumExp(autograd.Transpose(logs)), -math.Log(float64(logs.Shape()[0])))
				return autograd.Sum(autograd.Mul(autograd.Exp(logMean), logMean))
			}
			return autograd.Scale(autograd.Sub(autograd.Add(surprise(log1), surprise(log2)), autograd.Add(cross(log1, log2), cross(log2, log1))), 0.5)
		}},
		"er_reconstruction_discrete": {"reconstruction", func(q *inputs[T]) v {
			p1, p2 := q.vars["p1"], q.vars["p2"]
			cross := func(p, of v) v {
				return autograd.Sum(autograd.Mul(p, autograd.Log(autograd.AddScalar(of, q.float("eps")))), 1)
			}
			return autograd.Scale(autograd.Mean(autograd.Add(cross(p1, p2), cross(p2, p1))), -0.5)
		}},

		"byol": {"loss", func(q *inputs[T]) v {
			cosines := autograd.Sum(autograd.Mul(normalize(q.vars["prediction"], 1e-12), normalize(q.vars["target"], 1e-12)), 1)
			return autograd.Mean(autograd.AddScalar(autograd.Scale(cosines, -2), 2))
		}},
		"dino":     {"loss", func(q *inputs[T]) v { return dino(q) }},
		"sinkhorn": {"q", func(q *inputs[T]) v { return codes(q, q.vars["scores"]) }},
		"swapped_prediction": {"loss", func(q *inputs[T]) v {
			s1, s2 := q.vars["scores1"], q.vars["scores2"]
			cross := func(codesOf, s v) v {
				logp := logSoftmax(autograd.Scale(s, 1/q.float("temperature")))
				return autograd.Sum(autograd.Mul(codes(q, autograd.StopGradient(codesOf)), logp), 1)
			}
			return autograd.Scale(autograd.Mean(autograd.Add(cross(s2, s1), cross(s1, s2))), -0.5)
		}},
		"barlow_twins": pair("loss", func(q *inputs[T], z1, z2 v) v { return barlowTwins(q, z1, z2) }),
		"vicreg":       pair("loss", func(q *inputs[T], z1, z2 v) v { return vicreg(q, z1, z2) }),
	}
	maps.Copy(all, estimators[T]())
	return all
}

// shifted returns x minus the largest element of each row, and those.
func shifted[T tensor.Float](x *autograd.Var[T]) (rest, largest *autograd.Var[T]) {
	n, d := x.Shape()[0], x.Shape()[1]
	m := tensor.New[T](n, 1)
	for i := range n {
		row := tensor.Contiguous(x.Value).Data()[i*d : (i+1)*d]
		m.Data()[i] = row[0]
		for _, v := range row {
			m.Data()[i] = max(m.Data()[i], v)
		}
	}
	largest = autograd.Param(m) // the gradient through it cancels, so nobody asks for it
	return autograd.Sub(x, largest), largest
}

func logSoftmax[T tensor.Float](x *autograd.Var[T]) *autograd.Var[T] {
	rest, _ := shifted(x)
	return autograd.Sub(rest, autograd.Log(autograd.SumKeep(autograd.Exp(rest), 1)))
}

// logSumExp has the gradient exp(x − y), from its rounded result.
func logSumExp[T tensor.Float](x *autograd.Var[T]) *autograd.Var[T] {
	n, d := x.Shape()[0], x.Shape()[1]
	rest, largest := shifted(x)
	y := autograd.Add(autograd.Log(autograd.SumKeep(autograd.Exp(rest), 1)), largest).Value
	softmax := tensor.Contiguous(autograd.Exp(autograd.Sub(x, autograd.Param(y))).Value)
	return autograd.Function(y.Reshape(n), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		product := tensor.New[T](n, d)
		for i, p := range softmax.Data() {
			product.Data()[i] = g.Data()[i/d] * p
		}
		tensor.CopyTo(dst[0], product) // whose memory may be ordered otherwise
	}, x)
}

// softplus returns log(e^0 + e^x).
func softplus[T tensor.Float](x *autograd.Var[T]) *autograd.Var[T] {
	column := autograd.Reshape(x, x.Value.Len(), 1)
	return logSumExp(autograd.Concat(1, autograd.Scale(column, 0), column))
}

// scores returns ⟨global_n, local_mp⟩ of images with their own places (k, p), and with
// those of the others (k, (k−1)·p).
func scores[T tensor.Float](q *inputs[T], global, local *autograd.Var[T]) (own, others *autograd.Var[T]) {
	k, p, u := local.Shape()[0], local.Shape()[1], local.Shape()[2]
	s := q.product(global, autograd.Transpose(autograd.Reshape(local, k*p, u)))
	var within, without []*autograd.Var[T]
	for n := range k {
		row := autograd.Slice(s, 0, n, n+1)
		within = append(within, autograd.Slice(row, 1, n*p, (n+1)*p))
		without = append(without, autograd.Concat(1, autograd.Slice(row, 1, 0, n*p), autograd.Slice(row, 1, (n+1)*p, k*p)))
	}
	return autograd.Concat(0, within...), autograd.Concat(0, without...)
}

// nearest returns which other row is nearest to each, the first of equals.
func nearest[T tensor.Float](z *tensor.Tensor[T]) []int {
	k, d := z.Dim(0), z.Dim(1)
	x, all := tensor.Contiguous(z).Data(), make([]int, k)
	for i := range k {
		least := T(math.Inf(1))
		for j := range k {
			var s T
			for l := range d {
				s += (x[i*d+l] - x[j*d+l]) * (x[i*d+l] - x[j*d+l])
			}
			if j != i && s < least {
				least, all[i] = s, j
			}
		}
	}
	return all
}

// norms returns ‖x‖₂ by row.
func norms[T tensor.Float](x *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Sqrt(autograd.SumKeep(autograd.Mul(x, x), 1))
}

// normalize returns x / max(‖x‖₂, eps), the maximum as eps + relu(‖x‖₂ − eps).
func normalize[T tensor.Float](x *autograd.Var[T], eps float64) *autograd.Var[T] {
	return autograd.Div(x, autograd.AddScalar(autograd.ReLU(autograd.AddScalar(norms(x), -eps)), eps))
}

// standardize subtracts the mean over axes and divides by √(biased variance + eps).
func standardize[T tensor.Float](x *autograd.Var[T], eps float64, axes ...int) *autograd.Var[T] {
	centered := autograd.Sub(x, autograd.MeanKeep(x, axes...))
	variance := autograd.MeanKeep(autograd.Mul(centered, centered), axes...)
	return autograd.Div(centered, autograd.Sqrt(autograd.AddScalar(variance, eps)))
}

// affine returns weight·x + bias of what there is of them, each in a shape that goes with x's.
func affine[T tensor.Float](x, weight, bias *autograd.Var[T], shape ...int) *autograd.Var[T] {
	if weight != nil {
		x = autograd.Mul(x, autograd.Reshape(weight, shape...))
	}
	if bias != nil {
		x = autograd.Add(x, autograd.Reshape(bias, shape...))
	}
	return x
}

// positives returns the constant (n, n) that is 1 in column (i + step) mod n of row
// i and 0 elsewhere.
func positives[T tensor.Float](n, step int) *autograd.Var[T] {
	p := tensor.New[T](n, n)
	for i := range n {
		p.Data()[i*n+(i+step)%n] = 1
	}
	return autograd.Param(p) // whose gradient nobody asks for
}

// without pushes the diagonal of s far down.
func without[T tensor.Float](s *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Sub(s, autograd.Scale(positives[T](s.Shape()[0], 0), 1e6))
}

func infoNCE[T tensor.Float](q *inputs[T], z1, z2 *autograd.Var[T], temperature float64) *autograd.Var[T] {
	k := z1.Shape()[0]
	logq := logSoftmax(autograd.Scale(q.product(z1, autograd.Transpose(z2)), 1/temperature))
	return autograd.Scale(autograd.Sum(autograd.Mul(logq, positives[T](k, 0))), -1/float64(k))
}

func uniformity[T tensor.Float](z *autograd.Var[T], t float64) *autograd.Var[T] {
	k, d := z.Shape()[0], z.Shape()[1]
	var differences []*autograd.Var[T]
	for i := range k - 1 {
		differences = append(differences, autograd.Sub(autograd.Slice(z, 0, i+1, k), autograd.Reshape(autograd.Slice(z, 0, i, i+1), 1, d)))
	}
	all := autograd.Concat(0, differences...)
	squares := autograd.Reshape(autograd.Sum(autograd.Mul(all, all), 1), 1, all.Shape()[0])
	return autograd.AddScalar(autograd.Reshape(logSumExp(autograd.Scale(squares, -t))), -math.Log(float64(all.Shape()[0])))
}

func logNormalizer[T tensor.Float](q *inputs[T], z *autograd.Var[T]) float64 {
	if q.Attrs["normalizer"] == "official" {
		return special.LogVMFNormalizerOfficial(z.Shape()[1], q.float("kappa"))
	}
	return special.LogVMFNormalizer(z.Shape()[1], q.float("kappa"))
}

func entropySphere[T tensor.Float](q *inputs[T]) *autograd.Var[T] {
	z, kappa := q.vars["z"], q.float("kappa")
	others := z.Shape()[0]
	s := autograd.Scale(q.product(z, autograd.Transpose(z)), kappa)
	if q.Attrs["self"] == "exclude" {
		s = without(s)
		others--
	}
	logp := autograd.AddScalar(logSumExp(s), logNormalizer(q, z)-math.Log(float64(others)))
	if q.Attrs["reduction"] == "average" {
		return autograd.Scale(autograd.Mean(logp), -1)
	}
	row := autograd.Reshape(logp, 1, z.Shape()[0])
	return autograd.Scale(autograd.Sum(autograd.Mul(autograd.Exp(logSoftmax(row)), row)), -1)
}

func dino[T tensor.Float](q *inputs[T]) *autograd.Var[T] {
	student, teacher, center := q.vars["student"], q.vars["teacher"], q.vars["center"]
	k, c := student.Shape()[1], student.Shape()[2]
	view := func(x *autograd.Var[T], i int) *autograd.Var[T] {
		return autograd.Reshape(autograd.Slice(x, 0, i, i+1), k, c)
	}
	var sum *autograd.Var[T]
	pairs := 0
	for i := range teacher.Shape()[0] {
		p := autograd.StopGradient(autograd.Exp(logSoftmax(autograd.Scale(autograd.Sub(view(teacher, i), center), 1/q.float("teacher_temperature")))))
		for j := range student.Shape()[0] {
			if i == j {
				continue
			}
			pairs++
			logq := logSoftmax(autograd.Scale(view(student, j), 1/q.float("student_temperature")))
			term := autograd.Mean(autograd.Sum(autograd.Mul(p, logq), 1))
			if sum == nil {
				sum = term
			} else {
				sum = autograd.Add(sum, term)
			}
		}
	}
	return autograd.Scale(sum, -1/float64(pairs))
}

// codes is Sinkhorn and Knopp's iteration on logarithms.
func codes[T tensor.Float](q *inputs[T], scores *autograd.Var[T]) *autograd.Var[T] {
	k, c := scores.Shape()[0], scores.Shape()[1]
	log := autograd.Scale(scores, 1/q.float("epsilon"))
	log = autograd.Sub(log, logSumExp(autograd.Reshape(log, 1, k*c)))
	for range int(q.float("iterations")) {
		columns := logSumExp(autograd.Transpose(log))
		log = autograd.Sub(log, autograd.AddScalar(autograd.Reshape(columns, 1, c), math.Log(float64(c))))
		log = autograd.Sub(log, autograd.AddScalar(autograd.Reshape(logSumExp(log), k, 1), math.Log(float64(k))))
	}
	return autograd.Scale(autograd.Exp(log), float64(k))
}

func barlowTwins[T tensor.Float](q *inputs[T], z1, z2 *autograd.Var[T]) *autograd.Var[T] {
	k, d := z1.Shape()[0], z1.Shape()[1]
	a, b := standardize(z1, q.float("eps"), 0), standardize(z2, q.float("eps"), 0)
	correlation := autograd.Scale(q.product(autograd.Transpose(a), b), 1/float64(k))
	identity := positives[T](d, 0)
	off := autograd.Sub(correlation, autograd.Mul(correlation, identity))
	on := autograd.Sub(identity, autograd.Mul(correlation, identity))
	return autograd.Add(autograd.Sum(autograd.Mul(on, on)), autograd.Scale(autograd.Sum(autograd.Mul(off, off)), q.float("lambda")))
}

func vicreg[T tensor.Float](q *inputs[T], z1, z2 *autograd.Var[T]) *autograd.Var[T] {
	k, d := z1.Shape()[0], z1.Shape()[1]
	difference := autograd.Sub(z1, z2)
	loss := autograd.Scale(autograd.Mean(autograd.Mul(difference, difference)), q.float("sim"))
	for _, z := range []*autograd.Var[T]{z1, z2} {
		centered := autograd.Sub(z, autograd.MeanKeep(z, 0))
		variance := autograd.Scale(autograd.Sum(autograd.Mul(centered, centered), 0), 1/float64(k-1))
		sigma := autograd.Sqrt(autograd.AddScalar(variance, q.float("eps")))
		hinge := autograd.Mean(autograd.ReLU(autograd.AddScalar(autograd.Scale(sigma, -1), 1)))
		covariance := autograd.Scale(q.product(autograd.Transpose(centered), centered), 1/float64(k-1))
		off := autograd.Sub(covariance, autograd.Mul(covariance, positives[T](d, 0)))
		loss = autograd.Add(loss, autograd.Scale(hinge, q.float("std")/2))
		loss = autograd.Add(loss, autograd.Scale(autograd.Sum(autograd.Mul(off, off)), q.float("cov")/float64(d)))
	}
	return loss
}
