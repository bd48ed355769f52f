package naive

// pair is the inputs of an objective of two views.
const pair = "z1(k,d) z2(k,d)"

var contrastive = map[string]op{
	"info_nce": {in: pair, attrs: []attr{positive("temperature")}, answer: func(q *question) {
		z1, z2, temperature := q.rows("z1"), q.rows("z2"), q.number["temperature"]
		q.set("loss", InfoNCE(z1, z2, temperature))
		if q.wants() {
			g1, g2 := InfoNCEGrad(z1, z2, temperature, q.ctScalar("loss"))
			q.grad("z1", g1)
			q.grad("z2", g2)
		}
	}},
	"nt_xent": {in: pair, attrs: []attr{positive("temperature")}, answer: func(q *question) {
		z1, z2, temperature := q.rows("z1"), q.rows("z2"), q.number["temperature"]
		q.set("loss", NTXent(z1, z2, temperature))
		if q.wants() {
			g1, g2 := NTXentGrad(z1, z2, temperature, q.ctScalar("loss"))
			q.grad("z1", g1)
			q.grad("z2", g2)
		}
	}},
}
