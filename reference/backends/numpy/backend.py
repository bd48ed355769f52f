#!/usr/bin/env python3
"""NumPy as a backend of the golden suite, with gradients by a small tape of its own.

    backend.py [--dtype float64|float32] QUESTION ANSWER

QUESTION and ANSWER are files, or folders with files of the same names. It does not support
pooling by windows, mi_interpolated, the image operations that resample or turn hues, the
updates of optimizers, or training, and says so by exit status 3.
"""

import argparse
import math
import os
import platform
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import golden
from golden import need


class Var:
    """An array that knows what it was computed from: parents are pairs of a Var and
    the function that takes this array's gradient to that one's."""

    __array_priority__ = 1  # array + Var is Var.__radd__

    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = np.asarray(value), parents, None

    shape = property(lambda self: self.value.shape)

    def __add__(self, other):
        a, b = self, var(other, self)
        return Var(a.value + b.value, [(a, lambda g: shrink(g, a)), (b, lambda g: shrink(g, b))])

    def __mul__(self, other):
        a, b = self, var(other, self)
        return Var(a.value * b.value, [(a, lambda g: shrink(g * b.value, a)), (b, lambda g: shrink(g * a.value, b))])

    def __matmul__(self, other):
        a, b = self, other
        back_a = lambda g: shrink(g @ b.value.swapaxes(-1, -2), a)
        back_b = lambda g: shrink(a.value.swapaxes(-1, -2) @ g, b)
        return Var(a.value @ b.value, [(a, back_a), (b, back_b)])

    def __pow__(self, p):
        return Var(self.value**p, [(self, lambda g: g * p * self.value ** (p - 1))])

    def __getitem__(self, index):
        def back(g):
            d = np.zeros_like(self.value)
            np.add.at(d, index, g)
            return d

        return Var(self.value[index], [(self, back)])

    def sum(self, axis=None, keepdims=False):
        def back(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            return np.broadcast_to(g, self.shape)

        return Var(self.value.sum(axis=axis, keepdims=keepdims), [(self, back)])

    def mean(self, axis=None, keepdims=False):
        total = self.sum(axis, keepdims)
        return total * (total.value.size / self.value.size)

    def reshape(self, *shape):
        return Var(self.value.reshape(shape), [(self, lambda g: g.reshape(self.shape))])

    def swap(self, a=-1, b=-2):
        return Var(self.value.swapaxes(a, b), [(self, lambda g: g.swapaxes(a, b))])

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -1 * var(other, self)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * var(other, self) ** -1


def var(x, like):
    return x if isinstance(x, Var) else Var(np.asarray(x, like.value.dtype))


def shrink(g, to):
    """Sums a gradient over the axes along which to was broadcast."""
    g = g.sum(axis=tuple(range(g.ndim - len(to.shape))))
    return g.sum(axis=tuple(i for i, d in enumerate(to.shape) if d == 1), keepdims=True) if to.shape else g


def elementwise(f, slope):
    return lambda x: Var(f(x.value), [(x, lambda g: g * slope(x.value))])


exp = elementwise(np.exp, np.exp)
log = elementwise(np.log, lambda v: 1 / v)
sqrt = elementwise(np.sqrt, lambda v: np.where(v > 0, 0.5 / np.sqrt(np.where(v > 0, v, 1)), 0))
relu = elementwise(lambda v: np.maximum(v, 0), lambda v: (v > 0).astype(v.dtype))
tanh = elementwise(np.tanh, lambda v: 1 - np.tanh(v) ** 2)
cos = elementwise(np.cos, lambda v: -np.sin(v))
sin = elementwise(np.sin, np.cos)
erfc = np.vectorize(math.erfc, otypes=[np.float64])


def constant(x):
    return Var(x.value)


def join(*xs):
    ends = np.cumsum([0] + [len(x.value) for x in xs])
    return Var(
        np.concatenate([x.value for x in xs]), [(x, lambda g, i=i: g[ends[i] : ends[i + 1]]) for i, x in enumerate(xs)]
    )


def backward(outputs, cotangents):
    """Leaves in each Var its gradient of the sum of <cotangent, output>."""
    order, seen = [], set()

    def visit(x):
        if id(x) not in seen:
            seen.add(id(x))
            for parent, _ in x.parents:
                visit(parent)
            order.append(x)

    for x, ct in zip(outputs, cotangents):
        visit(x)
        x.grad = ct if x.grad is None else x.grad + ct
    for x in reversed(order):
        if x.grad is not None:
            for parent, back in x.parents:
                g = back(x.grad)
                parent.grad = g if parent.grad is None else parent.grad + g


def logsumexp(x, axis=-1, keepdims=False):
    top = x.value.max(axis=axis, keepdims=True)
    y = log(exp(x - top).sum(axis, True)) + top
    return y if keepdims else y.reshape(*(d for i, d in enumerate(y.shape) if i != axis % len(y.shape)))


def log_soft(x):
    x = x - x.value.max(axis=-1, keepdims=True)
    return x - log(exp(x).sum(-1, True))


def normal(x, eps=1e-12):
    return x / (relu(sqrt((x * x).sum(-1, True)) - eps) + eps)


def variance(x, axis, correction=0):
    centered = x - x.mean(axis, True)
    return (centered * centered).mean(axis, True) * (x.value.size / (x.value.size - correction * centered.mean(axis).value.size))


OPS = {}


def op(inputs, attributes="", outputs="y"):
    """Registers a function of the inputs (Vars, by name) and the attributes, which
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
    """Of the symmetric part, which must be positive definite."""
    x = (x + x.swap()) * 0.5
    try:
        pivots = np.diagonal(np.linalg.cholesky(x.value)) ** 2
    except np.linalg.LinAlgError:
        pivots = np.zeros(len(x.value))
    need((pivots > len(pivots) * 2.0**-52 * np.diagonal(x.value)).all(), "a matrix is not positive definite")
    return Var(np.log(pivots).sum(), [(x, lambda g: g * np.linalg.inv(x.value))])


@op("x(d,d)")
def logdet(x):
    return log_det(x)


@op("x(n,i) weight(o,i) bias(o)?")
def linear(x, weight, bias=0):
    return x @ weight.swap() + bias


@op("x(n,c,h,w) weight(o,c,p,q) bias(o)?", "stride:count1 padding:count0")
def conv2d(x, weight, bias=None, *, stride, padding):
    """One product for each place in the kernel."""
    (n, c, h, w), (o, _, kh, kw), s, p = x.shape, weight.shape, int(stride), int(padding)
    need(kh <= h + 2 * p and kw <= w + 2 * p, "the kernel is larger than the image")
    rows, columns = (h + 2 * p - kh) // s + 1, (w + 2 * p - kw) // s + 1
    wide = Var(np.pad(x.value, ((0, 0), (0, 0), (p, p), (p, p))), [(x, lambda g: g[:, :, p : p + h, p : p + w])])
    y = 0 if bias is None else bias.reshape(o, 1)
    for i in range(kh):
        for j in range(kw):
            patch = wide[:, :, i : i + s * rows : s, j : j + s * columns : s][:, :, :rows, :columns]
            y = weight[:, :, i, j] @ patch.reshape(n, c, rows * columns) + y
    return y.reshape(n, o, rows, columns)


@op("x(n,c|n,c,h,w) weight(c)? bias(c)?", "eps:least0")
def batch_norm(x, weight=None, bias=None, *, eps):
    need(x.value.size // x.shape[1] > 1, "one value a channel")
    axes = (0, 2, 3)[: 1 if len(x.shape) == 2 else 3]
    y = (x - x.mean(axes, True)) / sqrt(variance(x, axes) + eps)
    shape = [1, -1] + [1] * (len(x.shape) - 2)
    y = y if weight is None else y * weight.reshape(*shape)
    return y if bias is None else y + bias.reshape(*shape)


@op("x(n,d) weight(d)? bias(d)?", "eps:least0")
def layer_norm(x, weight=1, bias=0, *, eps):
    return (x - x.mean(1, True)) / sqrt(variance(x, 1) + eps) * weight + bias


@op("x(*)", outputs="y")
def relu_(x):
    return relu(x)


OPS["relu"] = OPS.pop("relu_")


@op("x(*)", "approximate:none|tanh")
def gelu(x, *, approximate):
    if approximate == "tanh":
        return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    phi = lambda v: np.exp(-v * v / 2) / math.sqrt(2 * math.pi)
    cdf = elementwise(lambda v: 0.5 * erfc(-v / math.sqrt(2)).astype(v.dtype), phi)
    return x * cdf(x)


@op("x(n,d)")
def softmax(x):
    return exp(log_soft(x))


@op("x(n,d)")
def log_softmax(x):
    return log_soft(x)


@op("x(n,d)")
def logsumexp_(x):
    return logsumexp(x)


OPS["logsumexp"] = OPS.pop("logsumexp_")


@op("x(n,d)", "eps:least0")
def normalize(x, *, eps):
    return normal(x, eps)


@op("x(n,c,h,w)")
def global_avg_pool2d(x):
    return x.mean((2, 3))


@op("q(b,h,t,d) k(b,h,t,d) v(b,h,t,d)")
def attention(q, k, v):
    return exp(log_soft(q @ k.swap() / math.sqrt(q.shape[3]))) @ v


# Objectives.

PAIR = "z1(k,d) z2(k,d)"


@op(PAIR, "temperature:positive", "loss")
def info_nce(z1, z2, *, temperature):
    rows = np.arange(len(z1.value))
    return -log_soft(normal(z1) @ normal(z2).swap() / temperature)[rows, rows].mean()


def off_diagonal(s):
    """s without its diagonal: (n, n-1)."""
    n = s.shape[0]
    rows, columns = np.nonzero(~np.eye(n, dtype=bool))
    return s[rows, columns].reshape(n, n - 1)


@op(PAIR, "temperature:positive", "loss")
def nt_xent(z1, z2, *, temperature):
    z, k = normal(join(z1, z2)), len(z1.value)
    s = z @ z.swap() / temperature
    rows = np.arange(2 * k)
    return (logsumexp(off_diagonal(s)) - s[rows, (rows + k) % (2 * k)]).mean()


@op(PAIR, "temperature:positive", "loss")
def dcl(z1, z2, *, temperature):
    z, k = normal(join(z1, z2)), len(z1.value)
    need(k > 1, "one sample has no negative")
    s = z @ z.swap() / temperature
    rows = np.arange(2 * k)
    i, j = np.nonzero(rows[:, None] % k != rows % k)
    return (logsumexp(s[i, j].reshape(2 * k, 2 * k - 2)) - s[rows, (rows + k) % (2 * k)]).mean()


@op(PAIR, "temperature:positive", "loss")
def dhel(z1, z2, *, temperature):
    need(len(z1.value) > 1, "one sample has no negative")
    z1, z2 = normal(z1), normal(z2)
    negatives = logsumexp(off_diagonal(z1 @ z1.swap() / temperature)) + logsumexp(off_diagonal(z2 @ z2.swap() / temperature))
    return (negatives - (z1 * z2).sum(1) / temperature).mean()


GLOBAL_LOCAL = "global(k,u) local(k,p,u)"


def critic(g, local):
    """The scores of images with their own places (k, p), and with the others' (k, (k-1)*p)."""
    k, p, u = local.shape
    need(k > 1, "one image has no negative")
    s = (g @ local.reshape(k * p, u).swap()).reshape(k, k, p)
    n, m = np.nonzero(~np.eye(k, dtype=bool))
    return s[np.arange(k), np.arange(k)], s[n, m].reshape(k, (k - 1) * p)


softplus = elementwise(lambda v: np.logaddexp(0, v).astype(v.dtype), lambda v: np.exp(-np.logaddexp(0, -v)).astype(v.dtype))


@op(GLOBAL_LOCAL, outputs="loss")
def dim_jsd(local, **ins):
    own, others = critic(ins["global"], local)
    return softplus(others).mean() + softplus(-own).mean() - 2 * math.log(2)


@op(GLOBAL_LOCAL, outputs="loss")
def dim_nce(local, **ins):
    own, others = critic(ins["global"], local)
    return softplus(logsumexp(others, keepdims=True) - own).mean()


@op(GLOBAL_LOCAL, outputs="loss")
def dim_dv(local, **ins):
    own, others = critic(ins["global"], local)
    return logsumexp(others.reshape(others.value.size)) - math.log(others.value.size) - own.mean()


@op("r1(k,u) r5(k,p,u)", "clip:positive weight:least0", "loss")
def amdim(r1, r5, *, clip, weight):
    own, others = critic(r1 / math.sqrt(r1.shape[1]), r5)
    squares = ((own * own).sum() + (others * others).sum()) / (own.value.size + others.value.size)
    own, others = clip * tanh(own / clip), clip * tanh(others / clip)
    return softplus(logsumexp(others, keepdims=True) - own).mean() + weight * squares


@op("prediction(n,u) target(m,u) positive(n)!", outputs="loss")
def cpc(prediction, target, positive):
    places = positive.value
    need(((places >= 0) & (places < len(target.value)) & (places == np.trunc(places))).all(), "a place is no row of target")
    s = prediction @ target.swap()
    return -log_soft(s)[np.arange(len(places)), places.astype(int)].mean()


@op("query(k,d) key(k,d)! queue(m,d)!", "temperature:positive", "loss")
def moco(query, key, queue, *, temperature):
    q = normal(query)
    positive = (q * normal(constant(key))).sum(1, True)
    s = join(positive.swap(), (q @ normal(constant(queue)).swap()).swap()).swap() / temperature
    return -log_soft(s)[:, 0].mean()


@op(PAIR, "alpha:positive", "loss")
def alignment(z1, z2, *, alpha):
    squares = ((z1 - z2) * (z1 - z2)).sum(1)
    apart = np.nonzero(squares.value)  # rows that are equal add 0 and have no slope
    return (squares[apart] ** (alpha / 2)).sum() / len(squares.value)


@op("z(k,d)", "t:positive", "loss")
def uniformity(z, *, t):
    need(len(z.value) > 1, "one row has no pair")
    i, j = np.triu_indices(len(z.value), 1)
    d = z[i] - z[j]
    return logsumexp(-t * (d * d).sum(1)) - math.log(len(i))


@op("z(k,d)", "eps:least0", "loss")
def koleo(z, *, eps):
    k = len(z.value)
    need(k > 1, "one row has no neighbor")
    squares = ((z.value[:, None] - z.value) ** 2).sum(2)
    squares[np.arange(k), np.arange(k)] = np.inf
    d = z - z[squares.argmin(1)]
    with np.errstate(divide="ignore"):
        return -log(sqrt((d * d).sum(1)) + eps).mean()


@op(PAIR + " c(d,d)!", "momentum:fraction rho:least0", "loss c")
def tico(z1, z2, c, *, momentum, rho):
    a, b = normal(z1), normal(z2)
    moved = momentum * c + (1 - momentum) / len(z1.value) * (a.swap() @ a)
    return 1 - (a * b).sum(1).mean() + rho * ((a @ moved) * a).sum(1).mean(), moved


@op("z(n,d) slices(d,m)!", "knots:count2", "loss")
def sigreg(z, slices, *, knots):
    (n, _), m = z.shape, slices.shape[1]
    t, step = np.linspace(0, 3, int(knots)), 3 / (knots - 1)
    phi = np.exp(-t * t / 2)
    weights = np.full(len(t), 2 * step)
    weights[[0, -1]] = step
    x = (z @ slices).reshape(n, m, 1) * t
    real, imaginary = cos(x).mean(0) - phi, sin(x).mean(0)
    return n * ((real * real + imaginary * imaginary) * (weights * phi)).sum(1).mean()


@op("z(v,k,d)", "", "loss")
def mmcr(z):
    c = normal(z).mean(0)
    u, s, v = np.linalg.svd(c.value, full_matrices=False)
    polar = (u * (s > max(c.shape) * np.finfo(s.dtype).eps * s[0])) @ v
    return -Var(s.sum(), [(c, lambda g: g * polar)])


# Estimators of mutual information, by a critic's scores.

SCORES = "scores(k,k)"


def pairs(scores):
    """The scores of the joint distribution (k), and those of the product (k*(k-1))."""
    k = len(scores.value)
    need(k > 1, "one pair has no other")
    return scores[np.arange(k), np.arange(k)], scores[np.nonzero(~np.eye(k, dtype=bool))]


def log_mean_exp(x):
    return logsumexp(x) - math.log(x.shape[-1])


def trained_by(value, goal):
    """The value, with the gradient of the goal."""
    return constant(value) + (goal - constant(goal))


def jensen_shannon(joint, product):
    return -softplus(-joint).mean() - softplus(product).mean()


@op(SCORES, outputs="estimate")
def mi_dv(scores):
    joint, product = pairs(scores)
    return joint.mean() - log_mean_exp(product)


@op(SCORES, "log_running:number decay:below1", "estimate log_running")
def mi_mine(scores, *, log_running, decay):
    joint, product = pairs(scores)
    own = log_mean_exp(product)
    running = constant(own)
    if decay:
        both = np.logaddexp(log_running + math.log(decay), own.value + math.log1p(-decay))
        running = Var(both.astype(own.value.dtype))
    return trained_by(joint.mean() - own, joint.mean() - exp(product - running).mean()), running


@op(SCORES, outputs="estimate")
def mi_nwj(scores):
    joint, product = pairs(scores)
    return joint.mean() - exp(product - 1).mean()


@op(SCORES + " log_baseline(k)", outputs="estimate")
def mi_tuba(scores, log_baseline):
    joint, product = pairs(scores - log_baseline.reshape(-1, 1))
    return 1 + joint.mean() - exp(product).mean()


@op(SCORES, outputs="estimate")
def mi_js(scores):
    return trained_by(mi_nwj(scores), jensen_shannon(*pairs(scores)))


@op(SCORES, "tau:positive", "estimate")
def mi_smile(scores, *, tau):
    joint, product = pairs(scores)
    clipped = Var(np.clip(product.value, -tau, tau))
    return trained_by(joint.mean() - log_mean_exp(clipped), jensen_shannon(joint, product))


@op(SCORES, outputs="estimate")
def mi_infonce(scores):
    k = len(scores.value)
    need(k > 1, "one pair has no other")
    return math.log(k) + log_soft(scores)[np.arange(k), np.arange(k)].mean()


@op(SCORES, outputs="estimate")
def mi_club(scores):
    joint, _ = pairs(scores)
    return joint.mean() - scores.mean()



def log_normalizer(d, kappa):
    """log C_d(kappa) and its derivative, as the sums of two ascending series of
    positive terms (the logarithm of I, and I of the next order over it)."""
    nu, half = d / 2 - 1, np.log(np.longdouble(kappa) / 2)  # thousands of terms add up
    peak = (math.hypot(nu, kappa) - nu) / 2
    j = np.arange(int(peak + 40 * math.sqrt(peak + 1) + 60), dtype=np.longdouble)
    factorials = np.concatenate([[0], np.cumsum(np.log(j[1:]))])
    rising = np.concatenate([[0], np.cumsum(np.log(nu + j[1:]))])  # Gamma(nu+j+1)/Gamma(nu+1)
    terms = 2 * j * half - factorials - rising
    top = terms.max()
    weights = np.exp(terms - top)
    value = nu * math.log(2) - (top + np.log(weights.sum()) - math.lgamma(nu + 1)) - d / 2 * math.log(2 * math.pi)
    return float(value), float(-(weights * (kappa / 2) / (nu + j + 1)).sum() / weights.sum())


def normalizer_of(z, kappa, normalizer):
    d = z.shape[1]
    value, _ = log_normalizer(d, kappa)
    if normalizer == "official":
        rest = (d / 2 - 1) * math.log(kappa) - d / 2 * math.log(2 * math.pi)
        value = rest - np.logaddexp(rest - value, math.log(1e-7))
    return value


@op("kappa(n)", "d:count2", "log_c")
def vmf_log_normalizer(kappa, *, d):
    need((kappa.value > 0).all(), "kappa is not positive")
    values, slopes = np.array([log_normalizer(d, k) for k in kappa.value.astype(np.float64)]).T.astype(kappa.value.dtype)
    return Var(values, [(kappa, lambda g: g * slopes)])


@op("z(k,d)", "kappa:positive reduction:average|expectation normalizer:exact|official self?:include|exclude", "entropy")
def er_entropy_sphere(z, *, kappa, reduction, normalizer, self):
    need(z.shape[1] > 1, "rows of one number")
    need(self == "include" or len(z.value) > 1, "a single row has no other")
    s = kappa * z @ z.swap()
    s = s if self == "include" else off_diagonal(s)
    logp = logsumexp(s) + normalizer_of(z, kappa, normalizer) - math.log(s.shape[1])
    return -logp.mean() if reduction == "average" else -(exp(log_soft(logp)) * logp).sum()


@op(PAIR, "kappa:positive normalizer:exact|official", "reconstruction")
def er_reconstruction_sphere(z1, z2, *, kappa, normalizer):
    need(z1.shape[1] > 1, "rows of one number")
    return (-kappa * (z1 * z2).sum(1)).mean() - normalizer_of(z1, kappa, normalizer)


@op("p(k,c)", "reduction:average|expectation eps:least0", "entropy")
def er_entropy_discrete(p, *, reduction, eps):
    mean = p.mean(0)
    return -log(mean + eps).mean() if reduction == "average" else -(mean * log(mean + eps)).sum()


@op("logits1(k,c) logits2(k,c)", "temperature:positive", "loss")
def er_discrete(logits1, logits2, *, temperature):
    a, b = log_soft(logits1 / temperature), log_soft(logits2 / temperature)
    means = [logsumexp(x.swap()) - math.log(x.shape[0]) for x in (a, b)]
    entropy = -0.5 * sum((exp(m) * m).sum() for m in means)
    return -0.5 * (exp(a) * b + exp(b) * a).sum(1).mean() - entropy


@op("p1(k,c) p2(k,c)", "eps:least0", "reconstruction")
def er_reconstruction_discrete(p1, p2, *, eps):
    return -0.5 * (p1 * log(p2 + eps) + p2 * log(p1 + eps)).sum(1).mean()


@op("prediction(k,d) target(k,d)!", outputs="loss")
def byol(prediction, target):
    return (2 - 2 * (normal(prediction) * normal(constant(target))).sum(1)).mean()


@op(
    "student(s,k,c) teacher(t,k,c)! center(c)!",
    "student_temperature:positive teacher_temperature:positive center_momentum:fraction",
    "loss center",
)
def dino(student, teacher, center, *, student_temperature, teacher_temperature, center_momentum):
    pairs = [(i, j) for i in range(len(teacher.value)) for j in range(len(student.value)) if i != j]
    need(pairs, "no pair of views")
    p = np.exp(log_soft(constant(teacher - center) / teacher_temperature).value)
    logq = log_soft(student / student_temperature)
    loss = sum((-(p[i] * logq[j])).sum(1).mean() for i, j in pairs) / len(pairs)
    return loss, center_momentum * center + (1 - center_momentum) * teacher.mean((0, 1))


def codes(scores, epsilon, iterations):
    q = scores / epsilon
    q = q - logsumexp(q.reshape(-1))
    for _ in range(int(iterations)):
        q = q - logsumexp(q, 0, True) - math.log(q.shape[1])
        q = q - logsumexp(q, 1, True) - math.log(q.shape[0])
    return q.shape[0] * exp(q)


@op("scores(k,c)", "epsilon:positive iterations:count0", "q")
def sinkhorn(scores, *, epsilon, iterations):
    return codes(scores, epsilon, iterations)


@op("scores1(k,c) scores2(k,c)", "temperature:positive epsilon:positive iterations:count0", "loss")
def swapped_prediction(scores1, scores2, *, temperature, epsilon, iterations):
    q1, q2 = (codes(constant(s), epsilon, iterations) for s in (scores1, scores2))
    return -0.5 * (q2 * log_soft(scores1 / temperature) + q1 * log_soft(scores2 / temperature)).sum(1).mean()


@op(PAIR, "lambda:least0 eps:least0", "loss")
def barlow_twins(z1, z2, *, eps, **attrs):
    need(len(z1.value) > 1, "one row has no variance")
    a, b = ((z - z.mean(0)) / sqrt(variance(z, 0) + eps) for z in (z1, z2))
    c = a.swap() @ b / len(z1.value)
    one = np.eye(c.shape[0])
    on, off = one * (1 - c), (1 - one) * c
    return (on * on).sum() + attrs["lambda"] * (off * off).sum()


@op("z1(k,d) z2(k,d) r1(d,d)! r2(d,d)!", "decay:below1 eps:least0 weight:number", "loss r1 r2")
def corinfomax(z1, z2, r1, r2, *, decay, eps, weight):
    def running(z, r):
        rows = z - z.mean(0, True)
        return decay * r + (1 - decay) / len(z.value) * (rows.swap() @ rows)

    r1, r2 = running(z1, r1), running(z2, r2)
    eye = np.eye(len(r1.value), dtype=r1.value.dtype)
    log_dets = log_det(r1 + eps * eye) + log_det(r2 + eps * eye)
    return weight * ((z1 - z2) * (z1 - z2)).mean() - log_dets / len(r1.value), r1, r2


@op(PAIR, "sim:least0 std:least0 cov:least0 eps:least0", "loss")
def vicreg(z1, z2, *, sim, std, cov, eps):
    k, d = z1.shape
    need(k > 1, "one row has no variance")
    loss = sim * ((z1 - z2) * (z1 - z2)).mean()
    for z in (z1, z2):
        centered = z - z.mean(0)
        off = (1 - np.eye(d)) * (centered.swap() @ centered / (k - 1))
        loss = loss + std / 2 * relu(1 - sqrt(variance(z, 0, 1) + eps)).mean() + cov / d * (off * off).sum()
    return loss


# What is linear in its inputs.


@op("target(*) online(*)", "momentum:fraction", "target")
def ema_update(target, online, *, momentum):
    return momentum * target + (1 - momentum) * online


@op("x(n,3,h,w)")
def rgb_to_grayscale(x):
    y = 0.2989 * x[:, 0:1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:3]
    return y * np.ones((1, 3, 1, 1))


@op("x(*)", "threshold:number")
def solarize(x, *, threshold):
    turned = x.value >= threshold
    return x * np.where(turned, -1, 1) + np.where(turned, 1, 0)


def answer(q, dtype):
    """The tensors of the answer to a question."""
    if q.op not in OPS:
        raise golden.Lacking
    f, inputs, attributes, names = OPS[q.op]
    golden.check(q, inputs, attributes)
    ins = {name: Var(x.astype(dtype)) for name, x in q.ins.items()}
    with np.errstate(all="ignore"):
        outs = f(**ins, **{name: v for name, v in q.attrs.items() if name != "wrt"})
        outs = dict(zip(names, outs if isinstance(outs, tuple) else (outs,)))
        for name, ct in q.cts.items():
            need(name in outs and outs[name].shape == ct.shape, f"cotangent {name} is not of an output's shape")
        backward([outs[name] for name in q.cts], [ct.astype(dtype) for ct in q.cts.values()])
    tensors = {"out/" + name: y.value for name, y in outs.items()}
    for name in q.wrt:
        g = ins[name].grad
        tensors["grad/" + name] = np.zeros_like(ins[name].value) if g is None else np.asarray(g)
    return {name: np.asarray(x, dtype) for name, x in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", default="float64", choices=["float64", "float32"])
    parser.add_argument("question")
    parser.add_argument("answer")
    args = parser.parse_args()
    try:
        versions = {"python": platform.python_version(), "numpy": np.__version__}
        return golden.main(lambda q: answer(q, np.dtype(args.dtype)), args.question, args.answer, "cpu", versions)
    except golden.Malformed as e:
        print(e, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
