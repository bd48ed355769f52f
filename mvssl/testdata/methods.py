"""The methods' training steps in PyTorch, from the papers and official files.

x is a list of cases: a method's configuration ("model", "views", "recipe", "steps" of the
schedules), its initial state by name, the trained names, and for each pass
the images by group of views and the samples' indices. y is a list of the losses, the
norms of gradients before clipping and the final state of each. Everything is float64.
"""
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def load(t):
    return torch.tensor(t["data"], dtype=torch.float64).reshape(t["shape"])


def batch_norm(s, p, h):
    s[p + "num_batches_tracked"] += 1
    return F.batch_norm(h, s[p + "running_mean"], s[p + "running_var"], s[p + "weight"], s[p + "bias"], True, 0.1, 1e-5)


def layers(s, p, images):
    h = images.flatten(1)
    for i in "12":
        h = F.relu(batch_norm(s, f"{p}bn{i}.", F.linear(h, s[f"{p}fc{i}.weight"])))
        yield h


def encoder(s, p, images):
    return list(layers(s, p, images))[-1]


def mlp(s, p, h):  # projector and predictor: torch.nn.Sequential(Linear, BatchNorm1d, ReLU, Linear)
    h = F.relu(batch_norm(s, p + "1.", F.linear(h, s[p + "0.weight"])))
    return F.linear(h, s[p + "3.weight"], s[p + "3.bias"])


def predict(c, s, z):
    return mlp(s, "predictor.", z) if c["model"]["predictor"] else z


def project(s, p, images):
    return mlp(s, p + "projector.", encoder(s, p + "encoder.", images))


def unit(z):
    return F.normalize(z, dim=1)


def ema(s, prefix, m, names):
    for n in names:
        s[prefix + n].mul_(m).add_(s[n].detach(), alpha=1 - m)


def momentum(c):
    base, step, steps = c["model"]["ema"], c["step"], c["steps"]
    if c["model"]["ema_schedule"] == "constant":
        return base
    return 1 - (1 - base) * (math.cos(math.pi * step / steps) + 1) / 2


def sphere_entropy(z, kappa, exclude):
    k, d = z.shape
    logits = kappa * z @ z.T
    if exclude:
        logits = logits - torch.diag(torch.full((k,), math.inf))
    logp = torch.logsumexp(logits, 1) - math.log(k - 1 if exclude else k) + log_c(d, kappa)
    return -logp.mean()


def log_c(d, kappa):
    """log of the von Mises-Fisher normalizer, by the power series of the Bessel function."""
    nu = d / 2 - 1
    terms = [(2 * m + nu) * math.log(kappa / 2) - math.lgamma(m + 1) - math.lgamma(m + nu + 1) for m in range(400)]
    log_bessel = torch.logsumexp(torch.tensor(terms), 0).item()
    return nu * math.log(kappa) - d / 2 * math.log(2 * math.pi) - log_bessel


def off_diagonal(m):
    return m.flatten()[:-1].view(len(m) - 1, len(m) + 1)[:, 1:].flatten()


# Each method: a function of the case c, the state s, the groups of images and the
# samples that returns the loss, and one that is called after the step.


def simclr(c, s, groups, samples):
    z = unit(project(s, "", groups[0]))
    sim = z @ z.T / c["model"]["temperature"]
    n = len(z) // 2
    sim = sim - torch.diag(torch.full((2 * n,), math.inf))
    return F.cross_entropy(sim, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]))


def simclr_er(c, s, groups, samples):
    m = c["model"]
    a, b = unit(project(s, "", groups[0])).chunk(2)
    exclude = m["er_self"] == "exclude"
    entropy = (sphere_entropy(a, m["kappa"], exclude) + sphere_entropy(b, m["kappa"], exclude)) / 2
    reconstruction = m["kappa"] * (a * b).sum(1).mean() + log_c(a.shape[1], m["kappa"])
    return -(m["entropy_weight"] * entropy + reconstruction)


