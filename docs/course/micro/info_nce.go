package micro

// Unit returns the rows of x divided by their lengths.
func Unit(x *Var) *Var {
	return Mul(x, Pow(SumRows(Mul(x, x)), -0.5))
}

// InfoNCE returns mean_i −log( e^{s_ii/τ} / Σ_j e^{s_ij/τ} ) with s = z1·z2ᵀ of rows that
// it makes unit rows. It overflows for τ below 1/709.
func InfoNCE(z1, z2 *Var, temperature float64) *Var {
	z1, z2 = Unit(z1), Unit(z2)
	scores := Scale(MatMul(z1, Transpose(z2)), 1/temperature)
	others := Log(SumRows(Exp(scores)))                   // log Σ_j e^{s_ij/τ}
	partner := Scale(SumRows(Mul(z1, z2)), 1/temperature) // s_ii/τ
	return Scale(Sum(Add(others, Scale(partner, -1))), 1/float64(z1.Rows))
}
