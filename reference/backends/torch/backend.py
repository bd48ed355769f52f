#!/usr/bin/env python3
"""PyTorch as a backend of the golden suite: all operations, gradients by autograd.

    backend.py [--device cpu|cuda] [--dtype float64|float32|tf32|bfloat16] QUESTION ANSWER

QUESTION and ANSWER are files, or folders with files of the same names.
"""

import argparse
import math
import os
import platform
import re
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import golden
from golden import need

OPS = {}


def op(inputs, attributes="", outputs="y"):
    """Registers a function of the inputs (tensors, by name) and the attributes, which
    returns the outputs in order."""

    def register(f):
        OPS[f.__name__] = (f, inputs, attributes, outputs.split())
        return f

    return register


# Layers.


@op("a(m,k) b(k,n)", outputs="c")
def matmul(a, b):
    return a @ b


def log_det(x):
    """Of the symmetric part, which must be positive definite; bfloat16 has no Cholesky."""
    x = (x + x.T) / 2
    wide = x.float() if x.dtype == torch.bfloat16 else x
    with torch.no_grad():
        factor, info = torch.linalg.cholesky_ex(wide)
        least = len(x) * 2.0**-52 * wide.diagonal()
        need(info == 0 and bool((factor.diagonal() ** 2 > least).all()), "a matrix is not positive definite")
    return 2 * torch.linalg.cholesky(wide).diagonal().log().sum().to(x.dtype)


@op("x(d,d)")
def logdet(x):
    return log_det(x)


@op("x(n,i) weight(o,i) bias(o)?")
def linear(x, weight, bias=None):
    return F.linear(x, weight, bias)


@op("x(n,c,h,w) weight(o,c,p,q) bias(o)?", "stride:count1 padding:count0")
def conv2d(x, weight, bias=None, *, stride, padding):
    need_window(x, weight.shape[2], weight.shape[3], padding)
    return F.conv2d(x, weight, bias, int(stride), int(padding))