def cmc(c, s, groups, samples):
    def told(a, b):
        sim, own = a @ b.T / c["model"]["temperature"], torch.arange(len(a))
        return (F.cross_entropy(sim, own) + F.cross_entropy(sim.T, own)) / 2

    if c["model"]["variant"] == "crops":
        return told(*unit(project(s, "", groups[0])).chunk(2))
    views = []
    for name, plane in zip(("luma", "chroma"), luma_chroma(c["views"][0], groups[0])):
        views.append(unit(mlp(s, f"projector.{name}.", encoder(s, f"encoder.{name}.", plane))).chunk(2))
    return sum(told(luma, chroma) for luma, chroma in zip(*views)) / 2


def luma_chroma(view, images):
    """Y and Cb, Cr in -1 to 1, with JPEG's weights as libjpeg rounds them: 0.299 to 19595 / 65536."""
    red, green, blue = (images * torch.tensor(view["std"])[:, None, None] + torch.tensor(view["mean"])[:, None, None]).unbind(1)
    y = (19595 * red + 38470 * green + 7471 * blue) / 65536
    cb = (32768 * blue - 11056 * red - 21712 * green) / 65536
    cr = (32768 * red - 27440 * green - 5328 * blue) / 65536
    return 2 * y[:, None] - 1, 2 * torch.stack([cb, cr], 1)


# An mlp sees one place: the maps of its stages are its layers.


def dim(c, s, groups, samples):
    first, features = layers(s, "encoder.", groups[0])
    images, places = mlp(s, "projector.", features).chunk(2), mlp(s, "local.0.", first).chunk(2)
    loss = 0
    for g, l in zip(images, places):
        u = g @ l.T
        own, others = torch.diagonal(u), off_diagonal(u).view(len(u), -1)
        if c["model"]["critic_objective"] == "jsd":
            loss += F.softplus(-own).mean() + F.softplus(others).mean() - 2 * math.log(2)
        elif c["model"]["critic_objective"] == "dv":
            loss += torch.logsumexp(others.flatten(), 0) - math.log(others.numel()) - own.mean()
        else:
            loss += F.cross_entropy(u, torch.arange(len(u)))
    return loss / 2


def amdim(c, s, groups, samples):
    m = c["model"]
    first, features = layers(s, "encoder.", groups[0])
    images = mlp(s, "projector.", features).chunk(2)
    fine, coarse = mlp(s, "local.0.", first).chunk(2), mlp(s, "local.1.", features).chunk(2)
    loss = 0
    for source, to in (images, coarse), (images, fine), (coarse, coarse):
        for i in 0, 1:
            u = source[i] @ to[1 - i].T / math.sqrt(source[i].shape[1])
            clipped = m["clip"] * torch.tanh(u / m["clip"])
            loss += (F.cross_entropy(clipped, torch.arange(len(u))) + m["penalty"] * u.pow(2).mean()) / 2
    return loss


