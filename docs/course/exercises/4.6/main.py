"""Exercise 4.6 of the course: InfoNCE."""

import numpy as np

import answer


def info_nce(x, attrs, ct):
    """Returns mean_i -log( e^(s_ii/t) / sum_j e^(s_ij/t) ) of rows that it makes unit rows, and
    the gradients of ct * loss where ct is not None. Yours to write."""
    z1, z2, t = x["z1"], x["z2"], attrs["temperature"]  # (k, d)
    return 0.0, {"z1": np.zeros_like(z1), "z2": np.zeros_like(z2)}


answer.main("info_nce", {"z1": "k d", "z2": "k d"}, {"temperature": None}, "loss", info_nce)
