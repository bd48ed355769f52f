package suite

import (
	"maps"
	"math"
	"slices"

	"entrec/reference/golden"
	"entrec/reference/naive"
)

// entropyMutations are errors in entropies, reconstructions and what they are made of.
var entropyMutations = []mutation{
	{"er_entropy_sphere", "self kept where it is excluded", asked("self", "include")},
	{"er_entropy_sphere", "log k for log (k−1)", func(c *golden.Case) *golden.Answer {
		k := float64(c.In["z"].Shape[0])
		if c.Attrs["self"] != "exclude" {
			return right(c)
		}
		return out("entropy", each(func(v float64) float64 { return v + math.Log(k/(k-1)) }))(c)
	}},
	{"er_entropy_sphere", "no gradient through plug-in weights", fixedWeights},
	{"er_entropy_sphere", "average for expectation", asked("reduction", "average")},
	{"er_entropy_sphere", "expectation for average", asked("reduction", "expectation")},
	{"er_entropy_sphere", "official normalizer", asked("normalizer", "official")},
	{"er_entropy_sphere", "exact normalizer", asked("normalizer", "exact")},
	{"er_entropy_sphere", "kappa applied twice", asked("kappa", func(k float64) float64 { return k * k })},
	{"er_entropy_sphere", "no normalizer", func(c *golden.Case) *golden.Answer {
		log := naive.VMFLogNormalizer([]float64{c.Attrs["kappa"].(float64)}, c.In["z"].Shape[1])[0]
		return out("entropy", each(func(v float64) float64 { return v + log }))(c)
	}},
	{"er_entropy_sphere", "sign", func(c *golden.Case) *golden.Answer { a := right(c); return mix(-1, a, 0, a) }},
	{"er_entropy_sphere", "gradient of one side of the products", grad("z", times(0.5))},
	{"er_reconstruction_sphere", "sign", func(c *golden.Case) *golden.Answer { a := right(c); return mix(-1, a, 0, a) }},
	{"er_reconstruction_sphere", "no kappa in the gradient", func(c *golden.Case) *golden.Answer {
		return grad("z1", times(1/c.Attrs["kappa"].(float64)))(c)
	}},
	{"er_reconstruction_sphere", "cosines kept below 1, so without gradient at equal rows", func(c *golden.Case) *golden.Answer {
		a := right(c)
		z2 := rowsOf(c.In["z2"])
		for i, row := range rowsOf(c.In["z1"]) {
			if slices.Equal(row, z2[i]) {
				clear(rowsOf(a.Grad["z1"])[i])
				clear(rowsOf(a.Grad["z2"])[i])
			}
		}
		return a
	}},
	{"er_reconstruction_sphere", "exact normalizer", asked("normalizer", "exact")},
	{"er_reconstruction_sphere", "sign of the normalizer", func(c *golden.Case) *golden.Answer {
		log := naive.VMFLogNormalizer([]float64{c.Attrs["kappa"].(float64)}, c.In["z1"].Shape[1])[0]
		return out("reconstruction", each(func(v float64) float64 { return v + 2*log }))(c)
	}},
	{"er_entropy_discrete", "no eps", asked("eps", 0)},
	{"er_entropy_discrete", "average for expectation", asked("reduction", "average")},
	{"er_entropy_discrete", "expectation for average", asked("reduction", "expectation")},
	{"er_entropy_discrete", "gradient of the logarithm only", func(c *golden.Case) *golden.Answer {
		a := right(c)
		if c.Attrs["reduction"] == "expectation" {
			ct := c.CT["entropy"].Data[0] / float64(c.In["p"].Shape[0])
			a.Grad["p"] = each(func(v float64) float64 { return v + ct })(a.Grad["p"])
		}
		return a
	}},
	{"corinfomax", "decay exchanged", asked("decay", func(m float64) float64 { return 0.999 * (1 - m) })},
	{"corinfomax", "half the squares", asked("weight", func(w float64) float64 { return w / 2 })},
	{"corinfomax", "covariances of before", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["r1"], a.Out["r2"] = c.In["r1"], c.In["r2"]
		return a
	}},
	{"corinfomax", "covariance by k − 1", func(c *golden.Case) *golden.Answer {
		a := right(c)
		k, past := float64(c.In["z1"].Shape[0]), c.Attrs["decay"].(float64)
		for i, v := range c.In["r1"].Data {
			a.Out["r1"].Data[i] = past*v + (a.Out["r1"].Data[i]-past*v)*k/max(k-1, 1)
		}
		return a
	}},
	{"corinfomax", "eps kept in the covariances", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, d := 0, a.Out["r2"].Shape[0]; i < d; i++ {
			a.Out["r2"].Data[i*(d+1)] += c.Attrs["eps"].(float64)
		}
		return a
	}},
	{"corinfomax", "second moments", func(c *golden.Case) *golden.Answer {
		// Of rows and their opposites the mean is 0.
		q := *c
		q.In, q.CT = maps.Clone(c.In), nil
		q.Attrs = maps.Clone(c.Attrs)
		delete(q.Attrs, "wrt")
		for _, name := range []string{"z1", "z2"} {
			x := c.In[name]
			q.In[name] = golden.FromSlice(slices.Concat(x.Data, times(-1)(x).Data), 2*x.Shape[0], x.Shape[1])
		}
		return &golden.Answer{Out: right(&q).Out, Grad: right(c).Grad}
	}},
	{"corinfomax", "log-determinants not by the width", func(c *golden.Case) *golden.Answer {
		a, bare := right(c), asked("weight", 0)(c).Out["loss"].Data[0]
		a.Out["loss"].Data[0] += bare * float64(c.In["z1"].Shape[1]-1)
		return a
	}},
	{"corinfomax", "gradient as if the batch were all", func(c *golden.Case) *golden.Answer {
		a, bare := right(c), asked("weight", 0)(c).Grad["z1"]
		for i, v := range bare.Data {
			a.Grad["z1"].Data[i] += v * (1/(1-c.Attrs["decay"].(float64)) - 1)
		}
		return a
	}},
	{"er_discrete", "temperature left out", asked("temperature", 1)},
	{"er_discrete", "reconstruction alone", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["loss"].Data[0] += meanEntropy(c)
		return a
	}},
	{"er_discrete", "entropies added", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["loss"].Data[0] -= meanEntropy(c)
		return a
	}},
	{"er_discrete", "targets taken for constant", func(c *golden.Case) *golden.Answer {
		// What p1 has in the gradient as the target of p2 is left out.
		a := right(c)
		a.Grad["logits1"] = each(func(v float64) float64 { return v / 2 })(a.Grad["logits1"])
		return a
	}},
	{"er_reconstruction_discrete", "a missing symmetric term", func(c *golden.Case) *golden.Answer {
		a := right(c)
		sum := 0.0
		for i, p := range c.In["p1"].Data {
			sum -= p * math.Log(c.In["p2"].Data[i]+c.Attrs["eps"].(float64))
		}
		a.Out["reconstruction"].Data[0] = sum / float64(c.In["p1"].Shape[0])
		return a
	}},
	{"er_reconstruction_discrete", "factor ½", func(c *golden.Case) *golden.Answer { a := right(c); return mix(2, a, 0, a) }},
	{"er_reconstruction_discrete", "eps doubled", asked("eps", func(e float64) float64 { return 2 * e })},
	{"vmf_log_normalizer", "order d/2", asked("d", func(d float64) float64 { return d + 2 })},
	{"vmf_log_normalizer", "odd d taken for even", asked("d", func(d float64) float64 {
		if d > 3 {
			d = 2 * math.Floor(d/2)
		}
		return d
	})},
	{"vmf_log_normalizer", "sign of the gradient", grad("kappa", times(-1))},
	{"vmf_log_normalizer", "asymptotic form of I", func(c *golden.Case) *golden.Answer {
		a := right(c)
		d := c.Attrs["d"].(float64)
		for i, k := range c.In["kappa"].Data {
			a.Out["log_c"].Data[i] = (d/2-1)*math.Log(k) - d/2*math.Log(2*math.Pi) - (k - 0.5*math.Log(2*math.Pi*k))
		}
		return a
	}},
}

