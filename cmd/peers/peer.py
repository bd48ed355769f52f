"""The rivals in Python: PyTorch, torchvision, and OpenBLAS through ctypes.

Reads a JSON object a line, {"do": NAME, ...}, and answers each with one. What is
missing is answered by {"missing": WHY}.
"""
import ctypes
import json
import math
import resource
import sys
import time


def median(times):
    times = sorted(times)
    return (times[(len(times) - 1) // 2] + times[len(times) // 2]) / 2


def versions(_):
    out = {}
    for name in "torch", "torchvision", "numpy":
        try:
            out[name] = __import__(name).__version__
        except ImportError:
            out[name] = None
    try:
        lib = ctypes.CDLL("libopenblas.so.0")
        lib.openblas_get_config.restype = ctypes.c_char_p
        out["openblas"] = lib.openblas_get_config().decode()
    except OSError:
        out["openblas"] = None
    return out


def pattern(n, dtype):
    import numpy as np
    return ((np.arange(n, dtype=np.int64) * 7919 % 1009) / 1009 - 0.5).astype(dtype)


def gemm(q):
    import numpy as np
    try:
        lib = ctypes.CDLL("libopenblas.so.0")
    except OSError as e:
        return {"missing": str(e)}
    lib.openblas_set_num_threads(1)
    m, n, k = q["m"], q["n"], q["k"]
    single = q["precision"] == "f32"
    dtype, number, f = (np.float32, ctypes.c_float, lib.cblas_sgemm) if single else (np.float64, ctypes.c_double, lib.cblas_dgemm)
    a, b, c = pattern(m * k, dtype), pattern(k * n, dtype), np.zeros(m * n, dtype)
    at = lambda x: x.ctypes.data_as(ctypes.c_void_p)

    def run():
        f(101, 111, 111, m, n, k, number(1), at(a), k, at(b), n, number(0), at(c), n)

    run()
    best = math.inf
    for _ in range(q["repeats"]):
        began = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - began)
    return {"seconds": best, "corners": [float(c[0]), float(c[-1])]}


def step(q):
    import torch
    import torch.nn as nn
    import torch.nn.functional as F

    torch.set_num_threads(q["threads"])
    torch.manual_seed(0)

    class Block(nn.Module):
        def __init__(self, i, o, stride):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
            self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
            self.short = nn.Sequential()
            if stride != 1 or i != o:
                self.short = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

        def forward(self, x):
            y = F.relu(self.bn1(self.conv1(x)), inplace=True)
            return F.relu(self.bn2(self.conv2(y)) + self.short(x), inplace=True)

    w, b = q["width"], q["batch"]
    layers, i = [nn.Conv2d(3, w, 3, 1, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True)], w
    for stage in range(4):
        for j in range(2):
            o = w << stage
            layers.append(Block(i, o, 2 if stage > 0 and j == 0 else 1))
            i = o
    d = 8 * w
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(d, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(inplace=True), nn.Linear(512, 128)]
    net = nn.Sequential(*layers)
    x = torch.randn(2 * b, 3, 32, 32)
    if q["precision"] == "f64":
        net, x = net.double(), x.double()
    if q["channels_last"]:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(net.parameters(), 0.06, momentum=0.9, weight_decay=5e-4)
    own = torch.eye(2 * b, dtype=torch.bool)
    partner = torch.arange(2 * b).roll(b)
    times = []
    for s in range(2 + q["steps"]):
        began = time.perf_counter()
        z = F.normalize(net(x), dim=1)
        loss = F.cross_entropy((z @ z.T / 0.2).masked_fill(own, -math.inf), partner)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if s >= 2:
            times.append(time.perf_counter() - began)
    return {"images_per_second": b / median(times), "peak_rss_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def views(q):
    import torch
    import torchvision.transforms as T

    torch.set_num_threads(1)
    make = T.Compose([
        T.RandomResizedCrop(32, (0.2, 1.0)), T.RandomHorizontalFlip(),
        T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8), T.RandomGrayscale(0.2),
        T.Normalize([0.5] * 3, [0.25] * 3)])
    x = torch.rand(3, 32, 32)
    began = time.perf_counter()
    for _ in range(q["views"]):
        make(x)
    return {"images_per_second": q["views"] / (time.perf_counter() - began)}


def objective(q):
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(q["threads"])
    k, d = q["k"], q["d"]
    x, y = (torch.tensor(pattern(k * d + 1, "float32")[i:k * d + i].reshape(k, d), requires_grad=True) for i in (0, 1))

    def nt_xent():
        z = F.normalize(torch.cat([x, y]), dim=1)
        s = (z @ z.T / 0.2).masked_fill(torch.eye(2 * k, dtype=torch.bool), -math.inf)
        return F.cross_entropy(s, torch.arange(2 * k).roll(k))

    def er():
        a, b = F.normalize(x, dim=1), F.normalize(y, dim=1)
        entropy = sum(-torch.logsumexp(5 * z @ z.T, 1).mean() for z in (a, b)) / 2
        return -5 * (a * b).sum(1).mean() - entropy

    best = math.inf
    for _ in range(q["repeats"]):
        began = time.perf_counter()
        {"nt_xent": nt_xent, "er": er}[q["name"]]().backward()
        best = min(best, time.perf_counter() - began)
    return {"seconds": best}


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"versions": versions, "gemm": gemm, "step": step, "views": views, "objective": objective}[question["do"]](question)
    except ImportError as e:
        answer = {"missing": str(e)}
    print(json.dumps(answer), flush=True)
