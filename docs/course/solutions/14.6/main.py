"""A solution of exercise 14.6 of the course: alignment."""

import numpy as np

import answer


def alignment(x, attrs, ct):
    """Returns the mean over rows of |z1 - z2|^alpha, and the gradients of ct * loss where ct
    is not None; 0 where two rows are equal."""
    z1, z2, alpha = x["z1"], x["z2"], attrs["alpha"]
    delta = z1 - z2
    distance = np.linalg.norm(delta, axis=1, keepdims=True)
    loss = (distance ** alpha).mean()
    if ct is None:
        return loss, {}
    there = np.where(distance > 0, distance, 1)
    g = np.where(distance > 0, ct * alpha * there ** (alpha - 2) * delta / len(z1), 0)
    return loss, {"z1": g, "z2": -g}


answer.main("alignment", {"z1": "k d", "z2": "k d"}, {"alpha": None}, "loss", alignment)
