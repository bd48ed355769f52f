"""Exercise 13.6 of the course: the log of a sum in one pass."""

import numpy as np

import answer


def logsumexp(x, attrs, ct):
    """Returns log sum e^x of each row, (n), and the gradient of sum(ct * y) where ct is not
    None. Yours to write: read each column once to find the values."""
    x = x["x"]  # (n, d)
    return np.zeros(len(x)), {"x": np.zeros_like(x)}


answer.main("logsumexp", {"x": "n d"}, {}, "y", logsumexp)
