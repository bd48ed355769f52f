"""The golden format's operations in PyTorch, float64, gradients by autograd.

x: a list of {"op", "attrs", "in", "ct"} with arrays as {"shape", "data"};
y: for each {"out", "grad"} likewise, "skip" where there is no such operation here.
"""
import math

import mpmath
import torch
import torch.nn.functional as F
import torchvision.transforms.functional as V

mpmath.mp.dps = 30
# torchvision 0.14 makes the weights of a blur in the default type, whatever the image's.
torch.set_default_dtype(torch.float64)


def cosine_logits(a, b, temperature):
    return F.normalize(a, dim=1) @ F.normalize(b, dim=1).t() / temperature


def nt_xent(i, a):
    z = F.normalize(torch.cat([i["z1"], i["z2"]]), dim=1)
    s = z @ z.t() / a["temperature"]
    k = len(i["z1"])
    s = s.masked_fill(torch.eye(2 * k, dtype=torch.bool), -math.inf)
    target = torch.cat([torch.arange(k, 2 * k), torch.arange(k)])
    return {"loss": F.cross_entropy(s, target)}


def dcl(i, a):
    z = F.normalize(torch.cat([i["z1"], i["z2"]]), dim=1)
    s, k = z @ z.t() / a["temperature"], len(i["z1"])
    rows = torch.arange(2 * k)
    negatives = s.masked_fill(torch.eye(k, dtype=torch.bool).repeat(2, 2), -math.inf)
    return {"loss": (negatives.logsumexp(1) - s[rows, (rows + k) % (2 * k)]).mean()}


def dhel(i, a):
    loss = -cosine_logits(i["z1"], i["z2"], a["temperature"]).diagonal()
    for z in (i["z1"], i["z2"]):
        s = cosine_logits(z, z, a["temperature"])
        loss = loss + s.masked_fill(torch.eye(len(z), dtype=torch.bool), -math.inf).logsumexp(1)
    return {"loss": loss.mean()}


def dim(i):
    """The scores with own places (k, p), and with the others': (k, (k-1)*p)."""
    k = len(i["global"])
    s = torch.stack([i["local"] @ g for g in i["global"]])
    own = torch.stack([s[n, n] for n in range(k)])
    return own, torch.stack([torch.cat([s[n, m] for m in range(k) if m != n]) for n in range(k)])


def dim_jsd(i, a):
    own, others = dim(i)
    return {"loss": -F.logsigmoid(-others).mean() - F.logsigmoid(own).mean() - 2 * math.log(2)}


def dim_nce(i, a):
    own, others = dim(i)
    each = [F.cross_entropy(torch.cat([u[:, None], others], 1), torch.zeros(len(own), dtype=torch.long)) for u in own.t()]
    return {"loss": torch.stack(each).mean()}


def dim_dv(i, a):
    own, others = dim(i)
    return {"loss": torch.logsumexp(others.flatten(), 0) - math.log(others.numel()) - own.mean()}


def pairs(i):
    """The scores of the joint distribution (k), and those of the product (k, k-1)."""
    s = i["scores"]
    k = len(s)
    return s.diagonal(), s.flatten()[1:].reshape(k - 1, k + 1)[:, :-1].reshape(k, k - 1)


def log_mean_exp(x):
    return x.flatten().logsumexp(0) - math.log(x.numel())


def trained_by(value, goal):
    """The value, with the gradient of the goal."""
    return value.detach() + goal - goal.detach()


def mi_dv(i, a):
    joint, product = pairs(i)
    return {"estimate": joint.mean() - log_mean_exp(product)}


def mi_mine(i, a):
    joint, product = pairs(i)
    own = log_mean_exp(product).detach()
    before = torch.tensor(a["log_running"]) + math.log(a["decay"]) if a["decay"] else torch.tensor(-math.inf)
    running = torch.logaddexp(before, own + math.log1p(-a["decay"]))
    goal = joint.mean() - (product - running).exp().mean()
    return {"estimate": trained_by(joint.mean() - own, goal), "log_running": running}


