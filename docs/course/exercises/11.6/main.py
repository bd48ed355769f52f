"""Exercise 11.6 of the course: what a probe minimizes."""

import numpy as np

import answer


def log_softmax(x, attrs, ct):
    """Returns x - log sum e^x of each row, and the gradient of sum(ct * y) where ct is not
    None. Yours to write."""
    x = x["x"]  # (n, d)
    return np.zeros_like(x), {"x": np.zeros_like(x)}


answer.main("log_softmax", {"x": "n d"}, {}, "y", log_softmax)
