"""Exercise 12.6 of the course: rows of length one."""

import numpy as np

import answer


def normalize(x, attrs, ct):
    """Returns each row divided by the larger of its length and eps, and the gradient of
    sum(ct * y) where ct is not None. Something is off with it."""
    x, eps = x["x"], attrs["eps"]
    length = np.sqrt((x * x).sum(1, keepdims=True) + eps * eps)
    return x / length, {} if ct is None else {"x": ct / length}


answer.main("normalize", {"x": "n d"}, {"eps": None}, "y", normalize)
