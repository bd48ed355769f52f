package special

import (
	"math"
)

// LogVMFNormalizer returns log C_d(κ), the logarithm of the constant that
// normalizes the von Mises–Fisher density C_d(κ)·e^{κ·⟨μ,z⟩} on the unit sphere in
// d ≥ 2 dimensions (Mardia and Jupp, 2000, section 9.3.2):
//
//	log C_d(κ) = (d/2−1)·log κ − (d/2)·log 2π − log I_{d/2−1}(κ)
//
// For κ = 0 it is minus the log of the sphere's area. NaN for d < 2 or κ < 0.
//
// The formula's terms are larger than their sum, so they are not computed one by
// one: from d = 102 it is Debye's expansion with the powers of κ canceled; for κ up
// to 20 log C_d(0) less the log of the ascending series; for κ up to 10⁵
// C_d = C_{d+2}·2π·r/κ with r = I_{d/2}/I_{d/2−1} leads up to where Debye's holds; and
// beyond that, from Hankel's expansion of log I,
//
//	log C_d(κ) = (d−1)/2·log(κ/2π) − κ − log Σ_k (−1)^k·a_k(d/2−1)/κ^k
//
// The error is below 2·10⁻¹⁵ of the largest of |log C_d|, κ and 1, for 2 ≤ d ≤ 10⁵ and all
// positive κ. Hence it is below 10⁻¹² of |log C_d| wherever that is at least
// max(κ, 1)/500; at the κ where log C_d crosses zero it is below 2·10⁻¹⁵·max(κ, 1).
func LogVMFNormalizer(d int, kappa float64) float64 {
	nu := float64(d-2) / 2
	switch {
	case d < 2 || !(kappa >= 0):
		return math.NaN()
	case kappa == 0:
		return logUniform(d)
	case math.IsInf(kappa, 1):
		return math.Inf(-1)
	case nu >= debyeOrder:
		return logVMFNormalizerDebye(nu, kappa)
	case kappa <= seriesLimit:
		return logUniform(d) - math.Log1p(seriesRest(nu, kappa))
	case kappa > recurrenceLimit:
		return (nu+0.5)*math.Log(kappa/(2*math.Pi)) - kappa - math.Log1p(hankelRest(nu, kappa))
	}
	m := int(math.Ceil(debyeOrder - nu))
	log := logVMFNormalizerDebye(nu+float64(m), kappa)
	ratios(nu, kappa, m, func(r float64) { log += math.Log(2 * math.Pi * r / kappa) })
	return log
}

// logUniform returns log C_d(0) = log( Γ(d/2)/(2·π^{d/2}) ), the uniform density.
func logUniform(d int) float64 {
	half := float64(d) / 2
	if d > 200 {
		return logGamma(half) - math.Ln2 - half*logPi
	}
	density := 0.5 // of d = 1, or 1/(2π) of d = 2; and C_{d+2}(0) = C_d(0)·(d/2)/π
	from := 1
	if d%2 == 0 {
		density, from = 1/(2*math.Pi), 2
	}
	for ; from < d; from += 2 {
		density *= float64(from) / (2 * math.Pi)
	}
	return math.Log(density)
}

const logPi = 1.14472988584940017414342735135305871164729481291531157151362307

// LogVMFNormalizerOfficial is [LogVMFNormalizer] with log I replaced by
// log(I + 10⁻⁷), as apple/ml-entropy-reconstruction's entropy_reconstruction.py
// has it. Where I_{d/2−1}(κ) is far below 10⁻⁷, which is so for most d and κ in
// use, it is far off: by 270.8 nats at d = 256, κ = 10. NaN for d < 2 or κ ≤ 0.
func LogVMFNormalizerOfficial(d int, kappa float64) float64 {
	nu := float64(d-2) / 2
	if d < 2 || !(kappa > 0) {
		return math.NaN()
	}
	// log(I + 10⁻⁷) = log I + log(1 + 10⁻⁷/I), or the other way round.
	log, floor := LogBesselI(nu, kappa), math.Log(1e-7)
	if log >= floor {
		return LogVMFNormalizer(d, kappa) - math.Log1p(math.Exp(floor-log))
	}
	return nu*logQuotient(kappa, 1) - 2*(nu+1)*halfLog2Pi - floor - math.Log1p(math.Exp(log-floor))
}

// linearLimit is the largest κ at which A_d(κ) is κ/d.
const linearLimit = 1e-9

// MeanResultantLength returns A_d(κ) = I_{d/2}(κ)/I_{d/2−1}(κ), the length of the
// mean of a von Mises–Fisher distribution, for d ≥ 2 and κ ≥ 0; NaN outside. It is
// −d/dκ log C_d(κ).
//
// For κ up to 10⁻⁹ it is κ/d, to a part of κ²/(d·(d+2)); up to 10⁵ a continued fraction
// (see ratioAbove); and beyond that the quotient of two of Hankel's expansions, from
// d = 102 the derivative of Debye's. The relative error is below 5·10⁻¹⁵ for
// 2 ≤ d ≤ 10⁵ and all positive κ; where A_d is below the normal numbers it is off by at most
// the smallest number.
func MeanResultantLength(d int, kappa float64) float64 {
	switch {
	case d < 2 || !(kappa >= 0):
		return math.NaN()
	case kappa == 0:
		return 0
	case math.IsInf(kappa, 1):
		return 1
	}
	nu := float64(d-2) / 2
	switch {
	case kappa <= linearLimit:
		return kappa / float64(d)
	case kappa > recurrenceLimit && nu >= debyeOrder:
		return meanDebye(nu, kappa)
	case kappa > recurrenceLimit:
		return (1 + hankelRest(nu+1, kappa)) / (1 + hankelRest(nu, kappa))
	}
	m := max(1, int(math.Ceil(debyeOrder-nu)))
	var last float64
	ratios(nu, kappa, m, func(r float64) { last = r })
	return last
}