@op("x(n,c|n,c,h,w) weight(c)? bias(c)?", "eps:least0")
def batch_norm(x, weight=None, bias=None, *, eps):
    need(x.numel() // x.shape[1] > 1, "one value a channel")
    return F.batch_norm(x, None, None, weight, bias, True, 0, eps)


@op("x(n,d) weight(d)? bias(d)?", "eps:least0")
def layer_norm(x, weight=None, bias=None, *, eps):
    return F.layer_norm(x, x.shape[1:], weight, bias, eps)


@op("x(*)")
def relu(x):
    return F.relu(x)


@op("x(*)", "approximate:none|tanh")
def gelu(x, *, approximate):
    return F.gelu(x, approximate=approximate)


@op("x(n,d)")
def softmax(x):
    return F.softmax(x, -1)


@op("x(n,d)")
def log_softmax(x):
    return F.log_softmax(x, -1)


@op("x(n,d)")
def logsumexp(x):
    return torch.logsumexp(x, -1)


@op("x(n,d)", "eps:least0")
def normalize(x, *, eps):
    return F.normalize(x, dim=1, eps=eps)


def need_window(x, kh, kw, padding):
    need(kh <= x.shape[2] + 2 * padding and kw <= x.shape[3] + 2 * padding, "a window is larger than the image")


POOL = "kernel:count1 stride:count1 padding:count0"


def need_pool(x, kernel, padding):
    need(padding <= kernel // 2, "more padding than half the kernel")
    need_window(x, kernel, kernel, padding)


@op("x(n,c,h,w)", POOL)
def max_pool2d(x, *, kernel, stride, padding):
    need_pool(x, kernel, padding)
    return F.max_pool2d(x, int(kernel), int(stride), int(padding))


@op("x(n,c,h,w)", POOL)
def avg_pool2d(x, *, kernel, stride, padding):
    need_pool(x, kernel, padding)
    return F.avg_pool2d(x, int(kernel), int(stride), int(padding))


@op("x(n,c,h,w)")
def global_avg_pool2d(x):
    return x.mean((2, 3))


@op("q(b,h,t,d) k(b,h,t,d) v(b,h,t,d)")
def attention(q, k, v):
    return F.softmax(q @ k.transpose(2, 3) / math.sqrt(q.shape[3]), -1) @ v


# Objectives that compare a batch with itself.

PAIR = "z1(k,d) z2(k,d)"


def cosines(a, b):
    return F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).T


@op(PAIR, "temperature:positive", "loss")
def info_nce(z1, z2, *, temperature):
    return F.cross_entropy(cosines(z1, z2) / temperature, torch.arange(len(z1), device=z1.device))


@op(PAIR, "temperature:positive", "loss")
def nt_xent(z1, z2, *, temperature):
    k = len(z1)
    z = torch.cat([z1, z2])
    s = cosines(z, z) / temperature
    s = s.masked_fill(torch.eye(2 * k, dtype=torch.bool, device=z.device), -math.inf)
    return F.cross_entropy(s, (torch.arange(2 * k, device=z.device) + k) % (2 * k))


@op(PAIR, "temperature:positive", "loss")
def dcl(z1, z2, *, temperature):
    k = len(z1)
    need(k > 1, "one sample has no negative")
    z = torch.cat([z1, z2])
    s = cosines(z, z) / temperature
    rows = torch.arange(2 * k, device=z.device)
    negatives = s.masked_fill(rows[:, None] % k == rows % k, -math.inf).logsumexp(1)
    return (negatives - s[rows, (rows + k) % (2 * k)]).mean()


@op(PAIR, "temperature:positive", "loss")
def dhel(z1, z2, *, temperature):
    need(len(z1) > 1, "one sample has no negative")

    def others(z):
        s = cosines(z, z) / temperature
        return s.fill_diagonal_(-math.inf).logsumexp(1)

    return (others(z1) + others(z2) - F.cosine_similarity(z1, z2, dim=1, eps=1e-12) / temperature).mean()


GLOBAL_LOCAL = "global(k,u) local(k,p,u)"


def critic(g, local):
    """The scores of images with their own places (k, p), and with the others' (k, (k-1)*p)."""
    k = len(g)
    need(k > 1, "one image has no negative")
    s = torch.einsum("nu,mpu->nmp", g, local)
    own = torch.eye(k, dtype=torch.bool, device=g.device)
    return s[own], s[~own].reshape(k, -1)


@op(GLOBAL_LOCAL, outputs="loss")
def dim_jsd(local, **ins):
    own, others = critic(ins["global"], local)
    return -F.logsigmoid(-others).mean() - F.logsigmoid(own).mean() - 2 * math.log(2)


@op(GLOBAL_LOCAL, outputs="loss")
def dim_nce(local, **ins):
    own, others = critic(ins["global"], local)
    return -F.logsigmoid(own - others.logsumexp(1, True)).mean()


@op(GLOBAL_LOCAL, outputs="loss")
def dim_dv(local, **ins):
    own, others = critic(ins["global"], local)
    return others.flatten().logsumexp(0) - math.log(others.numel()) - own.mean()


@op("r1(k,u) r5(k,p,u)", "clip:positive weight:least0", "loss")
def amdim(r1, r5, *, clip, weight):
    own, others = critic(r1 / math.sqrt(r1.shape[1]), r5)
    squares = torch.cat([own, others], 1).square().mean()
    own, others = clip * torch.tanh(own / clip), clip * torch.tanh(others / clip)
    return -F.logsigmoid(own - others.logsumexp(1, True)).mean() + weight * squares


@op("prediction(n,u) target(m,u) positive(n)!", outputs="loss")
def cpc(prediction, target, positive):
    need(bool(((positive >= 0) & (positive < len(target)) & (positive == positive.trunc())).all()), "a place is no row of target")
    return F.cross_entropy(prediction @ target.T, positive.long())


@op("query(k,d) key(k,d)! queue(m,d)!", "temperature:positive", "loss")
def moco(query, key, queue, *, temperature):
    positive = F.cosine_similarity(query, key, dim=1, eps=1e-12)[:, None]
    logits = torch.cat([positive, cosines(query, queue)], 1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(query), dtype=torch.long, device=query.device))


@op(PAIR, "alpha:positive", "loss")
def alignment(z1, z2, *, alpha):
    squares = (z1 - z2).square().sum(1)
    apart = squares[squares > 0]  # rows that are equal add 0 and have no slope
    return apart.pow(alpha / 2).sum() / len(z1)


@op("z(k,d)", "t:positive", "loss")
def uniformity(z, *, t):
    need(len(z) > 1, "one row has no pair")
    i, j = torch.triu_indices(len(z), len(z), 1, device=z.device)
    return torch.logsumexp(-t * (z[i] - z[j]).square().sum(1), 0) - math.log(len(i))


