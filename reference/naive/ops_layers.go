package naive

var layers = map[string]op{
	"matmul": {in: "a(m,k) b(k,n)", answer: func(q *question) {
		a, b := q.rows("a"), q.rows("b")
		q.set("c", MatMul(a, b))
		if q.wants() {
			ga, gb := MatMulGrad(a, b, q.ctRows("c"))
			q.grad("a", ga)
			q.grad("b", gb)
		}
	}},
	"logdet": {
		in: "x(d,d)",
		check: func(q *question) error {
			if v := LogDet(symmetric(q.rows("x"))); v != v {
				return q.refuse("input \"x\" is not positive definite")
			}
			return nil
		},
		answer: func(q *question) {
			x := symmetric(q.rows("x"))
			q.set("y", LogDet(x))
			if q.wants() {
				q.grad("x", LogDetGrad(x, q.ctScalar("y")))
			}
		},
	},
	"linear": {in: "x(n,i) weight(o,i) bias(o)?", answer: func(q *question) {
		x, weight := q.rows("x"), q.rows("weight")
		q.set("y", Linear(x, weight, q.vector("bias")))
		if q.wants() {
			gx, gweight, gbias := LinearGrad(x, weight, q.ctRows("y"))
			q.grad("x", gx)
			q.grad("weight", gweight)
			q.grad("bias", gbias)
		}
	}},
	"conv2d": {
		in:    "x(n,c,h,w) weight(o,c,kh,kw) bias(o)?",
		attrs: []attr{count("stride", 1), count("padding", 0)},
		check: func(q *question) error {
			return q.checkWindow(q.dims["kh"], q.dims["kw"])
		},
		answer: func(q *question) {
			x, weight, stride, padding := q.images("x"), q.images("weight"), q.int("stride"), q.int("padding")
			q.set("y", Conv2D(x, weight, q.vector("bias"), stride, padding))
			if q.wants() {
				gx, gweight, gbias := Conv2DGrad(x, weight, stride, padding, q.ctImages("y"))
				q.grad("x", gx)
				q.grad("weight", gweight)
				q.grad("bias", gbias)
			}
		},
	},
	"batch_norm": {
		in:    "x(n,c|n,c,h,w) weight(c)? bias(c)?",
		attrs: []attr{nonNegative("eps")},
		check: func(q *question) error {
			if n := len(q.vector("x")) / q.dims["c"]; n < 2 {
				return q.refuse("input \"x\": found one value a channel, expected at least 2")
			}
			return nil
		},
		answer: func(q *question) {
			x, weight, eps := blocksOf(q.in["x"], q.dims["n"], q.dims["c"]), q.vector("weight"), q.number["eps"]
			q.setLike("y", "x", BatchNorm(x, weight, q.vector("bias"), eps))
			if q.wants() {
				gx, gweight, gbias := BatchNormGrad(x, weight, eps, blocksOf(q.ct("y"), q.dims["n"], q.dims["c"]))
				q.grad("x", gx)
				q.grad("weight", gweight)
				q.grad("bias", gbias)
			}
		},
	},
	"layer_norm": {
		in:    "x(n,d) weight(d)? bias(d)?",
		attrs: []attr{nonNegative("eps")},
		answer: func(q *question) {
			x, weight, eps := q.rows("x"), q.vector("weight"), q.number["eps"]
			q.set("y", LayerNorm(x, weight, q.vector("bias"), eps))
			if q.wants() {
				gx, gweight, gbias := LayerNormGrad(x, weight, eps, q.ctRows("y"))
				q.grad("x", gx)
				q.grad("weight", gweight)
				q.grad("bias", gbias)
			}
		},
	},
	"relu": {in: "x(*)", answer: func(q *question) { q.elementwise(ReLU, ReLUGrad) }},
	"gelu": {
		in:    "x(*)",
		attrs: []attr{choice("approximate", "none", "tanh")},
		answer: func(q *question) {
			if q.choice["approximate"] == "tanh" {
				q.elementwise(GELUTanh, GELUTanhGrad)
			} else {
				q.elementwise(GELU, GELUGrad)
			}
		},
	},
	"softmax":     {in: "x(n,d)", answer: func(q *question) { q.rowwise(Softmax, SoftmaxGrad) }},
	"log_softmax": {in: "x(n,d)", answer: func(q *question) { q.rowwise(LogSoftmax, LogSoftmaxGrad) }},
	"logsumexp": {in: "x(n,d)", answer: func(q *question) {
		x := q.rows("x")
		q.set("y", LogSumExp(x))
		if q.wants() {
			q.grad("x", LogSumExpGrad(x, q.ctVector("y")))
		}
	}},
	"normalize": {
		in:    "x(n,d)",
		attrs: []attr{nonNegative("eps")},
		answer: func(q *question) {
			eps := q.number["eps"]
			q.rowwise(
				func(x [][]float64) [][]float64 { return Normalize(x, eps) },
				func(x, ct [][]float64) [][]float64 { return NormalizeGrad(x, eps, ct) })
		},
	},
	"max_pool2d": {in: "x(n,c,h,w)", attrs: poolAttrs, check: checkPool, answer: func(q *question) {
		q.pool(MaxPool2D, MaxPool2DGrad)
	}},
	"avg_pool2d": {in: "x(n,c,h,w)", attrs: poolAttrs, check: checkPool, answer: func(q *question) {
		q.pool(AvgPool2D, AvgPool2DGrad)
	}},
	"global_avg_pool2d": {in: "x(n,c,h,w)", answer: func(q *question) {
		x := blocksOf(q.in["x"], q.dims["n"], q.dims["c"])
		q.set("y", GlobalAvgPool2D(x))
		if q.wants() {
			q.grad("x", GlobalAvgPool2DGrad(x, q.ctRows("y")))
		}
	}},
	"attention": {in: "q(b,heads,t,d) k(b,heads,t,d) v(b,heads,t,d)", answer: func(q *question) {
		queries, keys, vs := q.images("q"), q.images("k"), q.images("v")
		q.set("y", Attention(queries, keys, vs))
		if q.wants() {
			gq, gk, gv := AttentionGrad(queries, keys, vs, q.ctImages("y"))
			q.grad("q", gq)
			q.grad("k", gk)
			q.grad("v", gv)
		}
	}},
}

