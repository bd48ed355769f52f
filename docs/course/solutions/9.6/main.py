"""A solution of exercise 9.6 of the course: BYOL."""

import numpy as np

import answer


def byol(x, attrs, ct):
    """Returns the mean over the rows of 2 - 2 cos of prediction and target, which is the
    squared distance of unit rows."""
    prediction, target = x["prediction"], x["target"]
    n = np.linalg.norm(prediction, axis=1, keepdims=True)
    p, t = prediction / n, target / np.linalg.norm(target, axis=1, keepdims=True)
    loss = ((p - t) ** 2).sum(1).mean()
    if ct is None:
        return loss, {}
    g = 2 * ct / len(p) * (p - t)
    return loss, {"prediction": (g - p * (g * p).sum(1, keepdims=True)) / n}


answer.main("byol", {"prediction": "k d", "target": "k d"}, {}, "loss", byol, fixed=["target"])
