"""Values of the von Mises-Fisher functions at 50 digits: python3 vmf.py > vmf.json

The points: a grid of d and kappa with the boundaries between the methods of computation
(d = 102, kappa = 20), and for some d the float64 nearest to where log C_d or
log I_{d/2-1} crosses zero, and neighbors of it.
"""
import json

from mpmath import besseli, exp, findroot, log, mp, mpf, nstr, pi

mp.dps = 50


def values(d, kappa):
    k, nu = mpf(kappa), mpf(d) / 2 - 1
    i = besseli(nu, k, maxterms=10**7)
    log_c = nu * log(k) - (nu + 1) * log(2 * pi) - log(i)
    return log_c, log(i), besseli(nu + 1, k, maxterms=10**7) / i


def crossing(d, which):
    """The kappa, if any, at which values(d, kappa)[which] is 0."""
    f = lambda x: values(d, exp(x))[which]
    ends = (log(mpf("1e-3")), log(mpf(5 * d + 20)))
    with mp.workdps(20):
        if f(ends[0]) * f(ends[1]) > 0:
            return None
        return float(exp(findroot(f, ends, solver="anderson", tol=1e-15, verify=False)))


dims = [2, 3, 4, 5, 7, 8, 16, 17, 18, 19, 20, 32, 64, 98, 99, 100, 101, 102, 103, 104, 105, 128, 256, 512, 1000, 2048, 4096, 8191, 8192]
kappas = [1e-3, 0.01, 0.1, 1, 2.5, 5, 10, 19.9, 20, 20.000000000000004, 20.1, 30, 49.5, 50, 100, 300, 699, 1000, 3e3, 1e4, 3e4, 1e5]
points = [(d, k) for d in dims for k in kappas]
for d in dims:
    for which in (0, 1):
        k = crossing(d, which)
        if k:
            points += [(d, k), (d, k * 0.999), (d, k * 1.001), (d, k * 0.98), (d, k * 1.02)]
rows = []
for d, k in points:
    log_c, log_i, a = (nstr(v, 20) for v in values(d, k))
    rows.append({"d": d, "kappa": k, "log_c": log_c, "log_i": log_i, "a": a})
print("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]")