var poolAttrs = []attr{count("kernel", 1), count("stride", 1), count("padding", 0)}

// checkPool refuses more padding than half the kernel, where windows may miss the
// image altogether.
func checkPool(q *question) error {
	kernel, padding := q.int("kernel"), q.int("padding")
	if padding > kernel/2 {
		return q.refuse("attribute \"padding\": found %d, expected at most half of kernel %d", padding, kernel)
	}
	return q.checkWindow(kernel, kernel)
}

// checkWindow refuses a window that is larger than the padded image x.
func (q *question) checkWindow(kh, kw int) error {
	h, w, padding := q.dims["h"], q.dims["w"], q.int("padding")
	if kh > h+2*padding || kw > w+2*padding {
		return q.refuse("a window of %dx%d is larger than the image of %dx%d padded by %d", kh, kw, h, w, padding)
	}
	return nil
}

// elementwise answers an operation y = f(x) whose gradient is grad(x, ct).
func (q *question) elementwise(f func(x []float64) []float64, grad func(x, ct []float64) []float64) {
	x := q.vector("x")
	q.setLike("y", "x", f(x))
	if q.wants() {
		q.grad("x", grad(x, q.ctVector("y")))
	}
}

// rowwise answers an operation y = f(x) on rows whose gradient is grad(x, ct).
func (q *question) rowwise(f func(x [][]float64) [][]float64, grad func(x, ct [][]float64) [][]float64) {
	x := q.rows("x")
	q.set("y", f(x))
	if q.wants() {
		q.grad("x", grad(x, q.ctRows("y")))
	}
}

// pool answers a pooling operation.
func (q *question) pool(f func(x [][][][]float64, kernel, stride, padding int) [][][][]float64,
	grad func(x [][][][]float64, kernel, stride, padding int, ct [][][][]float64) [][][][]float64) {
	x, kernel, stride, padding := q.images("x"), q.int("kernel"), q.int("stride"), q.int("padding")
	q.set("y", f(x, kernel, stride, padding))
	if q.wants() {
		q.grad("x", grad(x, kernel, stride, padding, q.ctImages("y")))
	}
}