@op("z(k,d)", "eps:least0", "loss")
def koleo(z, *, eps):
    need(len(z) > 1, "one row has no neighbor")
    with torch.no_grad():
        squares = (z[:, None] - z).square().sum(2)
        nearest = squares.fill_diagonal_(math.inf).argmin(1)
    return -torch.log((z - z[nearest]).norm(dim=1) + eps).mean()


@op(PAIR + " c(d,d)!", "momentum:fraction rho:least0", "loss c")
def tico(z1, z2, c, *, momentum, rho):
    a, b = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    moved = momentum * c + (1 - momentum) * a.T @ a / len(a)
    return 1 - (a * b).sum(1).mean() + rho * ((a @ moved) * a).sum(1).mean(), moved


@op("z(n,d) slices(d,m)!", "knots:count2", "loss")
def sigreg(z, slices, *, knots):
    t = torch.linspace(0, 3, int(knots), dtype=z.dtype, device=z.device)
    phi = torch.exp(-t.square() / 2)
    angles = (z @ slices)[..., None] * t
    distances = (angles.cos().mean(0) - phi).square() + angles.sin().mean(0).square()
    return 2 * len(z) * torch.trapezoid(distances * phi, t, dim=-1).mean()


@op("z(v,k,d)", "", "loss")
def mmcr(z):
    c = F.normalize(z, dim=2).mean(0)
    c = c.float() if c.dtype == torch.bfloat16 else c
    u, s, v = torch.linalg.svd(c.detach(), full_matrices=False)
    polar = (u * (s > max(c.shape) * torch.finfo(s.dtype).eps * s[0])) @ v
    return -(c * polar).sum().to(z.dtype)  # the sum of the singular values


# Estimators of mutual information, by a critic's scores.

SCORES = "scores(k,k)"


def pairs(scores):
    """The scores of the joint distribution (k), and those of the product (k*(k-1))."""
    need(len(scores) > 1, "one pair has no other")
    joint = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    return scores[joint], scores[~joint]


def log_mean_exp(x, dim=0):
    return x.logsumexp(dim) - math.log(x.shape[dim])


def trained_by(value, goal):
    """The value, with the gradient of the goal."""
    return value.detach() + (goal - goal.detach())


def jensen_shannon(joint, product):
    return F.logsigmoid(joint).mean() + F.logsigmoid(-product).mean()


@op(SCORES, outputs="estimate")
def mi_dv(scores):
    joint, product = pairs(scores)
    return joint.mean() - log_mean_exp(product)


@op(SCORES, "log_running:number decay:below1", "estimate log_running")
def mi_mine(scores, *, log_running, decay):
    joint, product = pairs(scores)
    own = log_mean_exp(product).detach()
    running = torch.logaddexp(own.new_tensor(log_running + math.log(decay)), own + math.log1p(-decay)) if decay else own
    goal = joint.mean() - (product - running).exp().mean()
    return trained_by(joint.mean() - own, goal), running


@op(SCORES, outputs="estimate")
def mi_nwj(scores):
    joint, product = pairs(scores)
    return joint.mean() - (product - 1).exp().mean()


@op(SCORES + " log_baseline(k)", outputs="estimate")
def mi_tuba(scores, log_baseline):
    joint, product = pairs(scores - log_baseline[:, None])
    return 1 + joint.mean() - product.exp().mean()


@op(SCORES, outputs="estimate")
def mi_js(scores):
    return trained_by(mi_nwj(scores), jensen_shannon(*pairs(scores)))


@op(SCORES, "tau:positive", "estimate")
def mi_smile(scores, *, tau):
    joint, product = pairs(scores)
    return trained_by(joint.mean() - log_mean_exp(product.clamp(-tau, tau)), jensen_shannon(joint, product))


@op(SCORES + " log_baseline(k)!", "alpha:fraction", "estimate")
def mi_interpolated(scores, log_baseline, *, alpha):
    k = len(scores)
    need(k > 1, "one pair has no other")
    others = ~torch.eye(k, dtype=torch.bool, device=scores.device)
    left = scores[:, None, :].expand(k, k, k)[others.expand(k, k, k)].reshape(k, k, k - 1)  # of row i without j
    mean = log_mean_exp(left, 2)
    fixed = log_baseline[:, None].expand(k, k)
    b = mean if alpha == 1 else fixed if alpha == 0 else torch.logaddexp(mean + math.log(alpha), fixed + math.log1p(-alpha))
    joint = (scores.diagonal()[:, None] - b)[others].mean()
    return 1 + joint - (scores - b.diagonal()[:, None])[others].exp().mean()


