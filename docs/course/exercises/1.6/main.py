"""Exercise 1.6 of the course: gray."""

import numpy as np

import answer


def gray(x, attrs, ct):
    """Returns 0.2989 R + 0.587 G + 0.114 B in each of the three channels, and the gradient
    where ct, of the shape of the output, is not None. Yours to write."""
    x = x["x"]  # (n, 3, h, w)
    return np.zeros_like(x), {"x": np.zeros_like(x)}


answer.main("rgb_to_grayscale", {"x": "n 3 h w"}, {}, "y", gray)
