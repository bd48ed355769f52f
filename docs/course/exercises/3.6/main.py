"""Exercise 3.6 of the course: the entropy of classes."""

import numpy as np

import answer


def entropy(x, attrs, ct):
    """Returns, with m the mean of the rows of p, -sum(m log(m + eps)) where the reduction is
    "expectation", -mean(log(m + eps)) where it is "average", and the gradient of
    ct * entropy where ct is not None. Yours to write."""
    p = x["p"]  # (k, c)
    return 0.0, {"p": np.zeros_like(p)}


answer.main("er_entropy_discrete", {"p": "k c"}, {"reduction": ["average", "expectation"], "eps": None}, "entropy", entropy)