def cpc(c, s, groups, samples):
    def conv(name, x, stride=1, padding=0):
        return F.conv2d(x, s[name + ".weight"], s[name + ".bias"], stride, padding)

    m, z = c["model"], groups[0]
    for name, stride in ("conv1", m["encoder"]["patch"] // 4), ("conv2", 1), ("conv3", 2), ("conv4", 1):
        z = F.relu(conv("encoder." + name, z, stride))
    loss = 0
    for grid in z.chunk(2):
        n, _, rows, cols = grid.shape
        x = conv("context.in", grid)
        for i in "01":
            above = F.pad(F.relu(x), (0, 0, 1, 0))[:, :, :-1]
            x = x + conv(f"context.{i}.out", F.relu(conv(f"context.{i}.above", above, padding=1)))
        targets = F.linear(grid.permute(0, 2, 3, 1).flatten(0, 2), s["projector.weight"], s["projector.bias"])
        places = torch.arange(n * rows * cols).view(n, rows, cols)
        logits, labels = [], []
        for i in range(min(m["rows"], rows - m["nearest"])):
            below = m["nearest"] + i
            p = 0.1 * conv(f"predict.{i}", F.relu(x[:, :, : rows - below]))
            logits.append(p.permute(0, 2, 3, 1).flatten(0, 2) @ targets.T)
            labels.append(places[:, below:].flatten())
        loss += F.cross_entropy(torch.cat(logits), torch.cat(labels)) / 2
    return loss


def dcl(c, s, groups, samples):
    z = unit(project(s, "", groups[0]))
    sim = z @ z.T / c["model"]["temperature"]
    n = len(z) // 2
    rows = torch.arange(2 * n)
    negatives = sim.masked_fill(rows[:, None] % n == rows % n, -math.inf).logsumexp(1)
    return (negatives - sim[rows, (rows + n) % (2 * n)]).mean()


def dhel(c, s, groups, samples):
    t = c["model"]["temperature"]
    a, b = unit(project(s, "", groups[0])).chunk(2)
    energy = [off_diagonal(z @ z.T / t).view(len(z), -1).logsumexp(1) for z in (a, b)]
    return (energy[0] + energy[1] - (a * b).sum(1) / t).mean()


def align_uniform(c, s, groups, samples):
    m = c["model"]
    a, b = unit(project(s, "", groups[0])).chunk(2)
    alignment = (a - b).norm(p=2, dim=1).pow(m["alpha"]).mean()

    def uniformity(z):
        return torch.pdist(z, p=2).pow(2).mul(-m["t"]).exp().mean().log()

    return m["alignment_weight"] * alignment + m["uniformity_weight"] * (uniformity(a) + uniformity(b)) / 2


def koleo(c, s, groups, samples):
    a, b = unit(project(s, "", groups[0])).chunk(2)

    def spread(z):
        nearest = (z @ z.T - torch.diag(torch.full((len(z),), math.inf))).argmax(1)
        return -torch.log((z - z[nearest]).norm(dim=1) + 1e-8).mean()

    return (a - b).pow(2).sum(1).mean() + c["model"]["koleo_weight"] * (spread(a) + spread(b)) / 2


def tico(c, s, groups, samples):
    m = c["model"]
    views = unit(project(s, "", groups[0])).chunk(2)
    loss = 1 - (views[0] * views[1]).sum(1).mean()
    moments = [m["momentum"] * s["second_moment"] + (1 - m["momentum"]) * z.T @ z / len(z) for z in views]
    for z, moment in zip(views, moments):
        loss = loss + m["rho"] / 2 * ((z @ moment) * z).sum(1).mean()
    s["second_moment"] = (sum(moments) / 2).detach()
    return loss


def moco(c, s, groups, samples):
    m, images = c["model"], groups[0]
    parts = m["bn_splits"]

    def in_parts(p, x):
        return torch.cat([project(s, p, part) for part in x.chunk(parts)])

    q1, q2 = unit(in_parts("", images)).chunk(2)
    with torch.no_grad():
        if parts == 1:
            k = project(s, "target.", images)
        else:
            shuffle = torch.tensor(c["shuffle"][c["step"]])
            k = torch.empty(len(images), m["projector"]["out"])
            k[shuffle] = in_parts("target.", images[shuffle])
        k1, k2 = unit(k).chunk(2)
    queue = s["queue"].clone()

    def info_nce(q, k):
        scores = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], 1) / m["temperature"]
        return F.cross_entropy(scores, torch.zeros(len(q), dtype=torch.long))

    loss = (info_nce(q1, k2) + info_nce(q2, k1)) / 2
    at, n = int(s["queue_next"]), len(images)
    s["queue"][at : at + n] = torch.cat([k1, k2])
    s["queue_next"].fill_((at + n) % len(queue))
    return loss


def moco_after(c, s):
    ema(s, "target.", momentum(c), c["trained"])


def deepcluster(c, s, groups, samples):
    m = c["model"]
    labels = s["labels"][samples].long().repeat(2)
    z = unit(project(s, "", groups[0]))
    if m["variant"] == "original":
        return F.cross_entropy(z @ unit(s["head.weight"]).T / m["temperature"], labels)
    s["memory"][samples] = z[: len(samples)].detach()
    return F.cross_entropy(z @ s["prototypes"].T / m["temperature"], labels)