def mi_nwj(i, a):
    joint, product = pairs(i)
    return {"estimate": joint.mean() - (product - 1).exp().mean()}


def mi_tuba(i, a):
    b = i["log_baseline"]
    joint, product = pairs({"scores": i["scores"] - b[:, None]})
    return {"estimate": 1 + joint.mean() - product.exp().mean()}


def jensen_shannon(joint, product):
    return F.logsigmoid(joint).mean() + F.logsigmoid(-product).mean()


def mi_js(i, a):
    joint, product = pairs(i)
    return {"estimate": trained_by(mi_nwj(i, a)["estimate"], jensen_shannon(joint, product))}


def mi_smile(i, a):
    joint, product = pairs(i)
    value = joint.mean() - log_mean_exp(product.clamp(-a["tau"], a["tau"]))
    return {"estimate": trained_by(value, jensen_shannon(joint, product))}


def mi_interpolated(i, a):
    s, log_a, alpha = i["scores"], i["log_baseline"], a["alpha"]
    k = len(s)
    eye = torch.eye(k, dtype=torch.bool)
    left = s[:, None, :].masked_fill(eye, -math.inf).logsumexp(2) - math.log(k - 1)  # of i without j
    b = torch.logaddexp(left + math.log(alpha) if alpha else torch.full_like(left, -math.inf),
                        (log_a + math.log1p(-alpha) if alpha < 1 else torch.full_like(log_a, -math.inf))[:, None].expand(k, k))
    joint = (s.diagonal()[:, None] - b)[~eye].mean()
    return {"estimate": 1 + joint - (s - b.diagonal()[:, None])[~eye].exp().mean()}


def mi_infonce(i, a):
    s = i["scores"]
    return {"estimate": math.log(len(s)) - F.cross_entropy(s, torch.arange(len(s)))}


def mi_club(i, a):
    return {"estimate": i["scores"].diagonal().mean() - i["scores"].mean()}


def koleo(i, a):
    z = i["z"]
    d = (z[:, None] - z[None]).norm(dim=2).detach()
    d.fill_diagonal_(math.inf)
    return {"loss": -torch.log(torch.linalg.vector_norm(z - z[d.argmin(1)], dim=1) + a["eps"]).mean()}


def tico(i, a):
    z1, z2 = F.normalize(i["z1"], dim=1), F.normalize(i["z2"], dim=1)
    c = a["momentum"] * i["c"] + (1 - a["momentum"]) * torch.einsum("ki,kj->ij", z1, z1) / len(z1)
    return {"loss": (1 - (z1 * z2).sum(1) + a["rho"] * torch.einsum("ki,ij,kj->k", z1, c, z1)).mean(), "c": c}


def amdim(i, a):
    raw = torch.einsum("nu,mqu->nmq", i["r1"], i["r5"]) / math.sqrt(i["r1"].shape[1])
    s, loss = a["clip"] * torch.tanh(raw / a["clip"]), a["weight"] * (raw * raw).mean()
    k, p = s.shape[0], s.shape[2]
    for n in range(k):
        others = torch.cat([s[n, m] for m in range(k) if m != n])
        for q in range(p):
            loss = loss - F.log_softmax(torch.cat([s[n, n, q : q + 1], others]), 0)[0] / (k * p)
    return {"loss": loss}


def sigreg(i, a):
    t = torch.linspace(0, 3, int(a["knots"]))
    wave = torch.exp(1j * torch.einsum("nd,dm,q->nmq", i["z"], i["slices"], t)).mean(0)
    phi = torch.exp(-t * t / 2)
    return {"loss": 2 * len(i["z"]) * torch.trapezoid((wave - phi).abs().pow(2) * phi, t).mean()}