@op(SCORES, outputs="estimate")
def mi_infonce(scores):
    need(len(scores) > 1, "one pair has no other")
    return math.log(len(scores)) - F.cross_entropy(scores, torch.arange(len(scores), device=scores.device))


@op(SCORES, outputs="estimate")
def mi_club(scores):
    joint, _ = pairs(scores)
    return joint.mean() - scores.mean()


# Entropy and reconstruction.


def log_normalizer(d, kappa):
    """log C_d(kappa) = log(kappa^nu/I_nu(kappa)) - (d/2) log 2 pi, nu = d/2 - 1, in
    float64 by the ascending series, whose terms are all positive:
    I_nu(x) = (x/2)^nu * sum over j of (x/2)^(2j) / (j! Gamma(nu+j+1))."""
    nu, kappa = d / 2 - 1, kappa.double()
    largest = kappa.max().item()
    peak = (math.sqrt(nu * nu + largest * largest) - nu) / 2
    j = torch.arange(int(peak + 40 * math.sqrt(peak + 1) + 60), dtype=torch.float64, device=kappa.device)
    terms = 2 * j * torch.log(kappa / 2)[..., None] - torch.lgamma(j + 1) - torch.lgamma(nu + j + 1)
    return nu * math.log(2) - torch.logsumexp(terms, -1) - d / 2 * math.log(2 * math.pi)


def normalizer_of(z, kappa, normalizer):
    nu, d = z.shape[1] / 2 - 1, z.shape[1]
    k = torch.tensor(kappa, dtype=torch.float64, device=z.device)
    log_c = log_normalizer(d, k)
    if normalizer == "official":
        rest = nu * math.log(kappa) - d / 2 * math.log(2 * math.pi)
        log_c = rest - torch.logaddexp(rest - log_c, torch.tensor(math.log(1e-7), dtype=torch.float64, device=z.device))
    return log_c.to(z.dtype)


@op("kappa(n)", "d:count2", "log_c")
def vmf_log_normalizer(kappa, *, d):
    need(bool((kappa > 0).all()), "kappa is not positive")
    return log_normalizer(d, kappa).to(kappa.dtype)


@op("z(k,d)", "kappa:positive reduction:average|expectation normalizer:exact|official self?:include|exclude", "entropy")
def er_entropy_sphere(z, *, kappa, reduction, normalizer, self):
    k = len(z)
    need(z.shape[1] > 1, "rows of one number")
    s = kappa * z @ z.T
    if self == "exclude":
        need(k > 1, "a single row has no other")
        s = s.masked_fill(torch.eye(k, dtype=torch.bool, device=z.device), -math.inf)
    others = k if self == "include" else k - 1
    logp = torch.logsumexp(s, 1) + normalizer_of(z, kappa, normalizer) - math.log(others)
    if reduction == "average":
        return -logp.mean()
    return -(F.softmax(logp, 0) * logp).sum()


@op(PAIR, "kappa:positive normalizer:exact|official", "reconstruction")
def er_reconstruction_sphere(z1, z2, *, kappa, normalizer):
    need(z1.shape[1] > 1, "rows of one number")
    return (-kappa * (z1 * z2).sum(1)).mean() - normalizer_of(z1, kappa, normalizer)


@op("p(k,c)", "reduction:average|expectation eps:least0", "entropy")
def er_entropy_discrete(p, *, reduction, eps):
    mean = p.mean(0)
    log = torch.log(mean + eps)
    return -log.mean() if reduction == "average" else -(mean * log).sum()


@op("logits1(k,c) logits2(k,c)", "temperature:positive", "loss")
def er_discrete(logits1, logits2, *, temperature):
    a, b = F.log_softmax(logits1 / temperature, 1), F.log_softmax(logits2 / temperature, 1)
    means = [x.logsumexp(0) - math.log(len(x)) for x in (a, b)]
    entropy = -0.5 * sum((m.exp() * m).sum() for m in means)
    return -0.5 * (a.exp() * b + b.exp() * a).sum(1).mean() - entropy


