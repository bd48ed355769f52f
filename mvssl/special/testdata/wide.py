"""Values of the von Mises-Fisher functions for all positive kappa: python3 wide.py > wide.json

kappa goes from the smallest to the largest float64, with both sides of 1e-9 and 1e5, where the
method of computation changes. mpmath's besseli may not end there: the values are those of the
integral over e^(kappa*tanh y)/cosh^(d-1) y by the trapezoid rule, with twice as many points
until 30 digits stay. Where besseli is quick, the two are held against each other.
"""
import json

from mpmath import besseli, cosh, exp, log, loggamma, mp, mpf, nstr, pi, sqrt, tanh


def values(d, kappa):
    mp.dps = 60 + max(0, int(log(kappa, 10)))  # kappa*tanh y cancels
    n, k, nu = mpf(d - 1), mpf(kappa), mpf(d) / 2 - 1
    r = 2 * k / n
    top = log(r + sqrt(r * r + 1)) / 2

    def height(y):
        return k * tanh(y) - n * log(cosh(y))

    step, before, highest = 1 / sqrt(n) / 2, None, height(top)
    while True:
        total = cosine = mpf(0)
        for sign in (1, -1):
            j = (1 - sign) // 2
            while True:
                y = top + sign * j * step
                v = exp(height(y) - highest)
                total += v
                cosine += v / cosh(y) ** 2 * k / n  # tanh y, by parts
                j += 1
                if v < mpf(10) ** -40:
                    break
        now = log(total * step), cosine / total
        if before and abs(now[0] - before[0]) < mpf(10) ** -30 and abs(now[1] / before[1] - 1) < mpf(10) ** -30:
            break
        before, step = now, step / 2
    log_c = loggamma(n / 2) - log(2) - n / 2 * log(pi) - now[0] - highest
    log_i = nu * log(k) - (nu + 1) * log(2 * pi) - log_c
    if d <= 1000 and kappa <= 1e4:
        i = besseli(nu, k, maxterms=10**7)
        assert abs(log(i) - log_i) < mpf(10) ** -25 * max(1, abs(log_i)), (d, kappa)
        assert abs(besseli(nu + 1, k, maxterms=10**7) / i / now[1] - 1) < mpf(10) ** -25, (d, kappa)
    return log_c, log_i, now[1]


kappas = [5e-324, 1e-310, 2.3e-308, 1e-300, 1e-100, 1e-12, 1e-9, 1.0000000000000003e-9, 1e-6]
kappas += [1e5, 100000.00000000001, 3e5, 1e6, 1e9, 1e12, 1e30, 1e100, 1e154, 1e300, 1.7976931348623157e308]
points = [(d, k) for d in [2, 3, 4, 5, 31, 100, 101, 102, 103, 104, 1000, 8192, 50001, 100000] for k in kappas]
points += [(d, k) for d in [50001, 100000] for k in [1e-3, 1, 100, 3e4, 2e5]]
rows = []
for d, k in points:
    log_c, log_i, a = (nstr(v, 20, strip_zeros=True) for v in values(d, k))
    rows.append({"d": d, "kappa": k, "log_c": log_c, "log_i": log_i, "a": a})
print("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]")