def mmcr(i, a):
    c = F.normalize(i["z"], dim=2).mean(0)
    u, s, v = torch.linalg.svd(c.detach(), full_matrices=False)
    rank = torch.linalg.matrix_rank(c.detach())
    return {"loss": -torch.trace((u[:, :rank] @ v[:rank]).t() @ c)}


def cpc(i, a):
    p, t = i["prediction"], i["target"]
    losses = [(p[n] * t).sum(1).logsumexp(0) - p[n] @ t[int(at)] for n, at in enumerate(i["positive"])]
    return {"loss": sum(losses) / len(losses)}


def corinfomax(i, a):
    outs = {"loss": a["weight"] * (i["z1"] - i["z2"]).pow(2).mean()}
    for n in "12":
        c = torch.cov(i["z" + n].T, correction=0).reshape(i["r" + n].shape)
        r = outs["r" + n] = a["decay"] * i["r" + n] + (1 - a["decay"]) * c
        outs["loss"] = outs["loss"] - torch.logdet((r + r.T) / 2 + a["eps"] * torch.eye(len(r))) / len(r)
    return outs


def moco(i, a):
    q, k, n = (F.normalize(i[name], dim=1) for name in ("query", "key", "queue"))
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ n.t()], 1) / a["temperature"]
    return {"loss": F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))}


def log_c(d, kappa, normalizer="exact"):
    """log C_d(kappa) and its derivative, from mpmath."""
    k, nu = mpmath.mpf(kappa), mpmath.mpf(d) / 2 - 1
    bessel = mpmath.besseli(nu, k, maxterms=10**6)
    shift = mpmath.mpf("1e-7") if normalizer == "official" else 0
    value = nu * mpmath.log(k) - (nu + 1) * mpmath.log(2 * mpmath.pi) - mpmath.log(bessel + shift)
    return float(value), float(-mpmath.besseli(nu + 1, k, maxterms=10**6) / bessel)


def vmf_log_normalizer(i, a):
    both = [log_c(a["d"], k) for k in i["kappa"].tolist()]
    value, slope = (torch.tensor(v, dtype=torch.float64) for v in zip(*both))
    return {"log_c": value + slope * (i["kappa"] - i["kappa"].detach())}


def er_entropy_sphere(i, a):
    z, k = i["z"], len(i["z"])
    s = a["kappa"] * z @ z.t()
    if a.get("self") == "exclude":
        s = s.masked_fill(torch.eye(k, dtype=torch.bool), -math.inf)
        k -= 1
    logp = torch.logsumexp(s, 1) + log_c(z.shape[1], a["kappa"], a["normalizer"])[0] - math.log(k)
    weights = F.softmax(logp, 0) if a["reduction"] == "expectation" else 1 / len(z)
    return {"entropy": -(weights * logp).sum()}


def er_reconstruction_sphere(i, a):
    c = log_c(i["z1"].shape[1], a["kappa"], a["normalizer"])[0]
    return {"reconstruction": (-a["kappa"] * (i["z1"] * i["z2"]).sum(1) - c).mean()}


def er_entropy_discrete(i, a):
    p = i["p"].mean(0)
    if a["reduction"] == "average":
        return {"entropy": -torch.log(p + a["eps"]).mean()}
    return {"entropy": -(p * torch.log(p + a["eps"])).sum()}


def er_discrete(i, a):
    logs = [F.log_softmax(i[name] / a["temperature"], 1) for name in ("logits1", "logits2")]
    loss = -(logs[0].exp() * logs[1] + logs[1].exp() * logs[0]).sum(1).mean() / 2
    for x in logs:
        p = x.exp().mean(0)
        loss = loss + (p * p.log()).sum() / 2
    return {"loss": loss}


def er_reconstruction_discrete(i, a):
    p1, p2, eps = i["p1"], i["p2"], a["eps"]
    return {"reconstruction": (-(p1 * torch.log(p2 + eps)).sum(1) - (p2 * torch.log(p1 + eps)).sum(1)).mean() / 2}


