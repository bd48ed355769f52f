"""A solution of exercise 5.5 of the course: NT-Xent."""

import numpy as np

import answer


def nt_xent(x, attrs, ct):
    """Returns mean_i -log( e^s_ip / sum_{j != i} e^s_ij ) over the 2k rows of both views, made
    unit rows, with s their products over the temperature and p the other view of i."""
    z, k, t = np.concatenate([x["z1"], x["z2"]]), len(x["z1"]), attrs["temperature"]
    n = np.linalg.norm(z, axis=1, keepdims=True)
    u = z / n
    s = u @ u.T / t
    rows = np.arange(2 * k)
    partner = (rows + k) % (2 * k)
    gap = s - s[rows, partner][:, None]
    gap[rows, rows] = gap[rows, partner] = -np.inf  # the negatives
    largest = np.maximum(gap.max(1), 0)
    e = np.exp(gap - largest[:, None])
    total = np.exp(-largest) + e.sum(1)
    loss = (largest + np.log1p(np.expm1(-largest) + e.sum(1))).mean()
    if ct is None:
        return loss, {}
    g = e / total[:, None]
    g[rows, partner] = -g.sum(1)
    g = (g + g.T) * ct / (2 * k * t)  # each score stands in two rows
    v = g @ u
    gz = (v - u * (v * u).sum(1, keepdims=True)) / n
    return loss, {"z1": gz[:k], "z2": gz[k:]}


answer.main("nt_xent", {"z1": "k d", "z2": "k d"}, {"temperature": None}, "loss", nt_xent)
