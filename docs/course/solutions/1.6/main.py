"""A solution of exercise 1.6 of the course: gray."""

import numpy as np

import answer


def gray(x, attrs, ct):
    """Returns 0.2989 R + 0.587 G + 0.114 B in each of the three channels."""
    x, weights = x["x"], np.array([0.2989, 0.587, 0.114]).reshape(3, 1, 1)
    y = np.repeat((x * weights).sum(1, keepdims=True), 3, 1)
    return y, {"x": None if ct is None else weights * ct.sum(1, keepdims=True)}


answer.main("rgb_to_grayscale", {"x": "n 3 h w"}, {}, "y", gray)
