"""A solution of exercise 7.6 of the course: both normalizers."""

import math

import numpy as np

import answer


def log_normalizer(d, kappa):
    """Returns log C from 1/C = |S^(d-2)| times the integral of e^f(y), with
    f(y) = kappa tanh y - (d - 1) log cosh y."""
    def f(y):
        return kappa * np.tanh(y) - (d - 1) * (np.logaddexp(y, -y) - math.log(2))

    # The peak is where kappa (1 - t^2) = (d - 1) t with t = tanh y, and this wide.
    t = 2 * kappa / (d - 1 + math.hypot(d - 1, 2 * kappa))
    width = 1 / math.sqrt((1 - t * t) * (2 * kappa * t + d - 1))
    peak, step, reach = math.atanh(t), min(width, 1) / 4, 40 / (d - 1) + 12 * width
    total = np.exp(f(peak + np.arange(-reach, reach, step)) - f(peak)).sum() * step
    area = math.log(2) + (d - 1) / 2 * math.log(math.pi) - math.lgamma((d - 1) / 2)
    return -area - f(peak) - math.log(total)


def reconstruction(x, attrs, ct):
    """Returns mean_i( -kappa <z1_i, z2_i> - log C ) of unit rows."""
    z1, z2, kappa = x["z1"], x["z2"], attrs["kappa"]
    k, d = z1.shape
    log_c = log_normalizer(d, kappa)
    if attrs["normalizer"] == "official":
        known = (d / 2 - 1) * math.log(kappa) - d / 2 * math.log(2 * math.pi)  # log C + log I
        log_c = known - np.logaddexp(known - log_c, math.log(1e-7))
    r = -kappa * (z1 * z2).sum() / k - log_c
    if ct is None:
        return r, {}
    return r, {"z1": -kappa * ct / k * z2, "z2": -kappa * ct / k * z1}


answer.main(
    "er_reconstruction_sphere", {"z1": "k d", "z2": "k d"}, {"kappa": None, "normalizer": ["exact", "official"]},
    "reconstruction", reconstruction, least={"d": 2})
