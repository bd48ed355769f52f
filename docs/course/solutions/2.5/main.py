"""A solution of exercise 2.5 of the course: softmax."""

import numpy as np

import answer


def softmax(x, attrs, ct):
    """Returns e^x_ij / sum_l e^x_il."""
    x = x["x"]
    e = np.exp(x - x.max(1, keepdims=True))
    y = e / e.sum(1, keepdims=True)
    return y, {"x": None if ct is None else y * (ct - (y * ct).sum(1, keepdims=True))}


answer.main("softmax", {"x": "n d"}, {}, "y", softmax)
