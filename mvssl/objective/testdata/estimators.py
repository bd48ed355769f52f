"""Estimators of mutual information on a matrix of scores, in PyTorch, from the papers.

x is a list of cases: the name, the scores s (k, k) as rows, and what the estimator takes
besides. y is a list of the value and of the gradient that the estimator trains by. Everything
is float64. Where training has an expression of its own, it stands for the value's gradient:
value.detach() + surrogate - surrogate.detach().
"""
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def off(s):
    k = len(s)
    return s[~torch.eye(k, dtype=torch.bool)].reshape(k, k - 1)


def mean_exp(v):  # log mean e^v
    return torch.logsumexp(v.flatten(), 0) - math.log(v.numel())


def instead(value, surrogate):
    return value.detach() + surrogate - surrogate.detach()


def dv(s, c):
    return s.diagonal().mean() - mean_exp(off(s))


def mine(s, c):
    now = mean_exp(off(s)).detach()
    running = now
    if c["running"] is not None:
        running = torch.logaddexp(torch.tensor(c["running"] + math.log(c["decay"])), now + math.log(1 - c["decay"]))
    return instead(dv(s, c), s.diagonal().mean() - torch.exp(off(s) - running).mean())


def nwj(s, c):
    return s.diagonal().mean() - torch.exp(off(s) - 1).mean()


def tuba(s, c):
    a = torch.tensor(c["baseline"], dtype=torch.float64)
    return 1 + (s.diagonal() - a).mean() - torch.exp(off(s) - a[:, None]).mean()


def jensen_shannon(s):
    return -F.softplus(-s.diagonal()).mean() - F.softplus(off(s)).mean()


def js(s, c):
    return instead(nwj(s, c), jensen_shannon(s))


def smile(s, c):
    clipped = off(s).clamp(-c["tau"], c["tau"])
    return instead(s.diagonal().mean() - mean_exp(clipped), jensen_shannon(s))


def info_nce(s, c):
    return math.log(len(s)) + (s.diagonal() - torch.logsumexp(s, 1)).mean()


def club(s, c):
    return s.diagonal().mean() - s.mean()


def interpolated(s, c):
    # With b_ij the logarithm of alpha·mean over l ≠ j of e^{s_il} + (1 − alpha)·a_i.
    k, alpha, a = len(s), c["alpha"], torch.tensor(c["baseline"], dtype=torch.float64)
    b = torch.empty(k, k)
    for j in range(k):
        rest = torch.cat([s[:, :j], s[:, j + 1:]], 1)
        m = torch.logsumexp(rest, 1) - math.log(k - 1)
        if alpha == 1:
            b[:, j] = m
        elif alpha == 0:
            b[:, j] = a
        else:
            b[:, j] = torch.logaddexp(m + math.log(alpha), a + math.log(1 - alpha))
    return 1 + (s.diagonal()[:, None] - off(b)).mean() - torch.exp(off(s) - b.diagonal()[:, None]).mean()


def answer(c):
    s = torch.tensor(c["s"], dtype=torch.float64, requires_grad=True)
    value = globals()[c["name"]](s, c)
    value.backward()
    return {"value": value.item(), "gradient": s.grad.tolist()}


y = [answer(c) for c in x]
