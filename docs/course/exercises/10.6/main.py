"""Exercise 10.6 of the course: ER of classes."""

import numpy as np

import answer


def er(x, attrs, ct):
    """Returns, with p = softmax(logits / t) by row of each view and m its mean over the rows,
    mean_i ( -sum(p1 log p2) - sum(p2 log p1) ) / 2 - ( -sum(m1 log m1) - sum(m2 log m2) ) / 2,
    and the gradients of ct * loss where ct is not None. Yours to write."""
    a, b, t = x["logits1"], x["logits2"], attrs["temperature"]  # (k, c)
    return 0.0, {"logits1": np.zeros_like(a), "logits2": np.zeros_like(b)}


answer.main("er_discrete", {"logits1": "k c", "logits2": "k c"}, {"temperature": None}, "loss", er)