@op("p1(k,c) p2(k,c)", "eps:least0", "reconstruction")
def er_reconstruction_discrete(p1, p2, *, eps):
    return -0.5 * (p1 * torch.log(p2 + eps) + p2 * torch.log(p1 + eps)).sum(1).mean()


# Objectives with a teacher, with codes, with statistics over the batch.


@op("prediction(k,d) target(k,d)!", outputs="loss")
def byol(prediction, target):
    return (2 - 2 * F.cosine_similarity(prediction, target, dim=1, eps=1e-12)).mean()


@op(
    "student(s,k,c) teacher(t,k,c)! center(c)!",
    "student_temperature:positive teacher_temperature:positive center_momentum:fraction",
    "loss center",
)
def dino(student, teacher, center, *, student_temperature, teacher_temperature, center_momentum):
    pairs = [(i, j) for i in range(len(teacher)) for j in range(len(student)) if i != j]
    need(pairs, "no pair of views")
    p = F.softmax((teacher - center) / teacher_temperature, -1)
    logq = F.log_softmax(student / student_temperature, -1)
    loss = sum(-(p[i] * logq[j]).sum(-1).mean() for i, j in pairs) / len(pairs)
    return loss, center_momentum * center + (1 - center_momentum) * teacher.flatten(0, 1).mean(0)


def codes(scores, epsilon, iterations):
    """Sinkhorn-Knopp on logarithms."""
    k, c = scores.shape
    q = scores / epsilon
    q = q - torch.logsumexp(q.flatten(), 0)
    for _ in range(int(iterations)):
        q = q - torch.logsumexp(q, 0, keepdim=True) - math.log(c)
        q = q - torch.logsumexp(q, 1, keepdim=True) - math.log(k)
    return k * torch.exp(q)


@op("scores(k,c)", "epsilon:positive iterations:count0", "q")
def sinkhorn(scores, *, epsilon, iterations):
    return codes(scores, epsilon, iterations)


@op("scores1(k,c) scores2(k,c)", "temperature:positive epsilon:positive iterations:count0", "loss")
def swapped_prediction(scores1, scores2, *, temperature, epsilon, iterations):
    q1, q2 = (codes(s.detach(), epsilon, iterations) for s in (scores1, scores2))
    logp1, logp2 = (F.log_softmax(s / temperature, 1) for s in (scores1, scores2))
    return -0.5 * (q2 * logp1 + q1 * logp2).sum(1).mean()


@op(PAIR, "lambda:least0 eps:least0", "loss")
def barlow_twins(z1, z2, *, eps, **attrs):
    need(len(z1) > 1, "one row has no variance")
    a, b = ((z - z.mean(0)) / torch.sqrt(z.var(0, unbiased=False) + eps) for z in (z1, z2))
    c = a.T @ b / len(z1)
    diagonal = torch.diagonal(c)
    off = c - torch.diag(diagonal)
    return (1 - diagonal).square().sum() + attrs["lambda"] * off.square().sum()


@op("z1(k,d) z2(k,d) r1(d,d)! r2(d,d)!", "decay:below1 eps:least0 weight:number", "loss r1 r2")
def corinfomax(z1, z2, r1, r2, *, decay, eps, weight):
    def running(z, r):
        rows = z - z.mean(0)
        return decay * r + (1 - decay) / len(z) * rows.T @ rows

    r1, r2 = running(z1, r1), running(z2, r2)
    eye = torch.eye(len(r1), dtype=z1.dtype, device=z1.device)
    log_dets = log_det(r1 + eps * eye) + log_det(r2 + eps * eye)
    return weight * F.mse_loss(z1, z2) - log_dets / len(r1), r1, r2


@op(PAIR, "sim:least0 std:least0 cov:least0 eps:least0", "loss")
def vicreg(z1, z2, *, sim, std, cov, eps):
    k, d = z1.shape
    need(k > 1, "one row has no variance")
    spread, correlation = 0, 0
    for z in (z1, z2):
        spread = spread + F.relu(1 - torch.sqrt(z.var(0) + eps)).mean() / 2
        centered = z - z.mean(0)
        c = centered.T @ centered / (k - 1)
        correlation = correlation + (c - torch.diag(torch.diagonal(c))).square().sum() / d
    return sim * (z1 - z2).square().mean() + std * spread + cov * correlation


# Updates of parameters.


@op("target(*) online(*)", "momentum:fraction", "target")
def ema_update(target, online, *, momentum):
    return momentum * target + (1 - momentum) * online