def dino(i, a):
    student, teacher, center = i["student"], i["teacher"], i["center"]
    losses = []
    for t in range(len(teacher)):
        target = F.softmax((teacher[t] - center) / a["teacher_temperature"], 1)
        for s in range(len(student)):
            if s != t:
                losses.append(-(target * F.log_softmax(student[s] / a["student_temperature"], 1)).sum(1).mean())
    m = a["center_momentum"]
    return {"loss": sum(losses) / len(losses), "center": m * center + (1 - m) * teacher.flatten(0, 1).mean(0)}


def sinkhorn(scores, a):
    k, c = scores.shape
    scores = scores / a["epsilon"]
    if scores.max() < 600:  # as facebookresearch/swav has it
        q = torch.exp(scores)
        q = q / q.sum()
        for _ in range(int(a["iterations"])):
            q = q / q.sum(0, keepdim=True) / c
            q = q / q.sum(1, keepdim=True) / k
        return q * k
    q = scores - torch.logsumexp(scores.flatten(), 0)
    for _ in range(int(a["iterations"])):
        q = q - torch.logsumexp(q, 0, keepdim=True) - math.log(c)
        q = q - torch.logsumexp(q, 1, keepdim=True) - math.log(k)
    return torch.exp(q + math.log(k))


def swapped_prediction(i, a):
    s1, s2, t = i["scores1"], i["scores2"], a["temperature"]
    q1, q2 = sinkhorn(s1.detach(), a), sinkhorn(s2.detach(), a)
    terms = (q2 * F.log_softmax(s1 / t, 1)).sum(1) + (q1 * F.log_softmax(s2 / t, 1)).sum(1)
    return {"loss": -terms.mean() / 2}


def barlow_twins(i, a):
    k = len(i["z1"])
    y1, y2 = (F.batch_norm(i[z], None, None, None, None, True, 0, a["eps"]) for z in ("z1", "z2"))
    c = y1.t() @ y2 / k
    on = ((1 - torch.diagonal(c)) ** 2).sum()
    off = (c ** 2).sum() - (torch.diagonal(c) ** 2).sum() if len(c) > 1 else 0
    return {"loss": on + a["lambda"] * off}


def vicreg(i, a):
    loss = a["sim"] * F.mse_loss(i["z1"], i["z2"])
    for z in (i["z1"], i["z2"]):
        d = z.shape[1]
        loss = loss + a["std"] * F.relu(1 - torch.sqrt(z.var(0) + a["eps"])).mean() / 2
        z = z - z.mean(0)
        cov = z.t() @ z / (len(z) - 1)
        loss = loss + a["cov"] * (cov.masked_fill(torch.eye(d, dtype=torch.bool), 0) ** 2).sum() / d
    return {"loss": loss}


def optimized(formula, optimizer, state, names):
    """What torch.optim makes of a step, with the gradients of the formula."""
    p = torch.nn.Parameter(formula["in"]["param"].detach().clone())
    o = optimizer([p])
    o.state[p].update({k: v.detach().clone() if torch.is_tensor(v) else v for k, v in state.items()})
    p.grad = formula["in"]["grad"].detach().clone()
    o.step()
    values = {"param": p.detach(), **{name: o.state[p][key] for name, key in names.items()}}
    return {k: v + (values[k] - v).detach() for k, v in formula["out"].items()}


def sgd_step(i, a):
    m, lr, wd = a["momentum"], a["lr"], a["weight_decay"]
    g = i["grad"] + wd * i["param"]
    buffer = m * i["buffer"] + g if m else i["buffer"]
    step = (g + m * buffer if a["nesterov"] else buffer) if m else g
    formula = {"in": i, "out": {"param": i["param"] - lr * step, "buffer": buffer}}
    return optimized(formula, lambda ps: torch.optim.SGD(ps, lr, m, 0, wd, a["nesterov"]),
                     {"momentum_buffer": i["buffer"]}, {"buffer": "momentum_buffer"})


