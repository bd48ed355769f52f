"""Estimators of mutual information on pairs, in PyTorch, from the papers.

x is a list of cases: the name, the rows of both sides, kappa, and log C_d(kappa) where rows lie
on the sphere. y is a list of values. Everything is float64.
"""
import math

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def apart(z, p):  # distances, by differences, so that near rows keep their digits
    off = (z[:, None] - z[None]).abs()
    return off.amax(2) if p == "max" else off.square().sum(2).sqrt()


def ksg(a, b, neighbors):
    n = len(a)
    dx, dy = apart(a, "max"), apart(b, "max")
    both = torch.maximum(dx, dy) + torch.diag(torch.full((n,), math.inf))
    eps = both.sort(1).values[:, neighbors - 1, None]
    nx, ny = (dx < eps).sum(1) - 1, (dy < eps).sum(1) - 1  # less the row itself
    psi = lambda v: torch.digamma(torch.as_tensor(v, dtype=torch.float64))
    return psi(neighbors) + psi(n) - (psi(nx + 1) + psi(ny + 1)).mean()


def cca(a, b):  # by canonical correlations: singular values between orthonormal bases
    q = [torch.linalg.qr(z - z.mean(0))[0] for z in (a, b)]
    rho = torch.linalg.svdvals(q[0].T @ q[1])
    return -0.5 * torch.log1p(-rho.square()).sum()


def reconstruction(a, b, c):
    if c["sphere"]:
        return (c["kappa"] * (a * b).sum(1)).mean() + c["logc"]
    return torch.distributions.Normal(a, c["kappa"] ** -0.5).log_prob(b).sum(1).mean()


def log_kernel(b, c):
    if c["sphere"]:
        return c["kappa"] * b @ b.T + c["logc"]
    return torch.distributions.Normal(b[:, None], c["kappa"] ** -0.5).log_prob(b[None]).sum(2)


def kde(b, c, include):
    k, s = len(b), log_kernel(b, c)
    if not include:
        s = s.masked_fill(torch.eye(k, dtype=torch.bool), -math.inf)
    return -(torch.logsumexp(s, 1) - math.log(k if include else k - 1)).mean()


def nearest(b, c):
    k, d = b.shape
    m = d - 1 if c["sphere"] else d
    rho = (apart(b, 2) + torch.diag(torch.full((k,), math.inf))).amin(1) + 1e-8
    volume = m / 2 * math.log(math.pi) - math.lgamma(m / 2 + 1)
    return m * rho.log().mean() + math.log(k - 1) + 0.5772156649015329 + volume


def log_det(b):
    k, d = b.shape
    return 0.5 * torch.logdet(2 * math.pi * math.e * (b.T @ b / k + 1e-6 / d * torch.eye(d)))


def club(a, b, c):
    s = torch.distributions.Normal(a[:, None], c["kappa"] ** -0.5).log_prob(b[None]).sum(2)
    if c["sphere"]:
        s = c["kappa"] * a @ b.T
    return s.diagonal().mean() - s.mean()


def answer(c):
    a, b = (torch.tensor(c[side], dtype=torch.float64) for side in "xy")
    return {
        "ksg": lambda: ksg(a, b, 5), "ksg-10": lambda: ksg(a, b, 10), "cca": lambda: cca(a, b), "club": lambda: club(a, b, c),
        "er-known": lambda: c["entropy"] + reconstruction(a, b, c),
        "er-kde": lambda: kde(b, c, True) + reconstruction(a, b, c),
        "er-kde-exclude": lambda: kde(b, c, False) + reconstruction(a, b, c),
        "er-nearest": lambda: nearest(b, c) + reconstruction(a, b, c),
        "er-logdet": lambda: log_det(b) + reconstruction(a, b, c),
    }[c["name"]]().item()


y = [answer(c) for c in x]