@op("param(*)! grad(*)! buffer(*)!", "lr:least0 momentum:least0 weight_decay:least0 nesterov:bool", "param buffer")
def sgd_step(param, grad, buffer, *, lr, momentum, weight_decay, nesterov):
    need(not nesterov or momentum > 0, "nesterov without momentum")
    p = param.clone()
    p.grad = grad
    optimizer = torch.optim.SGD([p], lr, momentum, weight_decay=weight_decay, nesterov=nesterov)
    optimizer.state[p]["momentum_buffer"] = buffer = buffer.clone()
    optimizer.step()
    return p, buffer


@op(
    "param(*)! grad(*)! m(*)! v(*)!",
    "step:count1 lr:least0 beta1:below1 beta2:below1 eps:least0 weight_decay:least0",
    "param m v",
)
def adamw_step(param, grad, m, v, *, step, lr, beta1, beta2, eps, weight_decay):
    p, m, v = param.clone(), m.clone(), v.clone()
    p.grad = grad
    optimizer = torch.optim.AdamW([p], lr, (beta1, beta2), eps, weight_decay)
    optimizer.state[p].update(step=torch.tensor(float(step - 1)), exp_avg=m, exp_avg_sq=v)
    optimizer.step()
    return p, m, v


@op("param(*)! grad(*)! buffer(*)!", "lr:least0 momentum:least0 weight_decay:least0 trust:least0 eps:least0", "param buffer")
def lars_step(param, grad, buffer, *, lr, momentum, weight_decay, trust, eps):
    w, g = param.norm(), grad.norm()
    local = trust * w / (g + weight_decay * w + eps) if w > 0 and g > 0 else 1.0
    buffer = momentum * buffer + local * (grad + weight_decay * param)
    return param - lr * buffer, buffer


# Images, by torchvision where it is installed.


def vision():
    try:
        from torchvision.transforms import functional
    except ImportError:
        raise golden.Lacking from None
    return functional


IMAGE = "x(n,3,h,w)"


@op(IMAGE, "factor:least0")
def adjust_brightness(x, *, factor):
    return vision().adjust_brightness(x, factor)


@op(IMAGE, "factor:least0")
def adjust_contrast(x, *, factor):
    return vision().adjust_contrast(x, factor)


@op(IMAGE, "factor:least0")
def adjust_saturation(x, *, factor):
    return vision().adjust_saturation(x, factor)


@op(IMAGE, "factor:half")
def adjust_hue(x, *, factor):
    return vision().adjust_hue(x, factor)


@op(IMAGE)
def rgb_to_grayscale(x):
    return vision().rgb_to_grayscale(x, 3)