def adamw_step(i, a):
    b1, b2, t, lr, eps, wd = (a[k] for k in ("beta1", "beta2", "step", "lr", "eps", "weight_decay"))
    m = b1 * i["m"] + (1 - b1) * i["grad"]
    v = b2 * i["v"] + (1 - b2) * i["grad"] ** 2
    p = i["param"] * (1 - lr * wd) - lr * (m / (1 - b1 ** t)) / (torch.sqrt(v) / math.sqrt(1 - b2 ** t) + eps)
    formula = {"in": i, "out": {"param": p, "m": m, "v": v}}
    return optimized(formula, lambda ps: torch.optim.AdamW(ps, lr, (b1, b2), eps, wd),
                     {"exp_avg": i["m"], "exp_avg_sq": i["v"], "step": torch.tensor(float(t - 1))},
                     {"m": "exp_avg", "v": "exp_avg_sq"})


def lars_step(i, a):
    w, g, wd = i["param"], i["grad"], a["weight_decay"]
    local = 1
    if w.norm() > 0 and g.norm() > 0:
        local = a["trust"] * w.norm() / (g.norm() + wd * w.norm() + a["eps"])
    buffer = a["momentum"] * i["buffer"] + local * (g + wd * w)
    return {"param": w - a["lr"] * buffer, "buffer": buffer}


def ema_update(i, a):
    return {"target": a["momentum"] * i["target"] + (1 - a["momentum"]) * i["online"]}


def resized_crop(i, a):
    x = V.crop(i["x"], *(int(a[k]) for k in ("top", "left", "height", "width")))
    return {"y": F.interpolate(x, size=[int(a["size"])] * 2, mode="bilinear", align_corners=False, antialias=a["antialias"])}


