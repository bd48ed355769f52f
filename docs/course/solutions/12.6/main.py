"""A solution of exercise 12.6 of the course: rows of length one."""

import numpy as np

import answer


def normalize(x, attrs, ct):
    """Returns each row divided by the larger of its length and eps, and the gradient of
    sum(ct * y) where ct is not None."""
    x, eps = x["x"], attrs["eps"]
    norm = np.sqrt((x * x).sum(1, keepdims=True))
    length = np.maximum(norm, eps)
    y = x / length
    if ct is None:
        return y, {}
    along = np.where(norm >= eps, (y * ct).sum(1, keepdims=True), 0)
    return y, {"x": (ct - y * along) / length}


answer.main("normalize", {"x": "n d"}, {"eps": None}, "y", normalize)