@op("x(n,c,h,w)", "kernel:count1 sigma:positive")
def gaussian_blur(x, *, kernel, sigma):
    need(kernel % 2 == 1 and kernel // 2 < min(x.shape[2:]), "the kernel is even or too large")
    return vision().gaussian_blur(x, [int(kernel)] * 2, [sigma] * 2)


@op("x(*)", "threshold:number")
def solarize(x, *, threshold):
    return torch.where(x >= threshold, 1 - x, x)


@op("x(n,c,h,w)", "top:count0 left:count0 height:count1 width:count1 size:count1 antialias:bool")
def resized_crop(x, *, top, left, height, width, size, antialias):
    need(top + height <= x.shape[2] and left + width <= x.shape[3], "the rectangle leaves the image")
    crop = x[:, :, int(top) : int(top + height), int(left) : int(left + width)]
    return F.interpolate(crop, (int(size), int(size)), mode="bilinear", align_corners=False, antialias=antialias)


# Training traces. docs/oracle.md says what the actions of a step are.


def listed(attrs, op, names):
    """The actions of a step; those of train/simclr and train/simclr-er are not listed."""
    if "step" in attrs:
        return attrs["step"]

    def loss(weight, op, output, attributes, **ins):
        return {"do": "loss", "op": op, "in": ins, "attrs": {n: attrs[n] for n in attributes}, "output": output, "weight": weight}

    if op == "train/simclr":
        terms = [loss(1, "nt_xent", "loss", ["temperature"], z1="z 1", z2="z 2")]
    elif op == "train/simclr-er":
        entropy = ["kappa", "normalizer", "reduction", "self"]
        terms = [
            loss(1, "er_reconstruction_sphere", "reconstruction", ["kappa", "normalizer"], z1="z 1", z2="z 2"),
            loss(-0.5, "er_entropy_sphere", "entropy", entropy, z="z 1"),
            loss(-0.5, "er_entropy_sphere", "entropy", entropy, z="z 2"),
        ]
    else:
        raise golden.Lacking
    sgd = {n: attrs[n] for n in ("lr", "momentum", "weight_decay", "nesterov")}
    return [
        {"do": "forward", "name": "z", "of": ["view1", "view2"], "layers": attrs["layers"]},
        *terms,
        {"do": "gradients"},
        {"do": "update", "op": "sgd_step", "attrs": sgd, "parameters": names},
    ]


class Training:
    """The steps of a trace. Each name has a tensor: the state, the batch, and what the
    step has made."""

    def __init__(self, q, tensor):
        self.attrs, self.batch = q.attrs, q.attrs.get("batch", ["view1", "view2"])
        self.batches = {n: tensor(q.ins[n]) for n in self.batch}
        self.steps, self.k = q.ins[self.batch[0]].shape[:2]
        names = [n for n in q.ins if n not in self.batch]
        self.actions = listed(q.attrs, q.op, names)
        self.trained = {n for a in self.actions for n in a.get("parameters", [])}
        self.values = {n: tensor(q.ins[n]).requires_grad_(n in self.trained) for n in names}
        self.state, self.changed = set(names), set(self.trained)
        self.optimizers = {}

    def run(self):
        losses = []
        for self.step in range(self.steps):
            self.values.update((n, x[self.step]) for n, x in self.batches.items())
            self.loss = 0
            for a in self.actions:
                getattr(self, "do_" + a["do"])(a)
            losses.append(self.loss.detach())
        return {"out/loss": torch.stack(losses), **{"out/" + n: self.values[n].detach() for n in self.changed}}

    def at(self, a):
        return {n: v[self.step] if isinstance(v, list) else v for n, v in a.get("attrs", {}).items()}

    def part(self, ref):
        name, _, view = ref.partition(" ")
        x, k = self.values[name], self.k
        if view == "*":
            return x.reshape(-1, k, *x.shape[1:])
        return x[(int(view) - 1) * k : int(view) * k] if view else x

    def set(self, name, x):
        """Gives a name a new tensor; what was computed of the old one stays."""
        if name in self.trained:
            with torch.no_grad():
                self.values[name].copy_(x)
        else:
            self.values[name] = x.detach()
        if name in self.state:
            self.changed.add(name)

    def call(self, a):
        """The outputs of an operation by name."""
        ins, attrs = {n: self.part(r) for n, r in a["in"].items()}, self.at(a)
        if a["op"] == "cross_entropy":
            logp = F.log_softmax(ins["scores"] / attrs["temperature"], 1)
            return {"loss": -(ins["p"].detach() * logp).sum(1).mean()}
        f, inputs, _, names = OPS[a["op"]]
        constants = re.findall(r"(\w+)\([^)]*\)!", inputs)
        outs = f(**{n: x.detach() if n in constants else x for n, x in ins.items()}, **attrs)
        return dict(zip(names, outs if isinstance(outs, tuple) else (outs,)))

    def do_forward(self, a):
        x = torch.cat([self.part(r) for r in a["of"]])
        for layer in a.get("layers", []):
            x = self.layer(layer, x)
        self.values[a["name"]] = x.detach() if a.get("constant") else x

    def layer(self, layer, x):
        kind, name, number = (layer.split(" ") + ["", ""])[:3]
        weight, bias = self.values.get(name + ".weight"), self.values.get(name + ".bias")
        if kind == "linear":
            return F.linear(x, weight, bias)
        if kind == "unit_linear":
            return F.linear(x, F.normalize(weight, dim=1))
        if kind == "conv2d":
            return F.conv2d(x, weight, bias, int(number or self.attrs["stride"]), int(self.attrs["padding"]))
        if kind == "batch_norm":
            return F.batch_norm(x, None, None, weight, bias, True, 0, self.attrs["eps"])
        if kind == "relu":
            return F.relu(x)
        if kind == "global_avg_pool2d":
            return x.mean((2, 3))
        if kind == "normalize":
            return F.normalize(x, dim=1)
        if kind == "softmax":
            return F.softmax(x, 1)
        if kind == "divide":
            return x / float(name)
        raise golden.Refused(f"there is no layer {kind}")

    def do_assign(self, a):
        outs = self.call(a)
        for name, output in a["set"].items():
            self.set(name, outs[output])

    def do_push(self, a):
        rows, queue = self.part(a["rows"]).detach(), self.values[a["onto"]]
        n, m = len(rows), len(queue)
        if a["at"] == "front":
            pushed = torch.cat([rows, queue[: m - n]])
        else:
            pushed = queue.clone()
            at = self.step * n % m
            pushed[at : at + n] = rows
        self.set(a["onto"], pushed)

    def do_gradients(self, a):
        for name in self.trained:
            self.values[name].grad = None
        self.loss.backward()
        for name in self.trained:
            g = self.values[name].grad
            if g is not None and "clip" in a:
                g.mul_(min(1.0, a["clip"] / (g.norm().item() + 1e-6)))

    def do_update(self, a):
        if self.step < a.get("from", 0):
            return
        attrs = self.at(a)
        for name in a["parameters"]:
            p = self.values[name]
            if p.grad is None:
                p.grad = torch.zeros_like(p)
            if name not in self.optimizers:
                if a["op"] == "sgd_step":
                    of = {n: attrs[n] for n in ("momentum", "weight_decay", "nesterov")}
                    self.optimizers[name] = torch.optim.SGD([p], lr=1, **of)
                else:
                    betas = attrs["beta1"], attrs["beta2"]
                    self.optimizers[name] = torch.optim.AdamW([p], 1, betas, attrs["eps"], attrs["weight_decay"])
            self.optimizers[name].param_groups[0]["lr"] = attrs["lr"]
            self.optimizers[name].step()

    def do_follow(self, a):
        momentum = self.at(a)["momentum"]
        for name in [n for n in self.state if a["prefix"] + n in self.state]:
            target = a["prefix"] + name
            self.set(target, momentum * self.values[target].detach() + (1 - momentum) * self.values[name].detach())

    def do_loss(self, a):
        self.loss = self.loss + a["weight"] * self.call(a)[a["output"]]


def answer(q, device, dtype):
    """The arrays of the answer to a question; what is less precise than float32 becomes
    float32."""
    try:
        tensors = compute(q, lambda x: torch.tensor(x, dtype=dtype, device=device))
    except RuntimeError as e:
        if "not implemented for" in str(e):  # this dtype on this device
            raise golden.Lacking from None
        raise
    return {name: (x.float() if x.dtype == torch.bfloat16 else x).cpu().numpy() for name, x in tensors.items()}


def compute(q, tensor):
    """The tensors of the answer to a question, whose arrays tensor puts on the device."""
    if q.op.startswith("train/"):
        return Training(q, tensor).run()
    if q.op not in OPS:
        raise golden.Lacking
    f, inputs, attributes, names = OPS[q.op]
    golden.check(q, inputs, attributes)
    ins = {name: tensor(x).requires_grad_(name in q.wrt) for name, x in q.ins.items()}
    outs = f(**ins, **{name: v for name, v in q.attrs.items() if name != "wrt"})
    outs = dict(zip(names, outs if isinstance(outs, tuple) else (outs,)))
    tensors = {"out/" + name: y.detach() for name, y in outs.items()}
    if q.wrt:
        for name, ct in q.cts.items():
            need(name in outs and outs[name].shape == ct.shape, f"cotangent {name} is not of an output's shape")
        of = [outs[name] for name in q.cts]
        grads = torch.autograd.grad(of, [ins[name] for name in q.wrt], [tensor(ct) for ct in q.cts.values()], allow_unused=True)
        for name, g in zip(q.wrt, grads):
            tensors["grad/" + name] = torch.zeros_like(ins[name]) if g is None else g
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float64", choices=["float64", "float32", "tf32", "bfloat16"])
    parser.add_argument("question")
    parser.add_argument("answer")
    args = parser.parse_args()
    tf32 = args.dtype == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    dtype = torch.float32 if tf32 else getattr(torch, args.dtype)
    # torchvision makes the kernel of its blur in the default precision.
    torch.set_default_dtype(torch.float64 if dtype == torch.float64 else torch.float32)
    try:
        device = torch.cuda.get_device_name(args.device) if args.device.startswith("cuda") else args.device
        versions = {"python": platform.python_version(), "torch": torch.__version__}
        return golden.main(lambda q: answer(q, args.device, dtype), args.question, args.answer, device, versions)
    except golden.Malformed as e:
        print(e, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