def sinkhorn(scores, epsilon, iterations):
    q = torch.exp(scores / epsilon).T
    q /= q.sum()
    for _ in range(iterations):
        q /= q.sum(1, keepdim=True) * q.shape[0]
        q /= q.sum(0, keepdim=True) * q.shape[1]
    return (q * q.shape[1]).T


def swav(c, s, groups, samples):
    m, n = c["model"], len(samples)
    with torch.no_grad():
        s["prototypes.weight"].copy_(unit(s["prototypes.weight"]))
    h = torch.cat([encoder(s, "encoder.", g) for g in groups])
    z = unit(mlp(s, "projector.", h))
    scores = F.linear(z, s["prototypes.weight"])
    crops = len(scores) // n
    loss = 0
    for i in (0, 1):
        with torch.no_grad():
            out = scores[i * n : (i + 1) * n]
            if m["queue"] and c["step"] >= m["queue_start"] * c["steps"]:
                queue = s[f"queue{i}"]
                if not torch.all(queue[-1] == 0):
                    out = torch.cat([queue @ s["prototypes.weight"].T, out])
                queue[n:] = queue[:-n].clone()
                queue[:n] = z[i * n : (i + 1) * n]
            q = sinkhorn(out, m["epsilon"], m["iterations"])[-n:]
        sub = 0
        for j in range(crops):
            if j != i:
                p = F.log_softmax(scores[j * n : (j + 1) * n] / m["temperature"], dim=1)
                sub -= (q * p).sum(1).mean()
        loss = loss + sub / (crops - 1)
    return loss / 2


def er_discrete(c, s, groups, samples):
    m = c["model"]
    scores = F.linear(project(s, "", groups[0]), s["head.0.weight"])
    s["head.1.num_batches_tracked"] += 1
    scores = F.batch_norm(scores, s["head.1.running_mean"], s["head.1.running_var"], None, None, True, 0.1, 1e-5)
    logp = F.log_softmax(scores / m["temperature"], dim=1).chunk(2)
    p = [x.exp() for x in logp]
    error = -((p[0] * logp[1]).sum(1) + (p[1] * logp[0]).sum(1)).mean() / 2
    entropy = -sum((x.mean(0) * x.mean(0).log()).sum() for x in p) / 2
    return error - m["entropy_weight"] * entropy


def frozen(c):
    return ["prototypes.weight"] if c["step"] < c["model"]["freeze"] * c["steps"] else []


def byol_branches(c, s, groups):
    if c["model"]["stop_gradient"] == "on":
        with torch.no_grad():
            t = unit(project(s, "target.", groups[0])).chunk(2)
    else:  # the target moves with (1 - momentum) of the online parameters
        share = 1 - momentum(c)
        names = [n for n in c["trained"] if not n.startswith("predictor.")]
        moving = s | {"target." + n: s["target." + n] + share * (s[n] - s[n].detach()) for n in names}
        t = unit(project(moving, "target.", groups[0])).chunk(2)
    return unit(predict(c, s, project(s, "", groups[0]))).chunk(2), t


def byol(c, s, groups, samples):
    p, t = byol_branches(c, s, groups)
    return (2 - 2 * (p[0] * t[1]).sum(1)).mean() + (2 - 2 * (p[1] * t[0]).sum(1)).mean()


def byol_er(c, s, groups, samples):
    m = c["model"]
    p, t = byol_branches(c, s, groups)
    bound = 0
    for i in (0, 1):
        entropy = sphere_entropy(p[i], m["kappa"], m["er_self"] == "exclude")
        reconstruction = m["kappa"] * (p[i] * t[1 - i]).sum(1).mean() + log_c(p[i].shape[1], m["kappa"])
        bound = bound + (m["entropy_weight"] * entropy + reconstruction) / 2
    return -bound


def byol_after(c, s):
    names = [n for n in c["trained"] if not n.startswith("predictor.")]
    ema(s, "target.", momentum(c), names)


def simsiam(c, s, groups, samples):
    z = project(s, "", groups[0])
    p = predict(c, s, z).chunk(2)
    z = (z.detach() if c["model"]["stop_gradient"] == "on" else z).chunk(2)
    cos = [F.cosine_similarity(p[i], z[1 - i], dim=1).mean() for i in (0, 1)]
    return 1 - (cos[0] + cos[1]) / 2


