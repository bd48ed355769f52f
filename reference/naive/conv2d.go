package naive

import "entrec/reference/portable"

// Conv2D returns the cross-correlation of x (n, c, h, w) with weight (o, c, kh, kw),
// with zeros around the images, plus bias (o), which may be nil:
//
//	y_{n,o,i,j} = bias_o + Σ_{c,u,v} x_{n, c, i·stride+u−padding, j·stride+v−padding} · weight_{o,c,u,v}
func Conv2D(x, weight [][][][]float64, bias []float64, stride, padding int) [][][][]float64 {
	h, w := len(x[0][0]), len(x[0][0][0])
	kh, kw := len(weight[0][0]), len(weight[0][0][0])
	y := newImages(len(x), len(weight), windows(h, kh, stride, padding), windows(w, kw, stride, padding))
	each(y, func(n, o, i, j int) {
		var s portable.Sum
		if bias != nil {
			s.Add(bias[o])
		}
		for c := range weight[o] {
			for u := range kh {
				for v := range kw {
					s.AddMul(at(x[n][c], i*stride+u-padding, j*stride+v-padding), weight[o][c][u][v])
				}
			}
		}
		y[n][o][i][j] = s.Value()
	})
	return y
}

// Conv2DGrad returns
//
//	gx_{n,c,p,q} = Σ ct_{n,o,i,j}·weight_{o,c,u,v} over o and all i·stride+u−padding = p, j·stride+v−padding = q
//	gweight_{o,c,u,v} = Σ_{n,i,j} ct_{n,o,i,j}·x_{n, c, i·stride+u−padding, j·stride+v−padding}
//	gbias_o = Σ_{n,i,j} ct_{n,o,i,j}
func Conv2DGrad(x, weight [][][][]float64, stride, padding int, ct [][][][]float64) (gx, gweight [][][][]float64, gbias []float64) {
	channels, kh, kw := len(x[0]), len(weight[0][0]), len(weight[0][0][0])
	gx = newImages(len(x), channels, len(x[0][0]), len(x[0][0][0]))
	each(gx, func(n, c, p, q int) {
		var s portable.Sum
		for o := range weight {
			for u := range kh {
				for v := range kw {
					i, j := p+padding-u, q+padding-v
					if i%stride == 0 && j%stride == 0 {
						s.AddMul(at(ct[n][o], i/stride, j/stride), weight[o][c][u][v])
					}
				}
			}
		}
		gx[n][c][p][q] = s.Value()
	})
	gweight = newImages(len(weight), channels, kh, kw)
	each(gweight, func(o, c, u, v int) {
		var s portable.Sum
		for n := range x {
			for i := range ct[n][o] {
				for j := range ct[n][o][i] {
					s.AddMul(ct[n][o][i][j], at(x[n][c], i*stride+u-padding, j*stride+v-padding))
				}
			}
		}
		gweight[o][c][u][v] = s.Value()
	})
	sums := make([]portable.Sum, len(weight))
	each(ct, func(n, o, i, j int) { sums[o].Add(ct[n][o][i][j]) })
	return gx, gweight, values(sums)
}

// windows returns how many windows fit along an axis: ⌊(size + 2·padding − kernel)/stride⌋ + 1.
func windows(size, kernel, stride, padding int) int {
	return (size+2*padding-kernel)/stride + 1
}

// at returns the pixel, 0 outside the image.
func at(image [][]float64, i, j int) float64 {
	if i < 0 || i >= len(image) || j < 0 || j >= len(image[0]) {
		return 0
	}
	return image[i][j]
}

func values(sums []portable.Sum) []float64 {
	v := make([]float64, len(sums))
	for i := range sums {
		v[i] = sums[i].Value()
	}
	return v
}