// fixedWeights differentiates the plug-in entropy with its weights w = softmax(logp)
// taken for constants: −Σ w_i·logp_i.
func fixedWeights(c *golden.Case) *golden.Answer {
	a := right(c)
	if c.Attrs["reduction"] != "expectation" {
		return a
	}
	z, kappa := rowsOf(c.In["z"]), c.Attrs["kappa"].(float64)
	k, d := len(z), len(z[0])
	p := make([][]float64, k) // softmax of S by rows
	log := make([]float64, k)
	for i := range z {
		p[i] = make([]float64, k)
		sum := 0.0
		for j := range z {
			s := 0.0
			for n := range d {
				s += z[i][n] * z[j][n]
			}
			if p[i][j] = math.Exp(kappa * (s - 1)); i == j && c.Attrs["self"] == "exclude" {
				p[i][j] = 0
			}
			sum += p[i][j]
		}
		for j := range z {
			p[i][j] /= sum
		}
		log[i] = math.Log(sum)
	}
	top, total := slices.Max(log), 0.0
	for _, l := range log {
		total += math.Exp(l - top)
	}
	g := golden.NewArray(c.In["z"].Shape...)
	for i := range z {
		w := math.Exp(log[i]-top) / total * c.CT["entropy"].Data[0]
		for j := range z {
			for n := range d {
				g.Data[i*d+n] -= w * kappa * p[i][j] * z[j][n]
				g.Data[j*d+n] -= w * kappa * p[i][j] * z[i][n]
			}
		}
	}
	a.Grad["z"] = g
	return a
}

// meanEntropy returns the mean of the plug-in entropies of er_discrete's two views.
func meanEntropy(c *golden.Case) float64 {
	entropy := 0.0
	for _, name := range []string{"logits1", "logits2"} {
		rows := rowsOf(c.In[name])
		scaled := make([][]float64, len(rows))
		for i, row := range rows {
			for _, v := range row {
				scaled[i] = append(scaled[i], v/c.Attrs["temperature"].(float64))
			}
		}
		entropy += naive.EntropyDiscrete(naive.MeanRow(naive.Softmax(scaled)), 0) / 2
	}
	return entropy
}