def dino_logits(c, s, groups, n):
    h = torch.cat([encoder(s, "encoder.", g) for g in groups])
    student = F.linear(unit(mlp(s, "projector.", h)), unit(s["prototypes.weight"]))
    with torch.no_grad():
        teacher = F.linear(unit(project(s, "teacher.", groups[0][: 2 * n])), unit(s["teacher.prototypes.weight"]))
    return student, teacher


def dino_cross_entropy(c, s, student, teacher, n):
    m = c["model"]
    warmup = round(m["teacher_warmup"] * c["steps"])
    temperature = m["teacher_temperature"]
    if c["step"] < warmup:
        start = m["teacher_temperature_start"]
        temperature = start + (temperature - start) * c["step"] / warmup
    center = s["center"] if m["centering"] == "on" else 0
    q = F.softmax((teacher - center) / temperature, dim=1).split(n)
    logp = F.log_softmax(student / m["temperature"], dim=1).split(n)
    terms = [-(q[i] * logp[j]).sum(1).mean() for i in range(len(q)) for j in range(len(logp)) if i != j]
    if m["centering"] == "on":
        center.copy_(m["center_momentum"] * center + (1 - m["center_momentum"]) * teacher.mean(0))
    return sum(terms) / len(terms)


def dino(c, s, groups, samples):
    student, teacher = dino_logits(c, s, groups, len(samples))
    return dino_cross_entropy(c, s, student, teacher, len(samples))


def dino_er(c, s, groups, samples):
    student, teacher = dino_logits(c, s, groups, len(samples))
    p = F.softmax(student / c["model"]["teacher_temperature"], dim=1).mean(0)
    entropy = -(p * torch.log(p + 1e-7)).sum()
    return dino_cross_entropy(c, s, student, teacher, len(samples)) - c["model"]["entropy_weight"] * entropy


def dino_after(c, s):
    ema(s, "teacher.", momentum(c), c["trained"])


def barlow_twins(c, s, groups, samples):
    a, b = project(s, "", groups[0]).chunk(2)

    def standard(z):
        return F.batch_norm(z, None, None, None, None, True, 0.0, 1e-5)

    m = standard(a).T @ standard(b) / len(a)
    on = (torch.diagonal(m) - 1).pow(2).sum()
    return on + c["model"]["lambda"] * off_diagonal(m).pow(2).sum()


def vicreg(c, s, groups, samples):
    m = c["model"]
    a, b = project(s, "", groups[0]).chunk(2)
    invariance = F.mse_loss(a, b)
    a, b = a - a.mean(0), b - b.mean(0)
    variance = sum(F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean() / 2 for z in (a, b))
    n, d = a.shape
    covariance = sum(off_diagonal(z.T @ z / (n - 1)).pow(2).sum() / d for z in (a, b))
    return m["invariance_weight"] * invariance + m["variance_weight"] * variance + m["covariance_weight"] * covariance


def lejepa(c, s, groups, samples):
    m = c["model"]
    views = torch.stack(project(s, "", groups[0]).chunk(2))
    prediction = (views - views.mean(0)).pow(2).mean()
    t = torch.linspace(0, 3, m["knots"])
    phi = torch.exp(-t * t / 2)
    angles = (views @ load(c["directions"][c["step"]]))[..., None] * t
    distances = (torch.cos(angles).mean(1) - phi) ** 2 + torch.sin(angles).mean(1) ** 2
    normality = 2 * views.shape[1] * torch.trapezoid(distances * phi, t).mean()
    return (1 - m["lambda"]) * prediction + m["lambda"] * normality


def mmcr(c, s, groups, samples):
    a, b = unit(project(s, "", groups[0])).chunk(2)
    return -torch.linalg.matrix_norm((a + b) / 2, "nuc")


