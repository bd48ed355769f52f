"""Exercise 14.6 of the course: alignment."""

import numpy as np

import answer


def alignment(x, attrs, ct):
    """Returns the mean over rows of |z1 - z2|^alpha, and the gradients of ct * loss where ct
    is not None; 0 where two rows are equal. Yours to write."""
    z1, z2, alpha = x["z1"], x["z2"], attrs["alpha"]  # (k, d)
    return 0.0, {"z1": np.zeros_like(z1), "z2": np.zeros_like(z2)}


answer.main("alignment", {"z1": "k d", "z2": "k d"}, {"alpha": None}, "loss", alignment)