OPS = {
    "matmul": lambda i, a: {"c": i["a"] @ i["b"]},
    "linear": lambda i, a: {"y": F.linear(i["x"], i["weight"], i.get("bias"))},
    "conv2d": lambda i, a: {"y": F.conv2d(i["x"], i["weight"], i.get("bias"), a["stride"], a["padding"])},
    "batch_norm": lambda i, a: {"y": F.batch_norm(i["x"], None, None, i.get("weight"), i.get("bias"), True, 0, a["eps"])},
    "layer_norm": lambda i, a: {"y": F.layer_norm(i["x"], i["x"].shape[1:], i.get("weight"), i.get("bias"), a["eps"])},
    "relu": lambda i, a: {"y": F.relu(i["x"])},
    "gelu": lambda i, a: {"y": F.gelu(i["x"], approximate=a["approximate"])},
    "softmax": lambda i, a: {"y": F.softmax(i["x"], -1)},
    "log_softmax": lambda i, a: {"y": F.log_softmax(i["x"], -1)},
    "logsumexp": lambda i, a: {"y": torch.logsumexp(i["x"], -1)},
    "logdet": lambda i, a: {"y": torch.logdet((i["x"] + i["x"].T) / 2)},
    "normalize": lambda i, a: {"y": F.normalize(i["x"], dim=1, eps=a["eps"])},
    "max_pool2d": lambda i, a: {"y": F.max_pool2d(i["x"], a["kernel"], a["stride"], a["padding"])},
    "avg_pool2d": lambda i, a: {"y": F.avg_pool2d(i["x"], a["kernel"], a["stride"], a["padding"])},
    "global_avg_pool2d": lambda i, a: {"y": i["x"].mean((2, 3))},
    "attention": lambda i, a: {"y": F.softmax(i["q"] @ i["k"].transpose(2, 3) / math.sqrt(i["q"].shape[3]), -1) @ i["v"]},
    "info_nce": lambda i, a: {"loss": F.cross_entropy(
        cosine_logits(i["z1"], i["z2"], a["temperature"]), torch.arange(len(i["z1"])))},
    "nt_xent": nt_xent,
    "dcl": dcl,
    "dhel": dhel,
    "dim_jsd": dim_jsd,
    "dim_nce": dim_nce,
    "dim_dv": dim_dv,
    "mi_dv": mi_dv,
    "mi_mine": mi_mine,
    "mi_nwj": mi_nwj,
    "mi_tuba": mi_tuba,
    "mi_js": mi_js,
    "mi_smile": mi_smile,
    "mi_interpolated": mi_interpolated,
    "mi_infonce": mi_infonce,
    "mi_club": mi_club,
    "koleo": koleo,
    "tico": tico,
    "amdim": amdim,
    "sigreg": sigreg,
    "mmcr": mmcr,
    "cpc": cpc,
    "corinfomax": corinfomax,
    "moco": moco,
    "er_entropy_sphere": er_entropy_sphere,
    "er_reconstruction_sphere": er_reconstruction_sphere,
    "er_entropy_discrete": er_entropy_discrete,
    "er_discrete": er_discrete,
    "er_reconstruction_discrete": er_reconstruction_discrete,
    "vmf_log_normalizer": vmf_log_normalizer,
    "byol": lambda i, a: {"loss": (2 - 2 * (F.normalize(i["prediction"], dim=1) * F.normalize(i["target"], dim=1)).sum(1)).mean()},
    "dino": dino,
    "sinkhorn": lambda i, a: {"q": sinkhorn(i["scores"], a)},
    "swapped_prediction": swapped_prediction,
    "alignment": lambda i, a: {"loss": (i["z1"] - i["z2"]).norm(p=2, dim=1).pow(a["alpha"]).mean()},
    "uniformity": lambda i, a: {"loss": torch.pdist(i["z"]).pow(2).mul(-a["t"]).exp().mean().log()},
    "barlow_twins": barlow_twins,
    "vicreg": vicreg,
    "ema_update": ema_update,
    "sgd_step": sgd_step,
    "adamw_step": adamw_step,
    "lars_step": lars_step,
    "adjust_brightness": lambda i, a: {"y": V.adjust_brightness(i["x"], a["factor"])},
    "adjust_contrast": lambda i, a: {"y": V.adjust_contrast(i["x"], a["factor"])},
    "adjust_saturation": lambda i, a: {"y": V.adjust_saturation(i["x"], a["factor"])},
    "adjust_hue": lambda i, a: {"y": V.adjust_hue(i["x"], a["factor"])},
    "rgb_to_grayscale": lambda i, a: {"y": V.rgb_to_grayscale(i["x"], 3)},
    "gaussian_blur": lambda i, a: {"y": V.gaussian_blur(i["x"], int(a["kernel"]), a["sigma"])},
    "solarize": lambda i, a: {"y": torch.where(i["x"] >= a["threshold"], 1 - i["x"], i["x"])},
    "resized_crop": resized_crop,
}


def answer(q):
    if q["op"] not in OPS:
        return {"skip": True}
    wrt = q["attrs"].get("wrt", [])
    tensor = lambda a: torch.tensor(a["data"], dtype=torch.float64).reshape(a["shape"])
    inputs = {name: tensor(a).requires_grad_(name in wrt) for name, a in q["in"].items()}
    outputs = OPS[q["op"]](inputs, q["attrs"])
    array = lambda t: {"shape": list(t.shape), "data": t.detach().flatten().tolist()}
    result = {"out": {name: array(t) for name, t in outputs.items()}, "grad": {}}
    if wrt:
        total = sum((outputs[name] * tensor(ct)).sum() for name, ct in q["ct"].items())
        grads = torch.autograd.grad(total, [inputs[name] for name in wrt], allow_unused=True)
        for name, g in zip(wrt, grads):
            result["grad"][name] = array(torch.zeros_like(inputs[name]) if g is None else g)
    return result


y = [answer(q) for q in x]
