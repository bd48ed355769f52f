package simd

import "math/big"

// Functions to 60 digits, as slow as they are plain: what the kernels are held
// against.

const digits = 256 // bits

func number(x float64) *big.Float { return new(big.Float).SetPrec(digits).SetFloat64(x) }
func plus(a, b *big.Float) *big.Float {
	return new(big.Float).SetPrec(digits).Add(a, b)
}
func times(a, b *big.Float) *big.Float {
	return new(big.Float).SetPrec(digits).Mul(a, b)
}
func over(a, b *big.Float) *big.Float {
	return new(big.Float).SetPrec(digits).Quo(a, b)
}
func minus(a *big.Float) *big.Float { return new(big.Float).Neg(a) }

// decimal reads a decimal number.
func decimal(s string) *big.Float {
	x, _, err := big.ParseFloat(s, 10, digits, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return x
}

var (
	bigPi    = decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
	bigRoot2 = new(big.Float).SetPrec(digits).Sqrt(number(2))
)

// bigExp returns e^x: the power series of e^(x/2^k), squared k times.
func bigExp(x *big.Float) *big.Float {
	k := max(0, x.MantExp(nil)+12)
	r := new(big.Float).SetMantExp(x, -k)
	sum, term := number(1), number(1)
	for n := 1; n < 20; n++ {
		term = over(times(term, r), number(float64(n)))
		sum = plus(sum, term)
	}
	for range k {
		sum = times(sum, sum)
	}
	return sum
}

// bigLog returns log x = y + log(1 + d), for y nearly log x and the d that it lacks.
func bigLog(x float64) *big.Float {
	y := number(log1(x))
	d := plus(times(number(x), bigExp(minus(y))), number(-1))
	sum, power := y, d
	for n := 1; n < 8; n++ {
		sum = plus(sum, over(power, number(float64(n))))
		power = minus(times(power, d))
	}
	return sum
}

// bigErf returns 2/√π·e^(−x²)·Σ 2^k·x^(2k+1)/(1·3·…·(2k+1)).
func bigErf(x *big.Float) *big.Float {
	square := times(x, x)
	term := x
	sum := x
	for k := 1; k < 200; k++ {
		term = over(times(term, plus(square, square)), number(float64(2*k+1)))
		sum = plus(sum, term)
	}
	scale := over(number(2), new(big.Float).Sqrt(bigPi))
	return times(times(scale, bigExp(minus(square))), sum)
}

// bigErfc returns 1 − erf x, where |x| > 2 by its continued fraction.
func bigErfc(x *big.Float) *big.Float {
	if x.Sign() < 0 {
		return plus(number(2), minus(bigErfc(minus(x))))
	}
	if x.Cmp(number(2)) < 0 {
		return plus(number(1), minus(bigErf(x)))
	}
	t := x
	for k := 400; k > 0; k-- {
		t = plus(x, over(number(float64(k)/2), t))
	}
	return over(bigExp(minus(times(x, x))), times(t, new(big.Float).Sqrt(bigPi)))
}

// bigNormal returns Φ(x) and x·φ(x).
func bigNormal(x float64) (below, density *big.Float) {
	v := number(x)
	below = over(bigErfc(minus(over(v, bigRoot2))), number(2))
	density = bigExp(over(minus(times(v, v)), number(2)))
	density = over(times(v, density), new(big.Float).Sqrt(times(number(2), bigPi)))
	return below, density
}

// bigLogistic returns 1/(1 + e^−v).
func bigLogistic(v *big.Float) *big.Float { return over(number(1), plus(number(1), bigExp(minus(v)))) }

// bigTanhArgument returns v = 2·√(2/π)·(x + 0.044715·x³) and its derivative.
func bigTanhArgument(x float64) (v, slope *big.Float) {
	c1 := times(number(2), new(big.Float).SetPrec(digits).Sqrt(over(number(2), bigPi)))
	c3 := times(c1, decimal("0.044715"))
	square := times(number(x), number(x))
	v = times(number(x), plus(c1, times(c3, square)))
	return v, plus(c1, times(number(3), times(c3, square)))
}
