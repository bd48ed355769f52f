"""A solution of exercise 4.6 of the course: InfoNCE."""

import numpy as np

import answer


def info_nce(x, attrs, ct):
    """Returns mean_i -log( e^(s_ii/t) / sum_j e^(s_ij/t) ) of rows that it makes unit rows."""
    z1, z2, t = x["z1"], x["z2"], attrs["temperature"]
    n1, n2 = (np.linalg.norm(z, axis=1, keepdims=True) for z in (z1, z2))
    u1, u2 = z1 / n1, z2 / n2
    s = u1 @ u2.T / t
    gap = s - np.diag(s)[:, None]
    np.fill_diagonal(gap, -np.inf)  # the others
    k = len(s)
    if k > 1:
        largest = np.maximum(gap.max(1), 0)
        loss = (largest + np.log1p(np.expm1(-largest) + np.exp(gap - largest[:, None]).sum(1))).mean()
    else:
        loss = 0.0
    if ct is None:
        return loss, {}
    g = np.exp(s - s.max(1, keepdims=True))
    g /= g.sum(1, keepdims=True)
    np.fill_diagonal(g, 0)
    g -= np.diag(g.sum(1))
    g *= ct / (k * t)

    def through(g, u, n):  # the gradient of a row that was divided by its length
        return (g - u * (g * u).sum(1, keepdims=True)) / n

    return loss, {"z1": through(g @ u2, u1, n1), "z2": through(g.T @ u1, u2, n2)}


answer.main("info_nce", {"z1": "k d", "z2": "k d"}, {"temperature": None}, "loss", info_nce)
