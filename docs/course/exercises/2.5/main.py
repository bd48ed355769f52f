"""Exercise 2.5 of the course: softmax."""

import numpy as np

import answer


def softmax(x, attrs, ct):
    """Returns e^x_ij / sum_l e^x_il, and the gradient of sum(ct * y) where ct is not None.
    Yours to write."""
    x = x["x"]  # (n, d)
    return np.zeros_like(x), {"x": np.zeros_like(x)}


answer.main("softmax", {"x": "n d"}, {}, "y", softmax)