def emp_ssl(c, s, groups, samples):
    m = c["model"]
    crops = torch.stack(unit(project(s, "", groups[0])).split(len(samples)))
    n, d = crops.shape[1:]
    cosine = F.cosine_similarity(crops, crops.mean(0, keepdim=True), dim=2).mean()
    rate = torch.logdet(torch.eye(d) + d / (n * m["eps"]) * crops.mT @ crops).mean() / 2
    return -m["weight"] * cosine - rate


def covariance(z):
    z = z - z.mean(0)
    return z.T @ z / len(z)


def infomax(c, s, groups, samples):
    m = c["model"]
    a, b = unit(project(s, "", groups[0])).chunk(2)
    n, d = a.shape
    eye = torch.eye(d)
    if m["variant"] == "imax":
        return (torch.logdet(covariance(a - b) + m["eps"] * eye) - torch.logdet(covariance(a + b) + m["eps"] * eye)) / 2
    rates = [torch.logdet(eye + d / (n * m["eps"]) * z.T @ z) / 2 for z in (a, b)]
    return m["kappa"] * (1 - (a * b).sum(1)).mean() - sum(rates) / 2


def corinfomax(c, s, groups, samples):
    m = c["model"]
    views = project(s, "", groups[0]).chunk(2)
    d = views[0].shape[1]
    loss = m["invariance_weight"] * F.mse_loss(*views)
    for i, z in enumerate(views, 1):
        r = m["decay"] * s[f"covariance{i}"] + (1 - m["decay"]) * covariance(z)
        loss = loss - torch.logdet(r + m["eps"] * torch.eye(d)) / d
        s[f"covariance{i}"] = r.detach()
    return loss


def er(c, s, groups, samples):
    m = c["model"]
    z, kappa = project(s, "", groups[0]), m["kappa"]
    a, b = (unit(z) if m["space"] == "sphere" else z).chunk(2)
    k, d = a.shape
    gaussian = d / 2 * math.log(kappa / (2 * math.pi))

    def entropy(z):
        squares = (z[:, None] - z[None]).pow(2).sum(2)
        others = squares.masked_fill(torch.eye(k, dtype=torch.bool), math.inf)
        if m["entropy"] == "kde" and m["space"] == "sphere":
            return sphere_entropy(z, kappa, m["er_self"] == "exclude")
        if m["entropy"] == "kde":
            used, n = (others, k - 1) if m["er_self"] == "exclude" else (squares, k)
            return -(torch.logsumexp(-kappa / 2 * used, 1) - math.log(n) + gaussian).mean()
        if m["entropy"] == "knn":
            n = d - 1 if m["space"] == "sphere" else d
            distance = (z - z[others.argmin(1)]).norm(dim=1)
            volume = n / 2 * math.log(math.pi) - math.lgamma(n / 2 + 1)
            return n * torch.log(distance + 1e-8).mean() + math.log(k - 1) - torch.digamma(torch.tensor(1.0)) + volume
        if m["entropy"] == "logdet":
            return torch.logdet(2 * math.pi * math.e * (z.T @ z / k + 0.2 / d * torch.eye(d))) / 2
        t = torch.linspace(0, 3, 17)
        phi = torch.exp(-t * t / 2)
        wave = torch.exp(1j * (z @ load(c["directions"][c["step"]]))[..., None] * t).mean(0)
        distance = 2 * k * torch.trapezoid((wave - phi).abs().pow(2) * phi, t).mean()
        return d / 2 * math.log(2 * math.pi * math.e) - distance

    if m["reconstruction"] == "vmf":
        reconstruction = kappa * (a * b).sum(1).mean() + log_c(d, kappa)
    else:
        reconstruction = gaussian - kappa / 2 * (a - b).pow(2).sum(1).mean()
    return -(m["entropy_weight"] * (entropy(a) + entropy(b)) / 2 + reconstruction)


