"""Exercise 6.6 of the course: spreading by nearest neighbors."""

import numpy as np

import answer


def koleo(x, attrs, ct):
    """Returns -mean_i log(rho_i + eps), with rho_i the distance of row i of z from the nearest
    other row, of equally near ones the first, and the gradient of ct * loss where ct is
    not None. Where rho_i is 0 row i has none. Yours to write."""
    z, eps = x["z"], attrs["eps"]  # (k, d)
    return 0.0, {"z": np.zeros_like(z)}


answer.main("koleo", {"z": "k d"}, {"eps": None}, "loss", koleo, least={"k": 2, "eps": 0})
