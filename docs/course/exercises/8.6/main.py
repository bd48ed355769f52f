"""Exercise 8.6 of the course: Sinkhorn."""

import numpy as np

import answer


def sinkhorn(x, attrs, ct):
    """Returns the codes of scores (k, c): Q = exp(scores / epsilon) / sum; as often as there
    are iterations, its columns are scaled to sum to 1/c each, and then its rows to 1/k
    each; q = k Q. And the gradient of sum(ct * q) where ct is not None. Yours to write."""
    scores = x["scores"]  # (k, c)
    return np.zeros_like(scores), {"scores": np.zeros_like(scores)}


answer.main("sinkhorn", {"scores": "k c"}, {"epsilon": None, "iterations": None}, "q", sinkhorn, least={"iterations": 0})
