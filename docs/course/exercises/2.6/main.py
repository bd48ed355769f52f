"""Exercise 2.6 of the course: a product."""

import numpy as np

import answer


def matmul(x, attrs, ct):
    """Returns a b, and the gradients of sum(ct * c) where ct is not None. Yours to write:
    with loops, since NumPy's own product would be too easy."""
    a, b = x["a"], x["b"]  # (m, k) and (k, n)
    return np.zeros((len(a), b.shape[1])), {"a": np.zeros_like(a), "b": np.zeros_like(b)}


answer.main("matmul", {"a": "m k", "b": "k n"}, {}, "c", matmul)