def supervised(c, s, groups, samples):
    logits = F.linear(encoder(s, "encoder.", groups[0]), s["head.weight"], s["head.bias"])
    classes = logits.shape[1]
    labels = torch.tensor(samples) % classes
    return F.cross_entropy(logits, labels.repeat(len(logits) // len(labels)))


def none(c, s):
    pass


methods = {
    "simclr": (simclr, none), "simclr-er": (simclr_er, none), "cmc": (cmc, none), "cpc": (cpc, none), "dim": (dim, none), "amdim": (amdim, none), "dcl": (dcl, none), "dhel": (dhel, none), "align-uniform": (align_uniform, none),
    "koleo": (koleo, none), "tico": (tico, none),
    "moco": (moco, moco_after), "deepcluster": (deepcluster, none), "swav": (swav, none), "er-discrete": (er_discrete, none),
    "byol": (byol, byol_after), "byol-er": (byol_er, byol_after), "simsiam": (simsiam, none),
    "dino": (dino, dino_after), "dino-er": (dino_er, dino_after),
    "barlow-twins": (barlow_twins, none), "vicreg": (vicreg, none),
    "infomax": (infomax, none), "corinfomax": (corinfomax, none),
    "lejepa": (lejepa, none), "mmcr": (mmcr, none), "emp-ssl": (emp_ssl, none), "er": (er, none),
    "supervised": (supervised, none),
}


def rate(r, step, steps):
    warmup = round(r["warmup"] * steps)
    if step < warmup:
        return r["lr"] * (step + 1) / warmup
    if r["schedule"] == "constant":
        return r["lr"]
    return r["lr"] * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def decay(r, step, steps):
    start, end = r["weight_decay"], r["weight_decay_end"]
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * step / steps))


class LARS:
    """You et al., 2017, as in the code of Barlow Twins: what has one axis takes plain steps."""

    def __init__(self, groups, momentum):
        self.param_groups, self.momentum = groups, momentum
        self.buffers = {}

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                g = p.grad
                if group["decays"]:
                    wd, p_norm, g_norm = group["weight_decay"], p.norm(), g.norm()
                    ratio = 0.001 * p_norm / (g_norm + wd * p_norm) if p_norm > 0 and g_norm > 0 else 1
                    g = ratio * (g + wd * p)
                b = self.buffers.setdefault(p, torch.zeros_like(p))
                b.mul_(self.momentum).add_(g)
                p.sub_(group["lr"] * b)


def optimizer_of(r, params):
    groups = [{"params": [p], "decays": r["decay_norms"] or p.dim() > 1} for p in params]
    if r["optimizer"] == "sgd":
        return torch.optim.SGD(groups, lr=1, momentum=r["momentum"])
    if r["optimizer"] == "lars":
        return LARS(groups, r["momentum"])
    return torch.optim.AdamW(groups, lr=1)


def clip(r, params):
    """Returns the norm of all gradients together, where that is clipped at."""
    if r["clip"] is None:
        return []
    if not r["clip_each"]:
        return [torch.nn.utils.clip_grad_norm_(params, r["clip"]).item()]
    for p in params:
        norm = p.grad.norm(2)
        if r["clip"] / (norm + 1e-6) < 1:
            p.grad.mul_(r["clip"] / (norm + 1e-6))
    return []


def run(c):
    s = {name: load(t) for name, t in c["state"].items()}
    r, params = c["recipe"], [s[name].requires_grad_(True) for name in c["trained"]]
    optimizer = optimizer_of(r, params)
    loss_of, after = methods[c["model"]["method"]]
    passes = r["accumulate"]
    losses, norms = [], []
    for step in range(len(c["batches"]) // passes):
        c["step"] = step
        for p in params:
            p.grad = None
        for batch in c["batches"][step * passes : (step + 1) * passes]:
            loss = loss_of(c, s, [load(g) for g in batch["groups"]], batch["samples"])
            losses.append(loss.item())
            (loss / passes).backward()
        norms += clip(r, params)
        if "freeze" in c["model"]:
            for name in frozen(c):
                s[name].grad = None
        for group in optimizer.param_groups:
            group["lr"] = rate(r, step, c["steps"])
            group["weight_decay"] = decay(r, step, c["steps"]) if group["decays"] else 0
        optimizer.step()
        with torch.no_grad():
            after(c, s)
    return {"losses": losses, "norms": norms, "state": {name: t.flatten().tolist() for name, t in s.items()}}


y = [run(c) for c in x]
